package e2e

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/dom"
)

// Words of the page that are fixed.
const (
	allSaved = "All changes saved"
	online   = "Connected"
)

func quote(s string) string {
	b, _ := json.Marshal(s)
	return string(b)
}

// create makes a session from the home page and gives its id.
func (p *person) create(language string) string {
	p.t.Helper()
	p.visit("/")
	p.fill("textbox", "Your name", p.who)
	p.click("radio", language)
	p.click("button", "Create session")
	p.connected()
	until(p.t, patience, p.who+"'s editor has the starter", func() bool { return p.code() != "" })
	return p.session()
}

// session is the id in the address.
func (p *person) session() string {
	p.t.Helper()
	m := sessionPath.FindStringSubmatch(p.path())
	if m == nil {
		p.fatal("the address %s is no session's", p.path())
	}
	return m[1]
}

// join opens the guest's link and gives a name.
func (p *person) join(id string) {
	p.t.Helper()
	p.visit("/s/" + id)
	p.answer(p.who)
	p.connected()
}

// answer gives one's name to the guest's dialog.
func (p *person) answer(name string) {
	p.t.Helper()
	p.fill("textbox", "Your name", name)
	p.click("button", "Join session")
}

// connected waits until the session is there and the editor holds its text.
func (p *person) connected() {
	p.t.Helper()
	p.until(p.who+" is connected", func() (bool, string) {
		s := p.text("status", "Connection")
		return strings.HasPrefix(s, online) && sessionPath.MatchString(p.path()), fmt.Sprintf("Connection is %q", s)
	})
	p.saved()
}

// saved waits until the page says that all is saved.
func (p *person) saved() {
	p.t.Helper()
	p.shows("status", "Saved", allSaved)
}

// code is what the editor holds, once there is one.
func (p *person) code() string {
	p.t.Helper()
	return eval[string](p, "tandem.editor.ready.then(() => tandem.editor.text())")
}

// inEditor gives the keyboard to the editor.
func (p *person) inEditor() {
	p.t.Helper()
	p.until("the keyboard is in the editor", func() (bool, string) {
		if in, err := tryEval[bool](p, `!!document.activeElement?.closest(".monaco-editor")`); err == nil && in {
			return true, ""
		}
		for _, n := range p.query("textbox", "") {
			if strings.HasPrefix(text(n.Name), "Code editor") {
				_, err := try(p, dom.Focus, dom.FocusParams{BackendNodeID: n.BackendDOMNodeID})
				return false, fmt.Sprint(err)
			}
		}
		return false, "there is none"
	})
}

// atEnd puts the only cursor behind the text, atStart before it.
func (p *person) atEnd() {
	p.t.Helper()
	p.inEditor()
	p.press("Escape", "Control+End")
}

func (p *person) atStart() {
	p.t.Helper()
	p.inEditor()
	p.press("Escape", "Control+Home")
}

// line puts the only cursor at the start of a line, from 1.
func (p *person) line(n int) {
	p.t.Helper()
	p.atStart()
	for range n - 1 {
		p.press("Down")
	}
}

// replaceAll makes the text what is given, by select all and paste.
func (p *person) replaceAll(text string) {
	p.t.Helper()
	p.inEditor()
	p.press("Control+a", "Backspace")
	if text != "" {
		p.paste(text)
	}
	untilShow(p.t, patience, p.who+"'s editor holds the pasted text", func() (bool, string) {
		s := p.code()
		return s == strings.ReplaceAll(text, "\r\n", "\n"), fmt.Sprintf("it holds %.300q", s)
	})
}

// The device's clock may be set at any time: what counts how long something lasts goes on from where it was.
func TestClockIsSet(t *testing.T) {
	t.Parallel()
	ada, bob, _ := pair(t, "JavaScript")
	ada.replaceAll("prompt()")
	ada.saved()
	ada.click("button", "Run")
	ada.find("textbox", "Input for the program")
	eval[bool](ada, `self.sockets = 0, WebSocket = class extends WebSocket { constructor(...a) { super(...a); sockets++ } }, true`)
	eval[bool](ada, `(get => Date.prototype.getTime = function() { return get.call(this) + 3 * 3600_000 })(Date.prototype.getTime), true`)
	until(t, patience, "Ada's page comes back, as from sleep", func() bool { return eval[int](ada, "sockets") == 1 })
	ada.connected()
	before := ada.text("timer", "Time since the session began")
	untilShow(t, patience, "the timer goes on", func() (bool, string) {
		now := ada.text("timer", "Time since the session began")
		return now != before && now != "", "it shows " + now
	})
	if now := ada.text("timer", "Time since the session began"); !strings.HasPrefix(now, "00:") {
		t.Errorf("after a minute the timer shows %s", now)
	}
	ada.clickLink("/")
	bob.prints(patience, "The page that ran this was left.")
	if s := bob.output(); strings.Contains(s, " min ") {
		t.Errorf("the run of a minute was told as %q", s)
	}
}

// settle waits until everybody's editor and the server hold one and the same text, and gives it.
func settle(t *testing.T, id string, people ...*person) string {
	t.Helper()
	var text string
	untilShow(t, patience, "everybody has the same text, and it is saved", func() (bool, string) {
		text = people[0].code()
		state := ""
		same := true
		for _, p := range people {
			s, saved := p.code(), p.text("status", "Saved")
			same = same && s == text && strings.Contains(saved, allSaved)
			state += fmt.Sprintf("\n%s (%s): %s", p.who, saved, clip(s))
		}
		return same, state
	})
	if stored := look(t, id).Text(); stored != text {
		t.Fatalf("everybody shows\n%s\nbut the server holds\n%s", clip(text), clip(stored))
	}
	return text
}

// clip shortens a text for a message.
func clip(s string) string {
	if len(s) > 2000 {
		return fmt.Sprintf("%q… (%d bytes) …%q", s[:1000], len(s), s[len(s)-1000:])
	}
	return fmt.Sprintf("%q", s)
}
