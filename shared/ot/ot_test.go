package ot

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"errors"
	"hash/fnv"
	"os"
	"strings"
	"testing"
	"unicode/utf16"
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

func wire(o Op) string { return string(o.AppendJSON(nil)) }

func TestApply(t *testing.T) {
	for _, c := range []struct{ before, op, after string }{
		{"hello, world", `[5,"x",-2,5]`, "helloxworld"},
		{"", `[]`, ""},
		{"", `["a"]`, "a"},
		{"abc", `[-3]`, ""},
		{"a😀b", `[1,"é你",-2,1]`, "aé你b"},
		{"ab", `[1,"\ud83d\ude00\n\u0000\"\\\/",1]`, "a😀\n\x00\"\\/b"},
		{"ab", " [\n1 ,\t\"x\" , -1 ] ", "ax"},
	} {
		if got := applied(t, text(t, c.before), op(t, c.op)).String(); got != c.after {
			t.Errorf("%s on %q: %q, want %q", c.op, c.before, got, c.after)
		}
	}
}

// hostile is what peers let pass, one or the other of them; all on the ten units of "a😀bcdefgh", one of which
// the emoji has two.
var hostile = []struct {
	name, op string
	want     error
}{
	{"keep beyond the end", `[20]`, ErrBase},
	{"delete beyond the end", `[2,-50]`, ErrBase},
	{"rest left out", `[3,"x"]`, ErrBase},
	{"fraction", `[1.5,8.5]`, ErrSyntax},
	{"fraction that is whole", `[10.0]`, ErrSyntax},
	{"exponent", `[1e1]`, ErrSyntax},
	{"2^53+1", `[9007199254740993]`, ErrLimit},
	{"sum over 2^64", `[9223372036854775808,-9223372036854775808,10]`, ErrLimit},
	{"sum over 2^32", `[4294967296,-4294967286]`, ErrLimit},
	{"parts that sum up over the limit", `[1048576,"x",1048576]`, ErrLimit},
	{"deletions that sum up over the limit", `[-1048576,1,-1048576]`, ErrLimit},
	{"Infinity", `[Infinity]`, ErrSyntax},
	{"NaN", `[NaN]`, ErrSyntax},
	{"plus", `[+10]`, ErrSyntax},
	{"leading zero", `[010]`, ErrSyntax},
	{"keep ends inside a pair", `[2,"x",8]`, ErrSplit},
	{"delete starts inside a pair", `[2,-2,6]`, ErrSplit},
	{"delete ends inside a pair", `[1,-1,8]`, ErrSplit},
	{"noop cut inside a pair is a noop", `[10]`, nil},
	{"lone high surrogate", `["\ud83d",10]`, ErrSurrogate},
	{"lone low surrogate", `["\ude00",10]`, ErrSurrogate},
	{"pair the wrong way round", `["\ude00\ud83d",10]`, ErrSurrogate},
	{"high surrogate and a letter", `["\ud83d\u0061",10]`, ErrSurrogate},
	{"high surrogate and a broken escape", `["\ud83d\ude0",10]`, ErrSurrogate},
	{"raw surrogate", "[\"\xed\xa0\xbd\",10]", ErrSurrogate},
	{"raw pair of surrogates", "[\"\xed\xa0\xbd\xed\xb8\x80\",10]", ErrSurrogate},
	{"broken UTF-8", "[\"\xff\",10]", ErrSurrogate},
	{"overlong UTF-8", "[\"\xc0\xaf\",10]", ErrSurrogate},
	{"UTF-8 above Unicode", "[\"\xf4\x90\x80\x80\",10]", ErrSurrogate},
	{"carriage return", `["\r",10]`, ErrCR},
	{"carriage return by number", `["\u000D",10]`, ErrCR},
	{"raw control character", "[\"\n\",10]", ErrSyntax},
	{"unknown escape", `["\x",10]`, ErrSyntax},
	{"short escape", `["\u00`, ErrSyntax},
	{"escape at the end", `["\`, ErrSyntax},
	{"string without end", `["abc`, ErrSyntax},
	{"empty insert", `["",10]`, ErrCanonical},
	{"zero", `[0,10]`, ErrCanonical},
	{"minus zero", `[-0,10]`, ErrCanonical},
	{"two keeps", `[5,5]`, ErrCanonical},
	{"two deletes", `[-5,-5]`, ErrCanonical},
	{"two inserts", `["a","b",10]`, ErrCanonical},
	{"insert after delete", `[-5,"a",5]`, ErrCanonical},
	{"nested", `[[10]]`, ErrSyntax},
	{"null", `null`, ErrSyntax},
	{"null inside", `[null,10]`, ErrSyntax},
	{"object", `{"keep":10}`, ErrSyntax},
	{"object inside", `[{},10]`, ErrSyntax},
	{"true", `[true]`, ErrSyntax},
	{"string", `"abc"`, ErrSyntax},
	{"nothing", ``, ErrSyntax},
	{"without end", `[10`, ErrSyntax},
	{"comma at the end", `[10,]`, ErrSyntax},
	{"comma first", `[,10]`, ErrSyntax},
	{"no comma", `[3 "a" 7]`, ErrSyntax},
	{"two values", `[10] [10]`, ErrSyntax},
	{"minus alone", `[-]`, ErrSyntax},
	{"two minuses", `[--1,9]`, ErrSyntax},
	{"byte order mark before", "\ufeff[10]", ErrSyntax},
}

func TestHostile(t *testing.T) {
	const before = "a😀bcdefgh"
	for _, c := range hostile {
		x := text(t, before)
		o, err := Parse([]byte(c.op))
		if err == nil {
			err = x.Apply(o)
		}
		if !errors.Is(err, c.want) || c.want != nil && !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %s is answered by %v, want %v", c.name, c.op, err, c.want)
		}
		if x.String() != before {
			t.Errorf("%s: %s left %q", c.name, c.op, x)
		}
	}
}

func TestLimits(t *testing.T) {
	parts := func(n int) string { return "[" + strings.TrimSuffix(strings.Repeat(`1,"x",`, n), ",") + "]" }
	insert := func(n int) string { return `["` + strings.Repeat("x", n) + `"]` }
	for _, c := range []struct {
		name, op string
		want     error
	}{
		{"most parts", parts(MaxParts / 2), nil},
		{"too many parts", parts(MaxParts/2 + 1), ErrLimit},
		{"longest insert", insert(MaxInsert), nil},
		{"too long an insert", insert(MaxInsert + 1), ErrLimit},
		{"too long an insert of pairs", `["` + strings.Repeat("😀", MaxInsert/2+1) + `"]`, ErrLimit},
		{"longest text", `[1048576]`, nil},
		{"too long a text", `[1048577]`, ErrLimit},
		{"too long a result", `["x",1048576]`, ErrLimit},
	} {
		if _, err := Parse([]byte(c.op)); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	big := strings.Repeat("x", MaxInsert)
	a, b := Splice(0, 0, 0, big), Splice(MaxInsert, 0, 0, "y")
	if _, err := Compose(a, b); !errors.Is(err, ErrLimit) {
		t.Errorf("compose over the limit: %v", err)
	}
	full := text(t, strings.Repeat("x", MaxText))
	if err := full.Apply(Splice(MaxText, 0, 0, "y")); !errors.Is(err, ErrLimit) {
		t.Errorf("a text over the limit: %v", err)
	}
	if _, err := Splice(MaxText, 0, MaxText, "").Invert(full); !errors.Is(err, ErrLimit) {
		t.Errorf("invert over the limit: %v", err)
	}
	if _, err := NewText(strings.Repeat("x", MaxText+1)); !errors.Is(err, ErrLimit) {
		t.Errorf("too long a text: %v", err)
	}
	half, rest := op(t, `["x",1048575]`), op(t, `[1048575,"y"]`)
	if _, _, err := Transform(half, rest); !errors.Is(err, ErrLimit) {
		t.Errorf("transform over the limit: %v", err)
	}
}

// TestParseKey tries frames of one key with numbers of every length, and each with every byte of it made another.
func TestParseKey(t *testing.T) {
	number := func(digits int) string { return "10234567890"[:digits] }
	short := 0
	for before := range 11 {
		for after := range 11 {
			for _, middle := range []string{`,"x",`, `,"\\",`, `,"é",`, `,"",`, `,"xy",`, `,-1,`, `,-12,`, `,-0,`, `,`, ``} {
				frame := []byte("[" + number(before) + middle + number(after) + "]")
				if sameParse(t, frame) {
					short++
				}
				for i, was := range frame {
					for _, c := range []byte("\x00 \",-/0129:[\\]x\x7f\x80\x8a\xff") {
						frame[i] = c
						sameParse(t, frame)
					}
					frame[i] = was
					sameParse(t, frame[:i])
				}
				sameParse(t, append(frame, ' '))
			}
		}
	}
	for _, full := range []string{`[1048574,"x",1]`, `[1048575,"x",1]`, `[1048575,-1,1]`, `[1048575,-1,100]`} {
		sameParse(t, []byte(full))
	}
	// Two forms; up to six digits with up to six, or seven, which are nearly the limit, with up to five; but [1,-1,1] is
	// shorter than a word.
	if want := 2*(6*6+2*5) - 1; short != want {
		t.Errorf("%d frames go the short way, want %d", short, want)
	}
}

// TestParseAllocates bounds what a hostile frame can take.
func TestParseAllocates(t *testing.T) {
	for _, c := range []string{
		`[5,"x",-2,5]`, `["` + strings.Repeat(`\ud83d\ude00`, 1000) + `"]`, "[" + strings.Repeat(`1,-1,`, 5000) + "1]",
		strings.Repeat("[", 10000), `["` + strings.Repeat("x", 10000),
	} {
		data := []byte(c)
		if n := testing.AllocsPerRun(10, func() { Parse(data) }); n > 1 {
			t.Errorf("%.20s… takes %v allocations", c, n)
		}
	}
}

func TestNewText(t *testing.T) {
	for s, want := range map[string]error{"a\r\nb": ErrCR, "\xed\xa0\xbd": ErrSurrogate, "é\r": ErrCR, "\xff": ErrSurrogate} {
		if _, err := NewText(s); !errors.Is(err, want) {
			t.Errorf("NewText(%q): %v, want %v", s, err, want)
		}
	}
}

// TestTie: of two inserts at one place, the one that is ordered later goes to the left.
func TestTie(t *testing.T) {
	later, earlier := op(t, `[2,"L",2]`), op(t, `[2,"E",2]`)
	l, e, err := Transform(later, earlier)
	if err != nil || wire(l) != `[2,"L",3]` || wire(e) != `[3,"E",2]` {
		t.Errorf("%s and %s, %v", wire(l), wire(e), err)
	}
	if got := applied(t, text(t, "abcd"), earlier, l).String(); got != "abLEcd" {
		t.Errorf("%q", got)
	}
}

// TestOneByOne: transforming over a composition of what happened is not the same as transforming over each.
func TestOneByOne(t *testing.T) {
	l := NewLog(text(t, "ab"))
	for _, o := range []string{`[1,-1]`, `[1,"X"]`} {
		if err := l.Append(op(t, o), 0); err != nil {
			t.Fatal(err)
		}
	}
	late := op(t, `[2,"L"]`)
	got, err := l.Rebase(late, 0)
	if err != nil || applied(t, l.TextAt(2), got).String() != "aLX" {
		t.Errorf("%s, %v", wire(got), err)
	}
	both, _ := Compose(l.Op(0), l.Op(1))
	if other, _, _ := Transform(late, both); other == got {
		t.Error("this case doesn't tell the two ways apart")
	}
}

func TestErrors(t *testing.T) {
	a, b, x := op(t, `[2,"XY",-1,1]`), op(t, `[3]`), text(t, "abc")
	_, err := Compose(a, b)
	_, _, err1 := Transform(a, b)
	_, err2 := a.Invert(x)
	_, err3 := Compose(op(t, `["😀"]`), op(t, `[1,"x",1]`))
	l := NewLog(x)
	_, err4 := l.Rebase(a, 0)
	_, err5 := l.Rebase(b, 1)
	for i, c := range []struct{ got, want error }{
		{err, ErrBase}, {err1, ErrBase}, {err2, ErrBase}, {err3, ErrSplit}, {err4, ErrBase}, {err5, ErrBase},
		{x.Apply(a), ErrBase}, {l.Append(a, 0), ErrBase}, {l.Append(b, -1), ErrLimit}, {l.Append(b, MaxAuthor+1), ErrLimit},
	} {
		if !errors.Is(c.got, c.want) || !errors.Is(c.got, ErrInvalid) || !strings.HasPrefix(c.got.Error(), "ot: ") {
			t.Errorf("%d: %v, want %v", i, c.got, c.want)
		}
	}
}

func TestSplice(t *testing.T) {
	for want, got := range map[string]Op{
		`[2,"x",-1,2]`:         Splice(5, 2, 1, "x"),
		`[5,"a\nb\nc"]`:        Splice(5, 9, 9, "a\r\nb\rc"),
		`[-5]`:                 Splice(5, -1, 99, ""),
		`[5]`:                  Splice(5, 1, -3, ""),
		`[]`:                   Splice(-1, 0, 0, ""),
		`["` + "\ufffd" + `"]`: Splice(0, 0, 0, "\xed\xa0\xbd"[:1]),
	} {
		if wire(got) != want {
			t.Errorf("%s, want %s", wire(got), want)
		}
		canonical(t, got)
	}
	if (Op{}) != Splice(0, 0, 0, "") || (Op{}) != op(t, "[]") {
		t.Error("the zero Op is not the empty op")
	}
}

func TestBuilder(t *testing.T) {
	var b Builder
	b.Keep(1)
	b.Keep(1)
	b.Keep(-5)
	b.Delete(1)
	b.Insert("é")
	b.Insert("")
	b.Delete(2)
	b.Insert("b")
	b.Insert("c")
	b.Keep(0)
	b.Keep(3)
	b.Delete(0)
	b.Insert("e")
	if got := wire(b.Op()); got != `[2,"ébc",-3,3,"e"]` {
		t.Error(got)
	}
}

func TestDiff(t *testing.T) {
	for _, c := range []struct{ a, b, want string }{
		{"", "", `[]`},
		{"abc", "abc", `[3]`},
		{"x😀y", "x😁y", `[1,"😁",-2,1]`},
		{"one\ntwo\nthree\n", "one\n2\nthree\nfour\n", `[4,"2",-3,7,"four\n"]`},
		{"f(a, b)\ng(c)\n", "f(a1, b2)\ng(c)\n", `[3,"1",3,"2",7]`},
		{"a\nb\nc\nd\n", "b\nd\n", `[-2,2,-2,2]`},
	} {
		if got := wire(Diff(text(t, c.a), text(t, c.b))); got != c.want {
			t.Errorf("from %q to %q: %s, want %s", c.a, c.b, got, c.want)
		}
	}
	// Nothing in common, and no search without end.
	a, b := strings.Repeat("abcdefgh\n", 20000), strings.Repeat("hgfedcba\n\n", 20000)
	if o := Diff(text(t, a), text(t, b)); !applied(t, text(t, a), o).Equal(text(t, b)) {
		t.Error("a large difference is wrong")
	}
}

// The page reckons with the same (assets/editor/op.test.js).
func TestHash(t *testing.T) {
	for s, want := range map[string]uint32{"": 2166136261, "héllo\n": 3187864905, "你好 😀": 1479454881} {
		if got := text(t, s).Hash(); got != want {
			t.Errorf("%q: %d, want %d", s, got, want)
		}
	}
}

func TestText(t *testing.T) {
	const s = "hé😀\n你"
	x := text(t, s)
	h := fnv.New32a()
	for _, u := range utf16.Encode([]rune(s)) {
		binary.Write(h, binary.LittleEndian, u)
	}
	for gap := range x.Len() + 1 {
		x.move(gap)
		if x.String() != s || x.Len() != 6 || x.Hash() != h.Sum32() || x.Slice(1, 4) != "é😀" || !x.Equal(text(t, s)) {
			t.Errorf("gap at %d: %q", gap, x.String())
		}
	}
	if x.Equal(text(t, "hé😁\n你")) || x.Equal(text(t, "h")) {
		t.Error("different texts are equal")
	}
	y := x.Clone()
	if err := y.Apply(op(t, `[2,"x",-2,2]`)); err != nil || x.String() != s {
		t.Errorf("a clone shares with its original: %q, %v", x, err)
	}
}

func TestEncodingJSON(t *testing.T) {
	type frame struct{ Op Op }
	in := frame{Splice(3, 1, 1, "<é😀\x00\u2028>")}
	data, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	var out frame
	if err := json.Unmarshal(data, &out); err != nil || out != in {
		t.Errorf("%s: %v", data, err)
	}
	if err := json.Unmarshal([]byte(`{"Op":["\ud83d"]}`), &out); !errors.Is(err, ErrSurrogate) {
		t.Errorf("a lone surrogate: %v", err)
	}
	if n := len(wire(Splice(5000, 1234, 0, "a"))); n > 15 {
		t.Errorf("a keystroke takes %d bytes", n)
	}
}

// TestOTJS compares with another implementation; testdata/vectors/README.md says where it comes from.
func TestOTJS(t *testing.T) {
	f, err := os.Open("testdata/vectors/otjs.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	n := 0
	for lines := bufio.NewScanner(f); lines.Scan(); n++ {
		var s, sa, sab string
		var a, b, c, a1, b1, ac, ai Op
		if err := json.Unmarshal(lines.Bytes(), &[]any{&s, &a, &b, &c, &a1, &b1, &ac, &ai, &sa, &sab}); err != nil {
			t.Fatalf("line %d: %v", n, err)
		}
		x := text(t, s)
		ga, gb, _ := Transform(a, b)
		gc, _ := Compose(a, c)
		gi, _ := a.Invert(x)
		if ga != a1 || gb != b1 || gc != ac || gi != ai {
			t.Errorf("line %d: %s %s %s %s", n, wire(ga), wire(gb), wire(gc), wire(gi))
		}
		if applied(t, x, a).String() != sa || applied(t, x, a, gb).String() != sab {
			t.Errorf("line %d: another text", n)
		}
	}
	if n != 1000 {
		t.Errorf("%d lines", n)
	}
}
