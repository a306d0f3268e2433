package e2e

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
)

const (
	leaveLimit  = time.Second      // from a clean leave until others see it
	vanishLimit = 15 * time.Second // from the loss of a network until others see it
	slack       = 2 * time.Second  // for this machine: the browser's own commands, and looking
)

var away = regexp.MustCompile(`(?i)\b(away|left|gone|offline)\b`)

// people lists who is in the list "People", with what is said of them.
func (p *person) people() []string {
	p.t.Helper()
	lists := p.query("list", "People")
	if len(lists) == 0 {
		return nil
	}
	r, err := try(p, accessibility.QueryAXTree, accessibility.QueryAXTreeParams{BackendNodeID: lists[0].BackendDOMNodeID, Role: "listitem"})
	if err != nil {
		return nil
	}
	var names []string
	for _, n := range r.Nodes {
		if n.Ignored {
			continue
		}
		shown, _ := on[string](p, n.BackendDOMNodeID, `function(){ return this.textContent + " " + this.title }`)
		names = append(names, strings.TrimSpace(text(n.Name)+" "+text(n.Description)+" "+shown))
	}
	return names
}

func (p *person) here(name string) bool {
	for _, n := range p.people() {
		if strings.Contains(n, name) && !away.MatchString(n) {
			return true
		}
	}
	return false
}

// times is how often somebody is in the list.
func (p *person) times(name string) int {
	n := 0
	for _, entry := range p.people() {
		if strings.Contains(entry, name) {
			n++
		}
	}
	return n
}

// sees waits until the list of people shows somebody as being there.
func (p *person) sees(name string) {
	p.t.Helper()
	untilShow(p.t, patience, p.who+" sees "+name, func() (bool, string) { return p.here(name), fmt.Sprintf("%q", p.people()) })
}

// misses waits until the list of people does not show somebody as being there, and says how long that took.
func (p *person) misses(name string, limit time.Duration) {
	p.t.Helper()
	from := time.Now()
	untilShow(p.t, limit, p.who+" sees that "+name+" has left", func() (bool, string) { return !p.here(name), fmt.Sprintf("%q", p.people()) })
	p.t.Logf("%s saw that %s had left after %v", p.who, name, time.Since(from).Round(time.Millisecond))
}

func TestPeopleWithRoleAndColour(t *testing.T) {
	ada, bob, id := pair(t, "Python")
	for _, p := range []*person{ada, bob} {
		p.sees("Ada")
		p.sees("Bob")
		list := strings.ToLower(strings.Join(p.people(), "\n"))
		if !strings.Contains(list, "interviewer") || !strings.Contains(list, "candidate") {
			t.Errorf("%s's list tells no roles: %q", p.who, p.people())
		}
	}
	colours := eval[[]string](ada, `[...document.querySelectorAll("[aria-label=People] > *")].map(e => getComputedStyle(e).backgroundColor)`)
	if len(colours) != 2 || colours[0] == colours[1] {
		t.Errorf("the two people have the colours %q", colours)
	}

	cleo := newPerson(t, "Cleo")
	cleo.visit("/s/" + id)
	cleo.fill("textbox", "Your name", "Cleo")
	cleo.click("button", "Join session")
	from := time.Now()
	cleo.connected()
	untilShow(t, leaveLimit+slack, "Ada sees Cleo", func() (bool, string) { return ada.here("Cleo"), fmt.Sprintf("%q", ada.people()) })
	t.Logf("Ada saw Cleo %v after the click", time.Since(from).Round(time.Millisecond))
}

func TestCleanLeaveIsSeenAtOnce(t *testing.T) {
	ada, bob, id := pair(t, "Python")
	ada.sees("Bob")
	bob.visit("/") // away from the session by the address
	ada.misses("Bob", leaveLimit+slack)

	cleo := newPerson(t, "Cleo")
	cleo.join(id)
	ada.sees("Cleo")
	ctx, cancel := context.WithTimeout(rig.chrome.ctx, callLimit)
	defer cancel()
	if _, err := cdp.Call(ctx, chromedp.FromContext(cleo.ctx).Browser, target.CloseTarget, target.CloseTargetParams{TargetID: cleo.tab.TargetID}); err != nil {
		t.Fatal(err)
	}
	ada.misses("Cleo", leaveLimit+slack)
}

func TestVanishedNetworkIsSeen(t *testing.T) {
	ada, bob, id := pair(t, "Python")
	bob.allow(lostNetwork)
	ada.sees("Bob")
	bob.net.vanish(true)
	ada.misses("Bob", vanishLimit+slack)
	bob.offlineWithin(vanishLimit + slack)

	bob.atEnd()
	bob.typing("# typed in the tunnel")
	bob.net.vanish(false)
	ada.sees("Bob")
	if text := settle(t, id, ada, bob); strings.Count(text, "# typed in the tunnel") != 1 {
		t.Errorf("after the tunnel the text is %q", text)
	}
	if n := ada.times("Bob"); n != 1 {
		t.Errorf("after the tunnel Ada sees %q", ada.people())
	}
}

// offlineWithin waits until the person's own page has noticed that the network is gone.
func (p *person) offlineWithin(limit time.Duration) {
	p.t.Helper()
	untilShow(p.t, limit, p.who+"'s page notices that the network is gone", func() (bool, string) {
		s := p.text("status", "Connection")
		return strings.HasPrefix(s, "Reconnecting") || strings.HasPrefix(s, "Offline"), fmt.Sprintf("Connection is %q", s)
	})
}
