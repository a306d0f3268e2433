package client

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"tandem/shared/ot"
	"tandem/shared/session"
)

// A stage is a server, clients by name, and the lines between them, on which frames wait until a script moves them.
type stage struct {
	t       testing.TB
	server  *server
	actors  map[string]*actor
	order   []*actor
	now     int64
	problem string // the first thing that was not as wanted
}

// An actor is a client with its page and its line.
type actor struct {
	stage   *stage
	name    string
	client  *Client
	editor  *ot.Text
	sel     []session.Range
	conn    *conn
	up      [][]byte // sent, not yet at the server
	down    [][]byte // sent by the server, not yet here
	stopped []string
	input   []string
	changed Change
	applied int
}

func (a *actor) Send(frame []byte) {
	if a.conn != nil {
		a.up = append(a.up, slices.Clone(frame))
	}
}

func (a *actor) Apply(op ot.Op, sel []session.Range) {
	if err := a.editor.Apply(op); err != nil {
		a.stage.fail("%s: the editor was given an op that doesn't fit: %v", a.name, err)
	}
	a.sel = sel
	a.applied++
}

func (a *actor) Changed(what Change)    { a.changed |= what }
func (a *actor) Stop(run string)        { a.stopped = append(a.stopped, run) }
func (a *actor) Input(run, text string) { a.input = append(a.input, run+" "+text) }

func (s *stage) fail(format string, args ...any) {
	if s.problem == "" {
		s.problem = fmt.Sprintf(format, args...)
	}
}

// actor gives the client of the name; one that was not there joins.
func (s *stage) actor(name string) *actor {
	a := s.actors[name]
	if a == nil {
		a = &actor{stage: s, name: name, editor: &ot.Text{}}
		a.client = New(a, Config{Client: "client-" + name, Session: "s1", Name: name, Seed: uint64(len(s.order))})
		s.actors[name] = a
		s.order = append(s.order, a)
		a.open()
		a.deliver(1 << 30)
	}
	return a
}

// open connects.
func (a *actor) open() {
	a.client.Tick(a.stage.now)
	a.conn = &conn{}
	a.conn.out = func(f []byte) { a.down = append(a.down, slices.Clone(f)) }
	a.client.Opened(a.stage.now)
}

// cut drops the connection and all that is on it.
func (a *actor) cut() {
	if a.conn == nil {
		return
	}
	a.stage.server.drop(a.conn)
	a.conn, a.up, a.down = nil, nil, nil
	a.client.Closed(1006, a.stage.now)
}

// deliver moves at most n frames to the server, then all of its answers back.
func (a *actor) deliver(n int) {
	for ; n > 0 && len(a.up) > 0; n-- {
		f := a.up[0]
		a.up = a.up[1:]
		a.stage.server.receive(a.conn, f)
		a.hear(1 << 30)
	}
	a.hear(1 << 30)
}

// hear takes at most n frames of the server.
func (a *actor) hear(n int) {
	for ; n > 0 && len(a.down) > 0; n-- {
		f := a.down[0]
		a.down = a.down[1:]
		if err := a.client.Receive(f, a.stage.now); err != nil {
			a.stage.server.drop(a.conn)
			a.conn, a.up, a.down = nil, nil, nil
		}
	}
}

func (s *server) drop(c *conn) {
	if c != nil && s.conns[c.user.ID] == c {
		delete(s.conns, c.user.ID)
	}
}

// A move is a line of a script.
type move struct {
	text string
	do   func(*stage)
}

// play runs a script on a session that begins with text.
func play(t testing.TB, text string, moves ...move) *stage {
	t.Helper()
	s := &stage{t: t, server: newServer(text), actors: map[string]*actor{}, now: 10_000}
	for i, m := range moves {
		m.do(s)
		if s.problem != "" {
			var script strings.Builder
			for _, done := range moves[:i+1] {
				script.WriteString("\n\t" + done.text + ",")
			}
			t.Fatalf("%s\nafter%s", s.problem, script.String())
		}
	}
	return s
}
