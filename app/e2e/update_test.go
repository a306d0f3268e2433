package e2e

import (
	"strings"
	"testing"

	"github.com/chromedp/cdproto/storage"
)

const reloadNow = "Reload now"

// The server becomes another version while an interview goes on, and goes back again.
func TestUpdateDuringASession(t *testing.T) {
	t.Parallel()
	f := startFront(t, rig.server.addr)
	ada := newDevice(t, "Ada", f.addr)
	ada.allow(lostNetwork)
	id := ada.create("JavaScript")
	ada.click("button", "Run")
	ada.idle(firstRun)
	ada.keptForLater()
	ada.reload()
	ada.connected()
	first := ada.boots()
	runtimes := func() int { return f.requests("^/web/runtimes/") - f.requests("^/web/"+renewed) }
	ran := runtimes()
	if !eval[bool](ada, `caches.match(tandem.url("`+renewed+`.js")).then(r => !!r)`) {
		t.Fatalf("%s is not kept: this test proves nothing", renewed)
	}
	eval[bool](ada, `window.sameAsBefore = true, caches.open("runtimes-1").then(c => c.put("/web/runtimes/of-long-ago.js", new Response("x"))).then(() => true)`)
	kept := eval[[]string](ada, `caches.open("runtimes-1").then(c => c.keys()).then(l => l.map(r => new URL(r.url).pathname))`)

	// On a full disk the new version does not get in, and the old one stays whole.
	f.set(&f.other, true)
	quota := 1.
	send(ada, storage.OverrideQuotaForOrigin, storage.OverrideQuotaForOriginParams{Origin: ada.base, QuotaSize: &quota})
	refused := eval[string](ada, `navigator.serviceWorker.getRegistration().then(r => r.update()).then(r => new Promise(done => {
		const w = r.installing
		w.onstatechange = () => done(w.state)
	}))`)
	if shells := ada.shells(); refused != "redundant" || len(shells) != 1 {
		t.Errorf("on a full disk the new version became %s, and there are kept %v", refused, shells)
	}
	send(ada, storage.OverrideQuotaForOrigin, storage.OverrideQuotaForOriginParams{Origin: ada.base})

	// Another tab brings the new version in. It shows it already, so it has nothing to offer.
	tab := ada.secondTab("Ada2")
	tab.allow(lostNetwork)
	tab.visit("/")
	if second := tab.boots(); second == first || !strings.Contains(second, other) {
		t.Fatalf("the new page is %s, the old one %s: this test proves nothing", second, first)
	}
	until(t, firstRun, "both versions are kept", func() bool {
		rests := tab.workerState() == "- - activated"
		if rests && len(tab.shells()) < 2 { // not begun yet, or it failed on a busy machine: then the browser tries again with the next look
			eval[bool](tab, `navigator.serviceWorker.getRegistration().then(r => r.update()).then(() => true, () => false)`)
			return false
		}
		return rests
	})
	tab.find("button", "Create session")
	if !eval[bool](tab, `caches.match(tandem.url("`+renewed+`.js")).then(r => !!r)`) {
		t.Errorf("%s was used, and is not kept as the new version has it: without a network it would not run", renewed)
	}

	// The session goes on with the files of its own version, which the server does not have any more.
	ada.atEnd()
	ada.typing("// typed over an update")
	ada.saved()
	if !eval[bool](ada, "window.sameAsBefore") || ada.has("button", reloadNow) {
		t.Error("the update disturbs the running session")
	}
	if status := eval[int](ada, `fetch(tandem.url("definitions.js")).then(r => r.status)`); status != 200 {
		t.Errorf("the old page gets %d for a file of its version", status)
	}
	ada.click("button", "Run")
	ada.idle(firstRun)
	if again := runtimes(); again != ran {
		t.Errorf("the update cost %d requests for runtimes that were kept", again-ran)
	}
	for _, path := range kept {
		there := eval[bool](ada, `caches.open("runtimes-1").then(c => c.match(`+quote(path)+`)).then(r => !!r)`)
		if stale := strings.HasSuffix(path, "of-long-ago.js"); there == stale {
			t.Errorf("after the update %s is kept: %v", path, there)
		}
	}

	// After the session it is offered, and taken.
	ada.click("link", "Tandem, home")
	ada.find("button", reloadNow)
	until(t, patience, "the keyboard is at the heading", func() bool { return eval[string](ada, "document.activeElement.tagName") == "H1" })
	if tab.has("button", reloadNow) {
		t.Error("the new page offers itself")
	}
	ada.click("button", reloadNow)
	until(t, patience, "the page is the new one", func() bool {
		s, err := tryEval[string](ada, `document.querySelector("script[src]").getAttribute("src")`)
		return err == nil && s == tab.boots()
	})
	ada.visit("/s/" + id)
	ada.connected()
	holds(t, ada.code(), "// typed over an update")

	// Back to the first version, with pages of the second one open.
	f.set(&f.other, false)
	tab.visit("/")
	if back := tab.boots(); back != first {
		t.Errorf("after going back the page is %s, not %s", back, first)
	}
	until(t, firstRun, "the first version's worker serves again", func() bool {
		return tab.workerState() == "- - activated" && eval[bool](tab, `navigator.serviceWorker.getRegistration().then(r => r.update()).then(r => !r.installing)`)
	})
	if status := eval[int](ada, `fetch(tandem.url("definitions.js")).then(r => r.status)`); status != 200 {
		t.Errorf("the second version's page gets %d for a file of its version", status)
	}
	ada.atEnd()
	ada.typing(", and back")
	ada.saved()
	f.set(&f.down, true)
	tab.visit("/")
	if back := tab.boots(); back != first {
		t.Errorf("without a server the page is %s, not %s", back, first)
	}
	tab.find("button", "Create session")
	f.set(&f.down, false)
}

// A server that speaks another protocol than the page says so, and what was not sent yet survives the reload.
func TestServerNewerThanThePage(t *testing.T) {
	t.Parallel()
	f := startFront(t, rig.server.addr)
	net, err := startProxy(f.addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(net.stop)
	ada := newDevice(t, "Ada", net.addr)
	ada.allow(lostNetwork)
	id := ada.create("Python")
	start := ada.code()
	net.refuseSockets(true)
	ada.shows("status", "Connection", "Reconnecting")
	ada.atStart()
	ada.typing("# before the update ")
	f.set(&f.younger, true)
	net.refuseSockets(false)
	ada.find("heading", "Tandem has been updated")
	if text := look(t, id).Text(); text != start {
		t.Fatalf("the server has %q already: this test proves nothing", text)
	}
	f.set(&f.younger, false)
	ada.click("button", "Reload")
	ada.connected()
	if text, want := settle(t, id, ada), "# before the update "+start; text != want {
		t.Errorf("after the reload the text is %q, not %q", text, want)
	}
	// Who comes to such a server hears it before anything of the session.
	f.set(&f.younger, true)
	ada.visit("/")
	ada.visit("/s/" + id)
	ada.find("heading", "Tandem has been updated")
	f.set(&f.younger, false)
}
