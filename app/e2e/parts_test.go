package e2e

import (
	"testing"

	"github.com/chromedp/cdproto/network"
)

// A script or style that doesn't come is asked for once more; where it doesn't come then either, the page says so, whichever
// it is, and offers to try again.
func TestPartThatDoesNotCome(t *testing.T) {
	t.Parallel()
	parts := []string{"editor.js", "page.js", "wasm_exec.js", "go.js", "editor.css"}
	path := func(part string) string {
		i := len(part) - len(".js")
		if part[i] != '.' {
			i--
		}
		return `^/web/` + part[:i] + `\.[0-9a-f]+\` + part[i:] + `$`
	}
	f := startFront(t, rig.server.addr)
	ada := newDevice(t, "Ada", f.addr)
	ada.allow("status of 503", "reading '", "MIME type")
	// Each file comes from the front, every time.
	send(ada, network.SetCacheDisabled, network.SetCacheDisabledParams{CacheDisabled: true})
	send(ada, network.SetBypassServiceWorker, network.SetBypassServiceWorkerParams{Bypass: true})

	for _, part := range parts {
		f.failOnce(path(part), 503)
	}
	ada.visit("/pad")
	ada.reads("def greet")
	ada.shows("status", "Saved", keptHere)
	for _, part := range parts {
		if n := f.requests(path(part)); n < 2 {
			t.Errorf("%s was asked for %d times: this test proves nothing", part, n)
		}
	}

	const sorry = "A part of this page could not be loaded."
	for _, part := range parts {
		came := f.fail(path(part), 503)
		ada.visit("/pad")
		ada.says(sorry)
		came()
	}
	ada.click("button", "Try again")
	ada.reads("def greet")
	ada.shows("status", "Saved", keptHere)
}
