package e2e

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
)

// keptHere is what the practice pad says when all is stored.
const keptHere = "Saved on this device"

// reads waits until the editor holds the words.
func (p *person) reads(words string) {
	p.t.Helper()
	untilShow(p.t, patience, fmt.Sprintf("%s's editor holds %q", p.who, words), func() (bool, string) {
		s, err := tryEval[string](p, "tandem.editor.text()")
		return err == nil && strings.Contains(s, words), fmt.Sprintf("it holds %q", s)
	})
}

// onWindows lets pages take the system for Windows.
func (p *person) onWindows() {
	p.t.Helper()
	agent := eval[string](p, "navigator.userAgent.replace(/\\(.*?\\)/, '(Windows NT 10.0; Win64; x64)')")
	send(p, emulation.SetUserAgentOverride, emulation.SetUserAgentOverrideParams{UserAgent: agent})
}

// The practice pad is a session on this device: no server hears of it. On Windows, where the editor's line ends
// would be another system's each time that it is emptied, as for another language.
func TestPracticePad(t *testing.T) {
	ada := newPerson(t, "Ada")
	ada.onWindows()
	ada.visit("/")
	ada.clickLink("/pad")
	ada.shows("status", "Saved", keptHere)
	ada.shows("status", "Connection", "Practice pad")
	ada.reads("def greet")
	for _, not := range []string{"People", "Copy link"} {
		if ada.has("list", not) || ada.has("button", not) {
			t.Errorf("the pad has %q", not)
		}
	}
	before := len(ada.seen.urls())
	ada.replaceAll("name = input('Who? ')\nprint('Hello ' + name.upper())\n")
	ada.click("button", "Run")
	ada.prints(firstRun, "Who?")
	ada.fill("textbox", "Input for the program", "grace")
	ada.press("Enter")
	ada.prints(patience, "Hello GRACE")
	ada.idle(patience)

	ada.choose("Language", "TypeScript") // over JavaScript, by the arrow keys
	ada.reads("name: string")
	ada.atStart()
	ada.typing("// typed ")
	ada.shows("status", "Saved", keptHere)
	ada.choose("Language", "Python")
	ada.reads("name.upper()")
	ada.prints(patience, "Hello GRACE")

	ada.reload()
	ada.reads("name.upper()")
	ada.atEnd()
	ada.typing("# one more")
	for range 3 { // the paste and the deletion before it, from before the reload
		ada.press("Control+z")
	}
	ada.reads("def greet")
	ada.press("Control+y", "Control+y", "Control+y")
	ada.reads("# one more")
	ada.shows("status", "Saved", keptHere)

	tab := ada.secondTab("Ada2")
	tab.visit("/pad")
	tab.reads("# one more")
	ada.atStart()
	tab.atEnd()
	together(t, func() { ada.typing("# from the first ") }, func() { tab.typing(", from the second") })
	for _, p := range []*person{ada, tab} {
		p.reads("# from the first name = input")
		p.reads("# one more, from the second")
		p.shows("status", "Saved", keptHere)
	}
	if ada.code() != tab.code() {
		t.Errorf("the tabs hold %q and %q", ada.code(), tab.code())
	}
	ada.choose("Language", "TypeScript")
	ada.reads("// typed function greet")
	for _, url := range ada.seen.urls()[before:] {
		if strings.Contains(url, "/ws") || strings.Contains(url, "/api") || strings.Contains(url, "/healthz") {
			t.Errorf("the pad asked the server for %s", url)
		}
	}

	ada.click("link", "New session")
	ada.fill("textbox", "Your name", "Ada")
	ada.click("button", "Create session")
	ada.connected()
	ada.visit("/")
	if ada.find("link", "Practice pad"); strings.Contains(eval[string](ada, "document.body.innerText"), "pad.") {
		t.Error("home lists the pad as a session")
	}
}

// Who leaves a page while the browser makes its database finds one on the next page. The browser keeps the page that was left,
// frozen in the middle of that, and lets nobody in while it does. Here it is an origin that has no database yet.
func TestLeftAtOnce(t *testing.T) {
	t.Parallel()
	ada := open(t, "Ada", strings.Replace(rig.server.addr, "127.0.0.1", "left.localhost", 1))
	ada.visit("/")
	ada.find("button", "Create session")
	eval[int](ada, `location.href = "/pad"; setTimeout(() => {
		self.tandem.store.get("any");
		for (const until = performance.now() + 1000; performance.now() < until;); // it hears nothing more
	})`)
	until(t, patience, "Ada has come to the next page", func() bool {
		at, err := tryEval[string](ada, "location.pathname")
		return err == nil && at == "/pad"
	})
	ada.shows("status", "Saved", keptHere)
}
