package ot

// What one side holds by itself, unsent edits and steps of an undo, has no limits: it must not be lost where it gets, over
// what others did, larger than an op or a text may be. It is cut to what may be before it goes out.

const maxLarge = 1 << 30 // units, so that sums of them are no overflow

// ParseLarge is Parse for one's own editor and what was kept on one's own device. It bounds nothing but single numbers.
func ParseLarge(data []byte) (Op, error) {
	var out Builder
	if err := parse(data, maxLarge, &out); err != nil {
		return Op{}, err
	}
	return out.Op(), nil
}

// ComposeLarge is Compose without limits.
func ComposeLarge(a, b Op) (Op, error) {
	var out Builder
	if err := compose(a, b, &out); err != nil {
		return Op{}, err
	}
	return out.rest(a.base), nil
}

// TransformLarge is Transform without limits.
func TransformLarge(later, earlier Op) (later1, earlier1 Op, err error) {
	var l, e Builder
	if err := transformBoth(later, earlier, &l, &e); err != nil {
		return Op{}, Op{}, err
	}
	return l.rest(earlier.target), e.rest(later.target), nil
}

// InvertLarge is Invert without limits.
func (o Op) InvertLarge(t *Text) (Op, error) {
	if err := t.check(o, maxLarge); err != nil {
		return Op{}, err
	}
	var out Builder
	o.invert(t, &out)
	return out.rest(o.target), nil
}

// ApplyLarge is Apply without the limit of a text.
func (t *Text) ApplyLarge(o Op) error {
	if err := t.check(o, maxLarge); err != nil {
		return err
	}
	t.apply(o)
	return nil
}
