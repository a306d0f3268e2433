package ot

// Log is the history of a text, packed: a few bytes an op, and next to nothing for the garbage collector to follow.
// Seeking replays from the start, which for an interview takes about a millisecond.
type Log struct {
	start  *Text
	blocks []block
	n      int
	length int // of the text after all ops
}

// block holds the records of blockOps ops, the last one those of fewer: the op's size, how much longer it makes the
// text, author, op.
type block struct {
	base int // of the first op
	ops  []byte
}

const (
	blockOps = 64     // few to pass over on the way to one, many for a block's 32 bytes
	maxRoom  = 4096   // bytes made ready for a block, as a paste is seldom followed by another
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
	if l.n%blockOps == 0 {
		room := 0
		if k := len(l.blocks) - 1; k >= 0 { // most likely it gets as long as the last one, so that it need not grow
			room = min(len(l.blocks[k].ops)*17/16, maxRoom)
		}
		l.blocks = append(l.blocks, block{o.base, make([]byte, 0, room)})
	}
	longer := o.target - o.base
	longer = longer<<1 ^ longer>>63 // small also where it is negative
	ops := &l.blocks[len(l.blocks)-1].ops
	b := *ops
	if len(o.s)|longer|author < 0x80 {
		b = append(b, byte(len(o.s)), byte(longer), byte(author))
	} else {
		b = appendUvarint(appendUvarint(appendUvarint(b, len(o.s)), longer), author)
	}
	*ops = append(b, o.s...)
	l.length = o.target
	l.n++
	return nil
}

// Len is the number of ops.
func (l *Log) Len() int { return l.n }

// each calls f with the ops from number i up to number j.
func (l *Log) each(i, j int, f func(o Op, author int)) {
	for n := i - i%blockOps; n < j; {
		b := l.blocks[n/blockOps]
		s, base := view(b.ops), b.base
		for at := 0; at < len(s) && n < j; n++ {
			size, k := uvarint(s, at)
			longer, k := uvarint(s, k)
			author, k := uvarint(s, k)
			at = k + size
			o := Op{s[k:at], base, base + (longer>>1 ^ -(longer & 1))}
			if n >= i {
				f(o, author)
			}
			base = o.target
		}
	}
}

// Op is the op number i, from 0. It shares the log's memory.
func (l *Log) Op(i int) (o Op) {
	l.each(i, i+1, func(x Op, _ int) { o = x })
	return o
}

// Rebase transforms o, made on the text after i ops, over all that came after those, one by one.
func (l *Log) Rebase(o Op, i int) (Op, error) {
	if i < 0 || i > l.n || i == l.n && o.base != l.length {
		return Op{}, ErrBase
	}
	var err error
	var room, spare []byte // what o is in, and what it was in before
	l.each(i, l.n, func(e Op, _ int) {
		if err == nil && o.base != e.base {
			err = ErrBase
		}
		if err == nil {
			b := Builder{out: spare[:0]}
			transform(o.s, e.s, &b, nil)
			o, err = b.op(e.target)
			room, spare = b.out, room
		}
	})
	return o, err
}

// TextAt is the text after the first n ops.
func (l *Log) TextAt(n int) *Text {
	t := l.start.Clone()
	l.each(0, n, func(o Op, _ int) { t.apply(o) })
	return t
}

// AuthorsAt tells who wrote what of the text after the first n ops, by replaying authors instead of characters. What
// an undo brought back is by who undid.
func (l *Log) AuthorsAt(n int) []Run {
	t := &Text{}
	sign := func(dst []uint16, author int) {
		for i := range dst {
			dst[i] = uint16(author)
		}
	}
	sign(t.replace(0, 0, l.start.Len()), nobody)
	l.each(0, n, func(o Op, author int) {
		c := cursor{s: o.s}
		for pos := 0; c.next(); pos += c.ins {
			pos += c.keep
			sign(t.replace(pos, c.cut, c.ins), author)
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
