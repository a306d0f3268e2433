package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
)

// axe is the checker of accessibility, as npm installed it for the tests.
var axe = sync.OnceValues(func() (string, error) {
	data, err := os.ReadFile(filepath.Join(root, "assets", "node_modules", "axe-core", "axe.min.js"))
	return string(data), err
})

// accessible runs axe over the page as it stands. It runs in a world of its own, which sees the page's tree but is under
// none of its policies.
func (p *person) accessible(what string) {
	p.t.Helper()
	source, err := axe()
	if err != nil {
		p.fatal("read axe-core, which make installs: %v", err)
	}
	tree := send(p, page.GetFrameTree, cdp.Empty{})
	world := send(p, page.CreateIsolatedWorld, page.CreateIsolatedWorldParams{FrameID: tree.FrameTree.Frame.ID, WorldName: "axe"})
	yes := true
	r := send(p, runtime.Evaluate, runtime.EvaluateParams{ContextID: world.ExecutionContextID, ReturnByValue: &yes, AwaitPromise: &yes,
		Expression: source + `;axe.run(document, {resultTypes: ["violations"], iframes: false}).then(r => ({passes: r.passes.length, violations: r.violations}))`})
	if r.ExceptionDetails != nil {
		p.fatal("run axe: %+v", r.ExceptionDetails)
	}
	var found struct {
		Passes     int
		Violations []struct {
			ID, Impact, Help string
			Nodes            []struct {
				HTML, FailureSummary string
			}
		}
	}
	if err := json.Unmarshal(r.Result.Value, &found); err != nil {
		p.fatal("read what axe found: %v", err)
	}
	if found.Passes < 10 {
		p.t.Errorf("%s: axe passed only %d rules: it saw no page", what, found.Passes)
	}
	for _, v := range found.Violations {
		var nodes []string
		for _, n := range v.Nodes {
			nodes = append(nodes, fmt.Sprintf("%.300s\n%s", n.HTML, n.FailureSummary))
		}
		p.t.Errorf("%s: %s %s: %s\n%s", what, v.Impact, v.ID, v.Help, strings.Join(nodes, "\n"))
	}
}

// Every page and what opens on it, in both themes and on both screens.
func TestAxe(t *testing.T) {
	ada, id := newPerson(t, "Ada"), ""
	everyLook := func(p *person, what string) {
		t.Helper()
		for _, theme := range []string{"dark", "light"} {
			p.prefers("prefers-color-scheme", theme)
			for _, at := range []struct{ w, h int64 }{{1440, 900}, {390, 844}} {
				p.size(at.w, at.h)
				p.looks(theme, at.w)
				name := fmt.Sprintf("%s-%d-%s", what, at.w, theme)
				if (theme == "dark") == (at.w == 1440) { // each theme and each screen once: of what axe looks for nothing needs both
					p.accessible(name)
				}
				p.shoot(name)
				p.fits(name, at.w)
			}
		}
		p.size(1440, 900)
		p.prefers("prefers-reduced-motion", "reduce")
		p.painted()
		p.still(what)
	}
	id = ada.create("Python")
	ada.replaceAll("import sys\nname = input('Who? ')\nprint('hello', name)\nprint('careful', file=sys.stderr)\nraise ValueError('no')\n")
	ada.saved()
	ada.click("button", "Run")
	ada.find("textbox", "Input for the program")
	everyLook(ada, "asking")
	ada.size(721, 900) // the narrowest window that is no phone, with Stop in its bar
	ada.painted()
	ada.fits("asking in half a window", 721)
	ada.size(1440, 900)
	ada.focus("textbox", "Input for the program")
	ada.typing("Ada\n")
	ada.idle(firstRun)
	ada.fill("textbox", "Session title", "Backend phone screen")
	ada.press("Enter")
	everyLook(ada, "ran")
	over := eval[int64](ada, `(() => { // as narrow as the panel gets
		const root = document.documentElement.style, out = document.getElementById("output"), side = root.getPropertyValue("--side")
		root.setProperty("--side", "240px")
		const over = out.scrollWidth - out.clientWidth
		root.setProperty("--side", side)
		return over
	})()`)
	if over > 0 {
		t.Errorf("what heads a run reaches %d px over the side", over)
	}
	ada.click("button", "More")
	ada.find("button", "Save the code as a file")
	everyLook(ada, "menu")

	bob := newPerson(t, "Bob")
	bob.visit("/s/" + id)
	bob.find("dialog", "")
	everyLook(bob, "name")
	bob.allow(`404 \(Not Found\).*/nothing/here`)
	bob.visit("/nothing/here")
	bob.says("nothing here")
	everyLook(bob, "nowhere")
	bob.visit("/s/there-is-no-such-session")
	bob.says("no such session")
	everyLook(bob, "ended")
	bob.visit("/")
	bob.find("button", "Create session")
	bob.click("button", "Join")
	bob.says("Paste the link")
	eval[bool](bob, "goappOnUpdate(), true") // as when a newer version has come
	bob.find("button", reloadNow)
	everyLook(bob, "home")
	bob.visit("/pad")
	bob.shows("status", "Saved", keptHere)
	everyLook(bob, "pad")
	ada.visit("/")
	ada.says("Backend phone screen")
	everyLook(ada, "home-with-recents")
}

// looks waits until the page shows a theme and a width.
func (p *person) looks(theme string, width int64) {
	p.t.Helper()
	until(p.t, patience, "the page is "+theme, func() bool {
		return eval[string](p, `document.documentElement.dataset.theme`) == theme && eval[int64](p, "innerWidth") == width
	})
	p.painted()
}
