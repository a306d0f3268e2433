package ot

import (
	"bytes"
	"math/rand/v2"
	"os"
	"testing"
	"unicode/utf16"
)

// long is set by make fuzz.
var long = os.Getenv("TANDEM_LONG") != ""

func cases(n int) uint64 {
	if long {
		n *= 100
	}
	return uint64(n)
}

// source is where cases come from: a seed, or the bytes of a fuzzer.
type source interface{ IntN(n int) int }

func seeded(seed, stream uint64) source { return rand.New(rand.NewPCG(seed, stream)) }

type fuzzed struct{ data []byte }

func (f *fuzzed) IntN(n int) int {
	if len(f.data) == 0 {
		return 0
	}
	x := int(f.data[0]) % n
	f.data = f.data[1:]
	return x
}

var alphabet = []string{"a", "b", "\n", "é", "你", "😀", "\u0000", `"`, "\\", "𝄞", "\ufeff", "\u2028"}

func word(r source, n int) string {
	s := ""
	for range r.IntN(n + 1) {
		s += alphabet[r.IntN(len(alphabet))]
	}
	return s
}

// anyOp is an op on t, cutting no pair.
func anyOp(r source, t *Text) Op {
	var b Builder
	for rest := []rune(t.String()); ; {
		part := rest[:min(1+r.IntN(3), len(rest))]
		n, _ := measure(string(part))
		switch r.IntN(5) {
		case 0, 1:
			b.Keep(n)
		case 2:
			b.Delete(n)
		case 3:
			b.Insert(word(r, 3))
			b.Delete(n)
		default:
			b.Keep(n)
			b.Insert(word(r, 2))
		}
		if rest = rest[len(part):]; len(rest) == 0 {
			return b.Op()
		}
	}
}

func applied(t testing.TB, x *Text, ops ...Op) *Text {
	t.Helper()
	x = x.Clone()
	for _, o := range ops {
		want := expand(o).apply(utf16.Encode([]rune(x.String())))
		if err := x.Apply(o); err != nil {
			t.Fatalf("%s: %v", o.AppendJSON(nil), err)
		}
		if got := x.String(); got != string(utf16.Decode(want)) {
			t.Fatalf("%s gives %q, not %q", o.AppendJSON(nil), got, string(utf16.Decode(want)))
		}
	}
	return x
}

// laws checks what must hold for any ops a and b on one text s, and c on what a makes of s.
func laws(t testing.TB, r source) {
	s := text(t, word(r, 12))
	a, b := anyOp(r, s), anyOp(r, s)
	sa, sb := applied(t, s, a), applied(t, s, b)
	c := anyOp(r, sa)
	fail := func(law string, o ...Op) {
		t.Helper()
		got := ""
		for _, x := range o {
			got += " " + wire(x)
		}
		t.Fatalf("%s, with s = %q, a = %s, b = %s, c = %s:%s", law, s, wire(a), wire(b), wire(c), got)
	}

	a1, b1, err := Transform(a, b)
	if err != nil || !applied(t, sa, b1).Equal(applied(t, sb, a1)) {
		fail("diamond", a1, b1)
	}
	if a1 != expand(a).over(expand(b), true).pack() || b1 != expand(b).over(expand(a), false).pack() {
		fail("transform as the reference", a1, b1)
	}
	ac, err := Compose(a, c)
	if err != nil || !applied(t, s, ac).Equal(applied(t, sa, c)) {
		fail("compose", ac)
	}
	if ac != expand(a).compose(expand(c)).pack() {
		fail("compose as the reference", ac)
	}
	{
		d := anyOp(r, applied(t, sa, c))
		left, _ := Compose(ac, d)
		cd, _ := Compose(c, d)
		if right, _ := Compose(a, cd); left != right {
			fail("compose is associative", d)
		}
	}
	ai, err := a.Invert(s)
	if err != nil || !applied(t, sa, ai).Equal(s) {
		fail("invert", ai)
	}
	ci, _ := c.Invert(sa)
	aci, _ := ac.Invert(s)
	if undo, _ := Compose(ci, ai); !applied(t, applied(t, s, ac), undo).Equal(applied(t, applied(t, s, ac), aci)) {
		fail("invert of a composition", aci, undo)
	}
	{
		noop := Splice(s.Len(), 0, 0, "")
		x, n, _ := Transform(a, noop)
		y, _ := Compose(noop, a)
		z, _ := Compose(a, Splice(a.Target(), 0, 0, ""))
		if x != a || y != a || z != a || !noop.IsNoop() || !n.IsNoop() || n.Base() != a.Target() {
			fail("identity", x, y, z, n)
		}
	}
	d := Diff(s, sa)
	if !applied(t, s, d).Equal(sa) {
		fail("diff", d)
	}
	for _, o := range []Op{a, b, c, a1, b1, ac, ai, d} {
		canonical(t, o)
		for pos := range o.Base() + 1 {
			for _, after := range []bool{false, true} {
				if got, want := o.Map(pos, after), expand(o).index(pos, after); got != want {
					t.Fatalf("%s maps %d to %d, not %d (after: %v)", o.AppendJSON(nil), pos, got, want, after)
				}
			}
		}
	}
}

// canonical checks the form of o, its wire form, and its edits.
func canonical(t testing.TB, o Op) {
	t.Helper()
	wire := o.AppendJSON(nil)
	p, err := Parse(wire)
	if err != nil || p != o || !bytes.Equal(p.AppendJSON(nil), wire) {
		t.Fatalf("%s comes back as %s: %v", wire, p.AppendJSON(nil), err)
	}
	base, target := 0, 0
	for c, first := (cursor{s: o.s}), true; c.next(); first = false {
		if c.ins|c.cut == 0 || c.keep == 0 && !first {
			t.Fatalf("%s is not canonical", wire)
		}
		base += c.keep + c.cut
		target += c.keep + c.ins
	}
	if base > o.Base() || target-base != o.Target()-o.Base() {
		t.Fatalf("%s says %d → %d", wire, o.Base(), o.Target())
	}
	var b Builder
	at := 0
	o.Edits(func(pos, cut int, text string) bool {
		b.Keep(pos - at)
		b.Delete(cut)
		b.Insert(text)
		at = pos + cut
		return true
	})
	b.Keep(o.Base() - at)
	if b.Op() != o {
		t.Fatalf("%s has the edits of %s", wire, b.Op().AppendJSON(nil))
	}
}

func TestLaws(t *testing.T) {
	for seed := range cases(4000) {
		laws(t, seeded(seed, 1))
	}
}

func FuzzLaws(f *testing.F) {
	f.Add([]byte("\x05\x01\x05\x02\x05\x03\x05\x04\x01\x03\x02\x05"))
	f.Fuzz(func(t *testing.T, data []byte) { laws(t, &fuzzed{data}) })
}

// FuzzParse feeds hostile frames: an error, or an op whose wire form is stable.
func FuzzParse(f *testing.F) {
	for _, c := range hostile {
		f.Add([]byte(c.op))
	}
	f.Add([]byte(` [ 1 , "\ud83d\ude00é" , -2 ] `))
	f.Add([]byte(`[1234,"x",56789]`))
	f.Add([]byte(`[9999999,-9,1]`))
	f.Fuzz(func(t *testing.T, data []byte) {
		sameParse(t, data)
		if o, err := Parse(data); err == nil {
			canonical(t, o)
			if x := (&Text{}); o.Base() == 0 && x.Apply(o) == nil && x.Len() != o.Target() {
				t.Fatalf("%s gives %d units", data, x.Len())
			}
		}
	})
}

// sameParse holds the short way of one key against the long one, which reads everything.
func sameParse(t *testing.T, data []byte) (short bool) {
	t.Helper()
	got, ok := parseKey(data)
	if !ok {
		return false
	}
	var long Builder
	err := parse(data, MaxText, &long)
	if err == nil {
		want, lerr := long.op(0)
		if err = lerr; got == want {
			return true
		}
	}
	t.Fatalf("%q is taken for %s, but it is %s, %v", data, got.AppendJSON(nil), long.out, err)
	return false
}

// FuzzDiff: any two texts, the way by an op.
func FuzzDiff(f *testing.F) {
	f.Add("a\nb\nc", "a\nc")
	f.Add("x😀y", "x😁y")
	f.Fuzz(func(t *testing.T, s, u string) {
		a, err := NewText(s)
		if err != nil {
			return
		}
		if b, err := NewText(u); err == nil {
			o := Diff(a, b)
			canonical(t, o)
			if err := a.Apply(o); err != nil || !a.Equal(b) || a.Hash() != b.Hash() || a.String() != u {
				t.Fatalf("%s makes %q: %v", o.AppendJSON(nil), a, err)
			}
		}
	})
}
