package ot

import (
	"slices"
	"testing"
	"unsafe"
)

// history is a log of n ops by three authors, what each of its revisions is, and who wrote it.
func history(t testing.TB, r source, n int) (l *Log, texts []string, ops []Op, authors [][]int) {
	x := text(t, word(r, 8))
	l = NewLog(x)
	who := slices.Repeat([]int{-1}, x.Len())
	texts, authors = append(texts, x.String()), append(authors, who)
	for i := range n {
		o := anyOp(r, x)
		if x.Len() > 200 {
			o = Diff(x, text(t, "again"))
		}
		if err := l.Append(o, i%3); err != nil {
			t.Fatal(err)
		}
		x = applied(t, x, o)
		var next []int
		for at, c := 0, expand(o); len(c) > 0; c = c[1:] {
			if c[0].kind == ins {
				next = append(next, i%3)
				continue
			}
			if c[0].kind == keep {
				next = append(next, who[at])
			}
			at++
		}
		who = next
		texts, ops, authors = append(texts, x.String()), append(ops, o), append(authors, who)
	}
	return l, texts, ops, authors
}

func checkLog(t testing.TB, r source, n int) {
	l, texts, ops, authors := history(t, r, n)
	for i, o := range ops {
		if l.Op(i) != o {
			t.Fatalf("op %d is %s, not %s", i, wire(l.Op(i)), wire(o))
		}
	}
	for i := range texts {
		if got := l.TextAt(i).String(); got != texts[i] {
			t.Fatalf("text %d is %q, not %q", i, got, texts[i])
		}
		var who []int
		for k, run := range l.AuthorsAt(i) {
			who = append(who, slices.Repeat([]int{run.Author}, run.Len)...)
			if k > 0 && run.Author == l.AuthorsAt(i)[k-1].Author {
				t.Fatalf("two runs of one author at %d", i)
			}
		}
		if !slices.Equal(who, authors[i]) {
			t.Fatalf("authors at %d: %v, want %v", i, who, authors[i])
		}
	}
	from := r.IntN(n + 1)
	o := anyOp(r, text(t, texts[from]))
	got, err := l.Rebase(o, from)
	for _, e := range ops[from:] {
		o, _, _ = Transform(o, e)
	}
	if err != nil || got != o || l.Len() != n {
		t.Fatalf("rebased to %s, not %s: %v", wire(got), wire(o), err)
	}
}

func TestLog(t *testing.T) {
	checkLog(t, seeded(1, 2), 3*blockOps+17)
	for seed := range cases(20) {
		checkLog(t, seeded(seed, 3), int(seed%40))
	}
}

func FuzzLog(f *testing.F) {
	f.Add([]byte("\x03\x01\x02\x03\x04\x05\x06\x07\x08"))
	f.Fuzz(func(t *testing.T, data []byte) { checkLog(t, &fuzzed{data}, min(len(data), 40)) })
}

// TestUndoIsItsAuthorsText: what an undo brings back is by who undid, not by who had written it: it is they who put it
// there again.
func TestUndoIsItsAuthorsText(t *testing.T) {
	x := text(t, "")
	l := NewLog(x)
	do := func(o Op, author int) (inverse Op) {
		t.Helper()
		inverse, err := o.Invert(x)
		if err == nil {
			err = x.Apply(o)
		}
		if err == nil {
			err = l.Append(o, author)
		}
		if err != nil {
			t.Fatal(err)
		}
		return inverse
	}
	const ada, bob = 0, 1
	do(op(t, `["Ada's words"]`), ada)
	back := do(op(t, `[5,-6]`), bob)
	if got := l.AuthorsAt(2); !slices.Equal(got, []Run{{5, ada}}) {
		t.Errorf("after the deletion: %v", got)
	}
	do(back, bob)
	if got := l.AuthorsAt(3); !slices.Equal(got, []Run{{5, ada}, {6, bob}}) || x.String() != "Ada's words" {
		t.Errorf("after the undo: %v of %q", got, x)
	}
}

// TestLogViews: an op that was read stays as it was whatever is appended.
func TestLogViews(t *testing.T) {
	l := NewLog(&Text{})
	var got []Op
	for i := range 2 * blockOps {
		if err := l.Append(Splice(i, i, 0, string(rune('a'+i%26))), 0); err != nil {
			t.Fatal(err)
		}
		got = append(got, l.Op(i))
	}
	for i, o := range got {
		if want := Splice(i, i, 0, string(rune('a'+i%26))); o != want {
			t.Errorf("op %d became %s", i, wire(o))
		}
	}
}

// TestLogIsSmall bounds what the log of a real paper takes, slack included.
func TestLogIsSmall(t *testing.T) {
	x := load(t, "automerge-paper")
	_, l := replay(t, x, len(x.patches))
	if per := perOp(l); per > 12 {
		t.Errorf("%.1f bytes an op", per)
	}
}

// perOp is the memory that an op takes, in bytes.
func perOp(l *Log) float64 {
	n := int(unsafe.Sizeof(block{})) * cap(l.blocks)
	for _, b := range l.blocks {
		n += cap(b.ops)
	}
	return float64(n) / float64(l.Len())
}
