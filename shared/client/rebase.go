package client

import (
	"slices"

	"tandem/shared/ot"
)

// remote takes what somebody else did to the confirmed text: the queue and all that stands on it moves over it.
func (c *Client) remote(op ot.Op, by string) error {
	for _, q := range c.queue {
		b, ok := q.code()
		if !ok {
			continue
		}
		later, earlier, err := ot.Transform(b.Op, op)
		if err != nil {
			return err
		}
		b.Op, op = later, earlier
		q.body = b
	}
	if err := c.text.Apply(op); err != nil {
		return err
	}
	for i, r := range c.sel {
		c.sel[i] = mapOther(r, op)
	}
	c.moveCursors(op, by)
	c.history.remote(op)
	c.show(op)
	return nil
}

// rebase puts the queue, which stands on the text from, onto the confirmed text.
func (c *Client) rebase(from *ot.Text) error {
	d := ot.Diff(from, c.code())
	if d.IsNoop() {
		return nil
	}
	pieces := []ot.Op{d}
	if len(c.json(d)) > maxOp || len(c.queue) > 0 && d.Target()-d.Base() > maxPiece {
		pieces = split(d, from)
	}
	for _, p := range pieces {
		if err := c.remote(p, ""); err != nil {
			return err
		}
	}
	return nil
}

// rebuild shows the confirmed text without what was typed. It is for a queue that can't be put on it: typing that
// would bring the text over its limit.
func (c *Client) rebuild() {
	c.message = "The text is full: what was typed last could not be kept."
	c.queue = slices.DeleteFunc(c.queue, func(q *request) bool { _, ok := q.code(); return ok })
	old := c.text
	c.text = c.code().Clone()
	c.history = history{}
	op := ot.Diff(old, c.text)
	for i, r := range c.sel {
		c.sel[i] = mapOther(r, op)
	}
	c.moveCursors(op, "")
	c.show(op)
}
