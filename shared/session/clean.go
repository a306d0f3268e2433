package session

import (
	"strings"
	"unicode"
)

// CleanName makes a name fit to show: one line, no control or format characters, at most MaxName runes.
// It gives "Guest" where nothing is left.
func CleanName(s string) string {
	if s = clean(s, MaxName); s == "" {
		return "Guest"
	}
	return s
}

// CleanTitle makes a title fit to show, at most MaxTitle runes; an empty title is allowed.
func CleanTitle(s string) string { return clean(s, MaxTitle) }

// clean folds white space, drops what has no shape of its own (controls, bidi overrides, lone halves of a
// surrogate pair, which JSON decoding turned into U+FFFD) and cuts.
func clean(s string, max int) string {
	var b strings.Builder
	n, space := 0, false
	for _, r := range s {
		if unicode.IsSpace(r) {
			space = n > 0
			continue
		}
		if !unicode.IsPrint(r) && r != '\u200d' || r == unicode.ReplacementChar {
			continue // U+200D joins emoji; it is the one format character a name may need
		}
		if space {
			if n+1 >= max {
				break
			}
			b.WriteByte(' ')
			n++
			space = false
		}
		if n >= max {
			break
		}
		b.WriteRune(r)
		n++
	}
	return b.String()
}

// ValidID tells whether s can be an id: nanoid's alphabet, 1 to MaxID bytes.
func ValidID(s string) bool {
	if s == "" || len(s) > MaxID {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '-') {
			return false
		}
	}
	return true
}
