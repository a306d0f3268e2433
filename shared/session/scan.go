package session

import (
	"encoding/json"

	"tandem/shared/ot"
)

// scan reads the frames that come with every keystroke, code:change, cursor:change and ack, in the plain form
// in which our own encoder writes them: no white space, no escapes outside the op. It is about ten times as
// fast as encoding/json in WASM. It says false for whatever it doesn't take, and the slow way decides.
func scan(data []byte) (h head, body Body, ok bool) {
	var doc, origin string
	var op, ranges []byte
	if len(data) < 2 || data[0] != '{' || data[len(data)-1] != '}' {
		return h, nil, false
	}
	for rest := data[1:]; ; {
		var key, value []byte
		if key, value, rest, ok = field(rest); !ok {
			return h, nil, false
		}
		switch string(key) {
		case "type":
			h.Type, ok = quotedKind(value)
		case "by":
			h.By, ok = quoted(value)
		case "doc":
			doc, ok = quotedDoc(value)
		case "origin":
			origin, ok = quoted(value)
		case "rev":
			h.Rev, ok = number(value)
		case "at":
			h.At, ok = number(value)
		case "seq":
			h.Seq, ok = number(value)
		case "base":
			h.Base, ok = number(value)
		case "hash":
			var n int64
			n, ok = number(value)
			ok = ok && n < 1<<32
			h.Hash = uint32(n)
		case "op":
			op = value
		case "ranges":
			ranges = value
		default:
			return h, nil, false
		}
		if !ok {
			return h, nil, false
		}
		if rest == nil {
			break
		}
	}
	switch h.Type {
	case KindCode:
		parsed, err := ot.Parse(op)
		return h, CodeChange{Doc: doc, Op: parsed, Origin: origin}, err == nil
	case KindCursor:
		var r []Range
		err := json.Unmarshal(ranges, &r)
		return h, CursorChange{Doc: doc, Base: h.Base, Ranges: r}, err == nil
	case KindAck:
		return h, Ack{Seq: h.Seq, Rev: h.Rev, At: h.At, Hash: h.Hash}, true
	}
	return h, nil, false
}

// field cuts `"key":value` and the comma or brace behind it; rest is nil at the end of the object.
func field(data []byte) (key, value, rest []byte, ok bool) {
	if len(data) < 5 || data[0] != '"' {
		return nil, nil, nil, false
	}
	i := 1
	for i < len(data) && data[i] != '"' && data[i] != '\\' {
		i++
	}
	if i+2 >= len(data) || data[i] != '"' || data[i+1] != ':' {
		return nil, nil, nil, false
	}
	key = data[1:i]
	i += 2
	start, depth, inString := i, 0, false
	for ; i < len(data); i++ {
		c := data[i]
		if inString {
			if c == '\\' {
				i++
			} else if c == '"' {
				inString = false
			}
			continue
		}
		switch c {
		case '"':
			inString = true
		case '[':
			depth++
		case ']':
			depth--
		case '{':
			return nil, nil, nil, false
		case ',', '}':
			if depth > 0 && c == ',' {
				continue
			}
			if depth != 0 || i == start {
				return nil, nil, nil, false
			}
			value = data[start:i]
			if c == ',' {
				return key, value, data[i+1:], true
			}
			return key, value, nil, i == len(data)-1
		}
	}
	return nil, nil, nil, false
}

func plain(v []byte) ([]byte, bool) {
	if len(v) < 2 || v[0] != '"' || v[len(v)-1] != '"' {
		return nil, false
	}
	v = v[1 : len(v)-1]
	for _, c := range v {
		if c < ' ' || c == '"' || c == '\\' || c >= 0x7f {
			return nil, false
		}
	}
	return v, true
}

func quoted(v []byte) (string, bool) {
	v, ok := plain(v)
	return string(v), ok
}

// quotedKind gives the constant, not a copy of the bytes.
func quotedKind(v []byte) (Kind, bool) {
	v, ok := plain(v)
	switch string(v) {
	case string(KindCode):
		return KindCode, ok
	case string(KindCursor):
		return KindCursor, ok
	case string(KindAck):
		return KindAck, ok
	}
	return "", false
}

func quotedDoc(v []byte) (string, bool) {
	v, ok := plain(v)
	if string(v) == DocCode {
		return DocCode, ok
	}
	return string(v), ok
}

func number(v []byte) (n int64, ok bool) {
	if len(v) == 0 || len(v) > 18 || v[0] == '0' && len(v) > 1 {
		return 0, false
	}
	for _, c := range v {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	return n, true
}
