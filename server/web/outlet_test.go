package web

import (
	"io"
	"net"
	"testing"
	"time"
)

// A timed connection notes how writes are bounded.
type timed struct {
	net.Conn
	end   time.Time // the deadline as it is set
	fresh bool      // it was set since the last write
	large int       // writes of more than a part, or without a deadline of their own
}

func (c *timed) SetWriteDeadline(end time.Time) error {
	c.end, c.fresh = end, true
	return c.Conn.SetWriteDeadline(end)
}

func (c *timed) Write(b []byte) (int, error) {
	if len(b) > writePart || !c.fresh {
		c.large++
	}
	c.fresh = false
	return c.Conn.Write(b)
}

// TestBlockedWrite: a slow line has its time for each part of what it is sent, and none of it counts afterwards, when the
// connection is written to without waiting.
func TestBlockedWrite(t *testing.T) {
	s := start(t)
	ours, theirs := net.Pipe()
	defer theirs.Close()
	conn := &timed{Conn: ours}
	k := &socket{}
	k.peer = s.rooms.Connect(k, nil)
	k.out.conn = conn
	k.out.state.Store(writing)
	buf, done := make([]byte, 5*writePart/2), make(chan struct{})
	go func() {
		k.wait(&buf, buf)
		close(done)
	}()
	if _, err := io.ReadFull(theirs, make([]byte, len(buf))); err != nil {
		t.Fatal(err)
	}
	<-done
	if conn.large > 0 {
		t.Errorf("%d writes have no time of their own, or too much to do in it", conn.large)
	}
	if !k.heard.Load() {
		t.Error("one who takes what it is sent counts as silent")
	}
	if !conn.end.IsZero() {
		t.Error("a deadline is left, after which frames are lost")
	}
	ours.Close()
}
