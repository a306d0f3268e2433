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
			if later, op, err = ot.Transform(b.Op, op); err != nil {
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
	if err := c.text.Apply(s.shown); err != nil {
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
	pieces := []ot.Op{d}
	if len(c.queue) > 0 && d.Target()-d.Base() > maxPiece || !c.measure(d).fits() {
		pieces = split(d, from)
	}
	for i, p := range pieces {
		s, err := c.over(p)
		if err != nil {
			if err = c.recut(from, pieces[:i]); err == nil {
				s, err = c.over(p)
			}
		}
		if err == nil {
			err = c.move(s)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// recut cuts the edits of the queue into small ones: moved over what others did, an op of very many parts may get more
// than an op may have. They stand on the text that ops make of from.
func (c *Client) recut(from *ot.Text, ops []ot.Op) error {
	text := from.Clone()
	for _, op := range ops {
		if err := text.Apply(op); err != nil {
			return err
		}
	}
	first := slices.IndexFunc(c.queue, func(q *request) bool { _, ok := q.code(); return ok })
	if first < 0 {
		return nil
	}
	queue := c.queue[:first:first]
	for _, q := range c.queue[first:] {
		b, ok := q.code()
		if !ok {
			queue = append(queue, q)
			continue
		}
		for _, op := range split(b.Op, text) {
			if err := text.Apply(op); err != nil {
				return err
			}
			b.Op = op
			queue = append(queue, &request{body: b, size: c.measure(op)})
		}
	}
	c.queue = queue
	c.renumber(queue[first:])
	return nil
}

// rebuild shows the confirmed text without what was typed. It is for a queue that can't be put on it, as both together
// are over the limit of a text.
func (c *Client) rebuild() {
	c.message = "The text is full: what was typed last could not be kept."
	c.queue = slices.DeleteFunc(c.queue, func(q *request) bool { _, ok := q.code(); return ok })
	old := c.text
	c.text = c.code().Clone()
	c.history = history{}
	op := ot.Diff(old, c.text)
	c.sel = session.Carry(c.sel, op, false)
	c.touchCursors()
	c.show(op)
}
