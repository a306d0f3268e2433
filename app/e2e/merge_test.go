package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

const farAway = 40 * time.Millisecond // each way: across a country

// holds checks that a text has a part once.
func holds(t *testing.T, text, part string) {
	t.Helper()
	if n := strings.Count(text, part); n != 1 {
		t.Errorf("%s is there %d times in %s", clip(part), n, clip(text))
	}
}

func TestTypingIsSeenWithCursorAndSelection(t *testing.T) {
	ada, bob, id := pair(t, "Python")
	ada.atEnd()
	ada.typing("# from Ada")
	until(t, patience, "Bob sees what Ada types", func() bool { return strings.HasSuffix(bob.code(), "# from Ada") })
	untilShow(t, patience, "Bob sees Ada's cursor with her name", func() (bool, string) {
		flags, _ := tryEval[[]string](bob, `[...document.querySelectorAll(".peer-flag")].map(e => e.textContent)`)
		return len(flags) == 1 && flags[0] == "Ada", fmt.Sprintf("%q", flags)
	})
	colour := eval[string](bob, `getComputedStyle(document.querySelector(".peer-flag")).backgroundColor`)
	if avatar := eval[[]string](bob, `[...document.querySelectorAll("[aria-label=People] > *")].map(e => getComputedStyle(e).backgroundColor)`); !strings.Contains(strings.Join(avatar, " "), colour) {
		t.Errorf("Ada's flag is %s, the people are %q", colour, avatar)
	}
	if n := eval[int](bob, `[...document.querySelectorAll(".peer-sel")].filter(e => e.getBoundingClientRect().width > 2).length`); n != 0 {
		t.Errorf("%d selections are drawn before there is one", n)
	}
	ada.press("Shift+Home")
	until(t, patience, "Bob sees Ada's selection", func() bool {
		n, _ := tryEval[int](bob, `[...document.querySelectorAll(".peer-sel")].filter(e => e.getBoundingClientRect().width > 2).length`)
		return n > 0
	})
	bob.atStart()
	bob.typing("# from Bob\n")
	settle(t, id, ada, bob)
	until(t, patience, "Ada sees Bob's cursor on the second line", func() bool {
		s, _ := tryEval[string](ada, `document.querySelector(".peer-flag")?.textContent ?? ""`)
		return s == "Bob"
	})
	if n := eval[int](ada, `new Set([...document.querySelectorAll(".view-lines span span")].map(e => getComputedStyle(e).color)).size`); n < 4 {
		t.Errorf("the code is shown in %d colours", n)
	}
}

func TestBothTypeFarApart(t *testing.T) {
	ada, bob, id := apart(t, "Python")
	play(t, ada, bob, id,
		scene{"concurrent typing", concurrentTyping},
		scene{"multi-cursor", multiCursor},
		scene{"emoji", emojiStayWhole},
		scene{"auto-indent", autoIndent},
		scene{"paste of 100 KB with CRLF", pasteWithCRLF},
	)
}

func concurrentTyping(t *testing.T, ada, bob *person, id string) {
	start := ada.code()
	runs := map[*person]string{ada: "# ", bob: "# "}
	for i := range 25 {
		runs[ada] += fmt.Sprintf("a%02d ", i)
		runs[bob] += fmt.Sprintf("B%02d ", i)
	}
	// At two places, and then both at one.
	ada.atStart()
	bob.atEnd()
	together(t, func() { ada.typing(runs[ada]) }, func() { bob.typing(runs[bob]) })
	text := settle(t, id, ada, bob)
	if want := runs[ada] + start + runs[bob]; text != want {
		t.Errorf("the text is %s, not %s", clip(text), clip(want))
	}
	ada.atEnd()
	bob.atEnd()
	together(t, func() { ada.typing(strings.ToLower(runs[ada])) }, func() { bob.typing(strings.ToLower(runs[bob])) })
	text = settle(t, id, ada, bob)
	holds(t, text, strings.ToLower(runs[bob])) // each run whole: nobody types into the other's words
	if n := strings.Count(text, runs[ada]); n != 2 {
		t.Errorf("Ada's words are there %d times, not at the start and at the end: %s", n, clip(text))
	}
}

func multiCursor(t *testing.T, ada, bob *person, id string) {
	ada.replaceAll("one\ntwo\nthree\nfour\n")
	settle(t, id, ada, bob)
	ada.atStart()
	ada.press("Shift+Alt+Down", "Shift+Alt+Down", "Shift+Alt+Down")
	bob.atEnd()
	together(t,
		func() { ada.typing("# x = "); ada.press("Backspace", "Backspace"); ada.typing(":") },
		func() { bob.typing("# Bob goes on") })
	text := settle(t, id, ada, bob)
	if want := "# x :one\n# x :two\n# x :three\n# x :four\n# Bob goes on"; text != want {
		t.Errorf("the text is %q, not %q", text, want)
	}
}

func pasteWithCRLF(t *testing.T, ada, bob *person, id string) {
	var b strings.Builder
	for i := 0; b.Len() < 100<<10; i++ {
		fmt.Fprintf(&b, "line %05d of a long paste, with ä, 漢 and 😀\r\n", i)
	}
	pasted := b.String()
	bob.atStart()
	ada.atEnd()
	eval[bool](ada, "navigator.clipboard.writeText("+quote(pasted)+").then(() => true)")
	if !strings.Contains(ada.clipboard(), "\r\n") {
		t.Fatal("the clipboard holds no CRLF: this test would prove nothing")
	}
	together(t, func() { ada.press("Control+v") }, func() { bob.typing("# Bob types meanwhile") })
	want := strings.ReplaceAll(pasted, "\r\n", "\n")
	until(t, patience, "Ada's editor holds the paste", func() bool { return strings.Contains(ada.code(), want) })
	text := settle(t, id, ada, bob)
	holds(t, text, want)
	holds(t, text, "# Bob types meanwhile")
	if strings.Contains(text, "\r") {
		t.Error("the text has carriage returns")
	}
	origin := false
	_, sent := ada.seen.frames()
	for _, frame := range sent {
		origin = origin || strings.Contains(frame[:min(len(frame), 400)]+frame[max(0, len(frame)-400):], `"origin":"paste"`)
	}
	if !origin {
		t.Error("the log does not tell that this was a paste")
	}
}

func emojiStayWhole(t *testing.T, ada, bob *person, id string) {
	const family, flag, wave = "👩‍👩‍👧‍👦", "🇪🇺", "👋🏽"
	ada.replaceAll("")
	settle(t, id, ada, bob)
	ada.atEnd()
	bob.atEnd()
	together(t,
		func() {
			for range 8 {
				ada.insert("😀")
				ada.insert(family)
			}
		},
		func() {
			for range 8 {
				bob.insert("😁") // shares its first half with Ada's
				bob.insert(flag + wave)
			}
		})
	text := settle(t, id, ada, bob)
	holds(t, text, strings.Repeat("😀"+family, 8))
	holds(t, text, strings.Repeat("😁"+flag+wave, 8))
	if strings.ContainsRune(text, '\ufffd') {
		t.Errorf("half a character is left in %q", text)
	}

	// Both rub out at the same place, from two sides.
	bob.atStart()
	ada.atEnd()
	together(t,
		func() { ada.press("Backspace", "Backspace", "Backspace", "Backspace") },
		func() { bob.press("Delete", "Delete", "Delete", "Delete") })
	text = settle(t, id, ada, bob)
	if strings.ContainsRune(text, '\ufffd') || !strings.Contains(text, "😀") || !strings.Contains(text, "😁") {
		t.Errorf("after rubbing out the text is %q", text)
	}
}

func autoIndent(t *testing.T, ada, bob *person, id string) {
	ada.atBothEnds(t, bob, id, "\n\n# end\n")
	together(t,
		func() {
			for _, line := range []string{"def f(x):", "if x:", "return 1"} {
				ada.typing(line)
				ada.coloured(line)
				ada.press("Escape", "Enter") // Escape: no suggestion may be taken
			}
			ada.typing("pass")
		},
		func() { bob.typing("# Bob writes below, at the same time") })
	text := settle(t, id, ada, bob)
	if want := "def f(x):\n    if x:\n        return 1\n        pass\n"; !strings.HasPrefix(text, want) {
		t.Errorf("the text is %q, and does not begin with %q", text, want)
	}
	holds(t, text, "# end\n# Bob writes below, at the same time")
}

// coloured waits until the editor has seen what a line is made of, which Enter goes by; a hand needs longer to get there.
func (p *person) coloured(line string) {
	p.t.Helper()
	untilShow(p.t, patience, "the line "+quote(line)+" is coloured", func() (bool, string) {
		lines, err := tryEval[map[string]int](p, `Object.fromEntries([...document.querySelectorAll(".view-line")].map(e =>
			[e.textContent.replaceAll("\u00a0", " ").trim(), new Set([...e.querySelectorAll("span span")].map(s => s.className)).size]))`)
		return err == nil && lines[line] > 1, fmt.Sprint(lines, err)
	})
}

func TestUndoTakesBackOnlyOnesOwn(t *testing.T) {
	ada, bob, id := apart(t, "Python")
	start := ada.code()
	ada.atEnd()
	ada.typing("# Ada writes a line")
	settle(t, id, ada, bob)
	bob.inEditor()
	bob.press("Control+End", "Home", "Right", "Right")
	bob.typing("Bob interrupts, ")
	settle(t, id, ada, bob)
	ada.typing(" and more")
	together(t, func() { ada.typing(" still") }, func() { bob.typing("again, ") })
	before := settle(t, id, ada, bob)
	holds(t, before, "# Bob interrupts, again, Ada writes a line and more still")

	bob.atStart()
	together(t, func() {
		for range 12 {
			ada.press("Control+z")
		}
	}, func() { bob.typing("# top ") })
	text := settle(t, id, ada, bob)
	if want := "# top " + start + "Bob interrupts, again, "; text != want {
		t.Errorf("after Ada's undo the text is %q, not %q", text, want)
	}
	for range 12 {
		ada.press("Control+y")
	}
	text = settle(t, id, ada, bob)
	if want := "# top " + start + "# Bob interrupts, again, Ada writes a line and more still"; text != want {
		t.Errorf("after Ada's redo the text is %q, not %q", text, want)
	}
	for range 12 {
		bob.press("Control+z")
	}
	text = settle(t, id, ada, bob)
	if want := start + "# Ada writes a line and more still"; text != want {
		t.Errorf("after Bob's undo the text is %q, not %q", text, want)
	}
}
