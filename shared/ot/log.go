package ot

// Log is the history of a text, packed: a few bytes an op, and next to nothing for the garbage collector to follow.
// Seeking replays from the start, which for an interview takes about a millisecond.
type Log struct {
	start  *Text
	blocks []string // the full ones, each of blockOps records: size of the op, author, op
	open   []byte   // the last one
	marks  []uint32 // where in its block each markOps-th record starts
	n      int
	length int // of the text after all ops
}

const (
	blockOps = 256
	markOps  = 16
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
	if l.n%blockOps == 0 && l.n > 0 {
		l.blocks = append(l.blocks, string(l.open))
		l.open = nil // Op gave out views of it
	}
	if l.n%markOps == 0 {
		l.marks = append(l.marks, uint32(len(l.open)))
	}
	l.open = append(appendUvarint(appendUvarint(l.open, len(o.s)), author), o.s...)
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
		if c.s == "" || i%blockOps == 0 {
			c = l.seek(i)
		}
		f(c.record())
	}
}

// seek gives a cursor before the record of op i.
func (l *Log) seek(i int) cursor {
	s := view(l.open)
	if i/blockOps < len(l.blocks) {
		s = l.blocks[i/blockOps]
	}
	c := cursor{s: s, i: int(l.marks[i/markOps])}
	for range i % markOps {
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
	l.each(i, l.n, func(s string, _ int) {
		if err == nil {
			b := Builder{out: make([]byte, 0, len(o.s)+8)}
			transform(o.s, s, &b, nil)
			o, err = b.op()
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

// AuthorsAt tells who wrote what of the text after the first n ops, by replaying authors instead of characters.
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
	n := cap(l.open) + 4*cap(l.marks) + 16*cap(l.blocks)
	for _, s := range l.blocks {
		n += len(s)
	}
	return n
}
