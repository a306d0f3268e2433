package ot

import (
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// The wire form: [5,"x",-2,5] keeps 5, inserts x, deletes 2, keeps 5. Hand-written since encoding/json makes U+FFFD of
// a lone surrogate without a word, and takes twenty times as long in WebAssembly.

const hex = "0123456789abcdef"

// AppendJSON appends the wire form of o.
func (o Op) AppendJSON(dst []byte) []byte {
	dst = append(dst, '[')
	for c := parts(o.s); c.n > 0; c.next() {
		if dst[len(dst)-1] != '[' {
			dst = append(dst, ',')
		}
		switch c.kind {
		case keep:
			dst = strconv.AppendInt(dst, int64(c.n), 10)
		case del:
			dst = strconv.AppendInt(dst, -int64(c.n), 10)
		default:
			dst = appendString(dst, c.text)
		}
	}
	return append(dst, ']')
}

func appendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	from := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		dst = append(append(dst, s[from:i]...), '\\')
		from = i + 1
		switch c {
		case '"', '\\':
			dst = append(dst, c)
		case '\n':
			dst = append(dst, 'n')
		case '\t':
			dst = append(dst, 't')
		default:
			dst = append(dst, 'u', '0', '0', hex[c>>4], hex[c&15])
		}
	}
	return append(append(dst, s[from:]...), '"')
}

// MarshalJSON is AppendJSON for encoding/json.
func (o Op) MarshalJSON() ([]byte, error) { return o.AppendJSON(nil), nil }

// UnmarshalJSON is Parse for encoding/json.
func (o *Op) UnmarshalJSON(data []byte) (err error) {
	*o, err = Parse(data)
	return err
}

// Parse reads the wire form. It takes nothing but the canonical form of an op within the limits, and allocates no
// more than a small multiple of data, whatever data holds.
func Parse(data []byte) (Op, error) {
	var room [64]byte
	p := parser{in: data, b: Builder{b: room[:0]}}
	if len(data) > len(room) {
		p.b.b = make([]byte, 0, len(data))
	}
	if err := p.array(); err != nil {
		return Op{}, err
	}
	return p.b.op()
}

type parser struct {
	in []byte
	i  int
	b  Builder
}

// space passes over white space and returns the byte after it, 0 at the end.
func (p *parser) space() byte {
	for ; p.i < len(p.in); p.i++ {
		if c := p.in[p.i]; c != ' ' && c != '\n' && c != '\t' && c != '\r' {
			return c
		}
	}
	return 0
}

func (p *parser) array() error {
	if p.space() != '[' {
		return ErrSyntax
	}
	p.i++
	last := -1
	for c := p.space(); c != ']' || last >= 0; c = p.space() {
		kind, err := p.part(c)
		if err != nil {
			return err
		}
		if kind == last || kind == ins && last == del {
			return ErrCanonical
		}
		if p.b.parts > MaxParts || p.b.base > MaxText || p.b.target > MaxText {
			return ErrLimit
		}
		last = kind
		c = p.space()
		p.i++
		if c == ']' {
			p.i--
			break
		} else if c != ',' {
			return ErrSyntax
		}
	}
	p.i++
	p.space()
	if p.i < len(p.in) {
		return ErrSyntax
	}
	return nil
}

func (p *parser) part(c byte) (kind int, err error) {
	switch {
	case c == '"':
		p.i++
		return ins, p.text()
	case c == '-':
		p.i++
		n, err := p.number()
		p.b.Delete(n)
		return del, err
	default:
		n, err := p.number()
		p.b.Keep(n)
		return keep, err
	}
}

func (p *parser) number() (n int, err error) {
	from := p.i
	for ; p.i < len(p.in) && p.in[p.i]-'0' < 10; p.i++ {
		if n = n*10 + int(p.in[p.i]-'0'); n > MaxText {
			return 0, ErrLimit
		}
	}
	switch digits := p.i - from; {
	case digits == 0 || digits > 1 && p.in[from] == '0':
		return 0, ErrSyntax
	case n == 0:
		return 0, ErrCanonical
	}
	return n, nil // a point or an exponent is a syntax error of the array
}

// text reads a string straight into the builder's open insert.
func (p *parser) text() error {
	b := &p.b
	b.open()
	n := 0
	for p.i < len(p.in) {
		c := p.in[p.i]
		switch {
		case c == '"':
			p.i++
			if n == 0 {
				return ErrCanonical
			}
			b.ins += n
			b.target += n
			return nil
		case c < ' ':
			return ErrSyntax
		case c == '\\':
			r, err := p.escape()
			if err != nil {
				return err
			}
			b.b = utf8.AppendRune(b.b, r)
			n += utf16.RuneLen(r)
		case c < utf8.RuneSelf:
			b.b = append(b.b, c)
			p.i++
			n++
		default:
			r, size := utf8.DecodeRune(p.in[p.i:])
			if r == utf8.RuneError && size == 1 {
				return ErrSurrogate
			}
			b.b = append(b.b, p.in[p.i:p.i+size]...)
			p.i += size
			n += size>>2 + 1
		}
		if n > MaxInsert {
			return ErrLimit
		}
	}
	return ErrSyntax
}

// escape reads what starts with a backslash, two of them for a surrogate pair.
func (p *parser) escape() (rune, error) {
	if p.i+1 >= len(p.in) {
		return 0, ErrSyntax
	}
	c := p.in[p.i+1]
	p.i += 2
	switch c {
	case '"', '\\', '/':
		return rune(c), nil
	case 'n':
		return '\n', nil
	case 't':
		return '\t', nil
	case 'b':
		return '\b', nil
	case 'f':
		return '\f', nil
	case 'r':
		return 0, ErrCR
	case 'u':
	default:
		return 0, ErrSyntax
	}
	r, ok := p.hex4()
	switch {
	case !ok:
		return 0, ErrSyntax
	case r == '\r':
		return 0, ErrCR
	case !utf16.IsSurrogate(r):
		return r, nil
	}
	if p.i+1 < len(p.in) && p.in[p.i] == '\\' && p.in[p.i+1] == 'u' {
		p.i += 2
		if low, ok := p.hex4(); ok {
			if r = utf16.DecodeRune(r, low); r != utf8.RuneError {
				return r, nil
			}
		}
	}
	return 0, ErrSurrogate
}

func (p *parser) hex4() (r rune, ok bool) {
	if p.i+4 > len(p.in) {
		return 0, false
	}
	for _, c := range p.in[p.i : p.i+4] {
		switch {
		case c-'0' < 10:
			c -= '0'
		case c|0x20-'a' < 6:
			c = c | 0x20 - 'a' + 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	p.i += 4
	return r, true
}
