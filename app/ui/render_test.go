package ui

import (
	"html"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"tandem/app/browser"
	"tandem/shared/session"
)

// drawn is a component's HTML, as a browser would get it.
func drawn(t *testing.T, c app.Composer) string {
	t.Helper()
	engine := app.NewTestEngine()
	if err := engine.Load(c); err != nil {
		t.Fatal(err)
	}
	engine.ConsumeAll()
	return app.HTMLString(c)
}

func wants(t *testing.T, page string, all ...string) {
	t.Helper()
	for _, want := range all {
		if !strings.Contains(page, want) {
			t.Errorf("%q is not in\n%s", want, page)
		}
	}
}

func TestSkeletonIsStaticAndEmpty(t *testing.T) {
	page := drawn(t, &skeleton{})
	wants(t, page, `class="page skeleton"`, "Loading…")
	if strings.Contains(page, "<form") || strings.Contains(page, "<input") {
		t.Errorf("the skeleton can be operated before there is anything behind it: %s", page)
	}
}

// The names by which the page is operated are fixed: tests and screen readers rely on them.
func TestNamesOfHome(t *testing.T) {
	page := drawn(t, &Home{language: "python"})
	wants(t, page, `<label for="your-name">`, "Your name", `role="radiogroup"`, "Start in", `aria-label="Create session"`,
		`aria-label="Session link or ID"`, "Join")
}

func TestNamesOfSession(t *testing.T) {
	s := &Session{path: "/s/abc", panel: "code", view: browser.View{Stage: browser.In, Session: "abc", Title: "A <b>title</b>", Language: "python",
		You: session.User{ID: "a", Name: "Ada", Role: session.Interviewer, Color: 1},
		People: []browser.Person{
			{User: session.User{ID: "a", Name: "Ada", Role: session.Interviewer, Color: 1}, Here: true, You: true},
			{User: session.User{ID: "b", Name: "Bob <i>", Role: session.Candidate, Color: 2}, Here: true},
			{User: session.User{ID: "c", Name: "Cleo", Role: session.Candidate, Color: 3}},
		},
		Runs: []browser.Run{{ID: "r", At: 1, Author: session.User{ID: "b", Name: "Bob"}, Language: "python"}},
		Link: browser.Connection{Text: "Connected · 9 ms"}}}
	page := drawn(t, s)
	wants(t, page, `aria-label="Session title"`, `aria-label="Language"`, `title="Run the code (Ctrl+Enter)"`, `aria-label="Stop"`, `aria-label="Copy link"`,
		`aria-label="People"`, `role="log"`, `aria-label="Output"`, `aria-label="Connection"`, `aria-label="Saved"`,
		"Connected · 9 ms", "Ada (you), interviewer", "Bob &lt;i&gt;, candidate", "Cleo, candidate, left", "is running Python…", `aria-label="Stop the run of Bob"`)
}

// The practice pad is a session with nobody to invite.
func TestNamesOfPad(t *testing.T) {
	page := drawn(t, &Session{path: padPath, pad: true, panel: "code", view: browser.View{Stage: browser.In, Title: "Practice pad", Language: "python"}})
	wants(t, page, `aria-label="Language"`, `title="Run the code (Ctrl+Enter)"`, `aria-label="Output"`, `aria-label="Saved"`, "New session", "runs in this browser")
	for _, not := range []string{"Copy link", `aria-label="People"`, "Leave the session", "everyone"} {
		if strings.Contains(page, not) {
			t.Errorf("the pad offers %q: %s", not, page)
		}
	}
	wants(t, drawn(t, &Home{language: "python", offline: true}), `href="/pad"`, "practice pad")
}

// Until it is known what a session is called, the page doesn't say that it has no title; the pad has its own.
func TestTitleIsNotGuessed(t *testing.T) {
	for _, s := range []*Session{{path: "/s/abc"}, {path: "/s/abc", view: browser.View{Stage: browser.Naming}}, {path: padPath, pad: true}} {
		if page := drawn(t, s); strings.Contains(page, untitled) {
			t.Errorf("%s at stage %d: it says %q", s.path, s.view.Stage, untitled)
		}
	}
	wants(t, drawn(t, &Session{path: padPath, pad: true}), "<h1 class=\"hide\">Practice pad</h1>")
	wants(t, drawn(t, &Session{path: "/s/abc", view: browser.View{Stage: browser.In}}), untitled)
}

func TestNothingRunsSoNothingStops(t *testing.T) {
	page := drawn(t, &Session{panel: "code", view: browser.View{Stage: browser.In}})
	if strings.Contains(page, `aria-label="Stop"`) {
		t.Errorf("there is a Stop although nothing runs: %s", page)
	}
}

func TestRunIsHeadedAndItsEndIsTold(t *testing.T) {
	end := &session.RunEnd{Exit: 1, MS: 5, Reason: session.ReasonError, Error: &session.RunError{Message: "ValueError", Line: 3, Column: 1}}
	page := drawn(t, &output{Runs: []browser.Run{{ID: "r", At: 1, You: true, Language: "python", End: end}}})
	wants(t, page, "ran Python", `<pre id="out-r">`, "Line 3", "ValueError")
}

func TestClearedOutputStaysCleared(t *testing.T) {
	o := &output{Runs: []browser.Run{{ID: "1", At: 10}, {ID: "2", At: 20}}}
	o.hidden = "2"
	if got := o.shown(); len(got) != 0 {
		t.Errorf("after clearing there are %v", got)
	}
	o.Runs = append(o.Runs, browser.Run{ID: "3", At: 19}) // by a clock that is thought to be another meanwhile
	if got := o.shown(); len(got) != 1 || got[0].ID != "3" {
		t.Errorf("after another run there are %v", got)
	}
}

func TestInputGoesToTheRunThatAsks(t *testing.T) {
	others := []browser.Run{{ID: "1", End: &session.RunEnd{}}, {ID: "2"}, {ID: "mine", You: true}}
	for _, c := range []struct {
		name string
		o    output
		want string
	}{
		{"nothing runs", output{Runs: others[:1]}, ""},
		{"somebody else's runs", output{Runs: others[:2]}, "2"},
		{"the own one runs", output{Runs: others, Mine: "mine"}, ""},
		{"the own one waits", output{Runs: others, Mine: "mine", Needs: true}, "mine"},
	} {
		if got := c.o.asked(); got != c.want {
			t.Errorf("%s: a line goes to %q, not %q", c.name, got, c.want)
		}
	}
}

func TestGuestsDialog(t *testing.T) {
	wants(t, drawn(t, &nameDialog{}), `role="dialog"`, `aria-modal`, "Your name", "Join session")
	wants(t, drawn(t, &Session{view: browser.View{Stage: browser.Naming}}), ` inert`, "Join session")
}

// A session that the server does not know any more stays in the list, and one sees that.
func TestGoneSessionIsMarked(t *testing.T) {
	page := drawn(t, &recents{List: []browser.Recent{{ID: "a", Title: "Phone screen", Gone: true}}})
	wants(t, page, "Phone screen", "Deleted or expired", "Forget", "Open")
}

// On a phone, where the code hides the output, one sees that somebody else's run began or ended.
func TestSomebodyElsesRunIsSeenOverTheCode(t *testing.T) {
	const mark = "There is something new"
	view := func(runs ...browser.Run) browser.View { return browser.View{Stage: browser.In, Runs: runs} }
	going := browser.Run{ID: "r", Author: session.User{ID: "b", Name: "Bob"}}
	ended := going
	ended.End = &session.RunEnd{Run: "r", Reason: session.ReasonOK}
	for _, c := range []struct {
		what     string
		panel    string
		old, now browser.View
		marked   bool
	}{
		{"a run begins", "code", view(), view(going), true},
		{"it ends", "code", view(going), view(ended), true},
		{"nothing happens", "code", view(ended), view(ended), false},
		{"the output is shown", "output", view(), view(going), false},
		{"what was there before one came", "code", browser.View{}, view(ended), false},
	} {
		s := &Session{path: "/s/abc", panel: c.panel, view: c.now}
		s.follow(c.old)
		if page := drawn(t, s); strings.Contains(page, mark) != c.marked {
			t.Errorf("%s: marked %v", c.what, !c.marked)
		}
		if s.turnTo("output"); s.news {
			t.Errorf("%s: marked while it is shown", c.what)
		}
	}
}

// standsOut finds the words of what the eye falls on.
var standsOut = regexp.MustCompile(`<[^>]*"btn primary"[^>]*>([^<]*)<`)

func TestEveryEndShowsTheWayOn(t *testing.T) {
	for _, code := range []int{noPage, session.CloseLeft, session.CloseBadFrame, session.CloseNoSession, session.CloseNotAllowed, session.CloseLimit,
		session.CloseVersion, session.CloseReplaced} {
		s := &Session{view: browser.View{Stage: browser.Ended, Ending: browser.Ending{Code: code, Message: session.CloseReason(code)}},
			notices: []notice{{1, "said before", "warn"}}}
		page := drawn(t, s)
		wants(t, page, "Create a new session", "<h1>", html.EscapeString(session.CloseReason(code)))
		if strings.Contains(page, "said before") {
			t.Errorf("%d: a notice says what the page says", code)
		}
		_, _, first := ending(code)
		if first == "" {
			first = "Create a new session"
		}
		if stands := standsOut.FindAllStringSubmatch(page, -1); len(stands) != 1 || strings.TrimSpace(stands[0][1]) != first {
			t.Errorf("%d: what stands out is %q, not %q", code, stands, first)
		}
	}
}

// To whoever was in a session, and whom the server does not know it for any more, it is over; to others it was never there.
func TestSessionThatIsOver(t *testing.T) {
	for was, want := range map[bool]string{true: "This session is over", false: "This session can’t be found"} {
		wants(t, drawn(t, &Session{view: browser.View{Stage: browser.Ended, Ending: browser.Ending{Code: session.CloseNoSession, Text: was}}}), want)
	}
}

// Without a connection nobody is shown as being here: the CSS takes that from the page.
func TestConnectionIsKnownToThePage(t *testing.T) {
	for _, tone := range []string{"warn", "idle"} {
		wants(t, drawn(t, &Session{view: browser.View{Stage: browser.In, Link: browser.Connection{Tone: tone}}}), `data-link="`+tone+`"`)
	}
}

// What is announced changes with the state alone: not with each measured delay, nor with each percent of a download.
func TestFooterDoesNotChatter(t *testing.T) {
	page := drawn(t, &statusBar{Link: browser.Connection{Text: "Connected", Delay: "· 9 ms"}, Runtime: browser.Runtime{Language: "python", State: "loading", Percent: 41}})
	wants(t, page, "· 9 ms", "41 %")
	depth := 0 // of spans in one that is announced
	for _, part := range regexp.MustCompile(`<[^>]*>|[^<]+`).FindAllString(page, -1) {
		switch {
		case strings.HasPrefix(part, "<span") && (depth > 0 || strings.Contains(part, `role="status"`)):
			depth++
		case part == "</span>" && depth > 0:
			depth--
		case depth > 0 && (strings.Contains(part, " ms") || strings.Contains(part, "%")):
			t.Errorf("it is announced again and again: %q", part)
		}
	}
}

func TestManyPeopleAreCounted(t *testing.T) {
	var all []browser.Person
	for i := range 9 {
		all = append(all, browser.Person{User: session.User{Name: "Ada " + strconv.Itoa(i), Color: 1}, Here: true})
	}
	page := drawn(t, &peopleList{List: all})
	if n := strings.Count(page, "<li"); n != maxFaces {
		t.Errorf("%d faces are shown", n)
	}
	wants(t, page, "+6", "6 more: Ada 3, Ada 4, Ada 5, Ada 6, Ada 7, Ada 8")
}

// Of those who left, nobody is shown who came back as another client.
func TestWhoLeftIsFaded(t *testing.T) {
	named := func(name string, here bool) browser.Person {
		return browser.Person{User: session.User{ID: name, Name: name, Color: 1}, Here: here}
	}
	page := drawn(t, &peopleList{List: []browser.Person{named("Ada", true), named("Bob", true), named("Bob", false), named("Cleo", false)}})
	if n := strings.Count(page, "<li"); n != 3 {
		t.Errorf("%d faces are shown of three people", n)
	}
	if n := strings.Count(page, "away"); n != 1 {
		t.Errorf("%d of one are faded: %s", n, page)
	}
	wants(t, page, "Cleo, , left")

	page = drawn(t, &peopleList{List: []browser.Person{named("Ada", true), named("Bob", true), named("Cleo", true), named("Dan", true), named("Eve", false)}})
	if strings.Contains(page, "Eve") || strings.Contains(page, "+1") {
		t.Errorf("who left takes the room of who is here: %s", page)
	}
}

// What can't be taken back is not to be mistaken for what can.
func TestOnlyDeletingIsDangerous(t *testing.T) {
	page := drawn(t, &topBar{Owner: true, Page: &Session{}})
	for _, part := range regexp.MustCompile(`<[^>]*menu-item[^>]*>[^<]*`).FindAllString(page, -1) {
		if strings.Contains(part, "danger") != strings.Contains(part, "Delete") {
			t.Errorf("in the menu is %s", part)
		}
	}
}

func TestOfflineSaysWhatItMeans(t *testing.T) {
	offline := browser.Connection{Text: "Offline"}
	for stage, want := range map[browser.Stage]string{browser.Joining: "opens here as soon as", browser.In: "Go on typing"} {
		wants(t, drawn(t, &Session{view: browser.View{Stage: stage, Link: offline}}), want)
	}
	page := drawn(t, &Session{view: browser.View{Stage: browser.In, Link: browser.Connection{Text: "Reconnecting…"}}})
	if strings.Contains(page, "You are offline") {
		t.Errorf("a short break counts as offline: %s", page)
	}
}
