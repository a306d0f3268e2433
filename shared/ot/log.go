package ot

import "strings"

// Log is the history of a text from its start, packed: a few bytes an op, and nothing in it for the garbage collector
// to follow. Seeking replays from the start, which for an interview takes about a millisecond.
type Log struct {
	start  *Text
	closed []string        // full blocks of blockOps records: size of the op, author, op
	open   strings.Builder // the last block; what was read from it stays valid when it grows
	marks  []uint32        // where in its block each markOps-th record starts
	n      int
	length int // of the text after all ops
}

const (
	blockOps = 256
	markOps  = 16
	nobody   = 0xffff // the author, as a unit, of the start text
)

// MaxAuthor is the largest number of an author.
const MaxAuthor = nobody - 1

// Run is a stretch of text by one author; -1 is the author of a log's start text.
type Run struct{ Len, Author int }

// NewLog starts a log at a copy of start.
func NewLog(start *Text) *Log {
	return &Log{start: start.Clone(), length: start.Len()}
}

// Append adds an op that the text has taken. Only its length is checked again.
func (l *Log) Append(o Op, author int) error {
	if o.base != l.length {
		return ErrBase
	}
	if author < 0 || author > MaxAuthor {
		return ErrLimit
	}
	if l.n%blockOps == 0 && l.n > 0 {
		l.closed = append(l.closed, strings.Clone(l.open.String()))
		l.open.Reset()
	}
	if l.n%markOps == 0 {
		l.marks = append(l.marks, uint32(l.open.Len()))
	}
	var room [20]byte
	l.open.Write(appendUvarint(appendUvarint(room[:0], len(o.s)), author))
	l.open.WriteString(o.s)
	l.length = o.target
	l.n++
	return nil
}

// Len is the number of ops.
func (l *Log) Len() int { return l.n }

func (l *Log) block(i int) string {
	if i/blockOps < len(l.closed) {
		return l.closed[i/blockOps]
	}
	return l.open.String()
}

// record reads the record at the cursor's place: the op and its author.
func (c *cursor) record() (s string, author int) {
	size := c.uvarint()
	author = c.uvarint()
	s, c.s = c.s[:size], c.s[size:]
	return s, author
}

// Op is the op number i, from 0. It shares the log's memory.
func (l *Log) Op(i int) Op {
	c := cursor{s: l.block(i)[l.marks[i/markOps]:]}
	for range i % markOps {
		c.record()
	}
	o := Op{}
	o.s, _ = c.record()
	for p := parts(o.s); p.n > 0; p.next() {
		if p.kind != del {
			o.target += p.n
		}
		if p.kind < ins {
			o.base += p.n
		}
	}
	return o
}

// each calls f with the first n ops.
func (l *Log) each(n int, f func(s string, author int)) {
	for i := 0; i < n; i += blockOps {
		c := cursor{s: l.block(i)}
		for range min(blockOps, n-i) {
			f(c.record())
		}
	}
}

// TextAt is the text after the first n ops.
func (l *Log) TextAt(n int) *Text {
	t := l.start.Clone()
	l.each(n, func(s string, _ int) { t.apply(s) })
	return t
}

// AuthorsAt tells who wrote each part of the text after the first n ops.
func (l *Log) AuthorsAt(n int) []Run {
	t := &Text{} // of authors instead of characters
	fill := func(n, author int) {
		dst := t.room(n)
		for i := range dst {
			dst[i] = uint16(author)
		}
	}
	fill(l.start.Len(), nobody)
	l.each(n, func(s string, author int) {
		pos := 0
		for c := parts(s); c.n > 0; c.next() {
			switch c.kind {
			case keep:
				pos += c.n
			case del:
				t.move(pos)
				t.end += c.n
			default:
				t.move(pos)
				fill(c.n, author)
				pos += c.n
			}
		}
	})
	var runs []Run
	for i := range t.Len() {
		author := int(t.unit(i))
		if author == nobody {
			author = -1
		}
		if k := len(runs) - 1; k >= 0 && runs[k].Author == author {
			runs[k].Len++
		} else {
			runs = append(runs, Run{1, author})
		}
	}
	return runs
}

// Bytes is the memory that the ops take.
func (l *Log) Bytes() int {
	n := l.open.Cap() + 4*cap(l.marks) + 16*cap(l.closed)
	for _, s := range l.closed {
		n += len(s)
	}
	return n
}
