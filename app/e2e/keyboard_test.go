package e2e

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/runtime"
)

// focused is the role and name of what has the keyboard.
func (p *person) focused() (role, name string) {
	p.t.Helper()
	obj := send(p, runtime.Evaluate, runtime.EvaluateParams{Expression: "document.activeElement ?? document.body", ObjectGroup: "tree"})
	no := false
	r := send(p, accessibility.GetPartialAXTree, accessibility.GetPartialAXTreeParams{ObjectID: obj.Result.ObjectID, FetchRelatives: &no})
	if len(r.Nodes) == 0 {
		return "", ""
	}
	return text(r.Nodes[0].Role), text(r.Nodes[0].Name)
}

// tabTo presses Tab until something has the keyboard.
func (p *person) tabTo(role, name string) {
	p.t.Helper()
	var way []string
	for range 60 {
		r, n := p.focused()
		if r == role && strings.HasPrefix(n, name) {
			return
		}
		way = append(way, fmt.Sprintf("%s %q", r, n))
		p.press("Tab")
	}
	p.fatal("Tab never comes to the %s %q; it came to %s", role, name, strings.Join(way, ", "))
}

// ringed checks that one sees where the keyboard is.
func (p *person) ringed() {
	p.t.Helper()
	shown := eval[bool](p, `(() => {
		const e = document.activeElement
		for (const n of [e, e.nextElementSibling, e.parentElement]) {
			const s = n && getComputedStyle(n)
			if (s && (s.outlineStyle !== "none" && parseFloat(s.outlineWidth) >= 1 || s.boxShadow !== "none")) return true
		}
		return false
	})()`)
	if !shown {
		role, name := p.focused()
		p.t.Errorf("nothing shows that the %s %q has the keyboard", role, name)
	}
}

func TestByKeyboardAlone(t *testing.T) {
	ada := newPerson(t, "Ada")
	ada.visit("/")
	ada.find("button", "Create session")
	ada.tabTo("textbox", "Your name")
	ada.typing("Ada")
	ada.tabTo("radio", "Python")
	ada.ringed()
	ada.press("Right")
	if got := property(ada.find("radio", "JavaScript"), "checked"); got != "true" {
		t.Fatalf("after Right JavaScript is checked: %s", got)
	}
	ada.tabTo("button", "Create session")
	ada.ringed()
	ada.press("Enter")
	ada.connected()

	ada.tabTo("textbox", "Code editor")
	ada.press("Control+a")
	ada.typing("console.log('by keys ' + 'alone')")
	ada.saved()
	ada.press("Control+Enter")
	ada.prints(firstRun, "by keys alone")
	ada.idle(patience)
	if text := ada.code(); strings.Contains(text, "\n") {
		t.Errorf("Ctrl+Enter changed the text to %q", text)
	}

	// Tab indents; Ctrl+M lets it leave, and a hint says so.
	ada.press("Control+Home", "Tab")
	if text := ada.code(); !strings.HasPrefix(text, "  ") {
		t.Errorf("after Tab the text is %q", text)
	}
	ada.press("Control+m", "Tab")
	if role, name := ada.focused(); strings.HasPrefix(name, "Code editor") {
		t.Fatalf("after Ctrl+M and Tab the keyboard is still in the %s %q", role, name)
	}
	ada.tabTo("combobox", "Language")
	ada.ringed()
	ada.tabTo("button", "Copy link")
	ada.ringed()
	ada.press("Enter")
	ada.copied(ada.base + "/s/" + ada.session())
	ada.tabTo("button", "Run")
	ada.ringed()
	ada.press("Space")
	until(t, patience, "it ran again", func() bool { return strings.Count(ada.output(), "by keys alone") == 2 })

	ada.tabTo("textbox", "Session title")
	ada.ringed()
	ada.typing("Keys")
	ada.press("Enter")
	until(t, patience, "the server has the title", func() bool { return look(t, ada.session()).State.Title == "Keys" })
	if _, name := ada.focused(); !strings.HasPrefix(name, "Code editor") {
		t.Errorf("after the title the keyboard is in %q", name)
	}
	ada.press("Control+a")
	ada.typing("for (;;) console.log(prompt('more?'))")
	ada.saved()
	ada.press("Control+Enter")
	ada.find("textbox", "Input for the program")
	ada.press("Control+m") // let Tab leave again, or indent: whatever it is, one of both is said
	ada.tabTo("textbox", "Input for the program")
	ada.ringed()
	ada.typing("a line by keys\n")
	ada.prints(patience, "a line by keys\na line by keys")
	ada.tabTo("button", "Stop")
	ada.ringed()
	ada.press("Enter")
	ada.idle(patience)
	if role, name := ada.focused(); role != "button" || name != "Run" {
		t.Errorf("Stop is gone, and the keyboard is in the %s %q", role, name)
	}

	ada.tabTo("button", "More")
	ada.ringed()
	ada.press("Enter")
	ada.find("button", "Save the code as a file") // the menu is open
	theme := eval[string](ada, "document.documentElement.dataset.theme")
	ada.tabTo("button", "Switch to")
	ada.ringed()
	ada.press("Enter")
	until(t, patience, "the colours change", func() bool { return eval[string](ada, "document.documentElement.dataset.theme") != theme })
	ada.press("Escape")
	ada.gone("button", "Save the code as a file")
	if _, name := ada.focused(); name != "More" {
		t.Errorf("the menu is closed, and the keyboard is in %q", name)
	}
	ada.press("Enter")
	ada.find("button", "Save the code as a file")
	ada.tabTo("button", "Save the code as a file")
	ada.press("Enter")
	ada.gone("button", "Save the code as a file")
	if _, name := ada.focused(); name != "More" {
		t.Errorf("an entry closed the menu, and the keyboard is in %q", name)
	}
	joinsByKeys(t, ada.session())
}

// joinsByKeys: the dialog has the keyboard, keeps it, and hands it to the editor.
func joinsByKeys(t *testing.T, id string) {
	bob := newPerson(t, "Bob")
	bob.visit("/s/" + id)
	bob.find("dialog", "")
	until(t, patience, "the keyboard is in the dialog", func() bool { _, name := bob.focused(); return name == "Your name" })
	bob.press("Escape")
	bob.find("button", "Create session")
	eval[bool](bob, "history.back(), true")
	until(t, patience, "back in the dialog", func() bool { _, name := bob.focused(); return name == "Your name" && bob.has("dialog", "") })
	bob.press("Enter")
	bob.says("Type a name")
	if eval[bool](bob, `getComputedStyle(document.getElementById("join-missing")).color === getComputedStyle(document.getElementById("join-text")).color`) {
		t.Error("what is wrong with the name looks like any other text")
	}
	for range 8 {
		bob.press("Tab")
		if in := eval[bool](bob, `document.activeElement === document.body || !!document.activeElement.closest("[role=dialog]")`); !in {
			role, name := bob.focused()
			t.Errorf("Tab leads out of the dialog, to the %s %q", role, name)
		}
	}
	bob.tabTo("textbox", "Your name")
	bob.ringed()
	bob.typing("Bob")
	bob.press("Enter")
	bob.connected()
	until(t, patience, "the keyboard is in the editor", func() bool { _, name := bob.focused(); return strings.HasPrefix(name, "Code editor") })
}

// Run takes the keyboard from a Stop button that goes, not from somebody who only watches: a space would run the code then.
func TestWatchingKeepsTheKeyboard(t *testing.T) {
	t.Parallel()
	ada, bob, _ := pair(t, "JavaScript")
	eval[bool](bob, "document.activeElement.blur(), true")
	ada.replaceAll("prompt()")
	ada.click("button", "Run")
	bob.find("button", "Stop")
	ada.click("button", "Stop")
	bob.prints(patience, "Stopped.")
	bob.idle(patience)
	bob.painted()
	if _, name := bob.focused(); name == "Run" {
		t.Error("somebody else's run has ended, and the keyboard is at Run")
	}
}

func TestHintSaysHowToLeaveTheEditor(t *testing.T) {
	ada := newPerson(t, "Ada")
	ada.create("Python")
	ada.focus("combobox", "Language")
	for range 60 {
		if _, name := ada.focused(); strings.HasPrefix(name, "Code editor") {
			break
		}
		ada.press("Tab")
	}
	hinted := func(when string, want bool) {
		t.Helper()
		untilShow(t, patience, fmt.Sprintf("%s the hint is shown: %v", when, want), func() (bool, string) {
			s := eval[string](ada, `[...document.querySelectorAll(".editor-hint.on")].filter(e => getComputedStyle(e).opacity > .9).map(e => e.innerText).join()`)
			return (strings.Contains(s, "Ctrl") && strings.Contains(s, "M")) == want, fmt.Sprintf("%q", s)
		})
	}
	hinted("come by keys", true)
	ada.clickAt(700, 500, 0)
	hinted("come by a click", false)
	ada.press("Tab")
	hinted("after Tab", true)
	ada.reload()
	ada.connected()
	hinted("given the keyboard by the page", true)
}

// suggested waits until the list of suggestions is there, or is not.
func (p *person) suggested(there bool) {
	p.t.Helper()
	until(p.t, patience, fmt.Sprintf("suggestions are shown: %v", there), func() bool {
		return eval[bool](p, `!!document.querySelector(".suggest-widget.visible")`) == there
	})
}

// TestSuggestionsGiveWay: Enter after a word that is whole begins a line, whatever is suggested, unless one has gone
// through the list, and Run ends the suggesting.
func TestSuggestionsGiveWay(t *testing.T) {
	ada := newPerson(t, "Ada")
	ada.create("SQL")
	ada.replaceAll("value values\n")
	ada.atEnd()
	ada.typing("value")
	ada.suggested(true)
	ada.press("Escape")
	ada.suggested(false)
	ada.press("Control+Space") // now the word itself is not in the list
	ada.suggested(true)
	ada.press("Enter")
	ada.typing("value")
	ada.suggested(true)
	ada.press("Down", "Enter")
	ada.suggested(false)
	if s, want := ada.code(), "value values\nvalue\nvalues"; s != want {
		t.Errorf("the text is %q, want %q", s, want)
	}
	ada.press("Enter")
	ada.typing("val")
	ada.suggested(true)
	ada.press("Control+Enter")
	ada.suggested(false)
}
