package e2e

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/input"
)

// What Monaco does in one go is one edit, whatever it holds, and merges with what the other person types meanwhile.

// below is where Bob types while Ada does something above.
const below = "# Bob: "

func TestMonacoWhileTheOtherTypes(t *testing.T) {
	ada, bob, id := apart(t, "Python")
	play(t, ada, bob, id,
		scene{"toggle comment", toggleComment},
		scene{"move and copy lines", moveAndCopyLines},
		scene{"column edit", columnEdit},
		scene{"indent and outdent", indentAndOutdent},
		scene{"drag and drop", dragAndDrop},
		scene{"one edit a key", oneEditAKey},
		scene{"replace all with 5000 hits", replaceAllWith5000Hits},
		scene{"undo of a paste and of replace all", undoOfAPasteAndOfReplaceAll},
		scene{"input method", inputMethod},
	)
}

// besideBob sets a text, lets Ada act while Bob types in the last line, and gives the text without Bob's line.
func besideBob(t *testing.T, ada, bob *person, id, start string, prepare, act func()) (got string, edits int) {
	t.Helper()
	ada.replaceAll(start + below)
	settle(t, id, ada, bob)
	ada.atStart()
	prepare()
	settle(t, id, ada, bob)
	bob.atEnd()
	before := ada.edits()
	const words = "goes on typing while Ada works"
	together(t, act, func() { bob.typing(words) })
	text := settle(t, id, ada, bob)
	got, found := strings.CutSuffix(text, below+words)
	if !found {
		t.Fatalf("Bob's line is not whole in %s", clip(text))
	}
	return got, ada.edits() - before
}

// edits counts the edits that a page has sent. One that is resent counts once more.
func (p *person) edits() int {
	_, sent := p.seen.frames()
	n := 0
	for _, frame := range sent {
		if strings.Contains(frame, `"code:change"`) {
			n++
		}
	}
	return n
}

func want(t *testing.T, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("the text is %s, not %s", clip(got), clip(want))
	}
}

func nothing() {}

func replaceAllWith5000Hits(t *testing.T, ada, bob *person, id string) {
	start := strings.Repeat("foo = bar(foo) + 1\n", 2500)
	got, edits := besideBob(t, ada, bob, id, start, func() {
		ada.searchFor("foo", "quux😀")
	}, func() {
		ada.press("Control+Alt+Enter")
		until(t, patience, "all are replaced", func() bool { return !strings.Contains(ada.code(), "foo") })
		ada.press("Escape")
	})
	want(t, got, strings.ReplaceAll(start, "foo", "quux😀"))
	if edits != 1 {
		t.Errorf("replacing all took %d edits", edits)
	}
}

// searchFor opens the widget that replaces, and fills it.
func (p *person) searchFor(what, replacement string) {
	p.t.Helper()
	p.press("Control+h", "Control+a")
	p.typing(what)
	p.press("Tab", "Control+a")
	p.typing(replacement)
}

func toggleComment(t *testing.T, ada, bob *person, id string) {
	start := "a = 1\n\nif a:\n    b = 2\n"
	selectAll := func() { ada.press("Shift+Down", "Shift+Down", "Shift+Down", "Shift+Down") }
	got, _ := besideBob(t, ada, bob, id, start, selectAll, func() { ada.press("Control+/") })
	want(t, got, "# a = 1\n\n# if a:\n#     b = 2\n")
}

func moveAndCopyLines(t *testing.T, ada, bob *person, id string) {
	got, _ := besideBob(t, ada, bob, id, "one\ntwo\nthree\n", nothing, func() {
		ada.press("Alt+Down", "Control+Shift+Alt+Down")
	})
	want(t, got, "two\none\none\nthree\n")
}

func columnEdit(t *testing.T, ada, bob *person, id string) {
	got, _ := besideBob(t, ada, bob, id, "aa bb\ncc dd\nee ff\n", nothing, func() {
		fromX, fromY := ada.glyph(0, 0)
		toX, toY := ada.glyph(2, 2)
		ada.dragAll(fromX, fromY, toX, toY, shiftKey|altKey)
		ada.typing("XY")
	})
	want(t, got, "XY bb\nXY dd\nXY ff\n")
}

func indentAndOutdent(t *testing.T, ada, bob *person, id string) {
	got, _ := besideBob(t, ada, bob, id, "a\nb\n    c\n", func() { ada.press("Shift+Down", "Shift+Down", "Shift+Down") },
		func() { ada.press("Tab", "Tab", "Shift+Tab") })
	want(t, got, "    a\n    b\n        c\n")
}

func dragAndDrop(t *testing.T, ada, bob *person, id string) {
	got, _ := besideBob(t, ada, bob, id, "move here: \n\nthis\n", func() {
		ada.line(3)
		ada.press("Shift+End")
	}, func() {
		fromX, fromY := ada.glyph(2, 2)
		toX, toY := ada.glyph(0, 11)
		ada.dragAll(fromX, fromY, toX, toY, 0)
	})
	want(t, got, "move here: this\n\n\n")
}

// dragAll moves the mouse from one point to another with the button down.
func (p *person) dragAll(fromX, fromY, toX, toY float64, modifiers int64) {
	p.t.Helper()
	p.mouse(input.DispatchMouseEventTypeMouseMoved, fromX, fromY, modifiers)
	p.mouse(input.DispatchMouseEventTypeMousePressed, fromX, fromY, modifiers)
	const steps = 8
	for step := 1.0; step <= steps; step++ {
		send(p, input.DispatchMouseEvent, input.DispatchMouseEventParams{
			Type: input.DispatchMouseEventTypeMouseMoved, X: fromX + (toX-fromX)*step/steps, Y: fromY + (toY-fromY)*step/steps,
			Button: input.MouseButtonLeft, Buttons: 1, Modifiers: modifiers})
	}
	p.mouse(input.DispatchMouseEventTypeMouseReleased, toX, toY, modifiers)
}

// glyph is where a character of the text stands on the page, by its line and column from 0; the font has one width.
func (p *person) glyph(line, column int) (x, y float64) {
	p.t.Helper()
	at := eval[[]float64](p, fmt.Sprintf(`(() => {
		const lines = [...document.querySelectorAll(".view-lines > .view-line")].sort((a, b) => a.getBoundingClientRect().top - b.getBoundingClientRect().top)
		const box = lines[%d].getBoundingClientRect()
		const first = lines[0].querySelector("span span")
		const width = first.getBoundingClientRect().width / first.textContent.length
		return [box.left + width * %d + 1, box.top + box.height / 2]
	})()`, line, column))
	return at[0], at[1]
}

func TestUndoByEveryWay(t *testing.T) {
	ada, bob, id := apart(t, "Python")
	start := ada.code()
	bob.atStart()
	bob.typing("# Bob's line\n")
	settle(t, id, ada, bob)
	ada.atEnd()
	for _, way := range []struct {
		name       string
		undo, redo func()
	}{
		{"Ctrl+Z and Ctrl+Y", func() { ada.press("Control+z") }, func() { ada.press("Control+y") }},
		{"Ctrl+Z and Ctrl+Shift+Z", func() { ada.press("Control+z") }, func() { ada.press("Control+Shift+z") }},
		{"the context menu", func() { ada.fromMenu("Undo", "Down", "Enter") }, func() { ada.fromMenu("Redo", "Down", "Down", "Enter") }},
	} {
		ada.insert("# Ada's")
		text := settle(t, id, ada, bob)
		holds(t, text, start+"# Ada's")
		way.undo()
		if text = settle(t, id, ada, bob); text != "# Bob's line\n"+start {
			t.Errorf("%s: after undo the text is %q", way.name, text)
		}
		way.redo()
		if text = settle(t, id, ada, bob); text != "# Bob's line\n"+start+"# Ada's" {
			t.Errorf("%s: after redo the text is %q", way.name, text)
		}
		way.undo()
		settle(t, id, ada, bob)
	}
	// The browser's own undo does nothing to the text that Ada did not do.
	eval[bool](ada, `document.execCommand("undo") || true`)
	ada.press("Control+z", "Control+z", "Control+z")
	if text := settle(t, id, ada, bob); text != "# Bob's line\n"+start {
		t.Errorf("after more undo than there is to undo the text is %q", text)
	}
}

// fromMenu opens the editor's context menu and chooses an entry, by keys: it takes no click in its first tenth of a second.
func (p *person) fromMenu(entry string, keys ...string) {
	p.t.Helper()
	before := p.code()
	p.press("Shift+F10")
	p.find("menuitem", entry)
	p.press(keys...)
	until(p.t, patience, entry+" in the menu changes the text", func() bool { return p.code() != before })
}

func undoOfAPasteAndOfReplaceAll(t *testing.T, ada, bob *person, id string) {
	ada.replaceAll("x = 1\nx = x\n")
	settle(t, id, ada, bob)
	ada.atEnd()
	ada.paste("x = x + x\nx = 2\n")
	pasted := settle(t, id, ada, bob)
	ada.searchFor("x", "y")
	ada.press("Control+Alt+Enter", "Escape")
	want(t, settle(t, id, ada, bob), strings.ReplaceAll(pasted, "x", "y"))
	ada.inEditor()
	ada.press("Control+z")
	want(t, settle(t, id, ada, bob), pasted)
	ada.press("Control+z")
	want(t, settle(t, id, ada, bob), "x = 1\nx = x\n")
}

// inputMethod: input methods change the text while one is choosing. What the other person types in the same line waits meanwhile,
// and neither text is harmed.
func inputMethod(t *testing.T, ada, bob *person, id string) {
	ada.replaceAll("# \n")
	settle(t, id, ada, bob)
	ada.atStart()
	ada.press("End")
	bob.atStart()
	bob.press("Right")
	ada.compose("n")
	ada.compose("ni")
	bob.typing("Bob")
	until(t, patience, "Bob's typing is saved", func() bool { return strings.Contains(look(t, id).Text(), "#Bob") })
	ada.compose("nih")
	ada.compose("你h")
	bob.typing(" and more")
	ada.compose("你好")
	ada.commit("你好")
	ada.typing("!")
	text := settle(t, id, ada, bob)
	want(t, text, "#Bob and more 你好!\n")

	// Given up half way: nothing of it stays.
	ada.compose("x")
	ada.compose("xi")
	bob.typing(", still")
	ada.compose("")
	ada.typing("?")
	want(t, settle(t, id, ada, bob), "#Bob and more, still 你好!?\n")
	steps := 0
	for ; strings.ContainsAny(ada.code(), "你好!?") && steps < 8; steps++ {
		ada.press("Control+z")
	}
	bob.typing(".")
	want(t, settle(t, id, ada, bob), "#Bob and more, still. \n")
	t.Logf("what was composed and typed took %d steps to undo", steps)
}

func oneEditAKey(t *testing.T, ada, bob *person, id string) {
	ada.replaceAll("a\nb\nc\n")
	settle(t, id, ada, bob)
	ada.atStart()
	before := ada.edits()
	ada.press("Shift+Alt+Down", "Shift+Alt+Down")
	ada.insert("x")
	want(t, settle(t, id, ada, bob), "xa\nxb\nxc\n")
	if n := ada.edits() - before; n != 1 {
		t.Errorf("a key with three cursors took %d edits", n)
	}
}
