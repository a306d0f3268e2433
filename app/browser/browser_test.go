package browser

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"tandem/shared/client"
	"tandem/shared/ot"
	"tandem/shared/session"
)

func TestRanges(t *testing.T) {
	for in, want := range map[string][]session.Range{
		"[]": nil, "[[0,0]]": {{0, 0}}, "[[12,7],[1048576,0]]": {{12, 7}, {1 << 20, 0}}, "": nil, "[ [1, 2] ]": {{1, 2}},
	} {
		if got := parseRanges(in); !slices.Equal(got, want) {
			t.Errorf("parseRanges(%q) = %v, want %v", in, got, want)
		}
	}
	all := []session.Range{{12, 7}, {0, 3}}
	if got := string(appendRanges(nil, all)); got != "[[12,7],[0,3]]" {
		t.Errorf("appendRanges gives %s", got)
	}
	if got := parseRanges(string(appendRanges(nil, all))); !slices.Equal(got, all) {
		t.Errorf("there and back: %v", got)
	}
}

func TestPrintOfAText(t *testing.T) {
	if units, hash, ok := readPrint("12 4294967295"); units != 12 || hash != 1<<32-1 || !ok {
		t.Errorf("read %d, %d, %v", units, hash, ok)
	}
	for _, in := range []string{"", "12", "12 4294967296", "x 1"} {
		if _, _, ok := readPrint(in); ok {
			t.Errorf("%q is read", in)
		}
	}
}

func TestConnectionInWords(t *testing.T) {
	for _, c := range []struct {
		name   string
		status client.Status
		online bool
		want   string
		delay  string
	}{
		{"first try", client.Status{Phase: client.Connecting, RTT: -1}, true, "", ""},
		{"just welcomed", client.Status{Phase: client.Connected, RTT: -1}, true, "Connected", ""},
		{"measured", client.Status{Phase: client.Connected, RTT: 9}, true, "Connected", " · 9 ms"},
		{"too fast to measure", client.Status{Phase: client.Connected, RTT: 0}, true, "Connected", " · 1 ms"},
		{"dropped", client.Status{Phase: client.Reconnecting, RTT: -1}, true, "Reconnecting…", ""},
		{"dropped, and the device has no network", client.Status{Phase: client.Reconnecting, RTT: -1}, false, "Offline", ""},
		{"for long", client.Status{Phase: client.Offline, RTT: -1}, true, "Offline", ""},
	} {
		if got := connection(c.status, func() bool { return c.online }); got.Text != c.want || got.Delay != c.delay {
			t.Errorf("%s: %q, want %q and %q", c.name, got, c.want, c.delay)
		}
	}
}

func TestSavedNeverClaimsTooMuch(t *testing.T) {
	for _, c := range []struct {
		saved, unsaved, connected, unkept bool
		want                              string
	}{
		{true, false, true, false, "All changes saved"},
		{true, false, false, false, "All changes saved"},
		{false, false, true, false, "Saving…"},
		{false, true, true, false, "Not saved: the server can't store just now — kept on this device"},
		{false, true, false, false, "Not saved yet — kept on this device"},
		{false, false, false, false, "Not saved yet — kept on this device"},
		{false, true, true, true, "Not saved: the server can't store just now — kept while this page is open"},
		{false, false, false, true, "Not saved yet — kept while this page is open"},
		{true, false, false, true, "All changes saved"},
	} {
		if got := savedText(client.Status{Saved: c.saved, Unsaved: c.unsaved}, c.connected, func() bool { return c.unkept }); got != c.want {
			t.Errorf("saved %v, unsaved %v, connected %v: %q, want %q", c.saved, c.unsaved, c.connected, got, c.want)
		}
	}
	for connected, want := range map[bool]string{true: "Not saved: the text is full — kept on this device", false: "Not saved yet — kept on this device"} {
		if got := savedText(client.Status{Full: true}, connected, func() bool { return false }); got != want {
			t.Errorf("a full text, connected %v: %q, want %q", connected, got, want)
		}
	}
}

func TestWhyAnEditIsNotTaken(t *testing.T) {
	c := client.New(host{newLive("")}, client.Config{})
	full, step := ot.Splice(0, 0, 0, strings.Repeat("x", ot.MaxText+1)), ot.Splice(5, 0, 1, "")
	for op, want := range map[ot.Op]string{full: "That is too much text", step: "What was done last in the editor could not be kept"} {
		if err := c.Edit(op, "", nil, 1); err == nil || !strings.HasPrefix(notTaken(err), want) {
			t.Errorf("%v: %q", err, notTaken(err))
		}
	}
}

func TestClock(t *testing.T) {
	for s, want := range map[int64]string{-5: "00:00:00", 0: "00:00:00", 59: "00:00:59", 1457: "00:24:17", 360000: "100:00:00"} {
		if got := clock(s); got != want {
			t.Errorf("clock(%d) = %q, want %q", s, got, want)
		}
	}
}

func TestRecentSessions(t *testing.T) {
	var all []Recent
	var gone []string
	for i := range maxRecent {
		all, gone = withRecent(all, Recent{ID: "s" + strconv.Itoa(i)})
		if len(gone) > 0 {
			t.Fatalf("%v is forgotten although there is room", gone)
		}
	}
	all, gone = withRecent(all, Recent{ID: "s3", Title: "again"})
	if len(all) != maxRecent || len(gone) != 0 || all[0].Title != "again" {
		t.Fatalf("a second visit gives %v and forgets %v", all, gone)
	}
	all, gone = withRecent(all, Recent{ID: "new"})
	if len(all) != maxRecent || all[0].ID != "new" || !slices.Equal(gone, []string{"s0"}) {
		t.Errorf("one too many gives %v and forgets %v", all, gone)
	}
	if got := readRecents(`[{"id":"ok"},{"id":"<script>"},{"id":""}]`); len(got) != 1 || got[0].ID != "ok" {
		t.Errorf("read %v", got)
	}
	if got := readRecents(`{"not":"a list"}`); got != nil {
		t.Errorf("nonsense gives %v", got)
	}
}

func TestOutputIsCutBetweenCharacters(t *testing.T) {
	const text = "aé漢😀"
	for n := range len(text) + 2 {
		at := cutAt(text, n)
		if at > n || !strings.Contains(" 0 1 3 6 10 ", " "+strconv.Itoa(at)+" ") {
			t.Errorf("cutAt(%d) = %d", n, at)
		}
	}
}

func TestRunningIsTheOwnRunFirst(t *testing.T) {
	ended := &session.RunEnd{}
	mine, ada, bob := Run{ID: "mine", You: true}, Run{ID: "ada"}, Run{ID: "bob"}
	done := Run{ID: "done", End: ended}
	for _, c := range []struct {
		runs []Run
		want string
	}{
		{nil, ""}, {[]Run{done}, ""}, {[]Run{ada, done}, "ada"}, {[]Run{ada, bob}, "bob"}, {[]Run{mine, bob}, "mine"}, {[]Run{ada, mine}, "mine"},
	} {
		if r, ok := (View{Runs: c.runs}).Running(); r.ID != c.want || ok != (c.want != "") {
			t.Errorf("of %v, %q is to be stopped", c.runs, r.ID)
		}
	}
}

func TestPeopleYouFirst(t *testing.T) {
	s := session.NewState()
	for i, id := range []string{"gone", "here", "you"} {
		s.Users = append(s.Users, &session.Person{User: session.User{ID: id}, Here: i > 0})
	}
	var ids []string
	for _, p := range peopleOf(s, "you") {
		ids = append(ids, p.ID)
	}
	if !slices.Equal(ids, []string{"you", "here", "gone"}) {
		t.Errorf("the list is %v", ids)
	}
}

func TestRunsAreCopies(t *testing.T) {
	s := session.NewState()
	s.Users = []*session.Person{{User: session.User{ID: "a", Name: "Ada"}}}
	s.Runs = []*session.Run{{Run: "r", By: "a", Output: []session.Output{{Stream: "stdout", Text: "1"}}}, {Run: "q", By: "stranger"}}
	runs := runsOf(s, "a", func(at int64) int64 { return at })
	s.Runs[0].Output[0].Text = "changed"
	if runs[0].Output[0].Text != "1" || runs[0].Author.Name != "Ada" || !runs[0].You {
		t.Errorf("the run is %+v", runs[0])
	}
	if runs[1].Author.Name == "" || runs[1].You {
		t.Errorf("the run of somebody unknown is %+v", runs[1])
	}
}

// do runs one thing at a time, in order, also where one of them asks for another.
func TestDoIsAQueue(t *testing.T) {
	l := &Live{labels: labels{}, seenEnds: map[string]bool{}}
	var order []int
	l.do(func() {
		l.do(func() { order = append(order, 3) })
		order = append(order, 1)
		l.do(func() { order = append(order, 4) })
		order = append(order, 2)
	})
	if !slices.Equal(order, []int{1, 2, 3, 4}) {
		t.Errorf("the order is %v", order)
	}
	l.do(func() { panic("in a callback") })
	ran := false
	l.do(func() { ran = true })
	if !ran || !l.broken {
		t.Errorf("after a panic: ran %v, broken %v", ran, l.broken)
	}
}

func TestNewIDsAreValidAndDiffer(t *testing.T) {
	a, b := newID(), newID()
	if !session.ValidID(a) || len(a) != 21 || a == b {
		t.Errorf("ids %q and %q", a, b)
	}
}

// The runner tells that a language is loaded only once, however many sessions and changes of language follow.
func TestLoadedLanguagesAreRemembered(t *testing.T) {
	t.Cleanup(func() { clear(loadedHere) })
	noteLoaded(runEvent{Type: "ready", Lang: "python", Version: "3.14"})
	noteLoaded(runEvent{Type: "out", Lang: ""})
	if v, ok := loadedHere["python"]; !ok || v != "3.14" {
		t.Fatalf("after ready: %q, %v", v, ok)
	}
	noteLoaded(runEvent{Type: "progress", Lang: "python"}) // the sandbox was started anew
	if _, ok := loadedHere["python"]; ok {
		t.Error("while it loads again, it still counts as loaded")
	}
}

func TestSeats(t *testing.T) {
	all := readSeats("one two* <script> three")
	if !slices.Equal(all, []seat{{"one", false}, {"two", true}, {"three", false}}) || writeSeats(all) != "one two* three" {
		t.Fatalf("read %v, wrote %q", all, writeSeats(all))
	}
	now, gone := withSeat(all, seat{"two", false})
	if writeSeats(now) != "two one three" || gone != nil {
		t.Errorf("who comes again gives %v and forgets %v", now, gone)
	}
	if now := writeSeats(withoutMark(readSeats("one* two* three"), "two")); now != "one* two three" {
		t.Errorf("one that is sent gives %q", now)
	}
	now = []seat{{"unsent", true}}
	for i := range maxSeats + 2 {
		now, gone = withSeat(now, seat{"s" + strconv.Itoa(i), false})
	}
	if len(now) != maxSeats || !now[maxSeats-1].unsent || len(gone) != 1 || gone[0].client != "s2" {
		t.Errorf("too many give %v and forget %v", now, gone)
	}
}

func TestLaterSave(t *testing.T) {
	old, fresh, none := "Ada\n5\n{}", "Ada\n7\n{}", ""
	for _, c := range [][3]string{{old, fresh, fresh}, {fresh, old, fresh}, {old, none, old}, {none, old, old}, {none, none, none}} {
		if got := later(c[0], c[1]); got != c[2] {
			t.Errorf("of %q and %q the later is %q", c[0], c[1], got)
		}
	}
	if name, at, saved := splitSaved("Ada L\n7\n{\"a\":1}"); name != "Ada L" || at != 7 || saved != `{"a":1}` {
		t.Errorf("split into %q, %d, %q", name, at, saved)
	}
}
