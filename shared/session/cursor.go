package session

import "tandem/shared/ot"

// Follow moves a person's cursors over an op: a person who edits in one place is there then. All who know where the
// cursors were know by this where they are.
func Follow(ranges []Range, op ot.Op, author bool) []Range {
	if author {
		n, at := 0, 0
		op.Edits(func(pos, del int, _ string) bool {
			n++
			at = op.Map(pos+del, true)
			return n < 2
		})
		if n == 1 {
			return []Range{{at, at}}
		}
	}
	return Carry(ranges, op, author)
}

// Carry moves a person's selections over an op, their own or somebody else's.
func Carry(ranges []Range, op ot.Op, own bool) []Range {
	out := make([]Range, len(ranges)) // the old ones may be kept somewhere
	for i, r := range ranges {
		out[i] = r.over(op, own)
	}
	return out
}

// over moves a selection over an op. What its owner inserts at it stands left of it. Of somebody else's op a caret stays
// left of what is inserted at it, which with the rule for ties keeps two people's typing apart; a selection doesn't grow.
func (r Range) over(op ot.Op, own bool) Range {
	if own {
		return Range{op.Map(r[0], true), op.Map(r[1], true)}
	}
	if r[0] == r[1] {
		at := op.Map(r[0], false)
		return Range{at, at}
	}
	i, k := 0, 1
	if r[0] > r[1] {
		i, k = 1, 0
	}
	var out Range
	out[i], out[k] = op.Map(r[i], true), op.Map(r[k], false)
	if out[i] > out[k] { // all of it was deleted, and something inserted there
		out[i] = out[k]
	}
	return out
}
