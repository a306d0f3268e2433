package ot

import (
	"math/rand/v2"
	"testing"
)

var alphabet = []string{"a", "b", "\n", "é", "你", "😀", "\u0000", "\""}

func randomText(r *rand.Rand, n int) string {
	s := ""
	for range r.IntN(n + 1) {
		s += alphabet[r.IntN(len(alphabet))]
	}
	return s
}

// randomOp is an op on t, whose borders lie between characters.
func randomOp(r *rand.Rand, t *Text) Op {
	var b Builder
	for rest := []rune(t.String()); ; {
		n := min(r.IntN(4), len(rest))
		units := 0
		for _, c := range rest[:n] {
			units++
			if c > 0xffff {
				units++
			}
		}
		switch r.IntN(3) {
		case 0:
			b.Keep(units)
		case 1:
			b.Delete(units)
		default:
			b.Insert(randomText(r, 3))
			continue
		}
		if rest = rest[n:]; len(rest) == 0 {
			return b.Op()
		}
	}
}

func TestLaws(t *testing.T) {
	for seed := range uint64(20000) {
		r := rand.New(rand.NewPCG(seed, 1))
		s := text(t, randomText(r, 12))
		a, b := randomOp(r, s), randomOp(r, s)
		sa, sb := s.Clone(), s.Clone()
		if err := sa.Apply(a); err != nil {
			t.Fatal(seed, err)
		}
		if err := sb.Apply(b); err != nil {
			t.Fatal(seed, err)
		}
		a1, b1, err := Transform(a, b)
		if err != nil {
			t.Fatal(seed, err)
		}
		c := randomOp(r, sa)
		ac, err := Compose(a, c)
		if err != nil {
			t.Fatal(seed, err)
		}
		u := s.Clone()
		if err := u.Apply(ac); err != nil {
			t.Fatal(seed, err)
		}
		v := sa.Clone()
		if err := v.Apply(c); err != nil || !u.Equal(v) {
			t.Fatal(seed, err)
		}
		inv, err := a.Invert(s)
		if err != nil {
			t.Fatal(seed, err)
		}
		w := sa.Clone()
		if err := w.Apply(inv); err != nil || !w.Equal(s) {
			t.Fatal(seed, "invert", err)
		}
		if err := sa.Apply(b1); err != nil {
			t.Fatal(seed, err)
		}
		if err := sb.Apply(a1); err != nil || !sa.Equal(sb) {
			t.Fatal(seed, "diamond", err)
		}
		for _, o := range []Op{a, b, a1, b1, ac, inv} {
			if p, err := Parse(o.AppendJSON(nil)); err != nil || p != o {
				t.Fatal(seed, "json", err, p, o)
			}
		}
		d := Diff(s, u)
		if err := s.Apply(d); err != nil || !s.Equal(u) {
			t.Fatal(seed, "diff", err)
		}
	}
}
