// Package ot is the text engine: operations on a text, the text itself, and the log of operations that it came from.
//
// Every position and length is in UTF-16 code units, as editors in a browser count. Nothing here knows a clock, a
// network or a goroutine; a Text and a Log belong to one goroutine, an Op is a value and may be shared.
package ot

import (
	"math"
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

// Op is one edit of a whole text: replacements in the order of the text, of which no two touch and none is empty. It
// is immutable, and two Ops are the same edit exactly if they are ==. The zero Op is the empty op on the empty text.
type Op struct {
	// The replacements, packed: the units kept before it, those of its insert (lowest bit: 1 if it is not ASCII, and
	// its size in bytes follows), the insert as UTF-8, the units it cuts; each number a varint. So an op is one
	// allocation, and goes into a Log and comes out again as it is.
	s            string
	base, target int
}

// cursor reads the replacements of an op. It holds no second pointer into the op, which would cost a write barrier
// for each of them.
type cursor struct {
	s              string
	i              int  // where the next one starts in s
	keep, ins, cut int  // units, what is left of this one, in this order
	at, end        int  // where in s the rest of its insert is
	over           bool // there is none left, and keep goes on forever
}

// next goes on to the next replacement, unless that was the last.
func (c *cursor) next() bool {
	if c.i < len(c.s) {
		c.read()
		return true
	}
	c.keep, c.over = math.MaxInt, true
	return false
}

func (c *cursor) read() {
	keep, i := uvarint(c.s, c.i)
	n, i := uvarint(c.s, i)
	size := n >> 1
	c.keep, c.ins = keep, size
	if n&1 != 0 {
		size, i = uvarint(c.s, i)
	}
	c.at, c.end = i, i+size
	c.cut, c.i = uvarint(c.s, i+size)
}

// text is the rest of the insert.
func (c *cursor) text() string { return c.s[c.at:c.end] }

// The parts of a replacement, as Compose and Transform and the wire see them.
const (
	keep = iota
	ins
	del
)

// part is what comes next, and how many units of it.
func (c *cursor) part() (kind, n int) {
	switch {
	case c.keep > 0:
		return keep, c.keep
	case c.ins > 0:
		return ins, c.ins
	}
	return del, c.cut
}

// drop passes over n units of what comes next.
func (c *cursor) drop(n int) {
	switch kind, _ := c.part(); kind {
	case keep:
		c.keep -= n
	case ins:
		c.ins -= n
	default:
		c.cut -= n
	}
	if c.keep|c.ins|c.cut == 0 {
		c.next()
	}
}

// head takes the text of the first n units of an insert, unless that cuts a pair. The caller drops them.
func (c *cursor) head(n int) (text string, ok bool) {
	from := c.at
	if c.end-c.at == c.ins {
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
func (o Op) IsNoop() bool { return o.s == "" }

// Edits yields the replacements in ascending order, each position being in the text before o.
func (o Op) Edits(yield func(pos, cut int, text string) bool) {
	c := cursor{s: o.s}
	for pos := 0; c.next(); pos += c.cut {
		pos += c.keep
		if !yield(pos, c.cut, c.text()) {
			return
		}
	}
}

// Map tells where a position in the text before o is after it. Exactly where o inserts, it stays left of the insert,
// or with after goes to the right of it.
func (o Op) Map(pos int, after bool) int {
	c := cursor{s: o.s}
	to := pos
	for at := 0; c.next(); at += c.cut {
		if at += c.keep; pos < at || pos == at && !after {
			break
		}
		to += c.ins - min(c.cut, pos-at)
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
		return Op{"", base, base}
	}
	b := make([]byte, 0, len(text)+7+min(len(text)/8, 8)) // three for pos, one for n, or more if it's long, three for cut
	b = append(appendSize(appendUvarint(b, pos), n, len(text)), text...)
	return Op{view(appendUvarint(b, cut)), base, base - cut + n}
}

// Builder makes an op of parts in any form, in the order of the text. The zero Builder is ready, a nil one ignores.
type Builder struct {
	out            []byte
	keep, ins, cut int // the last replacement; of it only keep and the insert are in out, if there is an insert
	at             int // where that insert starts in out, after a byte that flush makes its size
	base, target   int // of what came before
	parts          int
	wide           bool // an insert is over MaxInsert
}

// Keep leaves the next n units as they are.
func (b *Builder) Keep(n int) {
	if b == nil || n <= 0 {
		return
	}
	if b.ins|b.cut != 0 {
		b.flush()
	}
	b.keep += n
}

// Delete removes the next n units.
func (b *Builder) Delete(n int) {
	if b != nil && n > 0 {
		b.cut += n
	}
}

// Insert puts text here. As no text may hold them, carriage returns become line feeds and what is not UTF-8 becomes
// U+FFFD; a caller who would rather refuse asks NewText before.
func (b *Builder) Insert(text string) { b.insert(clean(text)) }

// insert is Insert of a clean text of n units. Inlined, it would be a tenth of the package in the browser's program.
//
//go:noinline
func (b *Builder) insert(text string, n int) {
	if b == nil || n == 0 {
		return
	}
	b.open()
	b.out = append(b.out, text...)
	b.ins += n
}

// open makes out ready for the text of an insert.
func (b *Builder) open() {
	if b.ins == 0 {
		b.out = append(appendUvarint(b.out, b.keep), 0)
		b.at = len(b.out)
	}
}

// flush ends a replacement.
func (b *Builder) flush() {
	b.open()
	if size := len(b.out) - b.at; size == b.ins && size < 0x40 {
		b.out[b.at-1] = byte(size << 1)
	} else {
		var room [8]byte
		head := appendSize(room[:0], b.ins, size)
		b.out = append(b.out, head[1:]...)
		copy(b.out[b.at-1+len(head):], b.out[b.at:])
		copy(b.out[b.at-1:], head)
	}
	b.out = appendUvarint(b.out, b.cut)
	b.base += b.keep + b.cut
	b.target += b.keep + b.ins
	b.parts += min(b.keep, 1) + min(b.ins, 1) + min(b.cut, 1)
	b.wide = b.wide || b.ins > MaxInsert
	b.keep, b.ins, b.cut = 0, 0, 0
}

// Op is what was built. Its size is not checked here, but by Compose, Transform and Text.Apply.
func (b *Builder) Op() Op {
	if b.ins|b.cut != 0 {
		b.flush()
	}
	return Op{view(b.out), b.base + b.keep, b.target + b.keep}
}

// rest is Op with what is left of a text of base units kept.
func (b *Builder) rest(base int) Op {
	b.Keep(base - b.base - b.keep - b.cut)
	return b.Op()
}

// op is rest within the limits.
func (b *Builder) op(base int) (Op, error) {
	o := b.rest(base)
	if b.wide || b.parts+min(b.keep, 1) > MaxParts || o.base > MaxText || o.target > MaxText {
		return Op{}, ErrLimit
	}
	return o, nil
}

// appendSize appends the sizes of an insert.
func appendSize(b []byte, units, bytes int) []byte {
	if units == bytes {
		return appendUvarint(b, units<<1)
	}
	return appendUvarint(appendUvarint(b, units<<1|1), bytes)
}

func appendUvarint(b []byte, x int) []byte {
	for ; x >= 0x80; x >>= 7 {
		b = append(b, byte(x)|0x80)
	}
	return append(b, byte(x))
}

// uvarint reads the number at i, and tells where it ends.
func uvarint(s string, i int) (x, end int) {
	for shift := uint(0); ; shift += 7 {
		b := int(s[i])
		i++
		x |= (b & 0x7f) << (shift & 63)
		if b < 0x80 {
			return x, i
		}
	}
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
		if c := s[i]; c == '\r' {
			return 0, ErrCR
		} else if c >= utf8.RuneSelf {
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
