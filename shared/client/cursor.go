package client

import (
	"slices"

	"tandem/shared/ot"
	"tandem/shared/session"
)

const (
	cursorEvery = 50  // milliseconds between two frames about one's own cursors
	maxPast     = 128 // ops that are kept to move a cursor over that comes late
)

// Cursor is where another person's cursors are in the shown text, the main one first.
type Cursor struct {
	User   string
	Ranges []session.Range
}

// past is an op of the log.
type past struct {
	rev int64
	by  string
	op  ot.Op
}

// Cursors tells where the others are.
func (c *Client) Cursors() []Cursor {
	out := make([]Cursor, len(c.cursors))
	for i, p := range c.cursors {
		out[i] = Cursor{p.User, cloneRanges(p.Ranges)}
	}
	return out
}

// Select tells where one's own cursors are, none when the editor is left. Others get to know it once the log has what
// was typed before.
func (c *Client) Select(ranges []session.Range, now int64) {
	c.tell(now)
	c.sel = clampAll(ranges, c.text.Len())
	c.finish()
}

// sendCursor tells the others, unless they know from the edits they got.
func (c *Client) sendCursor() {
	if c.link.state != up || c.now-c.toldAt < cursorEvery || c.told != nil && slices.Equal(c.told, c.sel) {
		return
	}
	for _, q := range c.queue {
		if _, ok := q.code(); ok {
			return // the shown text has no rev yet
		}
	}
	ranges := c.sel[:min(len(c.sel), session.MaxRanges)]
	if c.told == nil && len(ranges) == 0 {
		return
	}
	c.told, c.toldAt = append([]session.Range{}, c.sel...), c.now
	if ranges == nil {
		ranges = []session.Range{}
	}
	c.relay(session.CursorChange{Doc: session.DocCode, Base: c.base.Rev, Ranges: ranges})
}

// remember keeps an op of the log, and moves what the others think of one's own cursors.
func (c *Client) remember(rev int64, by string, b session.CodeChange) {
	if len(c.past) >= 2*maxPast {
		c.past = slices.Delete(c.past, 0, maxPast)
	}
	c.past = append(c.past, past{rev, by, b.Op})
	if c.told != nil {
		c.told = follow(c.told, b.Op, by == c.you.ID)
	}
}

// peerCursor takes where somebody's cursors were at a rev.
func (c *Client) peerCursor(by string, b session.CursorChange) {
	if b.Doc != session.DocCode || by == "" || by == c.you.ID {
		return
	}
	c.dropCursor(by)
	c.changed |= ChangedCursors
	if len(b.Ranges) == 0 {
		return
	}
	ranges := cloneRanges(b.Ranges[:min(len(b.Ranges), session.MaxRanges)])
	for i := range c.past {
		if p := &c.past[i]; p.rev > b.Base {
			ranges = follow(ranges, p.op, p.by == by)
		}
	}
	ranges = clampAll(ranges, c.code().Len())
	for _, q := range c.queue {
		if own, ok := q.code(); ok {
			ranges = follow(ranges, own.Op, false)
		}
	}
	c.cursors = append(c.cursors, Cursor{by, clampAll(ranges, c.text.Len())})
}

func (c *Client) dropCursor(user string) {
	n := len(c.cursors)
	c.cursors = slices.DeleteFunc(c.cursors, func(p Cursor) bool { return p.User == user })
	if len(c.cursors) != n {
		c.changed |= ChangedCursors
	}
}

// moveCursors moves the others' cursors over an op on the shown text.
func (c *Client) moveCursors(op ot.Op, by string) {
	for i := range c.cursors {
		c.cursors[i].Ranges = follow(c.cursors[i].Ranges, op, c.cursors[i].User == by)
		c.changed |= ChangedCursors
	}
}

// follow moves a person's cursors over an op: a person who edits in one place is there then.
func follow(ranges []session.Range, op ot.Op, author bool) []session.Range {
	if author {
		n, at := 0, 0
		op.Edits(func(pos, _ int, ins string) bool {
			n++
			at = pos + units(ins)
			return n < 2
		})
		if n == 1 {
			return []session.Range{{at, at}}
		}
	}
	if author {
		return mapAll(ranges, op, mapOwn)
	}
	return mapAll(ranges, op, mapOther)
}

// mapAll gives new ranges: the old ones may be kept somewhere.
func mapAll(ranges []session.Range, op ot.Op, move func(session.Range, ot.Op) session.Range) []session.Range {
	out := make([]session.Range, len(ranges))
	for i, r := range ranges {
		out[i] = move(r, op)
	}
	return out
}

// mapOwn moves a selection over its owner's own op: what is inserted at it stands left of it.
func mapOwn(r session.Range, op ot.Op) session.Range {
	return session.Range{op.Map(r[0], true), op.Map(r[1], true)}
}

// mapOther moves a selection over somebody else's op: a caret stays left of what is inserted at it, which with the
// rule for ties keeps two people's typing apart; a selection doesn't grow.
func mapOther(r session.Range, op ot.Op) session.Range {
	if r[0] == r[1] {
		at := op.Map(r[0], false)
		return session.Range{at, at}
	}
	i, k := 0, 1
	if r[0] > r[1] {
		i, k = 1, 0
	}
	var out session.Range
	out[i], out[k] = op.Map(r[i], true), op.Map(r[k], false)
	if out[i] > out[k] { // all of it was deleted, and something inserted there
		out[i] = out[k]
	}
	return out
}

func clampAll(ranges []session.Range, n int) []session.Range {
	out := cloneRanges(ranges)
	for i, r := range out {
		out[i] = session.Range{min(max(r[0], 0), n), min(max(r[1], 0), n)}
	}
	return out
}

func cloneRanges(r []session.Range) []session.Range { return append([]session.Range{}, r...) }
