package ot

import (
	"errors"
	"strings"
	"testing"
)

func text(t testing.TB, s string) *Text {
	t.Helper()
	x, err := NewText(s)
	if err != nil {
		t.Fatalf("NewText(%q): %v", s, err)
	}
	return x
}

func op(t testing.TB, s string) Op {
	t.Helper()
	o, err := Parse([]byte(s))
	if err != nil {
		t.Fatalf("Parse(%s): %v", s, err)
	}
	return o
}

func after(t testing.TB, s, o string) string {
	t.Helper()
	x := text(t, s)
	if err := x.Apply(op(t, o)); err != nil {
		t.Fatalf("Apply(%s) to %q: %v", o, s, err)
	}
	return x.String()
}

func TestApply(t *testing.T) {
	for _, c := range []struct{ before, op, after string }{
		{"hello, world", `[5,"x",-2,5]`, "helloxworld"},
		{"", `[]`, ""},
		{"", `["a"]`, "a"},
		{"abc", `[-3]`, ""},
		{"a😀b", `[1,"é你",-2,1]`, "aé你b"},
		{"ab", `[1,"\ud83d\ude00\n\u0000\"\\",1]`, "a😀\n\x00\"\\b"},
	} {
		if got := after(t, c.before, c.op); got != c.after {
			t.Errorf("%s on %q: %q, want %q", c.op, c.before, got, c.after)
		}
	}
}

func TestTie(t *testing.T) {
	later, earlier := op(t, `[2,"L",2]`), op(t, `[2,"E",2]`)
	l1, e1, err := Transform(later, earlier)
	if err != nil || l1 != op(t, `[2,"L",3]`) || e1 != op(t, `[3,"E",2]`) {
		t.Errorf("%s %s %v", l1.AppendJSON(nil), e1.AppendJSON(nil), err)
	}
}

func TestUnfitting(t *testing.T) {
	a := op(t, `[2,"XY",-1,1]`)
	if _, err := Compose(a, op(t, `[3]`)); !errors.Is(err, ErrBase) || !errors.Is(err, ErrInvalid) {
		t.Errorf("compose of unfitting ops: %v", err)
	}
}

func TestSplice(t *testing.T) {
	for want, got := range map[string]Op{
		`[2,"x",-1,2]`: Splice(5, 2, 1, "x"),
		`[5,"a\nb"]`:   Splice(5, 9, 9, "a\r\nb"),
		`[-5]`:         Splice(5, -1, 99, ""),
		`[5]`:          Splice(5, 1, 0, ""),
		`[]`:           Splice(0, 0, 0, ""),
	} {
		if s := string(got.AppendJSON(nil)); s != want {
			t.Errorf("%s, want %s", s, want)
		}
	}
}

func TestLog(t *testing.T) {
	x := text(t, "ab")
	l := NewLog(x)
	for i := range 1000 {
		o := Splice(x.Len(), i%x.Len(), i%2, strings.Repeat("é", i%3)+"z")
		if err := errors.Join(x.Apply(o), l.Append(o, i%4)); err != nil {
			t.Fatal(err)
		}
		if l.Op(i) != o {
			t.Fatalf("op %d differs", i)
		}
	}
	if l.TextAt(1000).String() != x.String() {
		t.Error("the log ends in another text")
	}
	n := 0
	for _, r := range l.AuthorsAt(1000) {
		n += r.Len
	}
	if n != x.Len() {
		t.Errorf("runs of %d units, text of %d", n, x.Len())
	}
}
