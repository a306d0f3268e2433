package client

import (
	"slices"

	"tandem/shared/ot"
	"tandem/shared/session"
)

const (
	maxHistory  = 500 // steps back that are kept apart at least; a quarter more at a time become one
	maxAfter    = 64  // ops of others that wait, so that they stay small as one
	groupWithin = 500 // milliseconds between two edits of one step
)

// A step takes an own edit back. Its op is on the shown text as the steps above it leave it, but for what others did
// since it became the top: that waits in after, because to move hundreds of steps over each keystroke of others costs
// more than all else.
type step struct {
	op    ot.Op
	sel   []session.Range // one's own selections afterwards
	after ot.Op           // n ops of others, as one
	n     int
}

// history holds the steps back and the steps forth, the next one last.
type history struct {
	undo, redo []step
	run        run
	composing  bool // by an input method: what it makes is one step, however long it takes
}

// run is what one is typing or deleting just now, a range for each cursor. Further edits join the last step while
// they go on from it.
type run struct {
	kind     kind
	at       int64 // the last edit
	composed bool  // it was one of an input method that is still at it
	ranges   [][2]int
}

type kind uint8

const (
	closed  kind = iota // nothing joins
	typed               // ranges are what was inserted
	deleted             // ranges are empty, where text was
)

// record notes an edit on its way to the shown text.
func (h *history) record(op, inverse ot.Op, origin string, sel []session.Range, now int64) {
	h.redo = nil
	next := run{at: now}
	if origin == "" {
		next = runOf(op, now)
	}
	if h.run.goesOn(op, next) {
		// What others did was done before this edit.
		n := len(h.undo)
		if h.undo = ready(h.undo); len(h.undo) < n {
			h.run.kind = closed
		}
	}
	if n := len(h.undo); n > 0 && h.run.goesOn(op, next) {
		top := &h.undo[n-1]
		if both, err := ot.ComposeLarge(inverse, top.op); err == nil {
			top.op = both
			for i, r := range h.run.ranges {
				h.run.ranges[i] = [2]int{op.Map(r[0], false), op.Map(r[1], true)}
			}
			h.run.at, h.run.composed = now, h.composing
			return
		}
	}
	h.run = next
	h.run.composed = h.composing
	h.undo = push(h.undo, step{op: inverse, sel: cloneRanges(sel)})
}

// compose notes that an input method begins or ends.
func (h *history) compose(on bool) { h.composing, h.run.composed = on, false }

// push puts a step on top. Of too many, the oldest become one: undo of everything still ends where it began.
func push(steps []step, s step) []step {
	if len(steps) < maxHistory+maxHistory/4 {
		return append(steps, s)
	}
	steps = flush(append(steps, s))
	last := len(steps) - maxHistory
	if last <= 0 {
		return steps // others had undone many
	}
	all := steps[last].op
	for i := last - 1; i >= 0; i-- { // from the top, or what is one already would be copied each time
		both, err := ot.ComposeLarge(all, steps[i].op)
		if err != nil { // they don't belong together
			return slices.Delete(steps, 0, last)
		}
		all = both
	}
	steps[0].op = all
	return slices.Delete(steps, 1, last+1)
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
	if r.kind == closed || next.kind != r.kind || !r.composed && next.at-r.at >= groupWithin || len(next.ranges) != len(r.ranges) {
		return false
	}
	i, on := 0, true
	op.Edits(func(pos, del int, _ string) bool {
		from, to := r.ranges[i][0], r.ranges[i][1]
		if r.kind == typed {
			on = from <= pos && pos+del <= to && (from < pos || del > 0 || from == to) // the start is another place
		} else {
			on = pos <= from && from <= pos+del
		}
		i++
		return on
	})
	return on
}

// remote takes somebody else's op on the shown text.
func (h *history) remote(op ot.Op) {
	h.run.remote(op)
	h.undo, h.redo = note(h.undo, op), note(h.redo, op)
}

// note leaves an op for the top step.
func note(steps []step, op ot.Op) []step {
	for range 2 {
		if len(steps) == 0 {
			return nil
		}
		if top := &steps[len(steps)-1]; top.n < maxAfter && top.join(op) == nil {
			return steps
		}
		steps = flush(steps)
	}
	return nil // an op that fits nothing: steps and text don't belong together
}

func (s *step) join(op ot.Op) (err error) {
	if s.n > 0 {
		op, err = ot.ComposeLarge(s.after, op)
	} else if op.Base() != s.op.Base() {
		err = ot.ErrBase
	}
	if err == nil {
		s.after = op
		s.n++
	}
	return err
}

// move moves the step over what others did, and gives what that is below it.
func (s *step) move() (below ot.Op, err error) {
	mine, below, err := ot.TransformLarge(s.op, s.after)
	if err != nil {
		return below, err
	}
	*s = step{op: mine, sel: session.Carry(s.sel, below, false)}
	return below, nil
}

// ready makes the top step one that can be done.
func ready(steps []step) []step {
	for len(steps) > 0 {
		last := len(steps) - 1
		if top := &steps[last]; top.n > 0 {
			below, err := top.move()
			if err == nil && last > 0 {
				err = steps[last-1].join(below)
			}
			if err != nil {
				return nil
			}
		}
		if !steps[last].op.IsNoop() {
			break
		}
		steps = steps[:last] // others have undone it
	}
	return steps
}

// flush moves all steps over what others did, and drops those of which nothing is left.
func flush(steps []step) []step {
	for i := len(steps) - 1; i >= 0; i-- {
		if steps[i].n == 0 {
			continue
		}
		below, err := steps[i].move()
		if err == nil && i > 0 {
			err = steps[i-1].join(below)
		}
		if err != nil {
			return nil
		}
	}
	return slices.DeleteFunc(steps, func(s step) bool { return s.op.IsNoop() })
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
func (c *Client) CanUndo() bool { return can(&c.history.undo) }
func (c *Client) CanRedo() bool { return can(&c.history.redo) }

func can(steps *[]step) bool {
	*steps = ready(*steps)
	return len(*steps) > 0
}

// Undo takes one's own last edit back, and tells whether there was one.
func (c *Client) Undo(now int64) bool { return c.turn(&c.history.undo, &c.history.redo, now) }

// Redo does again what Undo took back last.
func (c *Client) Redo(now int64) bool { return c.turn(&c.history.redo, &c.history.undo, now) }

// turn does the last step of from and puts its inverse on to. One for which the text has no room now stays.
func (c *Client) turn(from, to *[]step, now int64) bool {
	c.tell(now)
	defer c.finish()
	c.history.run.kind, c.message = closed, ""
	if *from = ready(*from); len(*from) == 0 {
		return false
	}
	last := len(*from) - 1
	s, sel := (*from)[last], c.sel
	if overfills(s.op) {
		c.message = "There is no room in the text for that."
		return false
	}
	inverse, err := s.op.InvertLarge(c.text)
	if err == nil {
		err = c.own(s.op)
	}
	if err != nil { // it didn't belong to the text
		c.history = history{}
		return false
	}
	*from = (*from)[:last]
	*to = push(*to, step{op: inverse, sel: cloneRanges(sel)})
	c.addCode(s.op, session.OriginUndo)
	c.show(s.op)
	c.sel = clampAll(s.sel, c.text.Len())
	return true
}
