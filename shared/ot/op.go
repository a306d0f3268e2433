// Package ot is the text engine: operations on a text, the text itself, and the log of operations that it came from.
//
// Every position and length is in UTF-16 code units, as editors in a browser count. Nothing here knows a clock, a
// network or a goroutine; a Text and a Log belong to one goroutine, an Op is a value and may be shared.
package ot

import (
	"strings"
	"unicode/utf8"
)

// What one op and one text may hold. Parse, Compose, Transform and Invert refuse to make more, so that whatever
// one side could make the other side can read.
const (
	MaxText   = 1 << 20   // units in a text: a hundred times a long interview
	MaxInsert = 256 << 10 // units in one insert: half of a frame
	MaxParts  = 20000     // parts of one op: replace all with 6,666 hits
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
	ErrSurrogate = invalid("lone surrogate")
	ErrCR        = invalid("carriage return")
)

// Op is one edit of a whole text, in canonical form: no part is empty, no two neighbours are of one kind, an insert
// stands before a delete. It is immutable, and two Ops are the same edit exactly if they are ==. The zero Op is the
// empty op on the empty text.
type Op struct {
	// The parts, packed: a varint of length<<2 | kind; an insert's text follows as UTF-8, and if that is wide, its
	// size in bytes before it. One string is one allocation, is comparable, and goes into a Log as it is.
	s            string
	base, target int
}

// The kinds of a part. Anything from ins on is an insert.
const (
	keep = iota
	del
	ins  // of ASCII: as many bytes as units
	wide // of any text
)

// cursor reads the parts of an op. At its end kind is keep and n is 0.
type cursor struct {
	s    string // what was not read yet
	text string // of an insert
	kind int
	n    int // units, what is left of the part
}

func (c *cursor) uvarint() int {
	s := c.s
	x := int(s[0])
	if x < 0x80 {
		c.s = s[1:]
		return x
	}
	x &= 0x7f
	for i, shift := 1, 7; ; i, shift = i+1, shift+7 {
		b := int(s[i])
		x |= (b & 0x7f) << shift
		if b < 0x80 {
			c.s = s[i+1:]
			return x
		}
	}
}

func (c *cursor) next() {
	if c.s == "" {
		c.kind, c.n = keep, 0
		return
	}
	x := c.uvarint()
	c.kind, c.n = x&3, x>>2
	if c.kind >= ins {
		size := c.n
		if c.kind == wide {
			size = c.uvarint()
		}
		c.text, c.s = c.s[:size], c.s[size:]
	}
}

// drop passes over n units of a part that is not inserted whole.
func (c *cursor) drop(n int) {
	if c.n -= n; c.n == 0 {
		c.next()
	}
}

// cut takes the first n units of an insert. It fails where that would cut a surrogate pair.
func (c *cursor) cut(n int) (string, bool) {
	size := n
	if n == c.n {
		size = len(c.text)
	} else if c.kind == wide {
		var ok bool
		if size, ok = offset(c.text, n); !ok {
			return "", false
		}
	}
	s := c.text[:size]
	c.text = c.text[size:]
	c.drop(n)
	return s, true
}

func parts(s string) cursor {
	c := cursor{s: s}
	c.next()
	return c
}

// Base is the length of the text that o applies to, Target that of the result.
func (o Op) Base() int   { return o.base }
func (o Op) Target() int { return o.target }

// IsNoop tells whether o changes nothing.
func (o Op) IsNoop() bool {
	c := parts(o.s)
	return c.kind == keep && c.n == o.base && o.base == o.target
}

// Edits yields o as replacements in ascending order, each position in the text before o.
func (o Op) Edits(yield func(pos, del int, ins string) bool) {
	pos := 0
	for c := parts(o.s); c.n > 0; {
		if c.kind == keep {
			pos += c.n
			c.next()
			continue
		}
		text, n := "", 0
		if c.kind >= ins {
			text = c.text
			c.next()
		}
		if c.kind == del {
			n = c.n
			c.next()
		}
		if !yield(pos, n, text) {
			return
		}
		pos += n
	}
}

// Map tells where a position of the text before o is after it. A position exactly where o inserts stays left of the
// insert, or with after goes to its right.
func (o Op) Map(pos int, after bool) int {
	at, to := 0, pos
	for c := parts(o.s); c.n > 0 && at <= pos; c.next() {
		switch {
		case c.kind >= ins:
			if at < pos || after {
				to += c.n
			}
		case c.kind == del:
			to -= min(c.n, pos-at)
			at += c.n
		default:
			at += c.n
		}
	}
	return to
}

// Splice is the op that replaces del units at pos by ins in a text of base units. What lies outside of the text is
// cut off, and ins is cleaned as Builder.Insert does.
func Splice(base, pos, del int, ins string) Op {
	var room [64]byte
	b := Builder{b: room[:0]}
	base = max(base, 0)
	pos = min(max(pos, 0), base)
	del = min(max(del, 0), base-pos)
	b.Keep(pos)
	b.Insert(ins)
	b.Delete(del)
	b.Keep(base - pos - del)
	return b.Op()
}

// Builder makes an op from parts in any form, read from the start of the text. The zero Builder is ready.
type Builder struct {
	b            []byte
	keep         int // open parts, not in b yet: either this
	ins, del     int // or these
	at           int // where the open insert's text starts in b
	base, target int
	parts        int
	over         bool // an insert is over MaxInsert
}

// Keep leaves the next n units as they are.
func (b *Builder) Keep(n int) {
	if n <= 0 {
		return
	}
	if b.ins|b.del != 0 {
		b.flush()
	}
	b.keep += n
	b.base += n
	b.target += n
}

// Delete removes the next n units.
func (b *Builder) Delete(n int) {
	if n <= 0 {
		return
	}
	if b.keep != 0 {
		b.flush()
	}
	b.del += n
	b.base += n
}

// Insert puts text here. As no op may hold them, carriage returns become line feeds and what is not UTF-8 becomes
// U+FFFD; a caller who would rather refuse asks NewText or Parse.
func (b *Builder) Insert(text string) {
	n, _, err := measure(text)
	if err != nil {
		text = strings.ToValidUTF8(text, "\uFFFD")
		text = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
		n, _, _ = measure(text)
	}
	b.insert(text, n)
}

func (b *Builder) insert(text string, n int) {
	if n == 0 {
		return
	}
	b.open()
	b.b = append(b.b, text...)
	b.ins += n
	b.target += n
}

// open starts an insert, or goes on with it, at the end of b.b.
func (b *Builder) open() {
	if b.keep != 0 {
		b.flush()
	}
	if b.ins == 0 {
		b.at = len(b.b)
	}
}

func (b *Builder) flush() {
	if b.keep != 0 {
		b.b = appendUvarint(b.b, b.keep<<2|keep)
		b.keep = 0
		b.parts++
		return
	}
	if b.ins != 0 {
		var room [20]byte
		size := len(b.b) - b.at
		head := appendUvarint(room[:0], b.ins<<2|ins)
		if size != b.ins { // not ASCII: any other character has more bytes than units
			head = appendUvarint(appendUvarint(room[:0], b.ins<<2|wide), size)
		}
		b.b = append(b.b, head...)
		copy(b.b[b.at+len(head):], b.b[b.at:b.at+size])
		copy(b.b[b.at:], head)
		b.over = b.over || b.ins > MaxInsert
		b.ins = 0
		b.parts++
	}
	if b.del != 0 {
		b.b = appendUvarint(b.b, b.del<<2|del)
		b.del = 0
		b.parts++
	}
}

// Op is what was built. The limits are not checked here: Compose, Transform and Text.Apply do.
func (b *Builder) Op() Op {
	b.flush()
	return Op{string(b.b), b.base, b.target}
}

// op is Op within the limits.
func (b *Builder) op() (Op, error) {
	b.flush()
	if b.over || b.parts > MaxParts || b.base > MaxText || b.target > MaxText {
		return Op{}, ErrLimit
	}
	return Op{string(b.b), b.base, b.target}, nil
}

func appendUvarint(b []byte, x int) []byte {
	for x >= 0x80 {
		b = append(b, byte(x)|0x80)
		x >>= 7
	}
	return append(b, byte(x))
}

// measure tells the units of s and whether it is ASCII, or why s can't be in a text.
func measure(s string) (n, kind int, err error) {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c >= utf8.RuneSelf {
			return measureWide(s, i)
		} else if c == '\r' {
			return 0, 0, ErrCR
		}
	}
	return len(s), ins, nil
}

func measureWide(s string, i int) (n, kind int, err error) {
	n = i
	for i < len(s) {
		c := s[i]
		if c < utf8.RuneSelf {
			if c == '\r' {
				return 0, 0, ErrCR
			}
			i++
			n++
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && size == 1 {
			return 0, 0, ErrSurrogate // UTF-8 has no other way to hold one
		}
		i += size
		n += size>>2 + 1 // four bytes are a pair
	}
	return n, wide, nil
}

// offset tells the byte where unit n of s starts, unless that is inside a pair.
func offset(s string, n int) (int, bool) {
	i := 0
	for n > 0 {
		size := 1
		if s[i] >= utf8.RuneSelf {
			_, size = utf8.DecodeRuneInString(s[i:])
			n -= size >> 2
		}
		i += size
		n--
	}
	return i, n == 0
}
