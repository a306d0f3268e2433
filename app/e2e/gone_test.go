package e2e

import (
	"strings"
	"testing"
)

const byTheTest = "by the test"

// The Go program dies with edits that the server does not have: the page says so, and a reload brings them back.
func TestProgramGone(t *testing.T) {
	t.Parallel()
	ada, bob, id := pair(t, "Python")
	ada.allow(lostNetwork, byTheTest, "panic", "goroutine", "already exited")
	start := ada.code()
	ada.net.refuseSockets(true)
	ada.shows("status", "Connection", "Reconnecting")
	ada.atStart()
	ada.typing("# not sent yet ")
	bob.atEnd()
	bob.typing("# Bob meanwhile")
	until(t, patience, "what Ada typed is kept on her device", func() bool {
		kept, err := tryEval[string](ada, "tandem.store.get(`live."+id+".${sessionStorage.getItem('tandem.client."+id+"')}`)")
		return err == nil && strings.Contains(kept, "# not sent yet ")
	})

	// The next notice fails where nothing catches it.
	eval[bool](ada, `(set => {
		Element.prototype.setAttribute = function(name, value) {
			if (String(value).startsWith("toast ")) throw new Error("`+byTheTest+`")
			set.call(this, name, value)
		}
	})(Element.prototype.setAttribute), true`)
	ada.click("button", "Copy link")
	ada.says("Something broke on this page. What you typed up to a moment ago is kept.")
	if alive, err := tryEval[bool](ada, `goappNav("/"), true`); err == nil || alive {
		t.Fatal("the program is alive: this test proves nothing")
	}
	ada.typing("lost?") // where nothing would be kept, nothing is taken
	if text := ada.code(); text != "# not sent yet "+start {
		t.Errorf("after the program's end the editor took %q", text)
	}
	ada.size(390, 844)
	ada.painted()
	ada.fits("what is said of it on a phone", 390)
	ada.net.refuseSockets(false)
	ada.click("button", "Reload")
	ada.connected()
	if text, want := settle(t, id, ada, bob), "# not sent yet "+start+"# Bob meanwhile"; text != want {
		t.Errorf("after the reload the text is %q, not %q", text, want)
	}

	// A fault that is caught leaves the program alive, but the page in doubt; and one of the WASM itself.
	bob.allow(byTheTest)
	for what, fault := range map[string]string{
		"a fault in a handler": `tandem.store.copy = () => { throw new Error("` + byTheTest + `") }, true`,
		"a trap":               `setTimeout(() => { throw new WebAssembly.RuntimeError("` + byTheTest + `") }), true`,
	} {
		eval[bool](bob, fault)
		if strings.Contains(fault, "copy") {
			bob.click("button", "Copy link")
		}
		bob.says("Something broke on this page.")
		bob.click("button", "Reload")
		until(t, patience, "after "+what+" the page is a new one", func() bool {
			s, err := tryEval[string](bob, "document.body.innerText")
			return err == nil && !strings.Contains(s, "Something broke")
		})
		bob.connected()
	}
}
