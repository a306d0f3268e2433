package ot

import (
	"unicode/utf16"
	"unicode/utf8"
)

// Text is a gap buffer of UTF-16 units: typing at one place moves nothing. It holds no half of a surrogate pair and no
// carriage return.
type Text struct {
	buf      []uint16 // the text is buf[:gap] and buf[end:]
	gap, end int
	pairs    bool // there was a surrogate pair in it, so ops must be checked not to cut one
}

// NewText refuses what no op could have written.
func NewText(s string) (*Text, error) {
	n, err := measure(s)
	if err == nil && n > MaxText {
		err = ErrLimit
	}
	if err != nil {
		return nil, err
	}
	t := &Text{}
	t.insert(s, n)
	return t, nil
}

// Len is the length in units.
func (t *Text) Len() int { return len(t.buf) - (t.end - t.gap) }

func (t *Text) unit(i int) uint16 {
	if i >= t.gap {
		i += t.end - t.gap
	}
	return t.buf[i]
}

// String is the whole text.
func (t *Text) String() string { return t.Slice(0, t.Len()) }

// Slice is the text from unit i up to unit j. Half a pair at an end reads as U+FFFD.
func (t *Text) Slice(i, j int) string {
	dst := make([]byte, 0, j-i)
	for ; i < j; i++ {
		r := rune(t.unit(i))
		if r < utf8.RuneSelf {
			dst = append(dst, byte(r))
			continue
		}
		if utf16.IsSurrogate(r) && i+1 < j {
			r = utf16.DecodeRune(r, rune(t.unit(i+1)))
			i++
		}
		dst = utf8.AppendRune(dst, r)
	}
	return string(dst)
}

// Clone is a copy of t that shares nothing with it.
func (t *Text) Clone() *Text {
	buf := make([]uint16, 0, t.Len())
	buf = append(append(buf, t.buf[:t.gap]...), t.buf[t.end:]...)
	return &Text{buf, len(buf), len(buf), t.pairs}
}

// Equal tells whether both hold the same text.
func (t *Text) Equal(u *Text) bool {
	same := t.Len() == u.Len()
	for i := 0; same && i < t.Len(); i++ {
		same = t.unit(i) == u.unit(i)
	}
	return same
}

// Hash is FNV-1a over the units, low byte first. It is never 0, so that 0 can stand for none.
func (t *Text) Hash() uint32 {
	h := uint32(2166136261)
	for i := range t.Len() {
		u := t.unit(i)
		h = (h ^ uint32(u&0xff)) * 16777619
		h = (h ^ uint32(u>>8)) * 16777619
	}
	return max(h, 1)
}

// Apply does o, or refuses it and leaves the text as it was.
func (t *Text) Apply(o Op) error {
	if err := t.check(o, MaxText); err != nil {
		return err
	}
	t.apply(o.s, writeText)
	return nil
}

// check tells why o can't be done, or would leave more than most units.
func (t *Text) check(o Op, most int) error {
	n := t.Len()
	if o.base != n {
		return ErrBase
	}
	if o.target > most {
		return ErrLimit
	}
	if !t.pairs {
		return nil
	}
	pos := 0
	c := cursor{s: o.s}
	for c.next() {
		if c.kind == ins {
			continue
		}
		// As every pair is whole, a border before a low surrogate is inside one.
		if pos += c.n; pos < n && t.unit(pos)&0xfc00 == 0xdc00 {
			return ErrSplit
		}
	}
	return nil
}

const writeText = -1

// apply does the op s. Instead of its text it writes author, if that is not writeText.
func (t *Text) apply(s string, author int) {
	pos := 0
	c := cursor{s: s}
	for c.next() {
		switch {
		case c.kind == keep:
			pos += c.n
		case c.kind == del:
			t.move(pos)
			t.end += c.n
		default:
			t.move(pos)
			pos += c.n
			if author == writeText {
				t.insert(c.text(), c.n)
			} else {
				t.fill(c.n, author)
			}
		}
	}
}

// move brings the gap to pos.
func (t *Text) move(pos int) {
	if n := t.gap - pos; n > 0 {
		copy(t.buf[t.end-n:t.end], t.buf[pos:t.gap])
		t.end -= n
	} else if n < 0 {
		copy(t.buf[t.gap:pos], t.buf[t.end:t.end-n])
		t.end -= n
	}
	t.gap = pos
}

// room opens n units at the gap, for the caller to fill.
func (t *Text) room(n int) []uint16 {
	if t.end-t.gap < n {
		size := t.Len() + n
		buf := make([]uint16, size+size/4+64)
		copy(buf, t.buf[:t.gap])
		end := len(buf) - (len(t.buf) - t.end)
		copy(buf[end:], t.buf[t.end:])
		t.buf, t.end = buf, end
	}
	t.gap += n
	return t.buf[t.gap-n : t.gap]
}

func (t *Text) fill(n, author int) {
	for i, dst := 0, t.room(n); i < n; i++ {
		dst[i] = uint16(author)
	}
}

func (t *Text) insert(s string, n int) {
	dst := t.room(n)
	if len(s) == n {
		for i := range dst {
			dst[i] = uint16(s[:len(dst)][i])
		}
		return
	}
	dst = dst[:0]
	for _, r := range s {
		t.pairs = t.pairs || r > 0xffff
		dst = utf16.AppendRune(dst, r)
	}
}
