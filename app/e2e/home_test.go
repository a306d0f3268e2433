package e2e

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"strings"
	"testing"
)

func TestHomeStartsASession(t *testing.T) {
	ada := newPerson(t, "Ada")
	ada.visit("/")
	ada.find("radiogroup", "Start in")
	if got := property(ada.find("radio", "Python"), "checked"); got != "true" {
		t.Errorf("Python is checked: %s; it is what one starts in", got)
	}
	ada.find("textbox", "Session link or ID")
	ada.find("button", "Join")

	ada.fill("textbox", "Your name", "Ada Łovelace 👩‍💻")
	ada.click("radio", "JavaScript")
	ada.click("button", "Create session")
	ada.connected()
	if got := ada.value("combobox", "Language"); got != "JavaScript" {
		t.Errorf("the session's language is %q", got)
	}
	if !strings.Contains(ada.code(), "console.log") {
		t.Errorf("the session starts with %q, not with JavaScript's starter", ada.code())
	}
	untilShow(t, patience, "the keyboard is in the editor", func() (bool, string) {
		role, name := ada.focused()
		return strings.HasPrefix(name, "Code editor"), role + " " + name
	})
	seen := look(t, ada.session())
	if seen.State.Language != "javascript" || len(seen.State.Users) == 0 || seen.State.Users[0].Name != "Ada Łovelace 👩‍💻" {
		t.Errorf("the server knows language %q and people %+v", seen.State.Language, seen.State.Users)
	}
	if seen.State.Users[0].Role != "interviewer" {
		t.Errorf("the creator's role is %q", seen.State.Users[0].Role)
	}
}

func TestHomeRemembers(t *testing.T) {
	ada := newPerson(t, "Ada")
	id := ada.create("Python")
	ada.fill("textbox", "Session title", "Backend phone screen")
	ada.press("Enter")
	until(t, patience, "the server has the title", func() bool { return look(t, id).State.Title == "Backend phone screen" })

	ada.visit("/")
	until(t, patience, "the name is remembered", func() bool { return ada.value("textbox", "Your name") == "Ada" })
	ada.says("Backend phone screen")
	ada.clickLink("/s/" + id)
	ada.connected()
	if got := ada.session(); got != id {
		t.Errorf("the recent session's link leads to %s, not to %s", got, id)
	}
	seen := look(t, id)
	if seen.State.Users[0].Name != "Ada" || !seen.State.Users[0].Here {
		t.Errorf("back in the session the people are %+v", seen.State.Users)
	}
	if role := ada.role("Ada"); role != "interviewer" {
		t.Errorf("back in the session Ada is %s", role)
	}

	bob := newPerson(t, "Bob")
	bob.join(id)
	bob.click("button", "More")
	if bob.has("button", "Delete the session") {
		t.Error("a candidate is offered to delete the session")
	}
	ada.click("button", "More")
	eval[bool](ada, `(entry => [1, 2].forEach(detail => entry.dispatchEvent(new MouseEvent("click", { bubbles: true, detail }))))(
		[...document.querySelectorAll("#menu button")].find(e => e.textContent === "Delete the session")), true`)
	ada.click("button", "Delete it for everybody?")
	bob.says("It was deleted, or has expired.")
	bob.click("link", "Create a new session")
	bob.says("Deleted or expired") // its text may be on this device only, so it stays in the list
	ada.find("button", "Create session")
	if ada.has("link", "Backend phone screen") {
		t.Error("the deleted session is still in the list")
	}
	if left := eval[string](ada, `Object.entries(localStorage).filter(all => all.join().includes("`+id+`")).join()`); left != "" {
		t.Errorf("of the deleted session Ada's device still has %s", left)
	}
}

// role is the role of somebody by name, as the server tells every joiner.
func (p *person) role(name string) string {
	p.t.Helper()
	return look(p.t, p.session()).role(name)
}

func TestJoinByLinkAndByID(t *testing.T) {
	ada := newPerson(t, "Ada")
	id := ada.create("Python")
	bob := newPerson(t, "Bob")
	for _, what := range []string{bob.base + "/s/" + id, id, "  " + bob.base + "/s/" + id + "/  "} {
		bob.visit("/")
		bob.fill("textbox", "Your name", "Bob")
		bob.fill("textbox", "Session link or ID", what)
		bob.click("button", "Join")
		bob.connected()
		if got := bob.session(); got != id {
			t.Errorf("Bob pasted %q and is in %s, not %s", what, got, id)
		}
		if role := bob.role("Bob"); role != "candidate" {
			t.Errorf("Bob is %s", role)
		}
		ada.sees("Bob")
	}
	if n := ada.times("Bob"); n != 1 {
		t.Errorf("Bob came three times, and Ada sees %q", ada.people())
	}
}

func TestJoinRefusesNonsenseKindly(t *testing.T) {
	p := newPerson(t, "Bob")
	p.visit("/")
	p.click("button", "Create session")
	p.says("Say who you are")
	p.fill("textbox", "Your name", "Bob")
	for _, what := range []string{"", "not a link", "https://example.com/else"} {
		p.fill("textbox", "Session link or ID", what)
		p.click("button", "Join")
		if got := p.path(); got != "/" {
			t.Fatalf("%q leads to %s", what, got)
		}
	}
	p.says("link")
	if page := eval[string](p, "document.body.innerText"); strings.Contains(page, "Say who you are") {
		t.Error("what was wrong with another form is still said")
	}
}

func TestGuestIsAskedForAName(t *testing.T) {
	ada, bob := newPerson(t, "Ada"), newPerson(t, "Bob")
	id := ada.create("Python")
	bob.visit("/s/" + id)
	bob.find("dialog", "")
	bob.find("textbox", "Your name")
	for _, u := range look(t, id).State.Users {
		if u.Role == "candidate" && u.Name != "Onlooker" {
			t.Errorf("%q is in before having given a name", u.Name)
		}
	}
	bob.answer("Bob")
	bob.connected()
	bob.gone("dialog", "")
	if bob.code() != ada.code() {
		t.Errorf("Bob sees %q, Ada %q", bob.code(), ada.code())
	}
	bob.reload()
	bob.connected() // not asked again
	ada.sees("Bob")
	if n := ada.times("Bob"); n != 1 {
		t.Errorf("after Bob's reload Ada sees %q", ada.people())
	}
}

func TestWrongIDSaysSoAndOffersANewSession(t *testing.T) {
	p := newPerson(t, "Bob")
	p.visit("/s/there-is-no-such-session")
	p.says("no such session") // before anybody has given a name
	var role, offer string
	p.until("the page offers a new session", func() (bool, string) {
		for _, role = range []string{"button", "link"} {
			for _, n := range p.query(role, "") {
				if offer = text(n.Name); regexp.MustCompile(`(?i)new session|create`).MatchString(offer) {
					return true, ""
				}
			}
		}
		return false, ""
	})
	p.click(role, offer)
	p.until(offer+" leads to a new session", func() (bool, string) {
		return p.has("button", "Create session") || strings.HasPrefix(p.text("status", "Connection"), online), ""
	})
}

func TestCopyLinkKeepsTheKey(t *testing.T) {
	ada, bob, id := pair(t, "Python")
	ada.click("button", "Copy link")
	ada.copied(ada.base + "/s/" + id)
	ada.says("copied")

	key := ada.key()
	if len(key) < 16 {
		t.Fatalf("the creator's key is %q: this test would prove nothing", key)
	}
	lock := sha256.Sum256([]byte(key))
	bob.atEnd()
	bob.typing("# hello")
	ada.reload()
	ada.connected()
	if role := ada.role("Ada"); role != "interviewer" {
		t.Errorf("after a reload Ada is %s: the key was not kept", role)
	}
	ada.atEnd()
	ada.typing(" back")
	settle(t, id, ada, bob)
	received, _ := bob.seen.frames()
	if len(received) == 0 {
		t.Fatal("no frame of Bob's was seen: this test would prove nothing")
	}
	for what, secret := range map[string]string{"key": key, "lock": hex.EncodeToString(lock[:])} {
		for _, frame := range received {
			if strings.Contains(frame, secret) {
				t.Errorf("Bob received the %s: %.300s", what, frame)
			}
		}
		if strings.Contains(look(t, id).raw, secret) {
			t.Errorf("a late joiner receives the %s", what)
		}
		if strings.Contains(rig.server.log.String(), secret) {
			t.Errorf("the %s is in the server's log", what)
		}
		for _, p := range []*person{ada, bob} {
			for _, url := range p.seen.urls() {
				if strings.Contains(url, secret) {
					t.Errorf("the %s is in the address %s", what, url)
				}
			}
		}
	}
}

// key is the interviewer's key as the server handed it out.
func (p *person) key() string {
	received, _ := p.seen.frames()
	for _, frame := range received {
		if m := regexp.MustCompile(`"key":"([^"]+)"`).FindStringSubmatch(frame); m != nil {
			return m[1]
		}
	}
	return ""
}
