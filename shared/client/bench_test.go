package client

import (
	"strings"
	"testing"

	"tandem/shared/ot"
	"tandem/shared/session"
)

// benchClient is a client in a session with a text of 100 KB and a full undo stack.
func benchClient() (*stage, *actor) {
	s := newStage(strings.Repeat("0123456789abcdefghi\n", 5000))
	a := s.actor("a")
	for range maxHistory {
		s.now += 1000
		a.edit(ot.Splice(a.editor.Len(), a.editor.Len()/2, 0, "x"), "")
	}
	s.settle()
	a.up = nil
	return s, a
}

// BenchmarkKeystroke is one's own keystroke: applied, remembered for undo, sent, acknowledged.
func BenchmarkKeystroke(b *testing.B) {
	s, a := benchClient()
	c := a.client
	for b.Loop() {
		c.Edit(ot.Splice(c.text.Len(), 5000, 0, "x"), "", nil, s.now)
		a.up = a.up[:0]
		q := c.queue[0]
		c.Receive(session.AppendEvent(nil, session.Event{Body: session.Ack{Seq: q.seq, Rev: c.base.Rev + 1, At: 1}}), s.now)
	}
}

// BenchmarkRemote is a keystroke of somebody else, with an edit of one's own under way.
func BenchmarkRemote(b *testing.B) {
	s, a := benchClient()
	c := a.client
	c.Edit(ot.Splice(c.text.Len(), 5000, 0, "x"), "", nil, s.now)
	var frame []byte
	for b.Loop() {
		frame = session.AppendEvent(frame[:0], session.Event{Rev: c.base.Rev + 1, At: 1, By: "b",
			Body: session.CodeChange{Doc: session.DocCode, Op: ot.Splice(c.code().Len(), 70_000, 0, "y")}})
		if err := c.Receive(frame, s.now); err != nil {
			b.Fatal(err)
		}
		if c.code().Len() > 900_000 {
			b.StopTimer()
			s, a = benchClient()
			c = a.client
			b.StartTimer()
		}
	}
}

func BenchmarkState(b *testing.B) {
	_, a := benchClient()
	a.client.StartRun("r1", "python")
	b.ReportAllocs()
	for b.Loop() {
		a.client.State()
	}
}
