package e2e

import (
	"fmt"
	"strings"
	"testing"
)

// A page in both themes and on both screens: it follows the system, nothing overflows, and its picture is saved.
func TestLook(t *testing.T) {
	ada, bob, id := pair(t, "Python")
	ada.fill("textbox", "Session title", "Backend phone screen")
	ada.press("Enter")
	ada.replaceAll("import sys\n\n\ndef merge(intervals):\n    \"\"\"Merge all that overlap, and return them in order.\"\"\"\n    out = []\n" +
		"    for start, end in sorted(intervals):\n        if out and start <= out[-1][1]:\n            out[-1][1] = max(out[-1][1], end)\n" +
		"        else:\n            out.append([start, end])\n    return out\n\n\nprint(merge([[1, 3], [2, 6], [8, 10]]))\n" +
		"print(\"merged\", file=sys.stderr)\n")
	settle(t, id, ada, bob)
	ada.click("button", "Run")
	bob.prints(firstRun, "[[1, 6], [8, 10]]")
	ada.idle(patience)
	bob.line(6)
	bob.press("Shift+End")
	ada.line(4)
	home := newPerson(t, "Cleo")
	home.visit("/")
	home.find("button", "Create session")

	grounds := map[string]string{}
	for _, theme := range []string{"dark", "light"} {
		for _, at := range []struct{ w, h int64 }{{1440, 900}, {390, 844}} {
			for name, p := range map[string]*person{"home": home, "session": ada} {
				p.prefers("prefers-color-scheme", theme)
				p.size(at.w, at.h)
				shot := fmt.Sprintf("%s-%d-%s", name, at.w, theme)
				p.looks(theme, at.w)
				p.shoot(shot)
				grounds[name+" "+theme] = eval[string](p, "getComputedStyle(document.body).backgroundColor")
				if name == "session" {
					grounds["editor "+theme] = eval[string](p, `getComputedStyle(document.querySelector(".monaco-editor")).backgroundColor`)
				}
				p.fits(shot, at.w)
				if name == "session" && p.has("tab", "Code") { // a phone shows one panel at a time
					p.click("tab", "Code")
					p.gone("log", "Output")
					p.painted()
					p.shoot("code-390-" + theme)
					p.fits("code on a phone", at.w)
					p.click("tab", "Output")
				}
			}
		}
	}
	for _, what := range []string{"home", "session", "editor"} {
		if grounds[what+" dark"] == grounds[what+" light"] {
			t.Errorf("%s has the ground %s in both themes", what, grounds[what+" dark"])
		}
	}
	home.prefers("forced-colors", "active")
	home.painted()
	if eval[bool](home, `getComputedStyle(document.querySelector(".lang :checked + span")).color ===
		getComputedStyle(document.querySelector(".lang :not(:checked) + span")).color`) {
		t.Error("where the system forces its colours, the chosen language looks like the others")
	}
}

// painted waits for two frames, so that a screenshot shows what was changed last.
func (p *person) painted() {
	p.t.Helper()
	eval[bool](p, "new Promise(r => requestAnimationFrame(() => requestAnimationFrame(() => r(true))))")
}

// fits checks that nothing reaches over the page's sides: what is drawn there can't be seen or clicked.
func (p *person) fits(what string, width int64) {
	p.t.Helper()
	if w := eval[int64](p, "document.documentElement.scrollWidth"); w > width {
		p.t.Errorf("%s: the page is %d wide", what, w)
	}
	over := eval[[]string](p, `[...document.querySelectorAll("button, input, select, a, [role], h1, p, li")].filter(e => {
		const r = e.getBoundingClientRect()
		return r.width > 0 && r.height > 0 && (r.right > innerWidth + 1 || r.left < -1) && !e.closest(".monaco-editor") && e.checkVisibility({opacityProperty: true, visibilityProperty: true})
	}).map(e => e.outerHTML.slice(0, 120))`)
	if len(over) > 0 {
		p.t.Errorf("%s: over the side are %s", what, strings.Join(over, "\n"))
	}
	// On a button that shrinks the words go on over its edge.
	words := eval[[]string](p, `[...document.querySelectorAll("button, a.btn")].filter(e => !e.closest("#editor-box") && e.scrollWidth > e.clientWidth + 1 &&
		e.checkVisibility({opacityProperty: true, visibilityProperty: true})).map(e => e.outerHTML.slice(0, 120))`)
	if len(words) > 0 {
		p.t.Errorf("%s: over their button are the words of %s", what, strings.Join(words, "\n"))
	}
	if tall := eval[int64](p, "document.documentElement.scrollHeight - innerHeight"); strings.HasPrefix(what, "session") && tall > 0 {
		p.t.Errorf("%s: the page scrolls by %d", what, tall)
	}
}
