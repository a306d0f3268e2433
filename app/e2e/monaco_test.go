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
		scene{"several cursors", severalCursors},
		scene{"toggle comment", toggleComment},
		scene{"move and copy lines", moveAndCopyLines},
		scene{"column edit", columnEdit},
		scene{"indent and outdent", indentAndOutdent},
		scene{"drag and drop", dragAndDrop},
		scene{"replace all with 5000 hits", replaceAllWith5000Hits},
		scene{"undo of a paste and of replace all", undoOfAPasteAndOfReplaceAll},
		scene{"input method", inputMethod},
		scene{"format document", formatDocument},
	)
}

// besideBob sets a text, lets Ada act while Bob types in the last line, and gives the text without Bob's line. What
// Ada does has to be one edit on the wire. Bob types until it is done.
func besideBob(t *testing.T, ada, bob *person, id, start string, prepare, act func()) string {
	t.Helper()
	ada.replaceAll(start + below)
	settle(t, id, ada, bob)
	ada.atStart()
	prepare()
	settle(t, id, ada, bob)
	bob.atEnd()
	before := ada.edits()
	typed, acted := "", make(chan struct{})
	together(t, func() {
		defer close(acted)
		until(t, patience, "Bob types", func() bool { return strings.Contains(ada.code(), below+"goes") })
		act()
	}, func() {
		const words = "goes on typing while Ada works, "
		for done := false; !done; {
			bob.typing(words[len(typed)%len(words):][:1])
			typed += words[len(typed)%len(words):][:1]
			select {
			case <-acted:
				done = true
			default:
			}
		}
	})
	text := settle(t, id, ada, bob)
	got, found := strings.CutSuffix(text, below+typed)
	if !found {
		t.Fatalf("Bob's line is not whole in %s", clip(text))
	}
	if n := ada.edits() - before; n != 1 {
		t.Errorf("what Ada did at once took %d edits", n)
	}
	return got
}

// edits counts the edits that a page has sent. One that is resent counts once more.
func (p *person) edits() int { return len(p.sentEdits()) }

func (p *person) sentEdits() (edits []string) {
	_, sent := p.seen.frames()
	for _, frame := range sent {
		if strings.HasPrefix(frame, `{"type":"code:change"`) {
			edits = append(edits, frame)
		}
	}
	return edits
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
	got := besideBob(t, ada, bob, id, start, func() {
		ada.searchFor("foo", "quux😀")
	}, func() {
		ada.press("Control+Alt+Enter")
		until(t, patience, "all are replaced", func() bool { return !strings.Contains(ada.code(), "foo") })
		ada.press("Escape")
	})
	want(t, got, strings.ReplaceAll(start, "foo", "quux😀"))
}

// searchFor opens the widget that replaces, and fills it.
func (p *person) searchFor(what, replacement string) {
	p.t.Helper()
	p.press("Control+h", "Control+a")
	p.typing(what)
	p.press("Tab", "Control+a")
	p.typing(replacement)
}

func severalCursors(t *testing.T, ada, bob *person, id string) {
	got := besideBob(t, ada, bob, id, "a\nb\nc\n", func() { ada.press("Shift+Alt+Down", "Shift+Alt+Down") }, func() { ada.typing("x") })
	want(t, got, "xa\nxb\nxc\n")
}

func toggleComment(t *testing.T, ada, bob *person, id string) {
	start := "a = 1\n\nif a:\n    b = 2\n"
	selectAll := func() { ada.press("Shift+Down", "Shift+Down", "Shift+Down", "Shift+Down") }
	got := besideBob(t, ada, bob, id, start, selectAll, func() { ada.press("Control+/") })
	want(t, got, "# a = 1\n\n# if a:\n#     b = 2\n")
}

func moveAndCopyLines(t *testing.T, ada, bob *person, id string) {
	got := besideBob(t, ada, bob, id, "one\ntwo\nthree\n", func() { ada.press("Shift+Down") }, func() { ada.press("Alt+Down") })
	want(t, got, "two\none\nthree\n")
	got = besideBob(t, ada, bob, id, "one\ntwo\n", nothing, func() { ada.press("Control+Shift+Alt+Down") })
	want(t, got, "one\none\ntwo\n")
}

func columnEdit(t *testing.T, ada, bob *person, id string) {
	got := besideBob(t, ada, bob, id, "aa bb\ncc dd\nee ff\n", func() {
		fromX, fromY := ada.glyph(0, 0)
		toX, toY := ada.glyph(2, 2)
		ada.dragAll(fromX, fromY, toX, toY, shiftKey|altKey)
	}, func() { ada.typing("X") })
	want(t, got, "X bb\nX dd\nX ff\n")
}

func indentAndOutdent(t *testing.T, ada, bob *person, id string) {
	selectAll := func() { ada.press("Shift+Down", "Shift+Down", "Shift+Down") }
	got := besideBob(t, ada, bob, id, "a\nb\n    c\n", selectAll, func() { ada.press("Tab") })
	want(t, got, "    a\n    b\n        c\n")
	got = besideBob(t, ada, bob, id, "    a\n    b\n        c\n", selectAll, func() { ada.press("Shift+Tab") })
	want(t, got, "a\nb\n    c\n")
}

func dragAndDrop(t *testing.T, ada, bob *person, id string) {
	got := besideBob(t, ada, bob, id, "move here: \n\nthis\n", func() {
		ada.line(3)
		ada.press("Shift+End")
	}, func() {
		fromX, fromY := ada.glyph(2, 2)
		toX, toY := ada.glyph(0, 11)
		ada.dragAll(fromX, fromY, toX, toY, 0)
	})
	want(t, got, "move here: this\n\n\n")
}

// formatDocument: the formatter takes its time in a worker, and Monaco drops what it gives if the text changed meanwhile.
func formatDocument(t *testing.T, ada, bob *person, id string) {
	ada.replaceAll("// no starter any more: nothing takes its place\n")
	settle(t, id, ada, bob)
	ada.choose("Language", "JavaScript")
	formatted := func(press func()) {
		until(t, patience, "the code is formatted", func() bool { press(); return strings.Contains(ada.code(), "a + b") })
	}
	format := func() { ada.press("Control+Shift+i") }
	got := besideBob(t, ada, bob, id, strings.Repeat("function f(a,b){\nif(a) return a+b}\n", 100)+"//", func() {
		formatted(format) // its worker has to be there first
		ada.press("Control+z")
		until(t, patience, "it is as before", func() bool { return !strings.Contains(ada.code(), "a + b") })
	}, func() {
		format()
		formatted(nothing)
	})
	want(t, got, strings.Repeat("function f(a, b) {\n    if (a) return a + b\n}\n", 100)+"//")
	edits := ada.sentEdits()
	if last := edits[len(edits)-1]; !strings.Contains(last, `"origin":"format"`) {
		t.Errorf("the log does not tell that this was a format: %s", last)
	}
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
		before := ada.where()
		ada.insert("# Ada's")
		text := settle(t, id, ada, bob)
		holds(t, text, start+"# Ada's")
		ada.press("Control+Home")
		way.undo()
		if text = settle(t, id, ada, bob); text != "# Bob's line\n"+start {
			t.Errorf("%s: after undo the text is %q", way.name, text)
		}
		if at := ada.where(); at != before {
			t.Errorf("%s: after undo the cursor is at %s, not where it was, at %s", way.name, at, before)
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

// where is the cursor, as the status bar tells it.
func (p *person) where() string {
	p.t.Helper()
	return eval[string](p, `document.getElementById("position").textContent`)
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
	before := ada.edits()
	ada.compose("n")
	ada.compose("ni")
	bob.typing("Bob")
	until(t, patience, "Bob's typing is saved", func() bool { return strings.Contains(look(t, id).Text(), "#Bob") })
	ada.compose("nih")
	ada.compose("你h")
	bob.typing(" and more")
	ada.compose("你好")
	var seen sight
	until(t, patience, "all of Bob's typing is saved", func() bool { seen = look(t, id); return strings.Contains(seen.Text(), "#Bob and more") })
	until(t, patience, "Ada's page has been told", func() bool {
		received, _ := ada.seen.frames()
		return strings.Contains(strings.Join(received, ""), fmt.Sprintf(`"rev":%d,`, seen.Rev)) // that somebody looked, which comes after it
	})
	want(t, ada.code(), "# 你好\n") // held until the end
	ada.commit("你好")
	want(t, settle(t, id, ada, bob), "#Bob and more 你好\n")
	if n := ada.edits() - before; n > 6 { // one a change of what is composed, the last being its end, or fewer where one was under way
		t.Errorf("one composition took %d edits", n)
	}
	ada.typing("!")
	want(t, settle(t, id, ada, bob), "#Bob and more 你好!\n")

	// Other lines go on meanwhile, also after something on this one, and what is composed is seen.
	bob.atStart()
	ada.compose("h")
	bob.typing("0")
	bob.atEnd()
	bob.typing("other line")
	until(t, patience, "Ada sees the other line", func() bool { return strings.HasSuffix(ada.code(), "\nother line") })
	want(t, ada.code(), "#Bob and more 你好!h\nother line")
	ada.compose("ho")
	until(t, patience, "Bob sees what Ada composes", func() bool { return strings.Contains(bob.code(), "!ho") })
	bob.press("Shift+Home")
	bob.press("Delete")
	ada.compose("好")
	until(t, patience, "Ada sees the other line go", func() bool { return ada.code() == "#Bob and more 你好!好\n" })
	ada.compose("")
	bob.atStart()
	bob.press("Delete")
	for range len("#Bob and more") {
		bob.press("Right")
	}
	want(t, settle(t, id, ada, bob), "#Bob and more 你好!\n")

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
