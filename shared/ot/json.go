package ot

import (
	"encoding/binary"
	"math/bits"
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
	at := 0
	c := cursor{s: o.s}
	for c.next() {
		if at += c.keep + c.cut; c.keep > 0 {
			dst = append(appendUint(dst, uint64(c.keep)), ',')
		}
		if c.ins > 0 {
			dst = append(appendString(dst, c.text()), ',')
		}
		if c.cut > 0 {
			dst = append(appendUint(append(dst, '-'), uint64(c.cut)), ',')
		}
	}
	if at < o.base {
		return append(appendUint(dst, uint64(o.base-at)), ']')
	}
	if o.s != "" {
		dst = dst[:len(dst)-1] // the last comma
	}
	return append(dst, ']')
}

// appendUint makes the digits in the bytes of one word, without a branch: to guess how many there are costs more.
func appendUint(dst []byte, x uint64) []byte {
	if x >= 1e8 {
		return strconv.AppendUint(dst, x, 10)
	}
	q := x * 0xd1b71759 >> 45 // x / 10000
	v := q | (x-q*10000)<<32
	q = v * 5243 >> 19 & 0x7f_0000_007f // both / 100
	v = q | (v-q*100)<<16
	q = v * 103 >> 10 & 0x0f_000f_000f_000f // all four / 10
	v = q | (v-q*10)<<8
	zeros := bits.TrailingZeros64(v|1<<56) &^ 7 // in front; the last digit stays
	v = (v | 0x3030_3030_3030_3030) >> (zeros & 63)
	return binary.LittleEndian.AppendUint64(dst, v)[:len(dst)+8-zeros>>3]
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
func Parse(data []byte) (Op, error) {
	var out Builder
	if err := parse(data, MaxText, &out); err != nil {
		return Op{}, err
	}
	return out.op(0)
}

func parse(data []byte, most int, out *Builder) error {
	out.out = make([]byte, 0, len(data))
	p := parser{in: data, most: most, out: out}
	if p.space() != '[' {
		return ErrSyntax
	}
	p.i++
	if p.space() == ']' {
		p.i++
	} else if err := p.parts(); err != nil {
		return err
	}
	if p.space(); p.i < len(data) {
		return ErrSyntax
	}
	return nil
}

type parser struct {
	in   []byte
	i    int
	most int // a number may be
	out  *Builder
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

// parts reads up to the closing bracket.
func (p *parser) parts() (err error) {
	for last := -1; ; {
		n, kind := 0, keep
		switch p.space() {
		case '"':
			kind = ins
			p.i++
			n, err = p.text()
		case '-':
			kind = del
			p.i++
			n, err = p.number()
			p.out.Delete(n)
		default:
			n, err = p.number()
			p.out.Keep(n)
		}
		if err != nil {
			return err
		}
		if n == 0 || kind == last || kind == ins && last == del {
			return ErrCanonical
		}
		last = kind
		c := p.space()
		if c != ',' && c != ']' {
			return ErrSyntax // a point, an exponent, the end, …
		}
		if p.i++; c == ']' {
			return nil
		}
	}
}

func (p *parser) number() (n int, err error) {
	in, from, i := p.in, p.i, p.i
	for ; i < len(in) && in[i]-'0' < 10; i++ {
		if n = n*10 + int(in[i]-'0'); n > p.most {
			return 0, ErrLimit
		}
	}
	if i == from || in[from] == '0' && i > from+1 {
		return 0, ErrSyntax
	}
	p.i = i
	return n, nil
}

// text reads a string.
func (p *parser) text() (n int, err error) {
	b := p.out
	b.open()
	for {
		in, from, i := p.in, p.i, p.i
		for i < len(in) && plain[in[i]] && in[i] < utf8.RuneSelf {
			i++
		}
		p.i = i
		b.out = append(b.out, in[from:i]...)
		b.ins += i - from
		if i == len(p.in) {
			return 0, ErrSyntax
		}
		if p.in[i] == '"' {
			p.i++
			return b.ins, nil
		}
		r, err := p.char(p.in[i])
		if err != nil {
			return 0, err
		}
		b.out = utf8.AppendRune(b.out, r)
		b.ins += utf16.RuneLen(r)
	}
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
