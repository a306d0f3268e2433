package client

import (
	"hash/maphash"
	"slices"
	"strconv"
	"testing"

	"tandem/shared/ot"
	"tandem/shared/session"
)

// The client's state machine, in every order in which things can happen: each of two people makes some edits at the
// front or the end, frames move one at a time, a connection drops with what is on its way lost or still arriving. The
// clients are real; the server is only a list of ops.

// A world is one state.
type world struct {
	sides [2]side
	log   []logged
	drops int
	gone  uint16 // letters that somebody deleted
}

type logged struct {
	op  ot.Op
	by  int8
	seq int64
}

// A side is a client and its line. Frames are never changed, so worlds share them.
type side struct {
	c        *Client
	up, down []string
	late     []string // to the server, of the connection that dropped
	edits    int
	deaf     bool // the server has not noticed that the connection broke, or knows none
}

// pipe is the Host of a side.
type pipe struct{ sent *[]string }

func (p pipe) Send(f []byte)              { *p.sent = append(slices.Clip(*p.sent), string(f)) }
func (pipe) Apply(ot.Op, []session.Range) {}
func (pipe) Changed(Change)               {}
func (pipe) Stop(string)                  {}
func (pipe) Input(string, string)         {}

const modelStart = "m"

var modelUsers = [2]session.User{
	{ID: session.UserID("s", "a"), Name: "a", Role: session.Interviewer, Color: 1},
	{ID: session.UserID("s", "b"), Name: "b", Role: session.Interviewer, Color: 2},
}

func modelState(text string, rev int64) *session.State {
	s := session.NewState()
	s.Session, s.Epoch, s.Rev = "s", "e", rev
	s.Docs[session.DocCode], _ = ot.NewText(text)
	return s
}

func newWorld(edits, drops int) *world {
	w := &world{drops: drops}
	for i := range w.sides {
		d := &w.sides[i]
		d.edits = edits
		d.c = New(pipe{&d.up}, Config{Client: string(rune('a' + i)), Session: "s", Name: "x"})
		d.c.Tick(0)
		d.c.Opened(0)
		d.up = nil
		d.c.Receive(session.AppendEvent(nil, session.Event{Body: session.Welcome{
			Session: "s", Epoch: "e", Rev: 1, You: modelUsers[i], State: modelState(modelStart, 1),
		}}), 0)
	}
	return w
}

// clone copies what further events change.
func (w *world) clone() *world {
	n := *w
	n.log = slices.Clip(w.log)
	for i := range n.sides {
		d := &n.sides[i]
		c := *d.c
		d.c = &c
		c.host = pipe{&d.up}
		base := *c.base
		base.Docs = map[string]*ot.Text{session.DocCode: c.code().Clone()}
		c.base, c.text = &base, c.text.Clone()
		c.queue = make([]*request, len(c.queue))
		for k, q := range w.sides[i].c.queue {
			copied := *q
			c.queue[k] = &copied
		}
		c.past, c.history, c.scratch = nil, history{}, nil
	}
	return &n
}

// key tells states apart.
func (w *world) key(buf []byte) []byte {
	num := func(n int) { buf = append(strconv.AppendInt(buf, int64(n), 36), ' ') }
	for i := range w.sides {
		d := &w.sides[i]
		buf = append(append(buf, d.c.text.String()...), 0)
		num(int(d.c.base.Rev))
		num(int(d.c.acked))
		num(int(d.c.link.state))
		num(d.edits)
		flags := 0
		for k, on := range []bool{d.c.call.under, d.deaf, d.c.link.fresh} {
			if on {
				flags |= 1 << k
			}
		}
		num(flags)
		for _, q := range d.c.queue {
			num(int(q.seq))
			if q.sent {
				buf = append(buf, '!')
			}
			b, _ := q.code()
			buf = b.Op.AppendJSON(buf)
		}
		for _, frames := range [][]string{d.up, d.down, d.late} {
			buf = append(buf, 1)
			for _, f := range frames {
				buf = append(append(buf, f...), 0)
			}
		}
	}
	for _, e := range w.log {
		num(int(e.by))
		num(int(e.seq))
		buf = e.op.AppendJSON(buf)
	}
	num(w.drops)
	num(int(w.gone))
	return buf
}

// model explores.
type model struct {
	dedupe bool
	seen   map[uint64]struct{}
	seed   maphash.Seed
	todo   []*world
	buf    []byte
	steps  int
	ends   int
	bad    map[string]int // what was wrong with how many end states
}

func explore(edits, drops int, dedupe bool) *model {
	m := &model{dedupe: dedupe, seen: map[uint64]struct{}{}, seed: maphash.MakeSeed(), bad: map[string]int{}}
	m.visit(newWorld(edits, drops))
	for len(m.todo) > 0 {
		w := m.todo[len(m.todo)-1]
		m.todo = m.todo[:len(m.todo)-1]
		m.expand(w)
	}
	return m
}

func (m *model) visit(w *world) {
	m.buf = w.key(m.buf[:0])
	h := maphash.Bytes(m.seed, m.buf)
	if _, ok := m.seen[h]; !ok {
		m.seen[h] = struct{}{}
		m.todo = append(m.todo, w)
	}
}

// expand does everything that can happen next.
func (m *model) expand(w *world) {
	any := false
	next := func(ok bool, do func(*world)) {
		if ok {
			any = true
			m.steps++
			n := w.clone()
			do(n)
			m.visit(n)
		}
	}
	for i := range w.sides {
		d := &w.sides[i]
		next(d.edits > 0, func(n *world) { n.edit(i, 0, 0) })
		next(d.edits > 0 && d.c.text.Len() > 0, func(n *world) { n.edit(i, d.c.text.Len(), 0) })
		next(d.edits > 0 && d.c.text.Len() > 0, func(n *world) { n.edit(i, 0, 1) })
		next(len(d.up) > 0, func(n *world) {
			f := n.sides[i].up[0]
			n.sides[i].up = n.sides[i].up[1:]
			n.serve(i, f, m.dedupe)
		})
		next(len(d.late) > 0, func(n *world) {
			f := n.sides[i].late[0]
			n.sides[i].late = n.sides[i].late[1:]
			n.serve(i, f, m.dedupe)
		})
		next(len(d.down) > 0, func(n *world) {
			f := n.sides[i].down[0]
			n.sides[i].down = n.sides[i].down[1:]
			if n.sides[i].c.Receive([]byte(f), 0) != nil {
				n.drop(i, false)
			}
		})
		// The two are alike, so where one connection drops it is the first's.
		drops := i == 0 && w.drops > 0 && d.c.link.state == up
		next(drops, func(n *world) { n.drops--; n.drop(i, false) })
		next(drops && len(d.up) > 0, func(n *world) { n.drops--; n.drop(i, true) })
		next(d.c.link.state == down, func(n *world) {
			c := n.sides[i].c
			c.Online(0)
			c.Tick(0)
			c.Opened(0)
		})
	}
	if !any {
		m.ends++
		if wrong := w.wrong(); wrong != "" {
			m.bad[wrong]++
		}
	}
}

// edit inserts a letter of its own at pos, or deletes there.
func (w *world) edit(i, pos, del int) {
	d := &w.sides[i]
	ins := string(rune('a' + i*8 + d.edits))
	if del > 0 {
		w.gone |= 1 << (d.c.text.Slice(pos, pos+del)[0] - 'a')
		ins = ""
	}
	d.edits--
	if err := d.c.Edit(ot.Splice(d.c.text.Len(), pos, del, ins), "", nil, 0); err != nil {
		panic(err)
	}
}

func (w *world) drop(i int, arrives bool) {
	d := &w.sides[i]
	if arrives {
		d.late = d.up
	}
	d.up, d.down, d.deaf = nil, nil, true
	d.c.Closed(1006, 0)
}

// serve is the server. It hears frames of a connection that broke as well.
func (w *world) serve(i int, frame string, dedupe bool) {
	d := &w.sides[i]
	r, err := session.ParseRequest([]byte(frame))
	if err != nil {
		panic(err)
	}
	acked := int64(0)
	for _, e := range w.log {
		if int(e.by) == i {
			acked = max(acked, e.seq)
		}
	}
	rev := int64(len(w.log) + 1)
	say := func(to int, e session.Event) {
		if s := &w.sides[to]; !s.deaf {
			s.down = append(slices.Clip(s.down), string(session.AppendEvent(nil, e)))
		}
	}
	switch b := r.Body.(type) {
	case session.JoinRequest:
		welcome := session.Welcome{Session: "s", Epoch: "e", Rev: rev, You: modelUsers[i], Acked: acked}
		if b.Resume == nil {
			t, _ := ot.NewText(modelStart)
			for _, e := range w.log {
				t.Apply(e.op)
			}
			welcome.State = modelState(t.String(), rev)
		} else {
			for k, e := range w.log[b.Resume.Rev-1:] {
				welcome.Events = append(welcome.Events, w.event(int(b.Resume.Rev)-1+k, e))
			}
		}
		d.deaf = false
		say(i, session.Event{Body: welcome})
	case session.CodeChange:
		if dedupe && r.Seq <= acked {
			say(i, session.Event{Body: session.Ack{Seq: r.Seq, Rev: rev}})
			return
		}
		for _, e := range w.log[r.Base-1:] {
			if b.Op, _, err = ot.Transform(b.Op, e.op); err != nil {
				panic(err)
			}
		}
		e := logged{b.Op, int8(i), r.Seq}
		w.log = append(w.log, e)
		say(i, session.Event{Body: session.Ack{Seq: r.Seq, Rev: rev + 1}})
		say(1-i, w.event(len(w.log)-1, e))
	}
}

func (w *world) event(k int, e logged) session.Event {
	return session.Event{Rev: int64(k + 2), By: modelUsers[e.by].ID, Seq: e.seq, Body: session.CodeChange{Doc: session.DocCode, Op: e.op}}
}

// wrong tells what is wrong with an end state.
func (w *world) wrong() string {
	t, _ := ot.NewText(modelStart)
	for _, e := range w.log {
		if t.Apply(e.op) != nil {
			return "an op that doesn't fit"
		}
	}
	text := t.String()
	count := map[rune]int{}
	for _, r := range text {
		if count[r]++; count[r] > 1 {
			return "duplicated text"
		}
	}
	for i := range w.sides {
		if w.sides[i].c.Text() != text {
			return "not converged"
		}
		if !w.sides[i].c.Settled() {
			return "not acknowledged"
		}
	}
	for r := range count {
		if w.gone>>(r-'a')&1 != 0 {
			return "deleted text is back"
		}
	}
	return ""
}

func TestModel(t *testing.T) {
	for _, size := range modelSizes {
		m := explore(size[0], size[1], true)
		t.Logf("2 clients, %d edits each, %d drops: %d states, %d steps, %d ends", size[0], size[1], len(m.seen), m.steps, m.ends)
		if len(m.bad) > 0 || m.ends == 0 {
			t.Errorf("of %d end states are wrong: %v", m.ends, m.bad)
		}
	}
}

// Without the dedupe of the server the same check finds what it is there to prevent.
func TestModelWithoutDedupe(t *testing.T) {
	m := explore(1, 1, false)
	t.Logf("%d states, %d steps, %d ends, wrong: %v", len(m.seen), m.steps, m.ends, m.bad)
	if m.bad["duplicated text"] == 0 {
		t.Errorf("the check did not find duplicated text in %d ends", m.ends)
	}
}
