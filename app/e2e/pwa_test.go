package e2e

import (
	"encoding/json"
	"fmt"
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
	ada.visit("/")
	ada.find("button", "Create session")
	ada.keptForLater()
	untilShow(t, patience, "Chromium would install it", func() (bool, string) {
		r, err := try(ada, page.GetInstallabilityErrors, cdp.Empty{})
		list, _ := json.Marshal(r.InstallabilityErrors)
		return err == nil && len(r.InstallabilityErrors) == 0, fmt.Sprintf("%s %v", list, err)
	})
	m := send(ada, page.GetAppManifest, page.GetAppManifestParams{})
	if len(m.Errors) > 0 || m.Data == "" {
		t.Fatalf("the manifest has errors: %+v", m.Errors)
	}
	var manifest struct {
		ID, Name, Display string
		StartURL          string `json:"start_url"`
		Icons             []struct{ Src, Sizes, Purpose, Type string }
	}
	if err := json.Unmarshal([]byte(m.Data), &manifest); err != nil {
		t.Fatal(err)
	}
	if manifest.ID == "" || manifest.Name == "" || manifest.Display != "standalone" || manifest.StartURL != "/" {
		t.Errorf("the manifest says %+v", manifest)
	}
	purposes := ""
	for _, icon := range manifest.Icons {
		purposes += icon.Purpose + " " + icon.Sizes + "; "
		resp, err := http.Get(eval[string](ada, "new URL("+quote(icon.Src)+", "+quote(m.URL)+").href"))
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusOK || !strings.HasPrefix(resp.Header.Get("Content-Type"), "image/") {
			t.Errorf("icon %s: %s, %s", icon.Src, resp.Status, resp.Header.Get("Content-Type"))
		}
	}
	if !strings.Contains(purposes, "maskable") || !strings.Contains(purposes, "192x192") || !strings.Contains(purposes, "512x512") {
		t.Errorf("the icons are %s", purposes)
	}
}

func TestShellOpensWithTheServerStopped(t *testing.T) {
	srv := ownServer(t)
	ada := newDevice(t, "Ada", srv.addr)
	ada.allow(lostNetwork)
	id := ada.create("Python")
	ada.atEnd()
	ada.typing("# before the server went")
	ada.saved()
	ada.keptForLater()
	ada.visit("/") // from here on the service worker serves the pages
	ada.find("button", "Create session")
	ada.visit("/s/" + id)
	ada.connected()

	if err := srv.end(); err != nil {
		t.Fatal(err)
	}
	if status, _ := get("http://" + srv.addr + "/healthz"); status != 0 {
		t.Fatalf("the server still answers: %d", status)
	}
	ada.visit("/")
	ada.find("button", "Create session")
	untilShow(t, patience, "home says that it is offline", func() (bool, string) {
		said := ""
		for _, role := range []string{"status", "alert"} {
			for _, n := range ada.query(role, "") {
				s, _ := on[string](ada, n.BackendDOMNodeID, "function(){ return this.innerText }")
				said += s + "\n"
			}
		}
		return strings.Contains(strings.ToLower(said), "offline"), fmt.Sprintf("it says %q", said)
	})
	ada.visit("/s/" + id)
	untilShow(t, patience, "the session says that it is offline", func() (bool, string) {
		s := ada.text("status", "Connection")
		return strings.HasPrefix(s, "Offline") || strings.HasPrefix(s, "Reconnecting"), s + "; the page offers " + ada.offers()
	})
	untilShow(t, patience, "the session shows its text", func() (bool, string) {
		s, err := tryEval[string](ada, "tandem.editor.text()")
		return err == nil && strings.HasSuffix(s, "# before the server went"), s
	})
	ada.atEnd()
	ada.typing(", and after it")
	if s := ada.text("status", "Saved"); strings.Contains(s, allSaved) {
		t.Errorf("with the server stopped the page says %q", s)
	}
	ada.visit("/s/never-visited-before")
	ada.says("Tandem")

	if err := srv.start(); err != nil {
		t.Fatal(err)
	}
	ada.visit("/s/" + id)
	ada.connected()
	text := ada.code()
	holds(t, text, "# before the server went, and after it")
	if stored := lookAt(t, srv, id).Text(); stored != text {
		t.Errorf("the server holds %q, the page shows %q", stored, text)
	}
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
