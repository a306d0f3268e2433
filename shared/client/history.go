package client

import (
	"slices"

	"tandem/shared/ot"
	"tandem/shared/session"
)

const (
	maxHistory  = 500 // steps back
	groupWithin = 500 // milliseconds between two edits of one step
)

// A step takes an own edit back. Its op is on the shown text as the steps above it leave it.
type step struct {
	op     ot.Op
	sel    []session.Range // one's own selections afterwards
	linked bool            // the step below belongs to it: both were one edit
}

// history holds the steps back and the steps forth, the next one last.
type history struct {
	undo, redo []step
	run        run
}

// run is what one is typing or deleting just now, a range for each cursor. Further edits join the last step while
// they go on from it.
type run struct {
	kind   kind
	at     int64 // the last edit
	ranges [][2]int
}

type kind uint8

const (
	closed  kind = iota // nothing joins
	typed               // ranges are what was inserted
	deleted             // ranges are empty, where text was
)

// record notes an edit on its way to the shown text.
func (h *history) record(op, inverse ot.Op, origin string, sel []session.Range, linked bool, now int64) {
	h.redo = nil
	next := run{at: now}
	if origin == "" && !linked {
		next = runOf(op, now)
	}
	if n := len(h.undo); n > 0 && h.run.goesOn(op, next) {
		top := &h.undo[n-1]
		if both, err := ot.Compose(inverse, top.op); err == nil {
			top.op = both
			for i, r := range h.run.ranges {
				h.run.ranges[i] = [2]int{op.Map(r[0], false), op.Map(r[1], true)}
			}
			h.run.at = now
			return
		}
	}
	h.run = next
	h.undo = push(h.undo, step{inverse, cloneRanges(sel), linked})
}

func push(steps []step, s step) []step {
	if len(steps) >= maxHistory {
		steps = slices.Delete(steps, 0, len(steps)-maxHistory+1)
		steps[0].linked = false
	}
	return append(steps, s)
}

// runOf is the run that an edit begins.
func runOf(op ot.Op, now int64) run {
	r := run{at: now}
	shift, insert, remove := 0, true, true
	op.Edits(func(pos, del int, ins string) bool {
		n := units(ins)
		insert, remove = insert && n > 0, remove && n == 0
		r.ranges = append(r.ranges, [2]int{pos + shift, pos + shift + n})
		shift += n - del
		return true
	})
	switch {
	case insert:
		r.kind = typed
	case remove:
		r.kind = deleted
	}
	return r
}

// goesOn tells whether op, which would begin the run next, continues this one at each of its places.
func (r *run) goesOn(op ot.Op, next run) bool {
	if r.kind == closed || next.kind != r.kind || next.at-r.at >= groupWithin || len(next.ranges) != len(r.ranges) {
		return false
	}
	i, on := 0, true
	op.Edits(func(pos, del int, _ string) bool {
		from, to := r.ranges[i][0], r.ranges[i][1]
		if r.kind == typed {
			on = from <= pos && pos+del <= to
		} else {
			on = pos <= from && from <= pos+del
		}
		i++
		return on
	})
	return on
}

// remote moves all steps over somebody else's op on the shown text, so that they take back one's own alone.
func (h *history) remote(op ot.Op) {
	h.run.remote(op)
	undo, ok := moveSteps(h.undo, op)
	if len(undo) == 0 || len(undo) != len(h.undo) {
		h.run.kind = closed
	}
	redo, ok2 := moveSteps(h.redo, op)
	h.undo, h.redo = undo, redo
	if !ok || !ok2 {
		*h = history{} // they didn't belong to the text
	}
}

func moveSteps(steps []step, op ot.Op) ([]step, bool) {
	gone := false
	for i := len(steps) - 1; i >= 0; i-- {
		s := &steps[i]
		mine, theirs, err := ot.Transform(s.op, op)
		if err != nil {
			return nil, false
		}
		s.op, op = mine, theirs
		for k, r := range s.sel {
			s.sel[k] = mapOther(r, op)
		}
		gone = gone || mine.IsNoop()
	}
	if gone {
		steps = dropNoops(steps)
	}
	return steps, true
}

// dropNoops takes out the steps of which nothing is left.
func dropNoops(steps []step) []step {
	out := steps[:0]
	for i, s := range steps {
		if s.op.IsNoop() {
			if i+1 < len(steps) && !s.linked {
				steps[i+1].linked = false
			}
			continue
		}
		out = append(out, s)
	}
	clear(steps[len(out):])
	return out
}

// remote moves a run over somebody else's op, and closes it if that touches it.
func (r *run) remote(op ot.Op) {
	if r.kind == closed {
		return
	}
	op.Edits(func(pos, del int, _ string) bool {
		for _, at := range r.ranges {
			if r.kind == typed && (pos < at[1] && pos+del > at[0]) || r.kind == deleted && pos <= at[1] && pos+del >= at[0] {
				r.kind = closed
			}
		}
		return r.kind != closed
	})
	for i, at := range r.ranges {
		r.ranges[i] = [2]int{op.Map(at[0], true), op.Map(at[1], false)}
	}
}

// CanUndo and CanRedo tell whether there is an own edit to take back, or to do again.
func (c *Client) CanUndo() bool { return len(c.history.undo) > 0 }
func (c *Client) CanRedo() bool { return len(c.history.redo) > 0 }

// Undo takes one's own last edit back, and tells whether there was one.
func (c *Client) Undo(now int64) bool { return c.turn(&c.history.undo, &c.history.redo, now) }

// Redo does again what Undo took back last.
func (c *Client) Redo(now int64) bool { return c.turn(&c.history.redo, &c.history.undo, now) }

// turn does the last step of from and puts its inverse on to.
func (c *Client) turn(from, to *[]step, now int64) bool {
	c.now = max(c.now, now)
	c.history.run.kind = closed
	done := false
	for more := true; more && len(*from) > 0; {
		last := len(*from) - 1
		s := (*from)[last]
		*from = (*from)[:last]
		inverse, err := s.op.Invert(c.text)
		sel := c.sel
		if err == nil {
			err = c.own(s.op)
		}
		if err != nil {
			c.history = history{} // it didn't belong to the text
			break
		}
		// A chain of linked steps turns around: its first becomes its last.
		*to = push(*to, step{inverse, cloneRanges(sel), done})
		c.sel = clampAll(s.sel, c.text.Len())
		c.addCode(s.op, session.OriginUndo)
		c.show(s.op)
		done, more = true, s.linked
	}
	c.message = ""
	c.finish()
	return done
}
