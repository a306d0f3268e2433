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
	untilShow(t, patience, "the hint is shown", func() (bool, string) {
		s := eval[string](ada, `[...document.querySelectorAll(".editor-hint")].filter(e => getComputedStyle(e).opacity > .9).map(e => e.innerText).join()`)
		return strings.Contains(s, "Ctrl") && strings.Contains(s, "M"), fmt.Sprintf("%q", s)
	})
}
