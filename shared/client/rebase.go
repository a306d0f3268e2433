package client

import (
	"slices"

	"tandem/shared/ot"
	"tandem/shared/session"
)

// A shift is what becomes of the queue and of the shown text when somebody else changed the confirmed text.
type shift struct {
	queue []ot.Op // of the edits in the queue, in order
	shown ot.Op
}

// over finds what an op on the confirmed text makes of the queue. It changes nothing yet, so that a failure leaves
// queue and confirmed text together.
func (c *Client) over(op ot.Op) (s shift, err error) {
	for _, q := range c.queue {
		if b, ok := q.code(); ok {
			var later ot.Op
			if later, op, err = ot.TransformLarge(b.Op, op); err != nil {
				return s, err
			}
			s.queue = append(s.queue, later)
		}
	}
	s.shown = op
	return s, nil
}

// move does what over found.
func (c *Client) move(s shift) error {
	if err := c.text.ApplyLarge(s.shown); err != nil {
		return err
	}
	i := 0
	for _, q := range c.queue {
		if b, ok := q.code(); ok {
			b.Op = s.queue[i]
			q.body = b
			i++
		}
	}
	c.sel = session.Carry(c.sel, s.shown, false)
	c.touchCursors()
	c.history.remote(s.shown)
	c.show(s.shown)
	return nil
}

// rebase puts the queue, which stands on the text from, onto the confirmed text.
func (c *Client) rebase(from *ot.Text) error {
	d := ot.Diff(from, c.code())
	if d.IsNoop() {
		return nil
	}
	s, err := c.over(d)
	if err == nil {
		err = c.move(s)
	}
	return err
}

// reshow sees to it that what is shown is the confirmed text with the queue.
func (c *Client) reshow() error {
	text := c.code().Clone()
	for _, q := range c.queue {
		if b, ok := q.code(); ok {
			if err := text.ApplyLarge(b.Op); err != nil {
				return err
			}
		}
	}
	if !text.Equal(c.text) {
		c.replace(text)
	}
	return nil
}

// replace shows another text.
func (c *Client) replace(text *ot.Text) {
	op := ot.Diff(c.text, text)
	c.text = text
	c.sel = session.Carry(c.sel, op, false)
	c.touchCursors()
	c.history.remote(op)
	c.show(op)
}

// salvage puts what is shown onto the confirmed text where the queue doesn't stand on the one that was confirmed before:
// one of them was damaged. What was typed is then what is shown and was not confirmed.
func (c *Client) salvage(before *ot.Text) error {
	typed, text := ot.Diff(before, c.text), c.code().Clone()
	isEdit := func(q *request) bool { _, ok := q.code(); return ok }
	pending := slices.ContainsFunc(c.queue, isEdit)
	c.queue = slices.DeleteFunc(c.queue, isEdit)
	if pending {
		op, _, err := ot.TransformLarge(typed, ot.Diff(before, text))
		if err == nil {
			err = text.ApplyLarge(op)
		}
		if err != nil {
			return err
		}
		c.queue = slices.Insert(c.queue, 0, &request{body: session.CodeChange{Doc: session.DocCode, Op: op}, size: c.measure(op)})
		c.renumber(c.queue)
	}
	c.replace(text)
	return nil
}
