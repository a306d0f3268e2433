package client

import (
	"slices"
	"unicode/utf8"

	"tandem/shared/ot"
)

const maxPiece = 32 << 10 // units: an edit over a limit is cut into ops of that size

// refit tells whether the head of the queue may go out, and sees to it if it is an edit. One that is too large is cut. One
// that makes the text too long, as others filled it meanwhile, waits for the first edit behind it that makes the text short
// enough again, and goes out as one with that.
func (c *Client) refit() bool {
	was := c.full
	if c.full = false; len(c.queue) == 0 {
		return false
	}
	q := c.queue[0]
	b, ok := q.code()
	if !ok || b.Op.Target() <= ot.MaxText && c.measure(b.Op).fits() {
		return true
	}
	last := slices.IndexFunc(c.queue, func(q *request) bool {
		b, ok := q.code()
		return ok && b.Op.Target() <= ot.MaxText
	})
	if last < 0 {
		if c.full = true; !was {
			c.message = "The text is full. What was typed last stays here, and is saved once enough of the text is deleted."
		}
		return false
	}
	if !q.open() && !c.noneLate() {
		return false
	}
	var rest []*request
	for _, q := range c.queue[1 : last+1] {
		next, ok := q.code()
		if !ok {
			rest = append(rest, q)
			continue
		}
		both, err := ot.ComposeLarge(b.Op, next.Op)
		if err != nil {
			return false
		}
		b.Op = both
	}
	var queue []*request
	for _, op := range pieces(b.Op, c.code()) {
		b.Op = op
		queue = append(queue, &request{body: b, size: c.measure(op)})
	}
	c.queue = slices.Concat(queue, rest, c.queue[last+1:])
	c.renumber(c.queue)
	return true
}

// pieces gives an op on a text as small ones, each on the text that the one before leaves. None of those texts is too long if
// text and result aren't.
func pieces(op ot.Op, text *ot.Text) []ot.Op {
	var dels, inss ot.Builder
	at, most := 0, op.Base()
	op.Edits(func(pos, del int, ins string) bool {
		dels.Keep(pos - at)
		inss.Keep(pos - at)
		dels.Delete(del)
		inss.Insert(ins)
		at = pos + del
		most += units(ins)
		return true
	})
	dels.Keep(op.Base() - at)
	inss.Keep(op.Base() - at)
	if most <= ot.MaxText {
		return split(op, text)
	}
	return append(split(dels.Op(), text), split(inss.Op(), text)...)
}

// split cuts an op into small ones, from the start of the text to its end.
func split(op ot.Op, text *ot.Text) (out []ot.Op) {
	var b ot.Builder
	base, shift, at, room := op.Base(), 0, 0, maxPiece
	flush := func() {
		b.Keep(base - at)
		o := b.Op()
		out = append(out, o)
		shift += o.Target() - base
		base, at, room, b = o.Target(), 0, maxPiece, ot.Builder{}
	}
	put := func(pos, del int, ins string) {
		if room < maxPiece && room < del+units(ins)+8 {
			flush()
		}
		pos += shift
		b.Keep(pos - at)
		b.Insert(ins)
		b.Delete(del)
		at = pos + del
		room -= del + units(ins) + 8
	}
	op.Edits(func(pos, del int, ins string) bool {
		for del > maxPiece/2 || len(ins) > maxPiece/2 {
			n := min(del, maxPiece/2)
			if n < del && inPair(text, pos+n) {
				n--
			}
			var part string
			part, ins = cutText(ins, maxPiece/2)
			put(pos, n, part)
			pos, del = pos+n, del-n
		}
		put(pos, del, ins)
		return true
	})
	if flush(); len(out) == 1 && out[0].IsNoop() {
		return nil
	}
	return out
}

// inPair tells whether pos is between the halves of a surrogate pair.
func inPair(t *ot.Text, pos int) bool {
	if pos <= 0 || pos >= t.Len() {
		return false
	}
	r, _ := utf8.DecodeRuneInString(t.Slice(pos-1, pos+1))
	return r > 0xffff
}
