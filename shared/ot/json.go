package ot

import (
	"strconv"
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
			dst = appendUint(dst, uint64(c.n))
		case del:
			dst = appendUint(append(dst, '-'), uint64(c.n))
		default:
			dst = appendString(dst, c.text())
		}
	}
	return append(dst, ']')
}

// appendUint takes a third of strconv's time, and in WebAssembly, where a division is one, still less.
func appendUint(dst []byte, x uint64) []byte {
	last, n := uint64(0), 0 // digits, four bits each, the last one on top
	for ; x >= 10; n++ {
		q := x * 0xcccccccd >> 35 // x / 10, below 1<<32
		last = last<<4 | (x - q*10)
		x = q
	}
	dst = append(dst, byte('0'+x))
	for ; n > 0; n-- {
		dst = append(dst, byte('0'+last&15))
		last >>= 4
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
	for i := range len(s) { // and not in stretches, most being of one byte
		c := s[i]
		if plain[c] {
			dst = append(dst, c)
		} else if k := strings.IndexByte(unescaped[:4], c); k >= 0 {
			dst = append(dst, '\\', escaped[k])
		} else {
			dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		}
	}
	return append(dst, '"')
}

// MarshalJSON is AppendJSON, and UnmarshalJSON is Parse, for encoding/json.
func (o Op) MarshalJSON() ([]byte, error) { return o.AppendJSON(nil), nil }

func (o *Op) UnmarshalJSON(data []byte) (err error) {
	*o, err = Parse(data)
	return err
}

// Parse reads the wire form: nothing but the canonical form of an op within the limits. It allocates what the packed
// op takes, which is never more than data.
func Parse(data []byte) (Op, error) { return parse(data, MaxText, MaxInsert, MaxParts) }

func parse(data []byte, maxText, maxInsert, maxParts int) (Op, error) {
	p := parser{in: data, out: make([]byte, 0, len(data)), maxText: maxText, maxInsert: maxInsert, maxParts: maxParts}
	if !p.take('[') {
		return Op{}, ErrSyntax
	}
	if !p.take(']') {
		if err := p.parts(); err != nil {
			return Op{}, err
		}
	}
	if p.space(); p.i < len(data) {
		return Op{}, ErrSyntax
	}
	return Op{view(p.out), p.base, p.target}, nil
}

type parser struct {
	in           []byte
	i            int
	out          []byte
	base, target int

	maxText, maxInsert, maxParts int
}

// space passes over white space and tells the byte that follows, 0 at the end.
func (p *parser) space() byte {
	for ; p.i < len(p.in); p.i++ {
		if c := p.in[p.i]; c > ' ' || c != ' ' && c != '\n' && c != '\t' && c != '\r' {
			return c
		}
	}
	return 0
}

// take passes over c, if that is what follows.
func (p *parser) take(c byte) bool {
	if p.space() != c {
		return false
	}
	p.i++
	return true
}

// parts reads up to the closing bracket.
func (p *parser) parts() (err error) {
	for last, count := wide, 1; ; count++ {
		n, kind := 0, keep
		if p.take('"') {
			kind = ins
			n, err = p.text()
		} else {
			if p.take('-') {
				kind = del
			}
			n, err = p.number(kind)
			p.base += n
		}
		if kind != del {
			p.target += n
		}
		switch {
		case err != nil:
			return err
		case n == 0 || kind == last || kind == ins && last == del:
			return ErrCanonical
		case count > p.maxParts || p.base > p.maxText || p.target > p.maxText:
			return ErrLimit
		}
		last = kind
		if p.take(']') {
			return nil
		}
		if !p.take(',') {
			return ErrSyntax // a point, an exponent, the end, …
		}
	}
}

func (p *parser) number(kind int) (n int, err error) {
	from, i := p.i, p.i
	for ; i < len(p.in) && p.in[i]-'0' < 10; i++ {
		if n = n*10 + int(p.in[i]-'0'); n > p.maxText {
			return 0, ErrLimit
		}
	}
	if i == from || p.in[from] == '0' && i > from+1 {
		return 0, ErrSyntax
	}
	p.i = i
	p.out = appendUvarint(p.out, n<<2|kind)
	return n, nil
}

// text reads a string.
func (p *parser) text() (n int, err error) {
	at := len(p.out)
	p.out = append(p.out, 0)
	for p.i < len(p.in) && n <= p.maxInsert {
		c := p.in[p.i]
		if plain[c] && c < utf8.RuneSelf {
			p.out = append(p.out, c)
			p.i++
			n++
			continue
		}
		if c == '"' {
			p.i++
			p.out = putHead(p.out, at, n)
			return n, nil
		}
		r, err := p.char(c)
		if err != nil {
			return 0, err
		}
		p.out = utf8.AppendRune(p.out, r)
		n += utf16.RuneLen(r)
	}
	if n > p.maxInsert {
		return 0, ErrLimit
	}
	return 0, ErrSyntax
}

// What may follow a backslash, and what it stands for. The first four are those that AppendJSON writes so.
const escaped, unescaped = `"\nt/bf`, "\"\\\n\t/\b\f"

// char reads the character of a string that starts with c and isn't just that.
func (p *parser) char(c byte) (rune, error) {
	if c >= utf8.RuneSelf {
		r, size := utf8.DecodeRune(p.in[p.i:])
		if r == utf8.RuneError && size == 1 {
			return 0, ErrSurrogate
		}
		p.i += size
		return r, nil
	}
	if c == '\\' && p.i+1 < len(p.in) {
		if k := strings.IndexByte(escaped, p.in[p.i+1]); k >= 0 {
			p.i += 2
			return rune(unescaped[k]), nil
		}
		if p.in[p.i+1] == 'r' {
			return 0, ErrCR
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
func (p *parser) hex4() rune {
	if p.i+6 > len(p.in) || p.in[p.i] != '\\' || p.in[p.i+1] != 'u' {
		return -1
	}
	n, err := strconv.ParseUint(string(p.in[p.i+2:p.i+6]), 16, 16)
	if err != nil {
		return -1
	}
	p.i += 6
	return rune(n)
}
