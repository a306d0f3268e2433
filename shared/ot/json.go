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
	if o, ok := parseKey(data); ok {
		return o, nil
	}
	var out Builder
	if err := parse(data, MaxText, &out); err != nil {
		return Op{}, err
	}
	return out.op(0)
}

// parseKey reads what one key makes of a text, [5,"x",7] or [5,-1,7], and leaves the rest to parse. Nine edits of ten are
// of this form, and this takes a third of the time: in WebAssembly, every jump that a loop takes goes through a table.
func parseKey(in []byte) (o Op, ok bool) {
	if len(in) < 9 || in[0] != '[' || in[1] == '0' || in[len(in)-1] != ']' {
		return Op{}, false
	}
	before, k := digits(binary.LittleEndian.Uint64(in[1:]))
	i := 1 + k
	if k == 0 || i+6 > len(in) || in[i] != ',' {
		return Op{}, false
	}
	put, cut, c := 0, 0, in[i+2]
	if in[i+1] == '"' && in[i+3] == '"' && plain[c] && c < utf8.RuneSelf {
		put = 1
		i += 4
	} else if in[i+1] == '-' && c-'1' < 9 {
		cut = int(c - '0')
		i += 3
	} else {
		return Op{}, false
	}
	if len(in)-i < 3 || len(in)-i > 9 || in[i] != ',' || in[i+1] == '0' {
		return Op{}, false
	}
	i++
	after, k := digits(binary.LittleEndian.Uint64(in[len(in)-8:]) >> (uint(i+8-len(in)) * 8 & 63))
	if o = (Op{"", before + cut + after, before + put + after}); i+k != len(in)-1 || max(o.base, o.target) > MaxText {
		return Op{}, false
	}
	out := appendUvarint(make([]byte, 0, 8), before)
	if put > 0 {
		out = append(out, 2, c, 0)
	} else {
		out = append(out, 0, byte(cut))
	}
	o.s = view(out)
	return o, true
}

// digits tells the number at the start of a word, and of how many digits it is; if all bytes are digits it may go on.
func digits(word uint64) (n, k int) {
	v := word ^ 0x3030_3030_3030_3030
	k = bits.TrailingZeros64((v+0x7676_7676_7676_7676|v)&0x8080_8080_8080_8080) >> 3
	v <<= uint(64-8*k) & 63
	v = v*10 + v>>8 // pairs
	return int((v&0xff_0000_00ff*0xf_4240_0000_0064 + v>>16&0xff_0000_00ff*0x2710_0000_0001) >> 32), k
}

// parse makes out of the wire form, with no number over most.
func parse(in []byte, most int, out *Builder) (err error) {
	out.out = make([]byte, 0, len(in))
	c, i := peek(in, 0)
	if c != '[' {
		return ErrSyntax
	}
	c, i = peek(in, i+1)
	for last := -1; c != ']' || last >= 0; c, i = peek(in, i+1) { // a bracket ends it at once, or behind a part, not behind a comma
		n, kind := 0, keep
		switch c {
		case '"':
			kind = ins
			n, i, err = parseString(in, i+1, out)
		case '-':
			kind = del
			n, i, err = parseUint(in, i+1, most)
			out.Delete(n)
		default:
			n, i, err = parseUint(in, i, most)
			out.Keep(n)
		}
		if err != nil {
			return err
		}
		if n == 0 || kind == last || kind == ins && last == del {
			return ErrCanonical
		}
		last = kind
		if c, i = peek(in, i); c == ']' {
			break
		}
		if c != ',' {
			return ErrSyntax // a point, an exponent, the end, …
		}
	}
	if _, i = peek(in, i+1); i < len(in) {
		return ErrSyntax
	}
	return nil
}

// peek passes over white space and tells what follows and where, 0 at the end.
func peek(in []byte, i int) (c byte, at int) {
	for ; i < len(in); i++ {
		if c = in[i]; c > ' ' || c != ' ' && c != '\n' && c != '\t' && c != '\r' {
			return c, i
		}
	}
	return 0, i
}

// parseUint reads the number at i; like those below it tells where it ends.
func parseUint(in []byte, i, most int) (n, end int, err error) {
	from := i
	for ; i < len(in) && in[i]-'0' < 10; i++ {
		if n = n*10 + int(in[i]-'0'); n > most {
			return 0, i, ErrLimit
		}
	}
	if i == from || in[from] == '0' && i > from+1 {
		return 0, i, ErrSyntax
	}
	return n, i, nil
}

// parseString reads a string, behind its quotation mark.
func parseString(in []byte, i int, out *Builder) (n, end int, err error) {
	out.open()
	for {
		from := i
		for i < len(in) && plain[in[i]] && in[i] < utf8.RuneSelf {
			i++
		}
		out.out = append(out.out, in[from:i]...)
		out.ins += i - from
		if i == len(in) {
			return 0, i, ErrSyntax
		}
		if in[i] == '"' {
			return out.ins, i + 1, nil
		}
		var r rune
		if r, i, err = parseChar(in, i); err != nil {
			return 0, i, err
		}
		out.out = utf8.AppendRune(out.out, r)
		out.ins += utf16.RuneLen(r)
	}
}

// What may follow a backslash, and what it stands for. The first four are those that AppendJSON writes so.
const escaped, unescaped = `"\nt/bf`, "\"\\\n\t/\b\f"

// parseChar reads a character of a string that doesn't stand for itself, or is no ASCII.
func parseChar(in []byte, i int) (r rune, end int, err error) {
	if in[i] >= utf8.RuneSelf {
		r, size := utf8.DecodeRune(in[i:])
		if r == utf8.RuneError && size == 1 {
			return 0, i, ErrSurrogate
		}
		return r, i + size, nil
	}
	if in[i] == '\\' && i+1 < len(in) {
		if k := strings.IndexByte(escaped, in[i+1]); k >= 0 {
			return rune(unescaped[k]), i + 2, nil
		}
		if in[i+1] == 'r' {
			return 0, i, ErrCR
		}
	}
	r, i = parseHex(in, i)
	if utf16.IsSurrogate(r) {
		var low rune
		low, i = parseHex(in, i)
		if r = utf16.DecodeRune(r, low); r == utf8.RuneError {
			return 0, i, ErrSurrogate
		}
	}
	switch r {
	case '\r':
		return 0, i, ErrCR
	case -1:
		return 0, i, ErrSyntax
	}
	return r, i, nil
}

// parseHex reads \uXXXX, or tells -1.
func parseHex(in []byte, i int) (r rune, end int) {
	if i+6 > len(in) || in[i] != '\\' || in[i+1] != 'u' {
		return -1, i
	}
	n, err := strconv.ParseUint(string(in[i+2:i+6]), 16, 16)
	if err != nil {
		return -1, i
	}
	return rune(n), i + 6
}
