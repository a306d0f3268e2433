package e2e

import (
	"encoding/json"
	"fmt"
	"image"
	_ "image/png"
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
)

// keptForLater waits until the service worker has everything of this version.
func (p *person) keptForLater() {
	p.t.Helper()
	until(p.t, firstRun, p.who+"'s service worker is active", func() bool {
		s, err := tryEval[string](p, `navigator.serviceWorker.getRegistration().then(r => r?.active?.state ?? "")`)
		return err == nil && s == "activated"
	})
}

func TestInstallable(t *testing.T) {
	ada := open(t, "Ada", rig.server.addr) // not in a context of its own: Chromium installs nothing from those
	send(ada, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: notesPrompt})
	ada.visit("/")
	ada.find("button", "Create session")
	ada.keptForLater()
	untilShow(t, patience, "Chromium would install it", func() (bool, string) {
		r, err := try(ada, page.GetInstallabilityErrors, cdp.Empty{})
		list, _ := json.Marshal(r.InstallabilityErrors)
		return err == nil && len(r.InstallabilityErrors) == 0, fmt.Sprintf("%s %v", list, err)
	})
	ada.manifest()
	ada.installs()
	ada.fill("textbox", "Your name", "Ada")
	ada.click("button", "Create session")
	ada.connected()

	// The shortcuts lead where they say; by then the name is known, and Enter is enough to begin.
	ada.visit("/pad")
	ada.shows("status", "Saved", keptHere)
	ada.visit("/?new")
	until(t, patience, "the keyboard is on the button that starts a session", func() bool {
		return eval[string](ada, `document.activeElement.innerText`) == "Create session"
	})
	ada.press("Enter")
	ada.connected()
}

// notesPrompt sees what the browser would ask the person, who can't answer here.
const notesPrompt = `self.BeforeInstallPromptEvent && (BeforeInstallPromptEvent.prototype.prompt = function() { self.prompted = true; return Promise.resolve() })`

// installs checks that "Install" is there once the browser offers it, and not where it does not.
func (p *person) installs() {
	p.t.Helper()
	p.find("button", "Install")
	p.focus("button", "Install")
	p.press("Enter")
	until(p.t, patience, "the browser asks", func() bool { return eval[bool](p, "self.prompted === true") })

	private := newPerson(p.t, "Bob") // Chromium installs nothing from a private window
	private.visit("/")
	private.find("button", "Create session")
	private.keptForLater()
	if private.has("button", "Install") {
		p.t.Error("a page that can't be installed offers it")
	}
}

// manifest checks that the web manifest says what is needed, and that what it names is there.
func (p *person) manifest() {
	p.t.Helper()
	m := send(p, page.GetAppManifest, page.GetAppManifestParams{})
	if len(m.Errors) > 0 || m.Data == "" {
		p.fatal("the manifest has errors: %+v", m.Errors)
	}
	type picture struct {
		Src, Sizes, Purpose, Type, Label string
		FormFactor                       string `json:"form_factor"`
	}
	var manifest struct {
		ID, Name, Display  string
		StartURL           string `json:"start_url"`
		Icons, Screenshots []picture
		Shortcuts          []struct{ Name, URL string }
	}
	if err := json.Unmarshal([]byte(m.Data), &manifest); err != nil {
		p.fatal("%v", err)
	}
	if manifest.ID == "" || manifest.Name == "" || manifest.Display != "standalone" || manifest.StartURL != "/" {
		p.t.Errorf("the manifest says %+v", manifest)
	}
	if got := fmt.Sprint(manifest.Shortcuts); got != "[{New session /?new} {Practice pad /pad}]" {
		p.t.Errorf("the shortcuts are %s", got)
	}
	seen, weight := "", 0
	for _, pic := range append(manifest.Icons, manifest.Screenshots...) {
		seen += pic.Purpose + pic.FormFactor + " " + pic.Sizes + "; "
		url := eval[string](p, "new URL("+quote(pic.Src)+", "+quote(m.URL)+").href")
		status, body := get(url)
		if pic.FormFactor != "" {
			weight += len(body)
			if kept := eval[bool](p, "caches.match("+quote(url)+").then(r => !!r)"); kept || pic.Label == "" {
				p.t.Errorf("%+v: kept for offline %v", pic, kept)
			}
		}
		size, _, err := image.DecodeConfig(strings.NewReader(body))
		if status != http.StatusOK || pic.Type == "image/png" && (err != nil || fmt.Sprintf("%dx%d", size.Width, size.Height) != pic.Sizes) {
			p.t.Errorf("%+v: status %d, %dx%d, %v", pic, status, size.Width, size.Height, err)
		}
	}
	for _, want := range []string{"maskable 512x512", " 192x192", " 512x512", "wide ", "narrow "} {
		if !strings.Contains(seen, want) {
			p.t.Errorf("the pictures are %s, without %s", seen, want)
		}
	}
	if weight > 300_000 {
		p.t.Errorf("the screenshots weigh %d bytes", weight)
	}
}

// The server is killed. What this device knows still opens and works, and what was written merges with what somebody
// else wrote at another server.
func TestOffline(t *testing.T) {
	t.Parallel()
	srv := ownServer(t)
	net, err := startProxy(srv.addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(net.stop)
	ada := newDevice(t, "Ada", net.addr)
	ada.allow(lostNetwork)
	id := ada.create("Python")
	ada.keptForLater()
	ada.click("button", "Run") // no service worker stands behind this first page
	ada.prints(firstRun, "Hello, world!")
	ada.idle(patience)
	ada.visit("/s/" + id) // and from here on one does
	ada.connected()
	ada.choose("Language", "JavaScript")
	ada.click("button", "Run")
	untilShow(t, firstRun, "JavaScript ran", func() (bool, string) {
		return strings.Count(ada.output(), "Hello, world!") == 2, ada.output()
	})
	ada.idle(patience)
	ada.replaceAll("// before the server went\n")
	ada.saved()
	elsewhere := ada.secondTab("Ada elsewhere")
	elsewhere.allow(lostNetwork)
	other := elsewhere.create("Python")

	srv.kill()
	net.refuse(true)
	elsewhere.atStart()
	elsewhere.typing("# unsent ")
	elsewhere.shows("status", "Saved", "kept on this device")
	until(t, patience, "what was typed is kept", func() bool {
		return eval[bool](elsewhere, `localStorage["tandem.last.`+other+`"].endsWith("*")`)
	})
	eval[bool](elsewhere, `document.querySelector("a.brand").click(), true`) // and stays on the home page
	elsewhere.says("You are offline")
	ada.visit("/")
	ada.says("You are offline")
	eval[bool](ada, "document.querySelector(`a[href='/s/"+id+"']`).click(), true") // there are two of the same name
	ada.shows("status", "Connection", "Offline")
	untilShow(t, patience, "the session shows its text", func() (bool, string) {
		s := ada.code()
		return s == "// before the server went\n", s
	})
	ada.atEnd()
	ada.typing("// after it")
	ada.shows("status", "Saved", "kept on this device")
	ada.reload()
	untilShow(t, patience, "what was typed is there after a reload", func() (bool, string) {
		s, err := tryEval[string](ada, "tandem.editor.text()")
		return err == nil && strings.HasSuffix(s, "// after it"), s
	})
	ada.shows("status", "Connection", "Offline")
	ada.visit("/s/never-visited-before")
	ada.answer("Ada")
	ada.says("the session opens here as soon as")
	ada.inEditor()
	ada.typing("# too early")
	ada.reload()
	untilShow(t, patience, "what was typed before the session is there after a reload", func() (bool, string) {
		s, err := tryEval[string](ada, "tandem.editor.text()")
		return err == nil && s == "# too early", s
	})
	ada.visit("/s/" + other) // where another tab left something
	untilShow(t, patience, "the other tab's typing is there", func() (bool, string) {
		s, err := tryEval[string](ada, "tandem.editor.text()")
		return err == nil && strings.HasPrefix(s, "# unsent "), s
	})

	ada.visit("/")
	ada.clickLink("/pad")
	ada.padRunsOffline()

	if err := srv.start(); err != nil {
		t.Fatal(err)
	}
	bob := newDevice(t, "Bob", srv.addr)
	bob.allow(lostNetwork)
	bob.join(id)
	bob.atStart()
	bob.typing("// Bob meanwhile ")
	bob.saved()
	srv.kill() // this server too is gone before Ada is back
	if err := srv.start(); err != nil {
		t.Fatal(err)
	}
	net.refuse(false)
	ada.visit("/s/" + id)
	ada.connected()
	bob.connected()
	until(t, patience, "both have the same text", func() bool { return ada.code() == bob.code() })
	want(t, lookAt(t, srv, id).Text(), "// Bob meanwhile // before the server went\n// after it")
	if ada.code() != lookAt(t, srv, id).Text() {
		t.Errorf("Ada sees %q", ada.code())
	}
	ada.visit("/s/" + other)
	ada.connected()
	if text := lookAt(t, srv, other).Text(); !strings.HasPrefix(text, "# unsent ") {
		t.Errorf("the other session's text is %q", text)
	}
}

// padRunsOffline opens the practice pad for the first time, with no server there.
func (p *person) padRunsOffline() {
	p.t.Helper()
	p.shows("status", "Saved", keptHere)
	for _, language := range []string{"JavaScript", "Python"} {
		p.choose("Language", language)
		p.shows("status", "Runtime", language)
		p.click("button", "Run")
		p.prints(firstRun, "Hello, world!")
		p.idle(patience)
	}
	p.savesData(false)
	p.choose("Language", "SQL") // never used
	p.shows("status", "Runtime", "not loaded on this device yet")
	p.click("button", "Run")
	p.prints(patience, "was never loaded on this device")
	p.idle(patience)
	p.choose("Language", "Python")
	p.atEnd()
	p.typing("# typed offline")
	p.shows("status", "Saved", keptHere)
	p.reload()
	untilShow(p.t, patience, "the pad has what was typed, after a reload", func() (bool, string) {
		s, err := tryEval[string](p, "tandem.editor.text()")
		return err == nil && strings.HasSuffix(s, "# typed offline"), s
	})
}

// The server is killed, not stopped, while two people type, and comes back; later it can't store what they type.
func TestServerCrashLosesNothing(t *testing.T) {
	srv := ownServer(t)
	ada, bob := newDevice(t, "Ada", srv.addr), newDevice(t, "Bob", srv.addr)
	ada.allow(lostNetwork)
	bob.allow(lostNetwork)
	id := ada.create("Python")
	bob.join(id)
	ada.atStart()
	bob.atEnd()
	together(t,
		func() { ada.typing("# Ada types through the crash of the server ") },
		func() { bob.typing("# Bob too, he does not even look") },
		srv.kill)
	if err := srv.start(); err != nil {
		t.Fatal(err)
	}
	ada.connected()
	bob.connected()
	until(t, patience, "both have the same text", func() bool { return ada.code() == bob.code() })
	text := lookAt(t, srv, id).Text()
	holds(t, text, "# Ada types through the crash of the server ")
	holds(t, text, "# Bob too, he does not even look")
	if text != ada.code() {
		t.Errorf("the server holds %q, Ada sees %q", text, ada.code())
	}
	if role := lookAt(t, srv, id).role("Ada"); role != "interviewer" {
		t.Errorf("after the crash Ada is %s", role)
	}
	// Then its disk takes no more for a while.
	srv.files(t, "0")
	ada.typing("# typed while nothing can be stored ")
	ada.shows("status", "Saved", "Not saved: the server can't store just now")
	srv.files(t, "unlimited")
	ada.shows("status", "Saved", allSaved)
	holds(t, lookAt(t, srv, id).Text(), "# typed while nothing can be stored ")
}
