package e2e

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
)

// hold gives the person a phone of a size: its screen is touched.
func (p *person) hold(width, height int64) {
	p.t.Helper()
	send(p, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: width, Height: height, DeviceScaleFactor: 2, Mobile: true})
	send(p, emulation.SetTouchEmulationEnabled, emulation.SetTouchEmulationEnabledParams{Enabled: true, MaxTouchPoints: 5})
	until(p.t, patience, "the page has the phone's size", func() bool {
		return eval[bool](p, fmt.Sprintf(`innerWidth === %d && matchMedia("(pointer: coarse)").matches`, width))
	})
	p.painted()
}

// tap touches the middle of a node.
func (p *person) tap(role, name string) {
	p.t.Helper()
	x, y := p.centre(role, name)
	p.tapAt(x, y)
}

func (p *person) tapAt(x, y float64) {
	p.t.Helper()
	send(p, input.DispatchTouchEvent, input.DispatchTouchEventParams{Type: input.DispatchTouchEventTypeTouchStart, TouchPoints: []*input.TouchPoint{{X: x, Y: y}}})
	send(p, input.DispatchTouchEvent, input.DispatchTouchEventParams{Type: input.DispatchTouchEventTypeTouchEnd, TouchPoints: []*input.TouchPoint{}})
}

// fingers checks that everything to press is large enough for one. A label counts for the field in it.
func (p *person) fingers(what string) {
	p.t.Helper()
	small := eval[[]string](p, `[...document.querySelectorAll("button, a[href], input, select, [role=tab]")].filter(e => {
		if (e.closest("#editor-box") || e.closest("[inert]") || !e.checkVisibility({opacityProperty: false, visibilityProperty: true})) return false
		const r = (e.type === "radio" ? e.closest("label") : e).getBoundingClientRect()
		return r.width > 0 && (r.width < 39.5 || r.height < 39.5)
	}).map(e => { const r = e.getBoundingClientRect(); return Math.round(r.width) + "x" + Math.round(r.height) + " " + e.outerHTML.slice(0, 100) })`)
	if len(small) > 0 {
		p.t.Errorf("%s: too small for a finger are\n%s", what, strings.Join(small, "\n"))
	}
}

// keyboard brings up an on-screen keyboard of a height, as a browser tells of it, which headless Chromium has not; 0 puts it away.
func (p *person) keyboard(height int) {
	p.t.Helper()
	eval[bool](p, fmt.Sprintf(`(Object.defineProperty(visualViewport, "height", {configurable: true, get: () => innerHeight - %d}), visualViewport.dispatchEvent(new Event("resize")))`, height))
	p.painted()
}

// typedInSight checks that the caret is above the keyboard.
func (p *person) typedInSight(what string) {
	p.t.Helper()
	untilShow(p.t, patience, what+": the line being typed is in sight", func() (bool, string) {
		at := eval[[]float64](p, `(() => { const r = document.querySelector("#editor-box .cursors-layer .cursor").getBoundingClientRect(); return [r.top, r.bottom, visualViewport.height] })()`)
		return at[0] > 0 && at[1] < at[2] && at[1] > at[0], fmt.Sprintf("it is at %v", at)
	})
}

// On a phone the whole way works too, by touch: join, type, run, read the output, copy the link.
func TestPhone(t *testing.T) {
	ada, bob := newPerson(t, "Ada"), newPerson(t, "Bob")
	bob.prefers("prefers-color-scheme", "light")
	id := ada.create("JavaScript")
	bob.visit("/")
	bob.find("button", "Create session")
	bob.hold(390, 844)
	bob.fingers("home")
	bob.visit("/s/" + id)
	bob.tap("textbox", "Your name")
	bob.typing("Bob")
	bob.fingers("name")
	bob.tap("button", "Join session")
	bob.connected()
	bob.fits("session on a phone", 390)
	bob.fingers("session")

	// A text longer than the screen: its end is what the keyboard would hide.
	bob.replaceAll(strings.Repeat("// line\n", 60) + "console.log('on the ' + 'phone')")
	bob.atEnd()
	bob.keyboard(336)
	bob.typedInSight("a keyboard of 336 px")
	bob.shoot("keyboard-390-light")
	bob.typing("// typed over it")
	bob.typedInSight("a keyboard of 336 px, typing")
	bob.keyboard(0)
	settle(t, id, ada, bob)
	bob.tap("button", "Run")
	ada.prints(firstRun, "on the phone")
	if !bob.has("log", "Output") {
		bob.tap("tab", "Output")
	}
	bob.prints(patience, "on the phone")
	bob.fits("output on a phone", 390)
	bob.fingers("output")
	bob.shoot("output-390-light")
	bob.tap("button", "More")
	bob.find("button", "Save the code as a file")
	bob.fingers("menu")
	bob.tap("button", "More")
	bob.tap("button", "Copy link")
	bob.copied(bob.base + "/s/" + id)

	bob.hold(844, 390)
	bob.fits("session on its side", 844)
	bob.fingers("session on its side")
	bob.shoot("session-844-light")
	bob.keyboard(180)
	bob.atEnd()
	bob.typedInSight("on its side")
	bob.shoot("keyboard-844-light")

	// However narrow it is, that something is not saved is in sight.
	bob.keyboard(0)
	bob.hold(320, 640)
	bob.allow(lostNetwork)
	bob.net.refuseSockets(true)
	bob.shows("status", "Connection", "Reconnecting")
	bob.tap("tab", "Code")
	bob.atEnd()
	bob.typing("// not sent")
	bob.shows("status", "Saved", "Not saved yet")
	bob.painted()
	if at := eval[[]float64](bob, `(() => { const r = document.getElementById("saved").getBoundingClientRect(); return [r.top, r.bottom, r.right] })()`); at[0] < 600 || at[1] > 641 || at[2] > 320 {
		t.Errorf("what is not saved is told at %v of 640", at)
	}
	bob.fits("a narrow phone without a connection", 320)
	bob.shoot("unsaved-320-light")
}

// Nobody who asked for calm sees anything move.
func (p *person) still(what string) {
	p.t.Helper()
	moving := eval[[]string](p, `[
		...document.getAnimations().map(a => "running: " + (a.animationName ?? a.transitionProperty)),
		...[...document.querySelectorAll("body, body *")].flatMap(e => {
			const s = getComputedStyle(e)
			const some = list => list.split(",").some(d => parseFloat(d) > 0)
			return some(s.transitionDuration) || s.animationName !== "none" && some(s.animationDuration) ? [e.tagName + "." + e.className + " " + s.transition + " " + s.animationName] : []
		})]`)
	if len(moving) > 0 {
		p.t.Errorf("%s: with prefers-reduced-motion %d things move: %.600s", what, len(moving), strings.Join(moving, "\n"))
	}
}
