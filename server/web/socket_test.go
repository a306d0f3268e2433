package web

import (
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"tandem/server/room"
	"tandem/shared/ot"
	"tandem/shared/session"
)

func TestTwoPeople(t *testing.T) {
	s := start(t)
	ann, bob := s.dial(), s.dial()
	w := ann.create("ann-client", "Ann")
	if w.You.Role != session.Interviewer || w.Key == "" || w.Rev != 3 || code(w.State) != session.Languages[0].Starter {
		t.Fatalf("welcome: %+v", w)
	}
	v := bob.join(w.Session, "bob-client", "Bob", "")
	if v.You.Role != session.Candidate || v.Key != "" || v.You.Color == w.You.Color || v.Rev != 4 {
		t.Fatalf("welcome of the second: %+v", v)
	}
	if j := want[session.Joined](ann); j.User != v.You {
		t.Fatalf("joined: %+v", j)
	}
	n := v.State.Docs[session.DocCode].Len()
	ann.request(4, insert(n, "a"))
	bob.request(4, insert(n, "b"))
	for _, g := range []*guy{ann, bob} { // the own edit's place in the order, and the other's, whichever is first
		first, second := g.next(), g.next()
		if first.Body.Kind() == second.Body.Kind() {
			t.Fatalf("%+v, then %+v", first, second)
		}
	}
	got := code(s.fold(w.Session))
	if got[:2] != "ab" && got[:2] != "ba" {
		t.Fatalf("text %q", got)
	}
	bob.send(`{"type":"session:leave"}`)
	if c := bob.closed(); c != session.CloseLeft {
		t.Fatalf("close code %d", c)
	}
	if l := want[session.Left](ann); l.User != v.You.ID {
		t.Fatalf("left: %+v", l)
	}
}

func TestHowConnectionsEnd(t *testing.T) {
	s := start(t, func(c *Config, r *room.Config) { c.Tick, r.Grace = 50*time.Millisecond, 300*time.Millisecond })
	ann := s.dial()
	w := ann.create("ann-client", "Ann")
	cases := []struct {
		name string
		end  func(g *guy)
		late bool // only after the grace
	}{
		{"closed with 1000", func(g *guy) { g.bye(websocket.CloseNormalClosure) }, false},
		{"closed with 1001", func(g *guy) { g.bye(websocket.CloseGoingAway) }, false},
		{"left", func(g *guy) { g.send(`{"type":"session:leave"}`) }, false},
		{"broken", func(g *guy) { g.conn.NetConn().Close() }, true},
		{"closed for another reason", func(g *guy) { g.bye(4999) }, true},
		{"silent", func(g *guy) { g.mute.Store(true) }, true},
	}
	for _, c := range cases {
		g := s.dial()
		id := g.join(w.Session, "bob-client", "Bob", "").You.ID
		began := time.Now()
		c.end(g)
		if l := want[session.Left](ann); l.User != id {
			t.Errorf("%s: %s left", c.name, l.User)
		}
		if took := time.Since(began); c.late && took < 300*time.Millisecond {
			t.Errorf("%s: gone after %v", c.name, took)
		}
	}
	ann.send(`{"type":"ping","t":7}`) // she answered every ping, so she is still here
	want[session.Pong](ann)
}

func (g *guy) bye(code int) {
	g.t.Helper()
	message := websocket.FormatCloseMessage(code, "")
	if err := g.conn.WriteControl(websocket.CloseMessage, message, time.Now().Add(patience)); err != nil {
		g.t.Fatal(err)
	}
	if got := g.closed(); got != websocket.CloseNormalClosure {
		g.t.Errorf("answered with %d", got)
	}
}

func TestWhoNeverJoins(t *testing.T) {
	s := start(t, func(c *Config, _ *room.Config) { c.Tick = 20 * time.Millisecond })
	if code := s.dial().closed(); code != session.CloseBadFrame {
		t.Errorf("close code %d", code)
	}
}

func TestPingOfTheProtocol(t *testing.T) {
	g := start(t).dial()
	pong := make(chan string, 1)
	g.conn.SetPongHandler(func(data string) error { pong <- data; return nil })
	if err := g.conn.WriteControl(websocket.PingMessage, []byte("hello"), time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	select {
	case data := <-pong:
		if data != "hello" {
			t.Errorf("pong %q", data)
		}
	case <-time.After(patience):
		t.Error("no pong came")
	}
}

func TestLargeFrames(t *testing.T) {
	s := start(t)
	ann, bob := s.dial(), s.dial()
	w := ann.create("ann-client", "Ann")
	v := bob.join(w.Session, "bob-client", "Bob", "")
	paste := strings.Repeat("0123456789abcde\n", 100<<10/16)
	n := v.State.Docs[session.DocCode].Len()
	ann.request(4, insert(n, paste))
	want[session.Ack](ann)
	if c := want[session.CodeChange](bob); c.Op.Target() != n+100<<10 {
		t.Errorf("an op to %d units", c.Op.Target())
	}
	if late := s.dial().join(w.Session, "carl-client", "Carl", ""); !strings.HasPrefix(code(late.State), paste) {
		t.Error("a late joiner has another text")
	}
}

// TestSlowReader: one who does not read holds nobody up, is cut, and reads to the end what was sent before the cut.
func TestSlowReader(t *testing.T) {
	s := start(t)
	ann, bob := s.dial(), s.dial()
	w := ann.create("ann-client", "Ann")
	bob.hold.Lock()
	t.Cleanup(func() {
		bob.hold.TryLock()
		bob.hold.Unlock()
	})
	bob.send(`{"type":"session:join","session":"` + w.Session + `","client":"bob-client","name":"Bob"}`)
	id := want[session.Joined](ann).User.ID
	units, rev := w.State.Docs[session.DocCode].Len(), int64(4)
	lump := strings.Repeat("x", 200<<10)
	for range 80 { // 16 MB, more than the kernel holds and the queue besides
		ann.request(rev, insert(units, lump))
		want[session.Ack](ann)
		ann.request(rev+1, session.CodeChange{Doc: session.DocCode, Op: ot.Splice(units+len(lump), 0, len(lump), "")})
		want[session.Ack](ann)
		rev += 2
		if strings.Contains(s.log.String(), "peer cut") {
			break
		}
	}
	bob.hold.Unlock()
	if code := bob.closed(); code != session.CloseTooSlow {
		t.Errorf("close code %d", code)
	}
	back := s.dial()
	if v := back.join(w.Session, "bob-client", "Bob", ""); v.You.ID != id || v.Rev != rev {
		t.Errorf("back as %+v at %d of %d", v.You, v.Rev, rev)
	}
}

func TestStop(t *testing.T) {
	s := start(t)
	ann, bob := s.dial(), s.dial()
	w := ann.create("ann-client", "Ann")
	bob.join(w.Session, "bob-client", "Bob", "")
	stranger := s.dial() // who joined nothing
	began := time.Now()
	s.stop()
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("the stop took %v", took)
	}
	for _, g := range []*guy{ann, bob, stranger} {
		if code := g.closed(); code != session.CloseStopping {
			t.Errorf("close code %d", code)
		}
	}
	for _, p := range s.fold(w.Session).Users {
		if !p.Here {
			t.Errorf("%s is marked as gone", p.Name)
		}
	}
}
