package e2e

import (
	"fmt"
	"strings"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp/kb"
)

// Bits of Input.dispatchKeyEvent's modifiers.
const (
	altKey     = 1
	controlKey = 2
	metaKey    = 4
	shiftKey   = 8
)

var namedKeys = map[string]string{
	"Enter": kb.Enter, "Tab": kb.Tab, "Escape": kb.Escape, "Backspace": kb.Backspace, "Delete": kb.Delete,
	"Up": kb.ArrowUp, "Down": kb.ArrowDown, "Left": kb.ArrowLeft, "Right": kb.ArrowRight,
	"Home": kb.Home, "End": kb.End, "F1": kb.F1, "F2": kb.F2, "F10": kb.F10, "Space": " ",
}

// typing types text by real key events. What no key gives (emoji, accents) comes as from an emoji picker.
func (p *person) typing(text string) {
	p.t.Helper()
	for _, r := range text {
		if r == '\n' {
			r = '\r'
		}
		key, ok := kb.Keys[r]
		if !ok || !key.Print {
			send(p, input.InsertText, input.InsertTextParams{Text: string(r)})
			continue
		}
		var mods int64
		if key.Shift {
			mods = shiftKey
		}
		p.stroke(key, mods, key.Text)
	}
}

// insert gives a cluster of characters at once, as an emoji picker does.
func (p *person) insert(text string) {
	p.t.Helper()
	send(p, input.InsertText, input.InsertTextParams{Text: text})
}

// press presses keys, each of them like "Control+Shift+z" or "Enter".
func (p *person) press(keys ...string) {
	p.t.Helper()
	for _, combination := range keys {
		parts := strings.Split(combination, "+")
		var mods int64
		for _, m := range parts[:len(parts)-1] {
			mods |= map[string]int64{"Alt": altKey, "Control": controlKey, "Meta": metaKey, "Shift": shiftKey}[m]
		}
		name := parts[len(parts)-1]
		if named, ok := namedKeys[name]; ok {
			name = named
		}
		key, ok := kb.Keys[[]rune(name)[0]]
		if !ok {
			p.fatal("there is no key %q", combination)
		}
		text := key.Text
		if mods&(controlKey|altKey|metaKey) != 0 {
			text = ""
		}
		p.stroke(key, mods, text)
	}
}

func (p *person) stroke(key *kb.Key, mods int64, text string) {
	p.t.Helper()
	e := input.DispatchKeyEventParams{
		Type: input.DispatchKeyEventTypeRawKeyDown, Modifiers: mods, Key: key.Key, Code: key.Code,
		WindowsVirtualKeyCode: key.Windows, NativeVirtualKeyCode: key.Windows,
	}
	if text != "" {
		e.Type, e.Text, e.UnmodifiedText = input.DispatchKeyEventTypeKeyDown, text, key.Unmodified
	}
	if mods == controlKey { // headless Chromium has no menu that would know these
		e.Commands = map[string][]string{"v": {"paste"}, "c": {"copy"}, "x": {"cut"}, "a": {"selectAll"}}[key.Key]
	}
	send(p, input.DispatchKeyEvent, e)
	e.Type, e.Text, e.UnmodifiedText, e.Commands = input.DispatchKeyEventTypeKeyUp, "", "", nil
	send(p, input.DispatchKeyEvent, e)
}

// paste puts text on the clipboard and pastes it where the focus is.
func (p *person) paste(text string) {
	p.t.Helper()
	eval[bool](p, "navigator.clipboard.writeText("+quote(text)+").then(() => true)")
	p.press("Control+v")
}

// clipboard reads what was copied.
func (p *person) clipboard() string {
	p.t.Helper()
	return eval[string](p, "navigator.clipboard.readText()")
}

// copied waits until something is on the clipboard.
func (p *person) copied(what string) {
	p.t.Helper()
	untilShow(p.t, patience, quote(what)+" is on the clipboard", func() (bool, string) {
		s, err := tryEval[string](p, "navigator.clipboard.readText()")
		return s == what, fmt.Sprintf("there is %q (%v); the page says %q", s, err, p.text("status", "Notices"))
	})
}

// Of an input method: what it shows while one is choosing, and the choice.
func (p *person) compose(text string) {
	p.t.Helper()
	n := int64(len([]rune(text)))
	send(p, input.ImeSetComposition, input.ImeSetCompositionParams{Text: text, SelectionStart: n, SelectionEnd: n})
}

func (p *person) commit(text string) {
	p.t.Helper()
	send(p, input.InsertText, input.InsertTextParams{Text: text})
}
