package ot

// Compose makes one op of two: a, then b. What was sent or logged may not be composed, since transforming over a
// composition is not the same as transforming over its ops one by one.
func Compose(a, b Op) (Op, error) {
	var out Builder
	if err := compose(a, b, &out); err != nil {
		return Op{}, err
	}
	return out.op(a.base)
}

// compose, like transformBoth and invert, leaves it to the caller to end what it built: within the limits, or not.
func compose(a, b Op, out *Builder) error {
	if a.target != b.base {
		return ErrBase
	}
	out.out = make([]byte, 0, len(a.s)+len(b.s)+4)
	p, q := cursor{s: a.s}, cursor{s: b.s}
	p.next()
	q.next()
	for !p.over || !q.over {
		first, n := p.part()
		then, m := q.part()
		switch {
		case then == ins:
			out.insert(q.text(), m)
			q.drop(m)
			continue
		case first == del:
			out.Delete(n)
			p.drop(n)
			continue
		}
		n = min(n, m)
		if first == ins {
			text, ok := p.head(n)
			if !ok {
				return ErrSplit
			}
			if then == keep {
				out.insert(text, n)
			}
		} else if then == keep {
			out.Keep(n)
		} else {
			out.Delete(n)
		}
		p.drop(n)
		q.drop(n)
	}
	return nil
}

// Transform takes two ops on one text and makes of each what it has to be after the other: earlier and then later1
// give the same text as later and then earlier1. Where both insert at one place, the insert of later, the one that is
// ordered later, goes to the left.
func Transform(later, earlier Op) (later1, earlier1 Op, err error) {
	var l, e Builder
	if err = transformBoth(later, earlier, &l, &e); err == nil {
		later1, err = l.op(earlier.target)
	}
	if err == nil {
		earlier1, err = e.op(later.target)
	}
	return later1, earlier1, err
}

func transformBoth(later, earlier Op, later1, earlier1 *Builder) error {
	if later.base != earlier.base {
		return ErrBase
	}
	later1.out = make([]byte, 0, len(later.s)+8)
	earlier1.out = make([]byte, 0, len(earlier.s)+8)
	transform(later.s, earlier.s, later1, earlier1)
	return nil
}

func transform(later, earlier string, later1, earlier1 *Builder) {
	l, e := cursor{s: later}, cursor{s: earlier}
	l.next()
	e.next()
	for !l.over || !e.over {
		mine, n := l.part()
		theirs, m := e.part()
		switch {
		case mine == ins: // before theirs: later goes left
			later1.insert(l.text(), n)
			earlier1.Keep(n)
			l.drop(n)
			continue
		case theirs == ins:
			later1.Keep(m)
			earlier1.insert(e.text(), m)
			e.drop(m)
			continue
		}
		n = min(n, m)
		switch {
		case mine == keep && theirs == keep:
			later1.Keep(n)
			earlier1.Keep(n)
		case theirs == keep:
			later1.Delete(n)
		case mine == keep:
			earlier1.Delete(n)
		} // and what both delete is gone already
		l.drop(n)
		e.drop(n)
	}
}

// Invert is the op that takes o back, t being the text before o.
func (o Op) Invert(t *Text) (Op, error) {
	if err := t.check(o, MaxText); err != nil {
		return Op{}, err
	}
	var out Builder
	o.invert(t, &out)
	return out.op(o.target)
}

func (o Op) invert(t *Text, out *Builder) {
	at := 0
	o.Edits(func(pos, cut int, text string) bool {
		n, _ := measure(text)
		out.Keep(pos - at)
		out.insert(t.Slice(pos, pos+cut), cut)
		out.Delete(n)
		at = pos + cut
		return true
	})
}
