package ot

import (
	"unicode/utf16"
	"unicode/utf8"
)

// Text is a gap buffer of UTF-16 units: typing at one place moves nothing. It never holds half a surrogate pair nor a
// carriage return.
type Text struct {
	buf      []uint16 // the text is buf[:gap] and then buf[end:]
	gap, end int
}

// NewText refuses what no op could have written.
func NewText(s string) (*Text, error) {
	n, kind, err := measure(s)
	if err != nil {
		return nil, err
	}
	if n > MaxText {
		return nil, ErrLimit
	}
	t := &Text{}
	t.insert(s, n, kind)
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
	if i < t.gap {
		dst = appendUTF8(dst, t.buf[i:min(j, t.gap)])
	}
	if j > t.gap {
		hole := t.end - t.gap
		dst = appendUTF8(dst, t.buf[max(i, t.gap)+hole:j+hole])
	}
	return string(dst)
}

func appendUTF8(dst []byte, units []uint16) []byte {
	for i := 0; i < len(units); i++ {
		u := units[i]
		if u < utf8.RuneSelf {
			dst = append(dst, byte(u))
			continue
		}
		r := rune(u)
		if utf16.IsSurrogate(r) && i+1 < len(units) {
			if pair := utf16.DecodeRune(r, rune(units[i+1])); pair != utf8.RuneError {
				r = pair
				i++
			}
		}
		dst = utf8.AppendRune(dst, r)
	}
	return dst
}

// Clone is a copy of t that shares nothing with it.
func (t *Text) Clone() *Text {
	return &Text{buf: t.units(nil), gap: t.Len(), end: t.Len()}
}

func (t *Text) units(dst []uint16) []uint16 {
	return append(append(dst, t.buf[:t.gap]...), t.buf[t.end:]...)
}

// Equal tells whether both hold the same text.
func (t *Text) Equal(u *Text) bool {
	n := t.Len()
	if n != u.Len() {
		return false
	}
	for i := range n {
		if t.unit(i) != u.unit(i) {
			return false
		}
	}
	return true
}

// Hash is FNV-1a over the units, low byte first. It is never 0, so that 0 can stand for none.
func (t *Text) Hash() uint32 {
	h := uint32(2166136261)
	for _, half := range [2][]uint16{t.buf[:t.gap], t.buf[t.end:]} {
		for _, u := range half {
			h = (h ^ uint32(u&0xff)) * 16777619
			h = (h ^ uint32(u>>8)) * 16777619
		}
	}
	return max(h, 1)
}

// Apply does o, or refuses it and leaves the text as it was.
func (t *Text) Apply(o Op) error {
	if err := t.check(o); err != nil {
		return err
	}
	t.apply(o.s)
	return nil
}

// check looks at each border of a part: none may lie inside a pair. Since pairs are whole, a low unit tells.
func (t *Text) check(o Op) error {
	n := t.Len()
	if o.base != n {
		return ErrBase
	}
	if o.target > MaxText {
		return ErrLimit
	}
	pos := 0
	for c := parts(o.s); c.n > 0; c.next() {
		if c.kind >= ins {
			continue
		}
		if pos += c.n; pos < n && t.unit(pos)&0xfc00 == 0xdc00 {
			return ErrSplit
		}
	}
	return nil
}

func (t *Text) apply(s string) {
	pos := 0
	for c := parts(s); c.n > 0; c.next() {
		switch c.kind {
		case keep:
			pos += c.n
		case del:
			t.move(pos)
			t.end += c.n
		default:
			t.move(pos)
			t.insert(c.text, c.n, c.kind)
			pos += c.n
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

func (t *Text) insert(s string, n, kind int) {
	dst := t.room(n)
	if kind == ins {
		for i := range dst {
			dst[i] = uint16(s[i])
		}
		return
	}
	i := 0
	for _, r := range s {
		if r < 0x10000 {
			dst[i] = uint16(r)
			i++
		} else {
			hi, lo := utf16.EncodeRune(r)
			dst[i], dst[i+1] = uint16(hi), uint16(lo)
			i += 2
		}
	}
}
