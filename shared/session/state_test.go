package session

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"tandem/shared/ot"
)

// fold applies a log and fails the test where an event doesn't follow.
func fold(t *testing.T, events ...Event) *State {
	t.Helper()
	s := NewState()
	for _, e := range events {
		if err := s.Apply(e); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func begin(t *testing.T) []Event {
	python, _ := LookupLanguage("python")
	starter, _ := json.Marshal([]string{python.Starter})
	return []Event{
		{Rev: 1, At: 5, Body: Create{Session: "s1", Title: "T", Language: "python", Epoch: "e", Lock: "secret"}},
		{Rev: 2, At: 5, Body: CodeChange{Doc: DocCode, Op: op(t, string(starter)), Origin: OriginTemplate}},
		{Rev: 3, At: 6, By: "ada", Body: Joined{User{"ada", "Ada", Candidate, 1}}},
	}
}

func TestStateSurvivesJSON(t *testing.T) {
	s := fold(t, append(begin(t),
		Event{Rev: 9, At: 7, By: "ada", Seq: 4, Body: RunStart{"r1", "python", 3}},
		Event{Rev: 10, At: 8, By: "ada", Seq: 5, Body: RunOutput{"r1", Stderr, "boom\n"}},
		Event{Rev: 11, At: 9, By: "ada", Seq: 6, Body: RunEnd{Run: "r1", Exit: 1, MS: 2, Reason: ReasonError}},
	)...)
	data, err := s.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	back := NewState()
	if err := json.Unmarshal(data, back); err != nil {
		t.Fatal(err)
	}
	again, err := back.Snapshot()
	if err != nil || string(again) != string(data) {
		t.Errorf("snapshot changed:\n%s\n%s", data, again)
	}
	if back.Lock() != "secret" || back.Acked("ada") != 6 {
		t.Errorf("lock %q, acked %d", back.Lock(), back.Acked("ada"))
	}
	public, err := json.Marshal(s.View(Candidate))
	if err != nil || strings.Contains(string(public), "secret") || strings.Contains(string(public), "acked") {
		t.Errorf("a candidate gets %s, %v", public, err)
	}
	if e := (Event{Rev: 1, Body: Create{Lock: "secret"}}).Public(); strings.Contains(string(AppendEvent(nil, e)), "secret") {
		t.Error("the lock is public")
	}
}

func TestApplyRefusesWhatDoesNotFollow(t *testing.T) {
	s := fold(t, begin(t)...)
	before, _ := s.Snapshot()
	for _, e := range []Event{
		{Rev: 3, Body: TitleChange{"again"}},
		{Rev: 4, Body: CodeChange{Doc: DocCode, Op: op(t, `[1]`)}},
		{Rev: 4, Body: CodeChange{Doc: "diary", Op: op(t, `["x"]`)}},
		{Rev: 4, Body: RunStop{"r"}},
	} {
		if s.Apply(e) == nil {
			t.Errorf("%+v was applied", e)
		}
	}
	if after, _ := s.Snapshot(); string(after) != string(before) {
		t.Errorf("a refused event changed the state:\n%s\n%s", before, after)
	}
}

func TestCloneSharesNothing(t *testing.T) {
	s := fold(t, append(begin(t), Event{Rev: 4, By: "ada", Seq: 1, Body: RunStart{"r1", "python", 3}})...)
	before, _ := s.Snapshot()
	c := s.Clone()
	for _, e := range []Event{
		{Rev: 5, By: "ada", Seq: 2, Body: RunOutput{"r1", Stdout, "x"}},
		{Rev: 6, Body: Left{"ada"}},
		{Rev: 7, Body: LanguageChange{"javascript"}},
	} {
		if err := c.Apply(e); err != nil {
			t.Fatal(err)
		}
	}
	if after, _ := s.Snapshot(); string(after) != string(before) {
		t.Errorf("changing the clone changed the state:\n%s\n%s", before, after)
	}
}

func TestTemplateOnlyWhileUntouched(t *testing.T) {
	s := fold(t, begin(t)...)
	replace, ok := s.Template("javascript")
	if !ok {
		t.Fatal("the untouched starter is not replaced")
	}
	if err := s.Apply(Event{Rev: 4, Body: CodeChange{Doc: DocCode, Op: replace, Origin: OriginTemplate}}); err != nil {
		t.Fatal(err)
	}
	js, _ := LookupLanguage("javascript")
	if got := s.Docs[DocCode].String(); got != js.Starter {
		t.Errorf("starter is %q", got)
	}
	if _, ok := s.Template("python"); ok { // the language is still python: the text is not its starter
		t.Error("a text that is not the language's starter would be replaced")
	}
}

// Every pair of languages: an untouched starter gives way to the other's, and where both have one text nothing is changed.
func TestTemplateBetweenAllLanguages(t *testing.T) {
	same := 0
	for _, from := range Languages {
		for _, to := range Languages {
			s := fold(t, begin(t)...)
			s.Language = from.ID
			s.Docs[DocCode], _ = ot.NewText(from.Starter)
			replace, ok := s.Template(to.ID)
			if ok != (from.Starter != to.Starter) {
				t.Errorf("from %s to %s: replaced: %t", from.ID, to.ID, ok)
			}
			if !ok {
				if from.ID != to.ID {
					same++
				}
				continue
			}
			if err := s.Docs[DocCode].Apply(replace); err != nil {
				t.Fatal(err)
			}
			if got := s.Docs[DocCode].String(); got != to.Starter {
				t.Errorf("from %s to %s the text is %q", from.ID, to.ID, got)
			}
		}
	}
	if same != 2 { // JavaScript and its other engine, both ways
		t.Errorf("%d changes of language leave the starter alone", same)
	}
}

func TestOutputIsBounded(t *testing.T) {
	s := fold(t, begin(t)...)
	rev := int64(3)
	next := func(by string, b Body) {
		rev++
		if err := s.Apply(Event{Rev: rev, By: by, Seq: rev, Body: b}); err != nil {
			t.Fatal(err)
		}
	}
	chunk := strings.Repeat("x", MaxOutputChunk)
	next("mika", RunStart{"waits", "python", 1}) // for a line, all the while
	for i := range 3 * MaxRuns {
		id := "r" + string(rune('A'+i%26)) + string(rune('a'+i/26))
		next("ada", RunStart{id, "python", 1})
		for range 4 {
			next("ada", RunOutput{id, Stdout, chunk})
		}
		next("ada", RunEnd{Run: id, Reason: ReasonOK})
	}
	kept := 0
	for _, r := range s.Runs {
		for _, o := range r.Output {
			kept += len(o.Text)
		}
	}
	if len(s.Runs) != MaxRuns || kept > MaxKeptOutput || kept < MaxKeptOutput/2 {
		t.Errorf("%d runs with %d bytes", len(s.Runs), kept)
	}
	next("mika", RunOutput{"waits", Stdout, "on"})
	if r := s.Running("mika"); r == nil || len(r.Output) != 1 {
		t.Fatalf("a run that goes on is forgotten: %+v", r)
	}
	next("mika", RunEnd{Run: "waits", Reason: ReasonOK})
	if next("ada", RunStart{"last", "python", 1}); s.Run("waits") != nil || len(s.Runs) != MaxRuns {
		t.Errorf("there are %d runs, the oldest is %s", len(s.Runs), s.Runs[0].Run)
	}
}

// TestOutputOfManyIsBounded: what goes on after its output was dropped is bounded like the rest.
func TestOutputOfManyIsBounded(t *testing.T) {
	s := fold(t, begin(t)...)
	rev := int64(3)
	next := func(by string, b Body) {
		rev++
		if err := s.Apply(Event{Rev: rev, By: by, Seq: rev, Body: b}); err != nil {
			t.Fatal(err)
		}
	}
	names := strings.Split("abcdefghij", "")
	for _, name := range names {
		next(name, RunStart{name, "python", 1})
	}
	chunk := strings.Repeat("x", MaxOutputChunk)
	for range 2 {
		for i := len(names) - 1; i >= 0; i-- {
			for range MaxRunOutput / MaxOutputChunk / 2 {
				next(names[i], RunOutput{names[i], Stdout, chunk})
			}
		}
		data, err := s.Snapshot()
		if err != nil {
			t.Fatal(err)
		}
		if len(data) > MaxKeptOutput+MaxOutputChunk || len(data) < MaxKeptOutput/2 {
			t.Errorf("the state has %d bytes", len(data))
		}
		if s = NewState(); s.UnmarshalJSON(data) != nil { // what came before a restart counts, too
			t.Fatal("it can't be read")
		}
	}
}

func TestCheck(t *testing.T) {
	ada, mika := User{"ada", "Ada", Candidate, 1}, User{"mika", "Mika", Interviewer, 2}
	s := fold(t, append(begin(t), Event{Rev: 4, By: "ada", Seq: 1, Body: RunStart{"r1", "python", 3}})...)
	for _, tt := range []struct {
		name string
		user User
		body Body
		code string
	}{
		{"candidates write", ada, CodeChange{Doc: DocCode}, ""},
		{"no such text", ada, CodeChange{Doc: "diary"}, RefusedAccess},
		{"a forged template", ada, CodeChange{Doc: DocCode, Origin: OriginTemplate}, RefusedFrame},
		{"an unknown origin", ada, CodeChange{Doc: DocCode, Origin: "magic"}, RefusedFrame},
		{"a candidate's title", ada, TitleChange{"x"}, RefusedAccess},
		{"an interviewer's title", mika, TitleChange{"x"}, ""},
		{"a candidate's limit", ada, LimitChange{30_000}, RefusedAccess},
		{"an interviewer's limit", mika, LimitChange{30_000}, ""},
		{"a limit of nothing", mika, LimitChange{0}, RefusedRun},
		{"a limit of hours", mika, LimitChange{MaxRunMS + 1}, RefusedRun},
		{"a language", ada, LanguageChange{"javascript"}, ""},
		{"no language", ada, LanguageChange{"cobol"}, RefusedLanguage},
		{"a second run at once", ada, RunStart{"r2", "python", 1}, RefusedRun},
		{"a run id in use", mika, RunStart{"r1", "python", 1}, RefusedRun},
		{"a run of code to come", mika, RunStart{"r2", "python", 99}, RefusedRun},
		{"a run in no language", mika, RunStart{"r2", "cobol", 1}, RefusedLanguage},
		{"a run", mika, RunStart{"r2", "python", 1}, ""},
		{"own output", ada, RunOutput{"r1", Stdout, "x"}, ""},
		{"another's output", mika, RunOutput{"r1", Stdout, "x"}, RefusedRun},
		{"output of no stream", ada, RunOutput{"r1", "stdlog", "x"}, RefusedRun},
		{"output of no run", ada, RunOutput{"r9", Stdout, "x"}, RefusedRun},
		{"the longest output", ada, RunOutput{"r1", Stdout, strings.Repeat("x", MaxOutputChunk)}, ""},
		{"more output at once", ada, RunOutput{"r1", Stdout, strings.Repeat("x", MaxOutputChunk+1)}, RefusedRun},
		{"output of nothing", ada, RunOutput{"r1", Stdout, ""}, RefusedRun},
		{"an error of a book's length", ada, RunEnd{Run: "r1", Reason: ReasonError, Error: &RunError{Message: strings.Repeat("x", MaxOutputChunk+1)}}, RefusedRun},
		{"an error", ada, RunEnd{Run: "r1", Reason: ReasonError, Error: &RunError{Message: "no such name"}}, ""},
		{"an end for no reason", ada, RunEnd{Run: "r1", Reason: "bored"}, RefusedRun},
		{"another's end", mika, RunEnd{Run: "r1", Reason: ReasonOK}, RefusedRun},
		{"an end", ada, RunEnd{Run: "r1", Reason: ReasonOK}, ""},
		{"anybody stops", mika, RunStop{"r1"}, ""},
		{"nothing to stop", mika, RunStop{"r9"}, RefusedRun},
		{"too many cursors", ada, CursorChange{Doc: DocCode, Ranges: make([]Range, MaxRanges+1)}, RefusedFrame},
		{"what the server alone says", ada, Left{"mika"}, RefusedAccess},
		{"nobody in particular", User{Role: "ghost"}, CodeChange{Doc: DocCode}, RefusedAccess},
	} {
		refusal := s.Check(tt.user, tt.body)
		if got := refusal; (got == nil) != (tt.code == "") || got != nil && got.Code != tt.code {
			t.Errorf("%s: %v, want %q", tt.name, refusal, tt.code)
		}
	}
}

func TestCleanName(t *testing.T) {
	for in, want := range map[string]string{
		"Ada":                          "Ada",
		"  Ada \t\n Lovelace ":         "Ada Lovelace",
		"":                             "Guest",
		"\x00\x07\u202e\u200b":         "Guest",
		"<b>Ada</b>":                   "<b>Ada</b>",
		"a\u202egnp.exe":               "agnp.exe",
		"👩\u200d💻 Ada":                 "👩\u200d💻 Ada",
		"\xff\xfeAda":                  "Ada",
		strings.Repeat("x", 10<<10):    strings.Repeat("x", MaxName),
		strings.Repeat("ab ", 10<<10):  strings.TrimSpace(strings.Repeat("ab ", MaxName/3)) + " a",
		strings.Repeat("é", MaxName+1): strings.Repeat("é", MaxName),
	} {
		if got := CleanName(in); got != want {
			t.Errorf("CleanName(%.40q) = %q, want %q", in, got, want)
		}
	}
}

func TestColorsAreToldApart(t *testing.T) {
	s := fold(t, begin(t)[:1]...)
	seen := map[int]bool{}
	for i := range Colors {
		c := s.NextColor()
		seen[c] = true
		if err := s.Apply(Event{Rev: int64(10 + i), Body: Joined{User{ID: string(rune('a' + i)), Color: c}}}); err != nil {
			t.Fatal(err)
		}
	}
	if len(seen) != Colors {
		t.Errorf("%d people got %d colours", Colors, len(seen))
	}
}

func TestUserID(t *testing.T) {
	a := UserID("s1", "client")
	if a != UserID("s1", "client") || a == UserID("s2", "client") || a == UserID("s1", "other") || !ValidID(a) || strings.Contains(a, "client") {
		t.Errorf("user id %q", a)
	}
}

func TestEveryKindHasARule(t *testing.T) {
	for _, e := range samples(t) {
		k := e.Body.Kind()
		if _, ok := rules[k]; !ok && k != KindAck && k != KindError {
			t.Errorf("%s has no rule", k)
		}
		if Kept(k) != (e.Rev > 0) {
			t.Errorf("%s kept: %v", k, Kept(k))
		}
	}
	if reflect.DeepEqual(rules[KindTitle].send, everyone) {
		t.Error("everyone may change the title")
	}
}
