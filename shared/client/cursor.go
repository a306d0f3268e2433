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

// Cursors tells where the others are, in the text that the editor shows.
func (c *Client) Cursors() []Cursor {
	back, ahead := c.behind()
	out := make([]Cursor, len(c.cursors))
	for i, p := range c.cursors {
		ranges := clampAll(p.Ranges, c.code().Len())
		for _, q := range c.queue {
			if own, ok := q.code(); ok {
				ranges = session.Follow(ranges, own.Op, false)
			}
		}
		if ahead {
			ranges = session.Follow(ranges, back, false)
		}
		out[i] = Cursor{p.User, ranges}
	}
	return out
}

// Select tells where one's own cursors are, none when the editor is left. Others get to know it once the log has what
// was typed before.
func (c *Client) Select(ranges []session.Range, now int64) {
	c.tell(now)
	c.sel = clampAll(c.ahead(ranges), c.text.Len())
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
	if c.told == nil && len(ranges) == 0 && !c.known {
		return
	}
	c.told, c.toldAt, c.known = append([]session.Range{}, c.sel...), c.now, true
	if ranges == nil {
		ranges = []session.Range{}
	}
	c.relay(session.CursorChange{Doc: session.DocCode, Base: c.base.Rev, Ranges: ranges})
}

// remember keeps an op of the log, and moves over it what the others think of one's own cursors, and theirs.
func (c *Client) remember(rev int64, by string, b session.CodeChange) {
	if len(c.past) >= 2*maxPast {
		c.past = slices.Delete(c.past, 0, maxPast)
	}
	c.past = append(c.past, past{rev, by, b.Op})
	if c.told != nil {
		c.told = session.Follow(c.told, b.Op, by == c.you.ID)
	}
	for i := range c.cursors {
		c.cursors[i].Ranges = session.Follow(c.cursors[i].Ranges, b.Op, c.cursors[i].User == by)
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
			ranges = session.Follow(ranges, p.op, p.by == by)
		}
	}
	c.cursors = append(c.cursors, Cursor{by, ranges})
}

func (c *Client) dropCursor(user string) {
	n := len(c.cursors)
	c.cursors = slices.DeleteFunc(c.cursors, func(p Cursor) bool { return p.User == user })
	if len(c.cursors) != n {
		c.changed |= ChangedCursors
	}
}

// jumpCursors moves the others' cursors from a confirmed text to the present one.
func (c *Client) jumpCursors(before *ot.Text) {
	if len(c.cursors) == 0 {
		return
	}
	op := ot.Diff(before, c.code())
	for i := range c.cursors {
		c.cursors[i].Ranges = session.Follow(c.cursors[i].Ranges, op, false)
	}
}

// touchCursors says that the others' cursors may stand elsewhere now.
func (c *Client) touchCursors() {
	if len(c.cursors) > 0 {
		c.changed |= ChangedCursors
	}
}

func clampAll(ranges []session.Range, n int) []session.Range {
	out := cloneRanges(ranges)
	for i, r := range out {
		out[i] = session.Range{min(max(r[0], 0), n), min(max(r[1], 0), n)}
	}
	return out
}

func cloneRanges(r []session.Range) []session.Range { return append([]session.Range{}, r...) }
