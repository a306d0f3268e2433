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
	t.write(t.replace(0, 0, n), s)
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
	t.apply(o)
	return nil
}

// check tells why o can't be done, or would leave more than most units.
func (t *Text) check(o Op, most int) error {
	if o.base != t.Len() {
		return ErrBase
	}
	if o.target > most {
		return ErrLimit
	}
	if !t.pairs {
		return nil
	}
	c := cursor{s: o.s}
	for pos := 0; c.next(); pos += c.cut {
		if pos += c.keep; t.inPair(pos) || t.inPair(pos+c.cut) {
			return ErrSplit
		}
	}
	return nil
}

// inPair tells whether i is inside a pair. As every pair is whole, a low surrogate follows.
func (t *Text) inPair(i int) bool { return i < t.Len() && t.unit(i)&0xfc00 == 0xdc00 }

func (t *Text) apply(o Op) {
	c := cursor{s: o.s}
	for pos := 0; c.next(); pos += c.ins {
		pos += c.keep
		t.write(t.replace(pos, c.cut, c.ins), c.text())
	}
}

// replace makes of the cut units at pos n others, for the caller to fill.
func (t *Text) replace(pos, cut, n int) []uint16 {
	t.move(pos)
	t.end += cut
	if t.end-t.gap < n {
		t.grow(n)
	}
	t.gap += n
	return t.buf[pos:t.gap]
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

// grow makes the gap at least n units long.
func (t *Text) grow(n int) {
	size := t.Len() + n
	buf := make([]uint16, 2*size+64)
	copy(buf, t.buf[:t.gap])
	end := len(buf) - (len(t.buf) - t.end)
	copy(buf[end:], t.buf[t.end:])
	t.buf, t.end = buf, end
}

// write fills dst with s, which has as many units.
func (t *Text) write(dst []uint16, s string) {
	if len(s) == len(dst) {
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
