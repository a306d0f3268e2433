package e2e

import (
	"regexp"
	"strconv"
	"strings"
	"testing"
)

const wasm = `^/web/app\.[0-9a-f]+\.wasm$`

// earlyBob has Ada in a new session, and Bob about to open its page by way of a front that can keep files back.
func earlyBob(t *testing.T) (ada, bob *person, f *front, id string) {
	ada = newPerson(t, "Ada")
	id = ada.create("Python")
	f = startFront(t, rig.server.addr)
	return ada, newDevice(t, "Bob", f.addr), f, id
}

// The editor takes what is typed while the Go program is still on its way, and it merges with what is there. No reload on
// that way loses it: where the program does not come, nor where the page asks for a name.
func TestTypingBeforeTheProgramRuns(t *testing.T) {
	t.Parallel()
	ada, bob, f, id := earlyBob(t)
	start := ada.code()
	came := f.fail(wasm, 502)
	bob.allow("start of the program", "status of 502")
	bob.visit("/s/" + id)
	bob.inEditor()
	bob.typing("# typed ")
	bob.says("This page could not be loaded.")
	came()
	arrived := f.halve(wasm)
	bob.click("button", "Try again")
	bob.reads("# typed ")
	bob.inEditor()
	bob.typing("before ")
	if text := bob.code(); text != "# typed before " {
		t.Fatalf("before the program runs the editor holds %q", text)
	}
	early := bob.code()
	progress := regexp.MustCompile(`Loading (\d+) %`)
	until(t, patience, "the page tells how much has come", func() bool {
		m := progress.FindStringSubmatch(eval[string](bob, "document.body.innerText"))
		if m == nil {
			return false
		}
		percent, _ := strconv.Atoi(m[1])
		return percent > 10 && percent < 90
	})
	if eval[bool](bob, `"goappOnUpdate" in self && performance.getEntriesByName("tandem:go").length > 0`) {
		t.Fatal("the program runs already: this test proves nothing")
	}
	for _, at := range []string{"innerWidth / 2, innerHeight / 2", "60, 90"} {
		if over := eval[string](bob, `(e => e.closest(".monaco-editor") ? "" : e.outerHTML.slice(0, 200))(document.elementFromPoint(`+at+`))`); over != "" {
			t.Errorf("while the program loads, over the editor lies %s", over)
		}
	}
	bob.shoot("loading-1440")
	ada.atEnd()
	ada.typing("# Ada meanwhile")
	ada.saved()

	arrived()
	early = bob.typesOn(early)
	bob.find("button", "Join session")
	if !eval[bool](bob, "enterDropped") {
		t.Error("the Enter of a line that was begun in the editor would have answered the question for the name")
	}
	bob.reload()
	bob.find("button", "Join session")
	if n := f.requests("^/ws"); n != 0 {
		t.Errorf("who was not asked for a name yet has opened %d connections", n)
	}
	bob.answer("Bob")
	bob.connected()
	if text, want := settle(t, id, ada, bob), early+start+"# Ada meanwhile"; text != want {
		t.Errorf("the text is %q, not %q", text, want)
	}
}

// TestComposingAsTheProgramArrives has somebody who is known to the session in the middle of a word of an input method
// when the program takes the editor: the session's text must not get into it.
func TestComposingAsTheProgramArrives(t *testing.T) {
	t.Parallel()
	ada, bob, f, id := earlyBob(t)
	start := ada.code()
	bob.wasIn(id)
	arrived := f.halve(wasm)
	bob.visit("/s/" + id)
	bob.inEditor()
	bob.typing("# ")
	arrived()
	until(t, patience, "Bob is in the session", func() bool {
		bob.compose("ni")
		bob.compose("nih")
		return strings.HasPrefix(bob.text("status", "Connection"), online)
	})
	if got := bob.code(); got != "# nih" {
		t.Errorf("in the middle of a word the editor holds %q", got)
	}
	bob.commit("你好")
	want(t, settle(t, id, ada, bob), "# 你好"+start)
	if n := f.requests("^/ws"); n != 1 {
		t.Errorf("the page has opened %d connections, and not used the one that was begun before the program ran", n)
	}
}

// typesOn types on while the program arrives and asks for the name, and a while longer: not a letter gets anywhere else. It
// gives what the editor holds then. As soon as the name has the keyboard, Enter is pressed there.
func (p *person) typesOn(before string) string {
	p.t.Helper()
	eval[bool](p, `addEventListener("focusin", e => {
		if (e.target.id === "join-name") self.enterDropped = !e.target.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true }))
	}), self.gap = 0, self.last = performance.now(), addEventListener("keydown", () => {
		self.gap = Math.max(self.gap, performance.now() - self.last)
		self.last = performance.now()
	}, true), true`)
	typed := ""
	letter := func() {
		p.typing("x")
		typed += "x"
	}
	until(p.t, patience, "the program has taken the editor", func() bool {
		letter()
		return eval[bool](p, `document.querySelector("#editor-host #editor-box") !== null`)
	})
	eval[bool](p, "self.gap = 0, self.last = performance.now(), true") // until here keys had to wait for the program, which allows for that
	since := "performance.now() - performance.getEntriesByName('tandem:go')[0].startTime"
	for eval[float64](p, since) < 2500 {
		letter()
	}
	text := p.code()
	if gap := eval[float64](p, "self.gap"); gap > 900 {
		p.t.Logf("%s made a pause of %.0f ms: this proves nothing about typing on", p.who, gap)
	} else if text != before+typed {
		p.t.Errorf("%s typed %d letters while the program came; the editor holds %q", p.who, len(typed), text)
	}
	return text
}
