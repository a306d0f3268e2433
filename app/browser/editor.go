package browser

import (
	"encoding/json"
	"errors"
	"strconv"
	"strings"

	"tandem/shared/client"
	"tandem/shared/ot"
	"tandem/shared/session"
)

// editor is the Go side of tandem.editor, which owns Monaco. Texts, ops and selections cross as strings.
type editor struct {
	callbacks map[string]callback
	adopted   bool
}

func (e *editor) call(method string, args ...any) object { return seam("editor").call(method, args...) }

// adopt takes the editor, which the page made before Go ran, into a host element, and gives the text typed so far.
func (e *editor) adopt(l *Live, host string) (typed string) {
	e.callbacks = map[string]callback{
		"edit":   listenText(func(told string) { l.do(func() { l.edited(told) }) }),
		"select": listenText(func(ranges string) { l.do(func() { l.selected(ranges) }) }),
		"undo":   listen(func([]object) { l.do(func() { l.turn((*client.Client).Undo) }) }),
		"redo":   listen(func([]object) { l.do(func() { l.turn((*client.Client).Redo) }) }),
		"hold":   listen(func(args []object) { what := held[first(args).str()]; l.do(func() { l.hold(what) }) }),
		"run":    listen(func([]object) { l.Run() }),
	}
	typed = e.call("adopt", element(host), e.callbacks).str()
	e.adopted = true
	return typed
}

// release gives the editor back to the page, empty.
func (e *editor) release() {
	if !e.adopted {
		return
	}
	e.adopted = false
	e.call("release")
	for _, c := range e.callbacks {
		c.release()
	}
	e.callbacks = nil
}

// notTaken tells why the client did not take an edit.
func notTaken(err error) string {
	if errors.Is(err, ot.ErrLimit) {
		return "That is too much text for one session."
	}
	return "What was done last in the editor could not be kept."
}

// edited is one change event of the editor: its origin, the selections before it, and one op on the text that the editor
// showed, a line each.
func (l *Live) edited(told string) {
	if l.c == nil {
		return // the text is taken as a whole when there is a client
	}
	origin, told, _ := strings.Cut(told, "\n")
	before, opJSON, _ := strings.Cut(told, "\n")
	l.runner.typed = true
	l.edit = steady()
	op, err := ot.ParseLarge([]byte(opJSON))
	if err == nil {
		l.typing = true
		err = l.c.Edit(op, origin, parseRanges(before), l.edit)
		l.typing = false
	}
	if err != nil { // too long, or the editor lost step: what the client has is what counts
		l.editor.call("reset", l.c.Text())
		l.notice(notTaken(err))
	}
}

const typingRest = 500 // milliseconds after an edit in which the editor is left alone

// compare looks whether the editor shows what the client has, and mends it if not. It does so when nobody types: an input
// method's line is its own while it composes, and what waits to be done may be an edit.
func (l *Live) compare() {
	l.mu.Lock()
	waits := len(l.queue) > 0
	l.mu.Unlock()
	if waits || !l.editor.adopted || l.holding != client.HeldNothing || steady()-l.edit < typingRest {
		return
	}
	units, hash, ok := readPrint(l.editor.call("print").str())
	if !ok || l.c.Shows(units, hash, steady()) {
		return
	}
	global().get("console").call("warn", "tandem: the editor did not show the text")
	l.editor.call("reset", l.c.Text())
}

// readPrint reads what the editor tells of its text: its units and its hash.
func readPrint(s string) (units int, hash uint32, ok bool) {
	first, second, _ := strings.Cut(s, " ")
	units, err := strconv.Atoi(first)
	h, err2 := strconv.ParseUint(second, 10, 32)
	return units, uint32(h), err == nil && err2 == nil
}

func (l *Live) selected(ranges string) {
	if l.c != nil {
		l.c.Select(parseRanges(ranges), steady())
	}
}

// turn undoes or redoes, and shows where.
func (l *Live) turn(step func(*client.Client, int64) bool) {
	l.withClient(func(c *client.Client) {
		if step(c, steady()) {
			l.editor.call("show")
		}
	})
}

// held is what the editor asks to hold: where an input method composes Monaco would garble the line, and while a
// formatter works it would drop what that gives.
var held = map[string]client.Held{"lines": client.HeldLines, "text": client.HeldText}

// hold keeps what others type there for later.
func (l *Live) hold(what client.Held) {
	l.holding = what
	if l.c != nil && l.stage != Ended {
		l.c.Hold(what, steady())
	}
}

// meet brings the editor and the client together: what was typed before there was a client goes in front.
func (l *Live) meet(typed string) {
	if !l.editor.adopted {
		return
	}
	l.c.Level()
	if shown := l.c.Text(); typed != shown {
		if typed != "" {
			if err := l.c.Edit(ot.Splice(l.c.Len(), 0, 0, typed), "", nil, steady()); err != nil {
				l.notice(notTaken(err))
			}
		}
		if text := l.c.Text(); text != typed {
			l.editor.call("reset", text)
		}
	}
	l.tellLanguage()
	l.showPeers()
}

func (l *Live) tellLanguage() {
	if s := l.state(); s != nil && l.editor.adopted {
		if lang, ok := session.LookupLanguage(s.Language); ok {
			l.editor.call("setLanguage", lang.Editor)
		}
	}
}

// A peer is somebody else, as the editor draws their cursors.
type peer struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Color int    `json:"color"`
}

// showPeers draws the others' cursors. They never go through the tree. As they come with every key of the others, what stays is
// made only once.
func (l *Live) showPeers() {
	if !l.joined() || !l.editor.adopted {
		return
	}
	data := []byte{'['}
	for _, c := range l.c.Cursors() {
		p := l.c.Person(c.User)
		if p == nil || !p.Here || len(c.Ranges) == 0 {
			continue
		}
		who := peer{p.ID, p.Name, p.Color}
		if l.peers[who] == "" {
			object, _ := json.Marshal(who)
			l.peers[who] = strings.TrimSuffix(string(object), "}")
		}
		if len(data) > 1 {
			data = append(data, ',')
		}
		data = append(append(data, l.peers[who]...), `,"ranges":`...)
		data = append(appendRanges(data, c.Ranges), '}')
	}
	editorSetPeers.call(string(append(data, ']')), "")
}

// parseRanges reads [[anchor,head],…]. It comes with every key, so it is read by hand.
func parseRanges(s string) []session.Range {
	var all []session.Range
	n, have, k := 0, false, 0
	var r session.Range
	for i := range len(s) {
		switch c := s[i]; {
		case c >= '0' && c <= '9':
			n, have = n*10+int(c-'0'), true
		case have:
			r[k&1], n, have = n, 0, false
			if k++; k&1 == 0 {
				all = append(all, r)
			}
		}
	}
	return all
}

func appendRanges(dst []byte, ranges []session.Range) []byte {
	dst = append(dst, '[')
	for i, r := range ranges {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = strconv.AppendInt(append(dst, '['), int64(r[0]), 10)
		dst = strconv.AppendInt(append(dst, ','), int64(r[1]), 10)
		dst = append(dst, ']')
	}
	return append(dst, ']')
}
