package ui

import (
	"strings"
	"testing"
	"time"

	"tandem/app/browser"
	"tandem/shared/session"
)

func TestParseLink(t *testing.T) {
	const own = "tandem.example:8080"
	for _, c := range []struct{ in, id, problem string }{
		{"BRSre3O6rr3QbH2lbgqrk", "BRSre3O6rr3QbH2lbgqrk", ""},
		{"  a_b-c \n", "a_b-c", ""},
		{"http://tandem.example:8080/s/abc", "abc", ""},
		{"https://tandem.example:8080/s/abc/", "abc", ""},
		{"tandem.example:8080/s/abc", "abc", ""},
		{"/s/abc", "abc", ""},
		{"<http://tandem.example:8080/s/abc>", "abc", ""},
		{"http://tandem.example:8080/s/abc?from=mail#x", "abc", ""},
		{"http://tandem.example:8080/s/abc.", "abc", ""},
		{"", "", "Paste the link"},
		{"   ", "", "Paste the link"},
		{"not a link", "", "not a link"},
		{"http://tandem.example:8080/", "", "not a link"},
		{"http://tandem.example:8080/s/", "", "not a link"},
		{"http://tandem.example:8080/s/a/b", "", "not a link"},
		{"http://tandem.example:8080/s/%22%3E", "", "not a link"},
		{"https://elsewhere.example/s/abc", "", "elsewhere.example"},
		{"https://elsewhere.example/", "", "not a link"},
		{"http://[", "", "not a link"},
		{strings.Repeat("a", session.MaxID+1), "", "not a link"},
	} {
		id, problem := parseLink(c.in, own)
		if id != c.id || c.problem == "" && problem != "" || !strings.Contains(problem, c.problem) {
			t.Errorf("parseLink(%q) = %q, %q; want %q, …%s…", c.in, id, problem, c.id, c.problem)
		}
	}
}

func TestDay(t *testing.T) {
	now := time.Date(2026, 11, 23, 0, 30, 0, 0, time.UTC)
	for _, c := range []struct {
		at   time.Time
		want string
	}{
		{now.Add(-10 * time.Minute), "Today, 00:20"},
		{now.Add(-40 * time.Minute), "Yesterday, 23:50"},
		{time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC), "22 Nov, 00:00"},
		{time.Date(2026, 11, 22, 0, 1, 0, 0, time.UTC), "Yesterday, 00:01"},
		{time.Date(2026, 11, 21, 14, 2, 0, 0, time.UTC), "21 Nov, 14:02"},
		{time.Date(2025, 12, 31, 14, 2, 0, 0, time.UTC), "31 Dec 2025"},
	} {
		if got := day(c.at, now); got != c.want {
			t.Errorf("day(%v) = %q, want %q", c.at, got, c.want)
		}
	}
}

func TestTook(t *testing.T) {
	for ms, want := range map[int64]string{0: "0 ms", 18: "18 ms", 999: "999 ms", 1000: "1.0 s", 12_345: "12.3 s", 65_000: "1 min 5 s"} {
		if got := took(ms); got != want {
			t.Errorf("took(%d) = %q, want %q", ms, got, want)
		}
	}
}

func TestRunWords(t *testing.T) {
	end := func(reason string, exit int, message string) *session.RunEnd {
		e := &session.RunEnd{Exit: exit, MS: 18, Reason: reason}
		if message != "" {
			e.Error = &session.RunError{Message: message, Line: 3}
		}
		return e
	}
	out := func(stream, text string) []session.Output { return []session.Output{{Stream: stream, Text: text}} }
	for _, c := range []struct {
		name string
		run  browser.Run
		want string
		bad  bool
	}{
		{"goes on", browser.Run{}, "", false},
		{"ok and silent", browser.Run{End: end(session.ReasonOK, 0, "")}, "Finished without output.", false},
		{"ok with output", browser.Run{Output: out(session.Stdout, "1"), End: end(session.ReasonOK, 0, "")}, "", false},
		{"ok, output forgotten", browser.Run{Trimmed: true, End: end(session.ReasonOK, 0, "")}, "", false},
		{"error that it printed", browser.Run{Output: out(session.Stderr, "Traceback\nValueError: x\n"), End: end(session.ReasonError, 1, "ValueError: x")}, "", true},
		{"error that it did not print", browser.Run{Output: out(session.Stdout, "ValueError: x"), End: end(session.ReasonError, 1, "ValueError: x")}, "ValueError: x", true},
		{"exit code", browser.Run{End: end(session.ReasonError, 3, "")}, "Ended with exit code 3.", true},
		{"stopped", browser.Run{End: end(session.ReasonStopped, 130, "")}, "Stopped.", false},
		{"timeout", browser.Run{End: end(session.ReasonTimeout, 1, "")}, "Stopped after 18 ms: that is all the time a run has.", true},
		{"crash", browser.Run{End: end(session.ReasonCrash, 1, "")}, "The run was cut off.", true},
	} {
		if got, bad := remark(c.run); got != c.want || bad != c.bad {
			t.Errorf("%s: remark is %q, %v; want %q, %v", c.name, got, bad, c.want, c.bad)
		}
	}

	bob := session.User{Name: "Bob"}
	for _, c := range []struct {
		run   browser.Run
		waits bool
		want  string
	}{
		{browser.Run{Author: bob, Language: "python"}, false, "Bob is running Python…"},
		{browser.Run{Author: bob, You: true, Language: "python"}, false, "You are running Python…"},
		{browser.Run{Author: bob, You: true, Language: "javascript"}, true, "You run JavaScript · waiting for input"},
	} {
		if got := who(c.run) + " " + ran(c.run, c.waits); got != c.want {
			t.Errorf("head is %q, want %q", got, c.want)
		}
	}
	at := time.Date(2026, 11, 23, 14, 2, 31, 0, time.Local)
	if got := ran(browser.Run{Language: "python", At: at.UnixMilli(), End: end(session.ReasonOK, 0, "")}, false); got != "ran Python · 14:02:31 · 18 ms" {
		t.Errorf("head is %q", got)
	}
}

func TestInitials(t *testing.T) {
	for name, want := range map[string]string{"Mika": "MI", "Ada Lovelace": "AL", "x": "X", "": "?", "Anna Maria Łoś": "AŁ", "李 小龙": "李小"} {
		if got := initials(name); got != want {
			t.Errorf("initials(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestDescribe(t *testing.T) {
	p := browser.Person{User: session.User{Name: "Ada", Role: session.Interviewer}, Here: true, You: true}
	if got := describe(p); got != "Ada (you), interviewer" {
		t.Errorf("got %q", got)
	}
	p = browser.Person{User: session.User{Name: "Bob", Role: session.Candidate}}
	if got := describe(p); got != "Bob, candidate, left" {
		t.Errorf("got %q", got)
	}
}

func TestRuntimeText(t *testing.T) {
	for _, c := range []struct {
		r    browser.Runtime
		want string
	}{
		{browser.Runtime{}, ""},
		{browser.Runtime{Language: "python", State: "loading", Percent: -1}, "Python · loading…"},
		{browser.Runtime{Language: "python", State: "loading", Percent: 41}, "Python · loading…"},
		{browser.Runtime{Language: "python", State: "loading", Percent: 100}, "Python · starting…"},
		{browser.Runtime{Language: "python", State: "ready", Version: "3.14"}, "Python 3.14 · ready"},
		{browser.Runtime{Language: "python", State: "ready", Version: "Python 3.14"}, "Python 3.14 · ready"},
		{browser.Runtime{Language: "python", State: "ready", Version: "Python 3.14.2, Pyodide 314.0.7"}, "Python 3.14.2 · ready"},
		{browser.Runtime{Language: "javascript", State: "ready", Version: "QuickJS-ng 0.11"}, "JavaScript QuickJS-ng 0.11 · ready"},
		{browser.Runtime{Language: "javascript-v8", State: "ready", Version: "V8"}, "JavaScript (V8) · ready"},
		{browser.Runtime{Language: "go", State: "ready", Version: "go1.26.8"}, "Go 1.26.8 · ready"},
		{browser.Runtime{Language: "sql", State: "ready", Version: "SQLite 3.54.1"}, "SQL SQLite 3.54.1 · ready"},
		{browser.Runtime{Language: "python", State: "later"}, "Python · loaded when you run"},
		{browser.Runtime{Language: "javascript", State: "failed"}, "JavaScript · could not be loaded"},
		{browser.Runtime{Language: "go", State: "missing"}, "Go · not loaded on this device yet"},
	} {
		name, version, state := runtimeText(c.r)
		if got := name + version + state; got != c.want {
			t.Errorf("runtimeText(%+v) = %q, want %q", c.r, got, c.want)
		}
	}
}

func TestTurnout(t *testing.T) {
	person := func(name string, here, you bool) browser.Person {
		return browser.Person{User: session.User{ID: name, Name: name}, Here: here, You: you}
	}
	you := person("Ada", true, true)
	bob, cleo := person("Bob", true, false), person("Cleo", true, false)
	bobGone := person("Bob", false, false)
	for _, c := range []struct {
		before, now []browser.Person
		want        string
	}{
		{[]browser.Person{you}, []browser.Person{you, bob}, "Bob joined."},
		{[]browser.Person{you, bobGone}, []browser.Person{you, bob, cleo}, "Bob, Cleo joined."},
		{[]browser.Person{you, bob}, []browser.Person{you, cleo, bobGone}, "Cleo joined. Bob left."},
		{[]browser.Person{you, bob}, []browser.Person{you, bob}, ""},
		{nil, []browser.Person{you, bobGone}, ""},
	} {
		if got := turnout(c.before, c.now); got != c.want {
			t.Errorf("from %v to %v: %q, not %q", c.before, c.now, got, c.want)
		}
	}
}
