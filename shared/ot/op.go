// Package ot is the text engine: operations on a text, the text itself, and the log of operations that it came from.
//
// Every position and length is in UTF-16 code units, as editors in a browser count. Nothing here knows a clock, a
// network or a goroutine; a Text and a Log belong to one goroutine, an Op is a value and may be shared.
package ot

import (
	"strings"
	"unicode/utf8"
	"unsafe"
)

// What a text and an op may hold. Parse, Compose, Transform and Invert refuse to make more, so what one side could
// make, the other side can read; large.go has the same without limits, for what no other side reads.
const (
	MaxText   = 1 << 20   // units in a text: a hundred times a long interview
	MaxInsert = 256 << 10 // units in one insert: half of a frame
	MaxParts  = 20000     // parts of one op: a replace-all with 6,666 hits
)

// invalid is an error of this package; errors.Is(err, ErrInvalid) holds for each of them.
type invalid string

func (e invalid) Error() string     { return "ot: " + string(e) }
func (e invalid) Is(err error) bool { return err == ErrInvalid }

const (
	ErrInvalid   = invalid("invalid")
	ErrBase      = invalid("op is for a text of another length")
	ErrSplit     = invalid("op cuts a surrogate pair")
	ErrSyntax    = invalid("not an array of integers and strings")
	ErrCanonical = invalid("op is not in canonical form")
	ErrLimit     = invalid("over a limit of text, insert or parts")
	ErrSurrogate = invalid("lone surrogate or broken UTF-8")
	ErrCR        = invalid("carriage return")
)

// Op is one edit of a whole text, in canonical form: no part is empty, no two neighbours are of one kind, an insert
// stands before a delete. It is immutable, and two Ops are the same edit exactly if they are ==. The zero Op is the
// empty op on the empty text.
type Op struct {
	// The parts, packed: a varint of length<<2 | kind; after an insert's its text as UTF-8, before which stands its
	// size if it is wide. So an op is one allocation, and goes into a Log and comes out again as it is.
	s            string
	base, target int
}

const (
	keep = iota
	del
	ins
	wide // how an insert that is not ASCII is packed, its size in bytes being another than in units
)

// cursor reads the parts of an op. At the end kind is keep and n is 0. It holds no second pointer into the op, which
// would cost a write barrier for each part.
type cursor struct {
	s    string
	i    int // where the next part starts in s
	kind int // keep, del or ins
	n    int // units, what is left of the part
	at   int // where in s the rest of an insert's text starts; it ends at i
}

// next goes on to the next part, unless that was the last.
func (c *cursor) next() bool {
	if c.i == len(c.s) {
		c.kind, c.n = keep, 0
		return false
	}
	x := c.uvarint()
	c.kind, c.n = x&3, x>>2
	if c.kind >= ins {
		size := c.n
		if c.kind == wide {
			size = c.uvarint()
		}
		c.kind, c.at = ins, c.i
		c.i += size
	}
	return true
}

func (c *cursor) uvarint() int {
	s, i, x := c.s, c.i, 0 // in locals, or each byte would load them again
	for shift := uint(0); ; shift += 7 {
		b := int(s[i])
		i++
		x |= (b & 0x7f) << (shift & 63)
		if b < 0x80 {
			c.i = i
			return x
		}
	}
}

// text is the rest of an insert.
func (c *cursor) text() string { return c.s[c.at:c.i] }

// drop passes over n units of a part.
func (c *cursor) drop(n int) {
	if c.n -= n; c.n == 0 {
		c.next()
	}
}

// cut takes the text of the first n units of an insert, unless that cuts a pair.
func (c *cursor) cut(n int) (text string, ok bool) {
	from := c.at
	if c.i-c.at == c.n {
		c.at += n
		return c.s[from:c.at], true
	}
	for ; n > 0; n-- {
		_, k := utf8.DecodeRuneInString(c.text())
		c.at += k
		n -= k >> 2 // four bytes are a pair
	}
	return c.s[from:c.at], n == 0
}

// Base is the length of the text that o applies to, Target that of the result.
func (o Op) Base() int   { return o.base }
func (o Op) Target() int { return o.target }

// IsNoop tells whether o changes nothing.
func (o Op) IsNoop() bool {
	c := cursor{s: o.s}
	c.next()
	return c.kind == keep && c.n == o.base && o.base == o.target
}

// Edits yields o as replacements in ascending order, each position being in the text before o.
func (o Op) Edits(yield func(pos, cut int, text string) bool) {
	pos, text := 0, ""
	c := cursor{s: o.s}
	for c.next() {
		switch c.kind {
		case ins:
			text = c.text()
			if c.i < len(c.s) && c.s[c.i]&3 == del {
				continue // both are one replacement
			}
			c.n = 0
			fallthrough
		case del:
			if !yield(pos, c.n, text) {
				return
			}
			text = ""
		}
		pos += c.n
	}
}

// Map tells where a position in the text before o is after it. Exactly where o inserts, it stays left of the insert,
// or with after goes to the right of it.
func (o Op) Map(pos int, after bool) int {
	at, to := 0, pos
	c := cursor{s: o.s}
	for at <= pos && c.next() {
		if c.kind == ins {
			if at < pos || after {
				to += c.n
			}
			continue
		}
		if c.kind == del {
			to -= min(c.n, pos-at)
		}
		at += c.n
	}
	return to
}

// Splice is the op that replaces cut units at pos by text, in a text of base units. What lies outside is left out, and
// text is cleaned as by Builder.Insert.
func Splice(base, pos, cut int, text string) Op {
	base = max(base, 0)
	pos = min(max(pos, 0), base)
	cut = min(max(cut, 0), base-pos)
	text, n := clean(text)
	if n+cut == 0 {
		pos = base
	}
	b := make([]byte, 0, 12+len(text)) // all but always enough
	if pos > 0 {
		b = appendUvarint(b, pos<<2|keep)
	}
	if n > 0 {
		b = putHead(append(append(b, 0), text...), len(b), n)
	}
	if cut > 0 {
		b = appendUvarint(b, cut<<2|del)
	}
	if rest := base - pos - cut; rest > 0 {
		b = appendUvarint(b, rest<<2|keep)
	}
	return Op{view(b), base, base - cut + n}
}

// Builder makes an op of parts in any form, in the order of the text. The zero Builder is ready, a nil one ignores.
type Builder struct {
	out          []byte
	keep         int // the last part, not in out yet: either this
	ins, del     int // or these
	at           int // where the text of ins starts in out, after a byte that flush makes its head
	base, target int
	parts        int
	over         bool // an insert is over MaxInsert
}

// Keep leaves the next n units as they are.
func (b *Builder) Keep(n int) {
	if b == nil || n <= 0 {
		return
	}
	if b.ins|b.del != 0 {
		b.flush()
	}
	b.keep += n
}

// Delete removes the next n units.
func (b *Builder) Delete(n int) {
	if b == nil || n <= 0 {
		return
	}
	if b.keep != 0 {
		b.flush()
	}
	b.del += n
}

// Insert puts text here. As no text may hold them, carriage returns become line feeds and what is not UTF-8 becomes
// U+FFFD; a caller who would rather refuse asks NewText before.
func (b *Builder) Insert(text string) {
	b.insert(clean(text))
}

func (b *Builder) insert(text string, n int) {
	if b == nil || n == 0 {
		return
	}
	if b.keep != 0 {
		b.flush()
	}
	if b.ins == 0 {
		b.at = len(b.out)
		b.out = append(b.out, 0)
	}
	b.out = append(b.out, text...)
	b.ins += n
}

// flush writes the last part down. Whatever a part costs is here, so that Keep and Delete can be inlined.
func (b *Builder) flush() {
	if b.keep != 0 {
		b.out = appendUvarint(b.out, b.keep<<2|keep)
		b.parts++
	}
	if b.ins != 0 {
		b.out = putHead(b.out, b.at, b.ins)
		b.over = b.over || b.ins > MaxInsert
		b.parts++
	}
	if b.del != 0 {
		b.out = appendUvarint(b.out, b.del<<2|del)
		b.parts++
	}
	b.base += b.keep + b.del
	b.target += b.keep + b.ins
	b.keep, b.ins, b.del = 0, 0, 0
}

// Op is what was built. Its size is not checked here, but by Compose, Transform and Text.Apply.
func (b *Builder) Op() Op {
	b.flush()
	return Op{view(b.out), b.base, b.target}
}

// op is Op within the limits.
func (b *Builder) op() (Op, error) {
	o := b.Op()
	if b.over || b.parts > MaxParts || b.base > MaxText || b.target > MaxText {
		return Op{}, ErrLimit
	}
	return o, nil
}

// putHead ends the insert of n units whose text goes from at+1 to the end of b. At at is room for a short head.
func putHead(b []byte, at, n int) []byte {
	size := len(b) - at - 1
	if x := n<<2 | ins; n == size && x < 0x80 {
		b[at] = byte(x)
		return b
	}
	var room [12]byte
	head := appendUvarint(room[:0], n<<2|ins)
	if n != size {
		head = appendUvarint(appendUvarint(room[:0], n<<2|wide), size)
	}
	b = append(b, head[1:]...)
	copy(b[at+len(head):], b[at+1:])
	copy(b[at:], head)
	return b
}

func appendUvarint(b []byte, x int) []byte {
	for ; x >= 0x80; x >>= 7 {
		b = append(b, byte(x)|0x80)
	}
	return append(b, byte(x))
}

// view is b as a string without a copy, for bytes that are only ever appended to.
func view(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// clean makes s fit for a text and tells its units.
func clean(s string) (string, int) {
	n, err := measure(s)
	if err != nil {
		s = strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\r\n", "\n")
		s = strings.ReplaceAll(s, "\r", "\n")
		n, _ = measure(s)
	}
	return s, n
}

// measure tells the units of s, or why s can't be in a text.
func measure(s string) (n int, err error) {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c-' ' < utf8.RuneSelf-' ' {
			continue
		}
		if c == '\r' {
			return 0, ErrCR
		}
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(s[i:])
			if r == utf8.RuneError && size == 1 {
				return 0, ErrSurrogate // UTF-8 has no proper way to hold one
			}
			i += size - 1
			n -= size - 1 - size>>2 // units it has less than bytes; four bytes are a pair
		}
	}
	return len(s) + n, nil
}
