package ot

// Compose makes one op of two: a, then b. What was sent or logged may not be composed, since transforming over a
// composition is not the same as transforming over its ops one by one.
func Compose(a, b Op) (Op, error) {
	out := Builder{out: make([]byte, 0, len(a.s)+len(b.s))}
	if err := compose(a, b, &out); err != nil {
		return Op{}, err
	}
	return out.op()
}

func compose(a, b Op, out *Builder) error {
	if a.target != b.base {
		return ErrBase
	}
	p, q := cursor{s: a.s}, cursor{s: b.s}
	p.next()
	q.next()
	for p.n > 0 || q.n > 0 {
		n := min(p.n, q.n)
		switch {
		case q.kind == ins:
			out.insert(q.text(), q.n)
			q.next()
			continue
		case p.kind == del:
			out.Delete(p.n)
			p.next()
			continue
		case p.kind == ins:
			text, ok := p.cut(n)
			if !ok {
				return ErrSplit
			}
			if q.kind == keep {
				out.insert(text, n)
			}
		case q.kind == keep:
			out.Keep(n)
		default:
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
	if later.base != earlier.base {
		return Op{}, Op{}, ErrBase
	}
	l := Builder{out: make([]byte, 0, len(later.s)+8)}
	e := Builder{out: make([]byte, 0, len(earlier.s)+8)}
	transform(later.s, earlier.s, &l, &e)
	if later1, err = l.op(); err == nil {
		earlier1, err = e.op()
	}
	return later1, earlier1, err
}

func transform(later, earlier string, later1, earlier1 *Builder) {
	l, e := cursor{s: later}, cursor{s: earlier}
	l.next()
	e.next()
	for l.n > 0 || e.n > 0 {
		n := min(l.n, e.n)
		switch {
		case l.kind == ins: // before e's: later goes left
			later1.insert(l.text(), l.n)
			earlier1.Keep(l.n)
			l.next()
			continue
		case e.kind == ins:
			later1.Keep(e.n)
			earlier1.insert(e.text(), e.n)
			e.next()
			continue
		case l.kind == keep && e.kind == keep:
			later1.Keep(n)
			earlier1.Keep(n)
		case e.kind == keep:
			later1.Delete(n)
		case l.kind == keep:
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
	return out.op()
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
	out.Keep(o.base - at)
}
