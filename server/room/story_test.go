package room

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"tandem/server/journal"
	"tandem/shared/ot"
	"tandem/shared/session"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A story is a server whose people do things one after the other; time passes only where the story says so.
type story struct {
	t     *testing.T
	rooms *Rooms
	store Journal
	id    string // of the session
	key   string
	owner string            // who created it, and has the key
	names map[string]string // user id → name
	log   bytes.Buffer
}

// tell runs a story in a bubble of its own time.
func tell(t *testing.T, f func(s *story), change ...func(*Config)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		n := 0
		s := &story{t: t, names: map[string]string{}}
		cfg := Config{Journal: journal.NewMemory(), Log: slog.New(slog.NewTextHandler(&s.log, nil)), NewID: func() string {
			n++
			return fmt.Sprintf("made-up-%d", n)
		}}
		for _, c := range change {
			c(&cfg)
		}
		s.store = cfg.Journal
		s.rooms = New(cfg)
		defer func() { s.rooms.Close() }()
		f(s)
	})
}

// A person is somebody's connection: what they send, and what came.
type person struct {
	s      *story
	name   string
	client string
	peer   *Peer
	seq    int64
	slow   bool // takes nothing from the queue

	mu    sync.Mutex
	queue [][]byte
	end   int
}

func (p *person) Wake() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.slow {
		p.queue, p.end = p.peer.Take(p.queue)
	}
}

// connects gives somebody a connection; the same name is the same client.
func (s *story) connects(name string) *person {
	p := &person{s: s, name: name, client: name + "-client"}
	p.peer = s.rooms.Connect(p, nil)
	return p
}

// creates makes the session of the story.
func (s *story) creates(name string) *person {
	s.t.Helper()
	p := s.connects(name)
	p.sends(session.Request{Body: session.CreateRequest{Client: p.client, Name: name}})
	w := p.welcomed()
	s.id, s.key, s.owner = w.Session, w.Key, name
	return p
}

// joins lets somebody into the session, silently.
func (s *story) joins(name string) *person {
	s.t.Helper()
	p := s.connects(name)
	key := ""
	if name == s.owner {
		key = s.key
	}
	p.asksToJoin(key, nil)
	p.welcomed()
	return p
}

// turnsAway has somebody ask to join who hears no more than the words, and is sent away.
func (s *story) turnsAway(name string, code int, words ...string) {
	s.t.Helper()
	p := s.connects(name)
	p.asksToJoin("", nil)
	p.got(words...)
	p.closed(code)
}

func (p *person) asksToJoin(key string, resume *session.Resume) {
	p.s.t.Helper()
	p.sends(session.Request{Body: session.JoinRequest{Session: p.s.id, Client: p.client, Name: p.name, Key: key, Resume: resume}})
}

// sends sends a request and waits until the room has nothing left to do.
func (p *person) sends(r session.Request) {
	p.peer.Receive(session.AppendRequest(nil, r))
	synctest.Wait()
}

// does sends a request under the next number.
func (p *person) does(base int64, b session.Body) {
	p.seq++
	p.sends(session.Request{Seq: p.seq, Base: base, Body: b})
}

// types inserts text at a place of a text of so many units.
func (p *person) types(base int64, units, at int, text string) {
	p.does(base, session.CodeChange{Doc: session.DocCode, Op: ot.Splice(units, at, 0, text)})
}

func (p *person) vanishes() { p.peer.Gone(false); synctest.Wait() }
func (p *person) leaves()   { p.peer.Gone(true); synctest.Wait() }

// events gives what came since it was last asked.
func (p *person) events() []session.Event {
	p.s.t.Helper()
	p.mu.Lock()
	queue := p.queue
	p.queue = nil
	p.mu.Unlock()
	events := make([]session.Event, len(queue))
	for i, frame := range queue {
		e, err := session.ParseEvent(frame)
		if err != nil {
			p.s.t.Fatalf("%s got %s: %v", p.name, frame, err)
		}
		events[i] = e
	}
	return events
}

// welcomed gives the welcome that came, and forgets what came with it.
func (p *person) welcomed() session.Welcome {
	p.s.t.Helper()
	for _, e := range p.events() {
		if w, ok := e.Body.(session.Welcome); ok {
			p.s.names[w.You.ID] = p.name
			return w
		}
	}
	p.s.t.Fatalf("%s was not welcomed, closed with %d", p.name, p.code())
	panic("unreachable")
}

func (p *person) code() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.end
}

// got checks what came since it was last asked, an event a line.
func (p *person) got(want ...string) {
	p.s.t.Helper()
	var lines []string
	for _, e := range p.events() {
		lines = append(lines, p.s.line(e))
	}
	if fmt.Sprint(lines) != fmt.Sprint(want) {
		p.s.t.Fatalf("%s got\n  %s\nwant\n  %s", p.name, strings.Join(lines, "\n  "), strings.Join(want, "\n  "))
	}
}

// line is a frame in a few words.
func (s *story) line(e session.Event) string {
	rev := ""
	if e.Rev > 0 {
		rev = fmt.Sprintf("%d ", e.Rev)
	}
	by := ""
	if e.By != "" {
		by = " by " + s.names[e.By]
	}
	switch b := e.Body.(type) {
	case session.Welcome:
		if b.State != nil {
			return fmt.Sprintf("welcome at %d, acked %d, with the state", b.Rev, b.Acked)
		}
		return fmt.Sprintf("welcome at %d, acked %d, with %d events", b.Rev, b.Acked, len(b.Events))
	case session.Ack:
		return fmt.Sprintf("ack of %d at %d", b.Seq, b.Rev)
	case session.Refusal:
		return fmt.Sprintf("refused %d: %s", b.Seq, b.Code)
	case session.CodeChange:
		return rev + string(b.Op.AppendJSON(nil)) + by
	case session.Joined:
		return rev + "joined: " + b.User.Name
	case session.Left:
		return rev + "left: " + s.names[b.User]
	case session.RunEnd:
		return rev + "run ends: " + b.Reason + by
	case session.CursorChange:
		return fmt.Sprintf("cursor %v at %d%s", b.Ranges, b.Base, by)
	case session.RunStdin:
		return "stdin " + b.Text + by
	}
	return rev + string(e.Body.Kind()) + by
}

// closed checks that the connection is to end with a code.
func (p *person) closed(code int) {
	p.s.t.Helper()
	if got := p.code(); got != code {
		p.s.t.Fatalf("%s: close code %d, want %d", p.name, got, code)
	}
}

// fold is what the log says, and checks that it can be said.
func (s *story) fold() *session.State {
	s.t.Helper()
	state := session.NewState()
	err := s.store.Read(context.Background(), s.id, 0, func(n int64, record []byte) error {
		e, err := session.ParseEvent(record)
		if err != nil {
			return err
		}
		if text := state.Docs[session.DocCode]; e.Rev%session.HashEvery == 0 && e.Hash != text.Hash() {
			return fmt.Errorf("event %d has hash %d", e.Rev, e.Hash)
		}
		return state.Apply(e)
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return state
}

func (s *story) text() string { return s.fold().Docs[session.DocCode].String() }

// size is how long the text of a new session is.
var size = len(session.Languages[0].Starter)

// clear makes the text empty by way of somebody, and gives the rev.
func (s *story) clear(p *person) int64 {
	s.t.Helper()
	state := s.fold()
	n := state.Docs[session.DocCode].Len()
	p.does(state.Rev, session.CodeChange{Doc: session.DocCode, Op: ot.Splice(n, 0, n, "")})
	p.events()
	return state.Rev + 1
}

func pass(d time.Duration) { <-time.After(d); synctest.Wait() } // in the bubble: at once
