package ot

// Log is the history of a text, packed: a few bytes an op, and next to nothing for the garbage collector to follow.
// Seeking replays from the start, which for an interview takes about a millisecond.
type Log struct {
	start  *Text
	blocks [][]byte // blockOps records each, but for the last one: size of the op, author, op
	n      int
	length int // of the text after all ops
}

const (
	blockOps = 64     // few to pass over on the way to one, many for a block's 24 bytes
	nobody   = 0xffff // the author of the start text, as a unit
)

// MaxAuthor is the highest number of an author.
const MaxAuthor = nobody - 1

// Run is a stretch of text by one author. The start text has author -1.
type Run struct{ Len, Author int }

// NewLog starts a log at a copy of start.
func NewLog(start *Text) *Log {
	return &Log{start: start.Clone(), length: start.Len()}
}

// Append adds an op that the text has taken; of the op only the base length is checked again.
func (l *Log) Append(o Op, author int) error {
	if o.base != l.length {
		return ErrBase
	}
	if author < 0 || author > MaxAuthor {
		return ErrLimit
	}
	k := l.n / blockOps
	if k == len(l.blocks) {
		room := 0
		if k > 0 { // most likely it gets as long as the last one, so that it need not grow
			room = min(len(l.blocks[k-1])*17/16, blockOps*16)
		}
		l.blocks = append(l.blocks, make([]byte, 0, room))
	}
	b := appendUvarint(appendUvarint(l.blocks[k], len(o.s)), author)
	l.blocks[k] = append(b, o.s...)
	l.length = o.target
	l.n++
	return nil
}

// Len is the number of ops.
func (l *Log) Len() int { return l.n }

// each calls f with the ops from number i up to number j.
func (l *Log) each(i, j int, f func(s string, author int)) {
	var c cursor
	for ; i < j; i++ {
		if c.i == len(c.s) {
			c = l.seek(i)
		}
		f(c.record())
	}
}

// seek gives a cursor before the record of op i.
func (l *Log) seek(i int) cursor {
	c := cursor{s: view(l.blocks[i/blockOps])}
	for range i % blockOps {
		c.record()
	}
	return c
}

// record reads a whole record instead of a part.
func (c *cursor) record() (s string, author int) {
	size := c.uvarint()
	author = c.uvarint()
	c.i += size
	return c.s[c.i-size : c.i], author
}

// Op is the op number i, from 0. It shares the log's memory.
func (l *Log) Op(i int) Op {
	c := l.seek(i)
	s, _ := c.record()
	o := Op{s: s}
	p := cursor{s: s}
	for p.next() {
		if p.kind != ins {
			o.base += p.n
		}
		if p.kind != del {
			o.target += p.n
		}
	}
	return o
}

// Rebase transforms o, made on the text after i ops, over all that came after those, one by one.
func (l *Log) Rebase(o Op, i int) (Op, error) {
	if i < 0 || i > l.n || i < l.n && o.base != l.Op(i).base || i == l.n && o.base != l.length {
		return Op{}, ErrBase
	}
	var err error
	var room, spare []byte // what o is in, and what it was in before
	l.each(i, l.n, func(s string, _ int) {
		if err == nil {
			b := Builder{out: spare[:0]}
			transform(o.s, s, &b, nil)
			o, err = b.op()
			room, spare = b.out, room
		}
	})
	return o, err
}

// TextAt is the text after the first n ops.
func (l *Log) TextAt(n int) *Text {
	t := l.start.Clone()
	l.each(0, n, func(s string, _ int) { t.apply(s, writeText) })
	return t
}

// AuthorsAt tells who wrote what of the text after the first n ops, by replaying authors instead of characters. What
// an undo brought back is by who undid.
func (l *Log) AuthorsAt(n int) []Run {
	t := &Text{}
	t.fill(l.start.Len(), nobody)
	l.each(0, n, t.apply)
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
	n := 24 * cap(l.blocks)
	for _, b := range l.blocks {
		n += cap(b)
	}
	return n
}
