package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/storage"
)

// A part of the version that no page asks for by itself.
const onlyPrecached = `^/web/icons/maskable\.`

// workerState tells what service workers the page has, as "installing waiting active", each a state or "-".
func (p *person) workerState() string {
	s, err := tryEval[string](p, `navigator.serviceWorker.getRegistration().then(r => [r?.installing, r?.waiting, r?.active].map(w => w?.state ?? "-").join(" "))`)
	if err != nil {
		return err.Error()
	}
	return s
}

func (p *person) worker(what, state string) {
	p.t.Helper()
	untilShow(p.t, firstRun, fmt.Sprintf("%s's service worker: %s", p.who, what), func() (bool, string) {
		s := p.workerState()
		return s == state, s
	})
}

// shells lists the versions that are kept, each with how many files it has.
func (p *person) shells() map[string]int {
	p.t.Helper()
	return eval[map[string]int](p, `caches.keys().then(async names => Object.fromEntries(await Promise.all(
		names.filter(n => n.startsWith("shell-")).map(async n => [n, (await (await caches.open(n)).keys()).length]))))`)
}

// boots is the version of the page that is shown: its first script names all others.
func (p *person) boots() string {
	p.t.Helper()
	return eval[string](p, `document.querySelector("script[src]").getAttribute("src")`)
}

// controlled tells whether a service worker serves the page.
func (p *person) controlled() bool {
	p.t.Helper()
	return eval[bool](p, "navigator.serviceWorker.controller !== null")
}

// A version is kept whole or not at all, whatever happens to its files on the way.
func TestWorkerKeepsAllOrNothing(t *testing.T) {
	t.Parallel()
	f := startFront(t, rig.server.addr)
	ada := newDevice(t, "Ada", f.addr)
	ada.allow(lostNetwork, "status of 404")

	// The page that the worker gets is not its version's: it is another node's, or a login.
	for what, instead := range map[string]func() func(){
		"another version's page": func() func() { f.set(&f.ahead, true); return func() { f.set(&f.ahead, false) } },
		"a login":                func() func() { return f.redirect("^/$", "/robots.txt") },
	} {
		came := f.hold("^/app-worker.js$")
		ada.visit("/")
		asked := f.requests("^/$")
		ours := instead()
		came()
		until(t, firstRun, "the worker has asked for the page", func() bool { return f.requests("^/$") > asked })
		ada.worker("with "+what+" there is none", "- - -")
		if kept := ada.shells(); len(kept) > 0 {
			t.Errorf("with %s there are kept %v", what, kept)
		}
		ours()
	}

	// One file of the list is not there.
	found := f.fail(onlyPrecached, 404)
	ada.visit("/")
	until(t, firstRun, "the worker has asked for the file that is missing", func() bool { return f.requests(onlyPrecached) > 0 })
	ada.worker("with a file missing there is none", "- - -")
	if kept := ada.shells(); len(kept) > 0 {
		t.Errorf("with a file missing there are kept %v", kept)
	}
	found()

	// The disk is full.
	quota := 400_000.
	send(ada, storage.OverrideQuotaForOrigin, storage.OverrideQuotaForOriginParams{Origin: ada.base, QuotaSize: &quota})
	before := f.requests("^/app-worker.js$")
	ada.visit("/")
	until(t, firstRun, "the worker is tried again", func() bool { return f.requests("^/app-worker.js$") > before })
	ada.worker("on a full disk there is none", "- - -")
	if kept := ada.shells(); len(kept) > 0 {
		t.Errorf("on a full disk there are kept %v", kept)
	}
	id := ada.create("Python")
	ada.atEnd()
	ada.typing("# on a full disk")
	ada.saved()
	if text := look(t, id).Text(); !strings.HasSuffix(text, "# on a full disk") {
		t.Errorf("on a full disk the server holds %q", text)
	}
	send(ada, storage.OverrideQuotaForOrigin, storage.OverrideQuotaForOriginParams{Origin: ada.base})

	// One file is slow to come: until it is there the worker is not active, and pages come from the server.
	came := f.hold("^/manifest.webmanifest$") // never from the HTTP cache
	ada.visit("/")
	ada.worker("it installs", "installing - -")
	ada.visit("/s/" + id)
	ada.connected()
	ada.worker("it still installs", "installing - -")
	came()
	ada.worker("it is active", "- - activated")
	want := eval[int](ada, `(async () => {
		const other = /^\/web\/(kept|boot|tandem|icons\/screenshot)[.-]/ // its own mark, what is in the page, what a shop for apps shows
		const list = (await (await fetch("/app-worker.js")).text()).match(/"\/(web|manifest)[^"]*"/g).map(s => s.slice(1, -1)).filter(s => !tandem.isLazy(s) && !other.test(s) && s !== "/web/")
		const missing = await Promise.all(list.map(async s => (await caches.match(s)) ? "" : s + " "))
		if (missing.join("")) throw new Error("not kept: " + missing.join(""))
		return list.length
	})()`)
	for name, n := range ada.shells() {
		if n < want || want < 15 {
			t.Errorf("%s has %d files, the worker names %d", name, n, want)
		}
	}
	// A first visit is not taken over: a page that came without a worker would take its first one for an update.
	if ada.controlled() || ada.has("button", "Reload now") {
		t.Error("the worker has claimed a page that came without it")
	}

	// Pages come from the network first, but not for longer than three seconds.
	ada.visit("/")
	if !ada.controlled() {
		t.Fatal("after a visit the worker does not serve the page")
	}
	silent := f.hold("^/(s/.*)?$")
	begin := time.Now()
	ada.visit("/s/" + id)
	if took := time.Since(begin); took < 3*time.Second {
		t.Errorf("with a server that does not answer the page came after %v: not from the network first", took)
	}
	silent()
	ada.connected()
	down := f.fail("^/(s/.*)?$", 502)
	ada.visit("/s/" + id)
	ada.connected()
	down()
}
