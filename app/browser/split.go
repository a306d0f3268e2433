package browser

import "strconv"

const (
	keySide  = "tandem.side"
	leastPx  = 240 // of the output
	editorPx = 360 // that are left to the editor, at least
	stepPx   = 24  // by an arrow key
)

// ApplySide gives the output the width that it was dragged to on this device.
func ApplySide() {
	if px, err := strconv.Atoi(recall(keySide)); err == nil {
		setSide(px)
	}
}

// DragSide lets the border between editor and output follow the pointer until it is let go.
func DragSide() {
	var move, up callback
	move = listen(func(args []object) {
		setSide(global().get("innerWidth").num() - first(args).get("clientX").num())
	})
	up = listen(func([]object) {
		for _, name := range []string{"pointerup", "pointercancel"} {
			global().call("removeEventListener", name, up)
		}
		global().call("removeEventListener", "pointermove", move)
		move.release()
		up.release()
		remember(keySide, strconv.Itoa(side()))
	})
	global().call("addEventListener", "pointermove", move)
	for _, name := range []string{"pointerup", "pointercancel"} {
		global().call("addEventListener", name, up)
	}
}

// StepSide makes the output wider or narrower by keys.
func StepSide(wider bool) {
	px := side() - stepPx
	if wider {
		px = side() + stepPx
	}
	setSide(px)
	remember(keySide, strconv.Itoa(side()))
}

// side is the width that is set, in pixels.
func side() int {
	px, err := strconv.Atoi(trimPx(root().get("style").call("getPropertyValue", "--side").str()))
	if err != nil {
		return 400 // as in tokens.css
	}
	return px
}

func trimPx(s string) string {
	for len(s) > 0 && (s[len(s)-1] < '0' || s[len(s)-1] > '9') {
		s = s[:len(s)-1]
	}
	return s
}

func setSide(px int) {
	px = max(leastPx, min(px, global().get("innerWidth").num()-editorPx))
	root().get("style").call("setProperty", "--side", strconv.Itoa(px)+"px")
	element("split").call("setAttribute", "aria-valuenow", px)
}

func root() object { return global().get("document").get("documentElement") }
