package ot

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// The wire form: [5,"x",-2,5] keeps 5, inserts x, deletes 2, keeps 5. Hand-written, since encoding/json makes U+FFFD of
// a lone surrogate without a word and takes twenty times as long in WebAssembly.

const hex = "0123456789abcdef"

// AppendJSON appends the wire form of o.
func (o Op) AppendJSON(dst []byte) []byte {
	dst = append(dst, '[')
	c := cursor{s: o.s}
	for c.i < len(o.s) {
		c.next()
		if dst[len(dst)-1] != '[' {
			dst = append(dst, ',')
		}
		switch c.kind {
		case keep:
			dst = appendUint(dst, uint32(c.n))
		case del:
			dst = appendUint(append(dst, '-'), uint32(c.n))
		default:
			dst = appendString(dst, c.text)
		}
	}
	return append(dst, ']')
}

// appendUint writes in place, which takes a third of strconv's time.
func appendUint(dst []byte, x uint32) []byte {
	to := len(dst) + 1
	for y := uint64(10); uint64(x) >= y; y *= 10 {
		to++
	}
	dst = append(dst, "0000000000"...)[:to]
	for ; x > 0; x /= 10 {
		to--
		dst[to] = byte('0' + x%10)
	}
	return dst
}

// plain tells which bytes stand for themselves in a string.
var plain = func() (p [256]bool) {
	for c := range p {
		p[c] = c >= ' ' && c != '"' && c != '\\'
	}
	return p
}()

func appendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	from := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		if plain[c] {
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

// MarshalJSON is AppendJSON, and UnmarshalJSON is Parse, for encoding/json.
func (o Op) MarshalJSON() ([]byte, error) { return o.AppendJSON(nil), nil }

func (o *Op) UnmarshalJSON(data []byte) (err error) {
	*o, err = Parse(data)
	return err
}

// Parse reads the wire form: nothing but the canonical form of an op within the limits. It allocates what the packed
// op takes, which is never more than data.
func Parse(data []byte) (Op, error) {
	p := parser{in: data}
	p.out.out = make([]byte, 0, len(data))
	if p.space() != '[' {
		return Op{}, ErrSyntax
	}
	p.i++
	if p.space() != ']' {
		if err := p.parts(); err != nil {
			return Op{}, err
		}
	}
	p.i++
	if p.space(); p.i < len(data) {
		return Op{}, ErrSyntax
	}
	return p.out.op()
}

type parser struct {
	in  []byte
	i   int
	out Builder
}

// space passes over white space and tells the byte that follows, 0 at the end.
func (p *parser) space() byte {
	for ; p.i < len(p.in); p.i++ {
		if c := p.in[p.i]; c != ' ' && c != '\n' && c != '\t' && c != '\r' {
			return c
		}
	}
	return 0
}

// parts reads up to the closing bracket.
func (p *parser) parts() (err error) {
	for last := wide; ; {
		kind, n := keep, 0
		switch p.space() {
		case '"':
			kind = ins
			p.i++
			err = p.text()
		case '-':
			kind = del
			p.i++
			n, err = p.number()
			p.out.Delete(n)
		default:
			n, err = p.number()
			p.out.Keep(n)
		}
		switch {
		case err != nil:
			return err
		case kind == last || kind == ins && last == del:
			return ErrCanonical
		case p.out.parts > MaxParts || p.out.base > MaxText || p.out.target > MaxText:
			return ErrLimit
		}
		last = kind
		switch p.space() {
		case ']':
			return nil
		case ',':
			p.i++
			p.space()
		default:
			return ErrSyntax // a point, an exponent, the end, …
		}
	}
}

func (p *parser) number() (n int, err error) {
	from := p.i
	for ; p.i < len(p.in) && p.in[p.i]-'0' < 10; p.i++ {
		if n = n*10 + int(p.in[p.i]-'0'); n > MaxText {
			return 0, ErrLimit
		}
	}
	if p.i == from || p.in[from] == '0' && p.i > from+1 {
		return 0, ErrSyntax
	}
	if n == 0 {
		return 0, ErrCanonical
	}
	return n, nil
}

// text reads a string straight to where the packed op has it.
func (p *parser) text() error {
	b := &p.out
	b.flush()
	b.at = len(b.out)
	for n := 0; p.i < len(p.in); {
		if p.in[p.i] == '"' {
			p.i++
			if n == 0 {
				return ErrCanonical
			}
			b.ins, b.target = n, b.target+n
			return nil
		}
		r, err := p.char()
		if err != nil {
			return err
		}
		b.out = utf8.AppendRune(b.out, r)
		if n += utf16.RuneLen(r); n > MaxInsert {
			return ErrLimit
		}
	}
	return ErrSyntax
}

const escaped, unescaped = `"\/bfnt`, "\"\\/\b\f\n\t"

// char reads one character of a string.
func (p *parser) char() (rune, error) {
	c := p.in[p.i]
	switch {
	case c < ' ':
		return 0, ErrSyntax
	case c >= utf8.RuneSelf:
		r, size := utf8.DecodeRune(p.in[p.i:])
		if r == utf8.RuneError && size == 1 {
			return 0, ErrSurrogate
		}
		p.i += size
		return r, nil
	case c != '\\':
		p.i++
		return rune(c), nil
	case p.i+1 < len(p.in):
		if c = p.in[p.i+1]; c == 'r' {
			return 0, ErrCR
		}
		if k := strings.IndexByte(escaped, c); k >= 0 {
			p.i += 2
			return rune(unescaped[k]), nil
		}
	}
	r := p.hex4()
	if utf16.IsSurrogate(r) {
		if r = utf16.DecodeRune(r, p.hex4()); r == utf8.RuneError {
			return 0, ErrSurrogate
		}
	}
	switch r {
	case '\r':
		return 0, ErrCR
	case -1:
		return 0, ErrSyntax
	}
	return r, nil
}

// hex4 reads \uXXXX, or tells -1.
func (p *parser) hex4() (r rune) {
	if p.i+6 > len(p.in) || p.in[p.i] != '\\' || p.in[p.i+1] != 'u' {
		return -1
	}
	for _, c := range p.in[p.i+2 : p.i+6] {
		k := strings.IndexByte("0123456789abcdefABCDEF", c)
		if k < 0 {
			return -1
		}
		if k > 15 {
			k -= 6
		}
		r = r<<4 | rune(k)
	}
	p.i += 6
	return r
}
