package ot

// Compose makes one op of two: a, then b. A pending edit that was never sent may be composed; what was sent or
// logged may not, since transforming over a composition is not the same as over its ops one by one.
func Compose(a, b Op) (Op, error) {
	if a.target != b.base {
		return Op{}, ErrBase
	}
	var room [64]byte
	out := Builder{b: room[:0]}
	p, q := parts(a.s), parts(b.s)
	for p.n > 0 || q.n > 0 {
		switch {
		case q.kind >= ins:
			out.insert(q.text, q.n)
			q.next()
		case p.kind == del:
			out.Delete(p.n)
			p.next()
		case p.kind == keep:
			n := min(p.n, q.n)
			if q.kind == keep {
				out.Keep(n)
			} else {
				out.Delete(n)
			}
			p.drop(n)
			q.drop(n)
		default:
			n := min(p.n, q.n)
			text, ok := p.cut(n)
			if !ok {
				return Op{}, ErrSplit
			}
			if q.kind == keep {
				out.insert(text, n)
			}
			q.drop(n)
		}
	}
	return out.op()
}

// Transform takes two ops on one text and makes of each what it has to be after the other: applying earlier and then
// later1 gives the same text as later and then earlier1. Where both insert at one place, the insert of later, the one
// that is ordered later, goes to the left.
func Transform(later, earlier Op) (later1, earlier1 Op, err error) {
	if later.base != earlier.base {
		return Op{}, Op{}, ErrBase
	}
	var room, room1 [64]byte
	l1, e1 := Builder{b: room[:0]}, Builder{b: room1[:0]}
	transform(later.s, earlier.s, &l1, &e1)
	if later1, err = l1.op(); err != nil {
		return Op{}, Op{}, err
	}
	if earlier1, err = e1.op(); err != nil {
		return Op{}, Op{}, err
	}
	return later1, earlier1, nil
}

func transform(later, earlier string, l1, e1 *Builder) {
	l, e := parts(later), parts(earlier)
	for {
		if l.kind >= ins { // before e's: later goes left
			l1.insert(l.text, l.n)
			e1.Keep(l.n)
			l.next()
			continue
		}
		if e.kind >= ins {
			l1.Keep(e.n)
			e1.insert(e.text, e.n)
			e.next()
			continue
		}
		n := min(l.n, e.n)
		if n == 0 {
			return
		}
		switch {
		case l.kind == keep && e.kind == keep:
			l1.Keep(n)
			e1.Keep(n)
		case l.kind == del && e.kind == keep:
			l1.Delete(n)
		case l.kind == keep:
			e1.Delete(n)
		} // and what both delete is gone already
		l.drop(n)
		e.drop(n)
	}
}

// Invert is the op that takes o back, t being the text before o.
func (o Op) Invert(t *Text) (Op, error) {
	if err := t.check(o); err != nil {
		return Op{}, err
	}
	var room [64]byte
	out := Builder{b: room[:0]}
	pos := 0
	for c := parts(o.s); c.n > 0; c.next() {
		switch c.kind {
		case keep:
			out.Keep(c.n)
			pos += c.n
		case del:
			out.Insert(t.Slice(pos, pos+c.n))
			pos += c.n
		default:
			out.Delete(c.n)
		}
	}
	return out.op()
}
