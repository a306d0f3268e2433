package e2e

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/storage"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
)

// A seat is a browser context and its own way to the shared server. Seats are used again by later tests, emptied of
// all that the page stores but for the files of its service worker: a cold start in each test would take the
// machine's time from what is tested.
type seat struct {
	id  cdp.BrowserContextID
	net *proxy
}

var seats struct {
	mu   sync.Mutex
	free []*seat // guarded by mu
	all  []*seat // guarded by mu
}

func takeSeat(t testing.TB) *seat {
	t.Helper()
	seats.mu.Lock()
	defer seats.mu.Unlock()
	if n := len(seats.free); n > 0 {
		s := seats.free[n-1]
		seats.free = seats.free[:n-1]
		return s
	}
	ctx, cancel := context.WithTimeout(rig.chrome.ctx, callLimit)
	defer cancel()
	r, err := cdp.Call(ctx, chromedp.FromContext(rig.chrome.ctx).Browser, target.CreateBrowserContext, target.CreateBrowserContextParams{})
	if err != nil {
		t.Fatalf("make a browser context: %v", err)
	}
	net, err := startProxy(rig.server.addr)
	if err != nil {
		t.Fatal(err)
	}
	s := &seat{id: r.BrowserContextID, net: net}
	seats.all = append(seats.all, s)
	return s
}

func (s *seat) leave() {
	s.net.heal()
	seats.mu.Lock()
	defer seats.mu.Unlock()
	seats.free = append(seats.free, s)
}

func closeSeats() {
	seats.mu.Lock()
	defer seats.mu.Unlock()
	for _, s := range seats.all {
		s.net.stop()
	}
}

// newPerson gives somebody a seat at a browser, with a network of their own to the shared server.
func newPerson(t testing.TB, who string) *person {
	t.Helper()
	s := takeSeat(t)
	t.Cleanup(s.leave)
	p := open(t, who, s.net.addr, chromedp.WithExistingBrowserContext(s.id))
	p.net = s.net
	send(p, storage.ClearDataForOrigin, storage.ClearDataForOriginParams{Origin: p.base, StorageTypes: "local_storage,indexeddb,cookies"})
	return p
}

// newDevice is a browser that was never used, of somebody who reaches a server at addr, which may be a proxy's.
func newDevice(t testing.TB, who, addr string) *person {
	t.Helper()
	return open(t, who, addr, chromedp.WithNewBrowserContext())
}

// secondTab opens another tab in the same browser, with the same storage.
func (p *person) secondTab(who string) *person {
	p.t.Helper()
	id := chromedp.FromContext(p.ctx).BrowserContextID
	tab := open(p.t, who, p.host(), chromedp.WithExistingBrowserContext(id))
	tab.net = p.net
	return tab
}

// pair is the usual cast: Ada creates, Bob joins by the link.
func pair(t *testing.T, language string) (ada, bob *person, id string) {
	t.Helper()
	ada, bob = newPerson(t, "Ada"), newPerson(t, "Bob")
	return ada, bob, meet(t, ada, bob, language)
}

func meet(t *testing.T, ada, bob *person, language string) (id string) {
	t.Helper()
	id = ada.create(language)
	bob.join(id)
	untilShow(t, patience, "Ada and Bob have the same text", func() (bool, string) {
		a, b := ada.code(), bob.code()
		return a == b, fmt.Sprintf("Ada has %q, Bob %q", a, b)
	})
	return id
}

// atBothEnds gives a pair a text, and puts p at its start and the other at its end.
func (p *person) atBothEnds(t *testing.T, other *person, id, text string) {
	t.Helper()
	p.replaceAll(text)
	settle(t, id, p, other)
	p.atStart()
	other.atEnd()
}

// apart is a pair that sits far from the server.
func apart(t *testing.T, language string) (ada, bob *person, id string) {
	t.Helper()
	ada, bob, id = pair(t, language)
	ada.net.slow(farAway)
	bob.net.slow(farAway)
	return ada, bob, id
}

// A scene is a part of a test that goes on in the session of the part before: each opening of a page costs the
// machine seconds.
type scene struct {
	name string
	play func(t *testing.T, ada, bob *person, id string)
}

// play plays scenes one after the other. One that fails ends the rest: it may leave the page in any state.
func play(t *testing.T, ada, bob *person, id string, scenes ...scene) {
	t.Helper()
	defer func() { ada.t, bob.t = t, t }()
	for _, s := range scenes {
		if !t.Run(s.name, func(t *testing.T) {
			ada.t, bob.t = t, t
			s.play(t, ada, bob, id)
		}) {
			return
		}
	}
}
