package client

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"tandem/shared/ot"
	"tandem/shared/session"
)

// consistent checks what always holds of a client.
func consistent(c *Client) error {
	text := c.code().Clone()
	last := int64(0)
	for i, q := range c.queue {
		if q.seq <= last || q.seq > c.seq || q.seq <= c.acked && c.joined {
			return fmt.Errorf("request %d has number %d after %d, the last is %d, acknowledged %d", i, q.seq, last, c.seq, c.acked)
		}
		last = q.seq
		if q.sent && i > 0 {
			return fmt.Errorf("request %d was sent before the head of the queue was acknowledged", i)
		}
		if b, ok := q.code(); ok {
			if err := text.ApplyLarge(b.Op); err != nil {
				return fmt.Errorf("request %d: %w", i, err)
			}
		}
	}
	if !text.Equal(c.text) {
		return fmt.Errorf("shown is %q, confirmed and queue are %q", c.text, text)
	}
	return nil
}

// steady checks what always holds of the steps back and forth.
func steady(c *Client) error {
	for _, steps := range [][]step{c.history.undo, c.history.redo} {
		n := c.text.Len()
		steps = flush(slices.Clone(steps))
		for i := len(steps) - 1; i >= 0; i-- {
			if steps[i].op.Base() != n {
				return fmt.Errorf("step %d is on %d units, the text then has %d", i, steps[i].op.Base(), n)
			}
			n = steps[i].op.Target()
		}
	}
	return nil
}

// TestApart is the rule for ties and carets: what two people type at one place at one time stays apart.
func TestApart(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	s := newStage("")
	a, b := s.actor("a"), s.actor("b")
	for range pairs {
		for _, p := range []*actor{a, b} {
			p.sel = []session.Range{{0, 0}}
			p.client.Select(p.sel, s.now)
		}
		for left := [2]int{6, 6}; left[0]+left[1] > 0; {
			i := r.IntN(2)
			p := []*actor{a, b}[i]
			switch {
			case r.IntN(3) == 0 && left[i] > 0:
				p.typeAtCaret(string(rune('a' + i)))
				left[i]--
			case r.IntN(2) == 0:
				p.send(1)
			default:
				p.hear(1)
			}
		}
		s.quiet()
		text := s.server.text()
		if text != "aaaaaabbbbbb" && text != "bbbbbbaaaaaa" || s.problem != "" || a.client.Text() != text || b.client.Text() != text {
			t.Fatalf("two people typed at one place: %q, %q and %q %s", text, a.client.Text(), b.client.Text(), s.problem)
		}
		a.edit(ot.Splice(12, 0, 12, ""), "")
		s.quiet()
		s.server.log = s.server.log[:0] // everybody has it
	}
}

// TestUndoIsOnesOwn: whatever happens, undo takes back no character that another person wrote.
func TestUndoIsOnesOwn(t *testing.T) {
	for seed := range uint64(300 / part) {
		c := newChance(seed)
		c.undo, c.hard, c.names = false, false, []string{"a", "b", "c"}
		if problem := c.play(80); problem != "" {
			t.Fatal(problem)
		}
		a := c.stage.actor("a")
		// A character that a deleted and brings back is not a's: it may not vanish again either.
		mine := map[rune]bool{}
		for _, m := range c.stage.wrote["a"] {
			mine[m] = true
		}
		others := func() (out []rune) {
			for _, r := range a.editor.String() {
				if !mine[r] {
					out = append(out, r)
				}
			}
			return out
		}
		before := others()
		for a.client.Undo(c.stage.now) {
			if c.IntN(3) == 0 {
				c.stage.settle()
			}
			after := others()
			if !holds(after, before) {
				t.Fatalf("seed %d: undo changed what others wrote: %q was %q%s", seed, string(after), string(before), story(start, c.moves))
			}
			before = after
			if c.IntN(4) == 0 { // they go on meanwhile
				n := c.stage.actor("b").editor.Len()
				c.stage.actor("b").edit(ot.Splice(n, n, 0, c.text(1)), "")
				c.stage.settle()
				before = others()
			}
		}
		for _, r := range a.editor.String() {
			if mine[r] {
				t.Fatalf("seed %d: %q is left after undo of everything%s", seed, r, story(start, c.moves))
			}
		}
	}
}

// holds tells whether all of part is in whole, in the same order.
func holds(whole, part []rune) bool {
	for _, r := range whole {
		if len(part) > 0 && part[0] == r {
			part = part[1:]
		}
	}
	return len(part) == 0
}

// TestUndoAll: with nobody else typing, undo of everything gives the starting text, and redo of everything the last.
func TestUndoAll(t *testing.T) {
	for seed := range uint64(300 / part) {
		c := newChance(seed)
		c.undo, c.hard, c.names = true, false, []string{"a"}
		c.stage.once = false
		a := c.stage.actor("a")
		if problem := c.play(150); problem != "" {
			t.Fatal(problem)
		}
		for a.client.Redo(c.stage.now) {
		}
		end := a.editor.String()
		for a.client.Undo(c.stage.now) {
		}
		if got := a.editor.String(); got != a.stage.firstText {
			t.Fatalf("seed %d: undo of everything gives %q, want %q%s", seed, got, a.stage.firstText, story(start, c.moves))
		}
		for a.client.Redo(c.stage.now) {
		}
		if got := a.editor.String(); got != end {
			t.Fatalf("seed %d: redo of everything gives %q, want %q", seed, got, end)
		}
	}
}

const anyWelcome = `{"type":"session:joined","session":"s1","epoch":"e0","rev":3,"you":{"id":"c","name":"n","role":"interviewer","color":1},"acked":0,"state":{"session":"s1","epoch":"e0","docs":{"code":"abc"},"users":[],"runs":[]}}`

// hears has a client with edits under way hear whatever frames, one a line.
func hears(t *testing.T, frames string) {
	p := newStage("").newcomer("c")
	p.conn = &conn{}
	c := p.client
	now := int64(1)
	connect := func() {
		c.Online(now)
		c.Tick(now)
		c.Opened(now)
		c.Receive([]byte(anyWelcome), now)
	}
	connect()
	p.edit(ot.Splice(p.editor.Len(), p.editor.Len(), 0, "own😀"), "")
	p.edit(ot.Splice(p.editor.Len(), 0, 1, "z"), session.OriginPaste)
	c.SetTitle("mine")
	c.StartRun("r1", "python")
	for frame := range strings.SplitSeq(frames, "\n") {
		now += 2000
		if c.Receive([]byte(frame), now) != nil || c.link.state != up {
			connect()
		}
		if err := errors.Join(consistent(c), steady(c)); err != nil {
			t.Fatalf("%v after %s\nin %s", err, frame, frames)
		}
		if p.editor.String() != c.Text() || p.stage.problem != "" {
			t.Fatalf("the editor has %q, the client %q, %s", p.editor, c.Text(), p.stage.problem)
		}
		c.State()
		c.Cursors()
		c.Undo(now)
		c.Tick(now)
	}
	if c.you.ID = session.UserID("s1", c.cfg.Client); c.cfg.Session != "s1" {
		return
	}
	if _, err := Restore(p, c.cfg, c.Save()); err != nil {
		t.Fatalf("its own save: %v", err)
	}
}

func FuzzReceive(f *testing.F) {
	for _, frames := range []string{
		`{"type":"code:change","rev":4,"at":1,"by":"x","doc":"code","op":[3,"x"]}`,
		`{"type":"ack","seq":1,"rev":4,"at":5}`,
		`{"type":"error","code":"bad_op","message":"m","seq":1}` + "\n" + anyWelcome,
		`{"type":"error","code":"not_allowed","message":"m","seq":1}`,
		`{"type":"session:joined","session":"s1","epoch":"e0","rev":9,"acked":2,"events":[{"type":"title:change","rev":5,"title":"t"}]}`,
		`{"type":"session:joined","session":"s1","epoch":"e1","rev":9,"acked":1,"state":{"docs":{"code":"x"},"users":[null],"runs":[null]}}`,
		`{"type":"cursor:change","by":"x","doc":"code","base":1,"ranges":[[0,99],[-5,2]]}`,
		`{"type":"run:start","rev":4,"by":"x","run":"r","language":"python","code":2}`,
		`{"type":"session:create","rev":7,"session":"s","title":"t","language":"python"}`,
		`{"type":"pong","t":-9223372036854775808}`,
	} {
		f.Add(frames)
	}
	f.Fuzz(hears)
}

// TestAnyFrames: no order of well-formed frames, however wrong, brings what is shown and what is kept apart.
func TestAnyFrames(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	op := func() string {
		n := r.IntN(9)
		pos := r.IntN(n + 1)
		return string(ot.Splice(n, pos, r.IntN(3), []string{"", "x", "😀"}[r.IntN(3)]).AppendJSON(nil))
	}
	body := func() string {
		return []string{
			`"type":"code:change","doc":"code","op":` + op(),
			`"type":"title:change","title":"t"`,
			`"type":"run:start","run":"r1","language":"python","code":1`,
			`"type":"run:output","run":"r1","stream":"stdout","text":"x"`,
			`"type":"run:end","run":"r1","exit":0,"ms":1,"reason":"ok"`,
			`"type":"user:left","user":"x"`,
		}[r.IntN(6)]
	}
	event := func() string {
		return fmt.Sprintf(`{%s,"rev":%d,"at":1,"by":%q,"seq":%d}`, body(), r.IntN(12), []string{"x", "c"}[r.IntN(2)], r.IntN(6))
	}
	frame := func() string {
		switch r.IntN(8) {
		case 0:
			return fmt.Sprintf(`{"type":"ack","seq":%d,"rev":%d,"at":5}`, r.IntN(6), r.IntN(12))
		case 1:
			code := []string{"bad_op", "bad_base", "not_saved", "not_allowed", "bad_run", "rate"}[r.IntN(6)]
			return fmt.Sprintf(`{"type":"error","code":%q,"message":"m","seq":%d}`, code, r.IntN(5))
		case 2:
			return fmt.Sprintf(`{"type":"session:joined","session":"s1","epoch":"e0","rev":%d,"you":{"id":"c"},"acked":%d,"events":[%s,%s]}`, r.IntN(20), r.IntN(5), event(), event())
		case 3:
			return fmt.Sprintf(`{"type":"session:joined","session":"s1","epoch":"e%d","rev":%d,"you":{"id":"c"},"acked":%d,"state":{"docs":{"code":%q}}}`, r.IntN(2), r.IntN(20), r.IntN(5), "ab😀c"[:r.IntN(2)*7])
		case 4:
			return fmt.Sprintf(`{"type":"cursor:change","by":"x","doc":"code","base":%d,"ranges":[[%d,%d]]}`, r.IntN(12), r.IntN(20)-5, r.IntN(20))
		}
		return event()
	}
	for range 4000 / part {
		frames := make([]string, 1+r.IntN(12))
		for i := range frames {
			frames[i] = frame()
		}
		hears(t, strings.Join(frames, "\n"))
	}
}

func FuzzRestore(f *testing.F) {
	s := play(f, "abc", edit("a", 0, "X"), send("a"), hear("a"), edit("a", 1, "Y"), send("a"), edit("a", 2, "Z"), undo("a"), title("a", "t"), starts("a", "r"))
	f.Add(s.actor("a").client.Save())
	f.Add([]byte(`{"v":1,"session":"s1","state":{"docs":{"code":"x"},"users":[null]}}`))
	f.Add([]byte(`{"v":1,"session":"s1","state":{"docs":{"code":""}},"seq":1,"queue":[{"early":true,"frame":{"type":"run:output","seq":1,"run":"r","stream":"stdout","text":"` +
		strings.Repeat("x", session.MaxOutputChunk+1) + `"}}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		p := newStage("").newcomer("a")
		c, err := Restore(p, p.config(), data)
		if err != nil {
			return
		}
		p.client = c
		p.editor, _ = ot.NewText(c.Text())
		if err := errors.Join(consistent(c), steady(c)); err != nil && c.joined {
			t.Fatal(err)
		}
		for c.Undo(1) {
		}
		for c.Redo(2) {
		}
		c.State()
		p.edit(ot.Splice(p.editor.Len(), 0, 0, "x"), "")
		c.Output("r", session.Stdout, "more")
		c.Save()
		if p.editor.String() != c.Text() {
			t.Fatalf("the editor has %q, the client %q", p.editor, c.Text())
		}
	})
}
