package web

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"go.uber.org/goleak"

	"tandem/assets"
	"tandem/server/journal"
	"tandem/server/room"
	"tandem/shared/ot"
	"tandem/shared/session"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A site is the real server on a port of its own, and what it logs.
type site struct {
	t     *testing.T
	addr  string
	rooms *room.Rooms
	store *journal.Memory
	log   *logs
	stop  func() // as main stops it
}

// logs is a log that tests read.
type logs struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logs) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logs) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

var ids atomic.Int64

// newID makes ids that look like the real ones and that a test can tell apart.
func newID() string {
	n := ids.Add(1)
	return "id-" + strings.Repeat("x", 10) + string(rune('A'+n/26/26%26)) + string(rune('A'+n/26%26)) + string(rune('A'+n%26))
}

func start(t *testing.T, change ...func(*Config, *room.Config)) *site {
	t.Helper()
	files, err := assets.Load()
	if err != nil {
		t.Fatal(err)
	}
	s := &site{t: t, store: journal.NewMemory(), log: &logs{}}
	log := slog.New(slog.NewTextHandler(s.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	rc := room.Config{Journal: s.store, NewID: newID, Log: log}
	wc := Config{Assets: files, Log: log}
	for _, f := range change {
		f(&wc, &rc)
	}
	s.rooms = room.New(rc)
	wc.Rooms = s.rooms
	server, err := New(wc)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.addr = listener.Addr().String()
	h := server.HTTPServer()
	served := make(chan struct{})
	go func() {
		h.Serve(listener)
		close(served)
	}()
	s.stop = sync.OnceFunc(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
		defer cancel()
		s.rooms.Close()
		server.Close(ctx)
		h.Shutdown(ctx)
		<-served
	})
	t.Cleanup(func() {
		s.stop()
		s.store.Close()
	})
	return s
}

// A guy is a connection of a test and what the server sent on it.
type guy struct {
	t    *testing.T
	conn *websocket.Conn
	seq  int64
	in   chan []byte // frames, closed at the end
	end  error       // why the connection ended; set before in is closed
	all  bytes.Buffer
	hold sync.Mutex  // whoever has it keeps the connection from being read
	mute atomic.Bool // answers no pings
}

// dial opens a connection that hasn't joined anything yet.
func (s *site) dial(header ...string) *guy {
	s.t.Helper()
	g, err := s.tryDial(header...)
	if err != nil {
		s.t.Fatal(err)
	}
	return g
}

func (s *site) tryDial(header ...string) (*guy, error) {
	h := http.Header{"Sec-Websocket-Protocol": {session.Protocol}}
	for i := 0; i < len(header); i += 2 {
		h.Set(header[i], header[i+1])
	}
	conn, _, err := websocket.DefaultDialer.Dial("ws://"+s.addr+"/ws", h)
	if err != nil {
		return nil, err
	}
	g := &guy{t: s.t, conn: conn, in: make(chan []byte, 10_000)}
	answer := conn.PingHandler()
	conn.SetPingHandler(func(data string) error {
		if g.mute.Load() {
			return nil
		}
		return answer(data)
	})
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer close(g.in)
		for {
			g.hold.Lock()
			g.hold.Unlock()
			_, frame, err := conn.ReadMessage()
			if err != nil {
				g.end = err
				return
			}
			g.in <- frame
		}
	}()
	s.t.Cleanup(func() {
		conn.Close()
		<-done
	})
	return g, nil
}

func (g *guy) send(frame string) {
	g.t.Helper()
	if err := g.conn.WriteMessage(websocket.TextMessage, []byte(frame)); err != nil {
		g.t.Fatalf("send: %v", err)
	}
}

func (g *guy) request(base int64, b session.Body) int64 {
	g.t.Helper()
	g.seq++
	g.send(string(session.AppendRequest(nil, session.Request{Seq: g.seq, Base: base, Body: b})))
	return g.seq
}

const patience = 20 * time.Second // of a test, for what should come at once

// next gives the next frame.
func (g *guy) next() session.Event {
	g.t.Helper()
	select {
	case frame, ok := <-g.in:
		if !ok {
			g.t.Fatalf("connection ended: %v", g.end)
		}
		g.all.Write(frame)
		e, err := session.ParseEvent(frame)
		if err != nil {
			g.t.Fatalf("frame %s: %v", frame, err)
		}
		return e
	case <-time.After(patience):
		g.t.Fatalf("no frame came after …%s", g.all.Bytes()[max(0, g.all.Len()-400):])
	}
	panic("unreachable")
}

// want skips frames until one holds a body of the type.
func want[B session.Body](g *guy) B {
	g.t.Helper()
	for {
		if b, ok := g.next().Body.(B); ok {
			return b
		}
	}
}

// closed skips frames to the end of the connection and gives its code.
func (g *guy) closed() int {
	g.t.Helper()
	for {
		select {
		case frame, ok := <-g.in:
			if ok {
				g.all.Write(frame)
				continue
			}
			if e, ok := g.end.(*websocket.CloseError); ok {
				return e.Code
			}
			g.t.Fatalf("ended without a code: %v", g.end)
		case <-time.After(patience):
			g.t.Fatal("the connection goes on")
		}
	}
}

func (g *guy) create(client, name string) session.Welcome {
	g.t.Helper()
	g.send(string(session.AppendRequest(nil, session.Request{Body: session.CreateRequest{Client: client, Name: name}})))
	return want[session.Welcome](g)
}

func (g *guy) join(id, client, name, key string) session.Welcome {
	g.t.Helper()
	g.send(string(session.AppendRequest(nil, session.Request{Body: session.JoinRequest{Session: id, Client: client, Name: name, Key: key}})))
	return want[session.Welcome](g)
}

// fold is what the session's log says.
func (s *site) fold(id string) *session.State {
	s.t.Helper()
	state := session.NewState()
	err := s.store.Read(context.Background(), id, 0, func(_ int64, record []byte) error {
		var e session.Event
		if err := json.Unmarshal(record, &e); err != nil {
			return err
		}
		return state.Apply(e)
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return state
}

// insert is an op that inserts text at the start of a text of so many units.
func insert(units int, text string) session.CodeChange {
	return session.CodeChange{Doc: session.DocCode, Op: ot.Splice(units, 0, 0, text)}
}

func code(s *session.State) string { return s.Docs[session.DocCode].String() }
