package ot

// Diff is an op that makes b of a.
func Diff(a, b *Text) Op {
	n, m := a.Len(), b.Len()
	i := 0
	for i < min(n, m) && a.unit(i) == b.unit(i) {
		i++
	}
	for i > 0 && (low(a, i) || low(b, i)) {
		i--
	}
	k := 0
	for k < min(n, m)-i && a.unit(n-1-k) == b.unit(m-1-k) {
		k++
	}
	for k > 0 && (low(a, n-k) || low(b, m-k)) {
		k--
	}
	return Splice(n, i, n-i-k, b.Slice(i, m-k))
}

func low(t *Text, i int) bool { return i < t.Len() && t.unit(i)&0xfc00 == 0xdc00 }
