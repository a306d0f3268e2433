package browser

import (
	"strings"
	"time"
)

// Recover ends a panic at an entry from JavaScript or from the page: one that got through would end the whole Go
// program. What happened goes to the console, and the page offers a reload. To be deferred.
func Recover() {
	if v := recover(); v != nil {
		failed(v)
	}
}

// onFailure is told when something panicked; the session page sets it.
var onFailure func()

func failed(v any) {
	text := "unknown"
	switch v := v.(type) {
	case error:
		text = v.Error()
	case string:
		text = v
	}
	global().get("console").call("error", "tandem: "+text)
	tandem().call("gone")
	if onFailure != nil {
		onFailure()
	}
}

// Link is what a guest opens to join a session. The interviewer's key is never in it.
func Link(id string) string { return global().get("location").get("origin").str() + "/s/" + id }

// Copy puts text on the clipboard and tells done whether it is there.
func Copy(text string, done func(ok bool)) {
	seam("store").call("copy", text).then(func(ok object) { done(ok.there()) })
}

// Online is false where the device knows that it has no network.
func Online() bool {
	return global().get("navigator").get("onLine").there()
}

// Reach asks whether the server can be reached, and tells done.
func Reach(done func(ok bool)) {
	fetch("/healthz", map[string]any{"method": "HEAD", "cache": "no-store"}, func(response object) { done(response.get("ok").there()) })
}

// OnNetwork calls f when the device's network comes or goes, until release is called.
func OnNetwork(f func()) (release func()) {
	c := listen(func([]object) { f() })
	for _, name := range []string{"online", "offline"} {
		global().call("addEventListener", name, c)
	}
	return func() {
		for _, name := range []string{"online", "offline"} {
			global().call("removeEventListener", name, c)
		}
		c.release()
	}
}

// Focus moves the keyboard to the element with an id, once it is on the page.
func Focus(id string) {
	soon(func() {
		e := element(id)
		e.call("focus")
		if e.get("select").there() && e.get("value").str() != "" {
			e.call("select")
		}
	})
}

// SinceKey is for how long nobody has pressed a key in the editor.
func SinceKey() time.Duration {
	if e := seam("editor"); e.get("sinceKey").there() {
		return time.Duration(e.call("sinceKey").num()) * time.Millisecond
	}
	return time.Hour // it is not there yet
}

// FocusIfLost moves the keyboard to an element where the one that had it is gone.
func FocusIfLost(id string) {
	soon(func() {
		if document := global().get("document"); document.get("activeElement").equal(document.get("body")) {
			element(id).call("focus")
		}
	})
}

// WhenLeft calls f if, in a moment, the keyboard is not within an element.
func WhenLeft(id string, f func()) {
	soon(func() {
		if !element(id).call("contains", global().get("document").get("activeElement")).there() {
			f()
		}
	})
}

// SetValue puts a value into an input or a select, unless the person is writing in it or has just chosen what is not Chosen
// yet (assets/page/choice.js). The tree can't do it: it drops an empty value, and it doesn't know what was typed.
func SetValue(id, value string) {
	e := element(id)
	if !e.there() || e.get("value").str() == value || e.get("chosen").there() ||
		e.get("tagName").str() == "INPUT" && e.equal(global().get("document").get("activeElement")) {
		return
	}
	e.set("value", value)
}

// Chosen is what the person chose in a select.
func Chosen(id string) string {
	e := element(id)
	if e.there() {
		e.set("chosen", false)
	}
	return e.get("value").str()
}

// Value reads an input.
func Value(id string) string { return element(id).get("value").str() }

// Clear empties an input.
func Clear(id string) {
	if e := element(id); e.there() {
		e.set("value", "")
	}
}

// ScrollToEnd brings the end of a scrolling element into view.
func ScrollToEnd(id string) {
	soon(func() {
		if e := element(id); e.there() {
			e.set("scrollTop", e.get("scrollHeight").num())
		}
	})
}

// Follow keeps the end of a scrolling element in view until somebody scrolls up, and again when they are back there.
func Follow(id string) {
	whenReady(func() { tandem().call("follow", element(id)) }, "follow")
}

// Apple tells whether the main modifier key is ⌘.
func Apple() bool { return strings.Contains(global().get("navigator").get("platform").str(), "Mac") }

// Reload loads the page again, with what is kept on this device.
func Reload() { global().get("location").call("reload") }

// Download saves text as a file.
func Download(name, text string) {
	document := global().get("document")
	a := document.call("createElement", "a")
	if !a.there() {
		return
	}
	a.call("setAttribute", "download", name)
	a.call("setAttribute", "href", "data:text/plain;charset=utf-8,"+global().call("encodeURIComponent", text).str())
	a.call("click")
}

// savesData tells whether whoever sits here asked pages to load no more than is needed.
func savesData() bool {
	return global().get("navigator").get("connection").get("saveData").there()
}

func element(id string) object {
	return global().get("document").call("getElementById", id)
}

// soon runs f after the frame in which the tree is brought up to date.
func soon(f func()) {
	var c callback
	c = listen(func([]object) {
		c.release()
		f()
	})
	global().call("requestAnimationFrame", c)
}

// idle runs f when the page has nothing better to do, within two seconds.
func idle(f func()) {
	if !global().get("requestIdleCallback").there() {
		soon(f)
		return
	}
	var c callback
	c = listen(func([]object) {
		c.release()
		f()
	})
	global().call("requestIdleCallback", c, map[string]any{"timeout": 2000})
}

func now() int64 { return time.Now().UnixMilli() }

var pageStart = time.Now()

// steady is a clock that nobody sets, for durations: the time when the page was loaded, and how long that is ago.
func steady() int64 { return pageStart.Add(time.Since(pageStart)).UnixMilli() }

// wall is a time of the steady clock as the device's own clock has it.
func wall(at int64) int64 { return at + now() - steady() }

// labels are texts that change too often for the tree: each is a leaf element that the tree leaves alone.
type labels map[string]string

func (l labels) set(id, text string) {
	if l[id] == text {
		return
	}
	if labelSet.call(id, text) {
		l[id] = text
	}
}

// Host is this page's own host, as in a link.
func Host() string { return global().get("location").get("host").str() }

// Blur takes the keyboard from an element.
func Blur(id string) { element(id).call("blur") }
