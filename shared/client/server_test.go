package client

import (
	"fmt"

	"tandem/shared/ot"
	"tandem/shared/session"
)

// server is the least that a server of the protocol does: it orders, transforms, dedupes and answers. What it sends
// to a client goes to its outbox.
type server struct {
	id      string
	epoch   int
	state   *session.State
	log     []session.Event
	conns   map[string]*conn // by user id
	cursors map[string]session.CursorChange
	time    int64
	keep    int // how many events back one can resume; 0: all
	noSave  int // how many requests it refuses to save
	unsure  int // how many it refuses to save, and finds saved after all
	noOp    int // how many it finds bad
	faults  []string
	private int  // it skips so many revs before each event, as if others were told something private
	lax     bool // it hears what a connection still says after another took its place
}

// conn is one connection of a client, from the server's side.
type conn struct {
	user session.User
	out  func(frame []byte)
	end  int // the code with which the server closes it, after what it sent
}

func newServer(text string) *server {
	s := &server{id: "s1", state: session.NewState(), conns: map[string]*conn{}, cursors: map[string]session.CursorChange{}, time: 1000}
	s.append(session.Event{Body: session.Create{Session: s.id, Title: "", Language: "python", Epoch: "e0"}}, nil)
	t, err := ot.NewText("")
	if err != nil {
		panic(err)
	}
	to, err := ot.NewText(text)
	if err != nil {
		panic(err)
	}
	if op := ot.Diff(t, to); !op.IsNoop() {
		s.append(session.Event{Body: session.CodeChange{Doc: session.DocCode, Op: op, Origin: session.OriginTemplate}}, nil)
	}
	return s
}

func (s *server) text() string { return s.state.Docs[session.DocCode].String() }

// append makes an event part of the log and tells everybody.
func (s *server) append(e session.Event, author *conn) {
	s.time++
	e.Rev, e.At = s.state.Rev+1+int64(s.private), s.time
	if code := s.state.Docs[session.DocCode]; code != nil && e.Rev%session.HashEvery == 0 {
		e.Hash = code.Hash()
	}
	if err := s.state.Apply(e); err != nil {
		panic(err)
	}
	s.log = append(s.log, e)
	for id, c := range s.conns {
		if id == e.By && c == author {
			c.out(session.AppendEvent(nil, session.Event{Body: session.Ack{Seq: e.Seq, Rev: e.Rev, At: e.At, Hash: e.Hash}}))
		} else {
			c.out(session.AppendEvent(nil, e))
		}
	}
}

func (s *server) say(c *conn, b session.Body) {
	c.out(session.AppendEvent(nil, session.Event{Body: b}))
}

// receive takes a frame of a connection. It gives the connection's user id, once that is known.
func (s *server) receive(c *conn, frame []byte) {
	r, err := session.ParseRequest(frame)
	if err != nil {
		if refusal, ok := err.(*session.Refusal); ok {
			s.say(c, *refusal)
			return
		}
		panic(fmt.Sprintf("a client sent %s: %v", frame, err))
	}
	switch b := r.Body.(type) {
	case session.CreateRequest:
		s.join(c, session.JoinRequest{Session: s.id, Client: b.Client, Name: b.Name}, "key")
		return
	case session.JoinRequest:
		s.join(c, b, "")
		return
	case session.Leave:
		delete(s.conns, c.user.ID)
		return
	case session.Ping:
		s.say(c, session.Pong(b))
		return
	}
	if s.conns[c.user.ID] != c && !s.lax {
		return // another connection took its place
	}
	if !session.Kept(r.Body.Kind()) {
		if b, ok := r.Body.(session.CursorChange); ok {
			r.Body = s.carry(b, c.user.ID)
		}
		for id, peer := range s.conns {
			if id != c.user.ID {
				peer.out(session.AppendEvent(nil, session.Event{By: c.user.ID, Body: r.Body}))
			}
		}
		return
	}
	s.request(c, r)
}

func (s *server) request(c *conn, r session.Request) {
	if r.Seq <= s.state.Acked(c.user.ID) {
		s.say(c, session.Ack{Seq: r.Seq, Rev: s.state.Rev})
		return
	}
	if s.noOp > 0 {
		s.noOp--
		s.say(c, session.Refusal{Code: session.RefusedOp, Message: "bad op", Seq: r.Seq})
		s.say(c, s.welcome(c, nil))
		return
	}
	if s.noSave > 0 {
		s.noSave--
		s.say(c, session.Refusal{Code: session.RefusedSave, Message: "not saved", Seq: r.Seq})
		return
	}
	if s.unsure > 0 {
		s.unsure--
		s.say(c, session.Refusal{Code: session.RefusedSave, Message: "not saved", Seq: r.Seq})
	}
	if refusal := s.state.Check(c.user, r.Body); refusal != nil {
		refusal.Seq = r.Seq
		s.say(c, *refusal)
		return
	}
	b, ok := r.Body.(session.CodeChange)
	if !ok {
		s.append(session.Event{By: c.user.ID, Seq: r.Seq, Body: r.Body}, c)
		return
	}
	op, err := b.Op, error(nil)
	for _, e := range s.since(r.Base) {
		if earlier, ok := e.Body.(session.CodeChange); ok && err == nil {
			op, _, err = ot.Transform(op, earlier.Op)
		}
	}
	if err == nil {
		err = s.state.Docs[session.DocCode].Clone().Apply(op)
	}
	if err != nil || r.Base > s.state.Rev {
		s.say(c, session.Refusal{Code: session.RefusedOp, Message: "bad op", Seq: r.Seq})
		s.say(c, s.welcome(c, nil))
		return
	}
	b.Op = op
	s.append(session.Event{By: c.user.ID, Seq: r.Seq, Body: b}, c)
}

func (s *server) join(c *conn, r session.JoinRequest, key string) {
	id := session.UserID(s.id, r.Client)
	if p := s.state.Person(id); p == nil || !p.Here {
		s.append(session.Event{Body: session.Joined{User: session.User{ID: id, Name: r.Name, Role: session.Interviewer, Color: 1}}}, nil)
	}
	c.user = s.state.Person(id).User
	if old := s.conns[id]; old != nil && old != c {
		old.end = session.CloseReplaced
	}
	s.conns[id] = c
	if r.Fault != "" {
		s.faults = append(s.faults, r.Fault)
	}
	w := s.welcome(c, r.Resume)
	w.Key = key
	s.say(c, w)
	for by, cursor := range s.cursors {
		if s.conns[by] != nil && by != id {
			c.out(session.AppendEvent(nil, session.Event{By: by, Body: s.carry(cursor, by)}))
		}
	}
}

// carry moves somebody's cursors to the present text, and keeps them for who comes later.
func (s *server) carry(b session.CursorChange, by string) session.CursorChange {
	for _, e := range s.since(b.Base) {
		if change, ok := e.Body.(session.CodeChange); ok {
			b.Ranges = session.Follow(b.Ranges, change.Op, e.By == by)
		}
	}
	b.Base = s.state.Rev
	s.cursors[by] = b
	return b
}

func (s *server) welcome(c *conn, resume *session.Resume) session.Welcome {
	w := session.Welcome{Session: s.id, Epoch: s.state.Epoch, Rev: s.state.Rev, You: c.user, Acked: s.state.Acked(c.user.ID)}
	if resume == nil || resume.Epoch != w.Epoch || s.keep > 0 && resume.Rev < s.state.Rev-int64(s.keep) || resume.Rev > s.state.Rev {
		w.State = s.state.View(c.user.Role)
		return w
	}
	w.Events = s.since(resume.Rev)
	return w
}

// since is the log after a rev.
func (s *server) since(rev int64) []session.Event {
	i := len(s.log)
	for i > 0 && s.log[i-1].Rev > rev {
		i--
	}
	return s.log[i:]
}

// another makes the server go on with another log of the session that begins with text.
func (s *server) another(text string) {
	fresh := newServer(text)
	fresh.epoch = s.epoch + 1
	fresh.state.Epoch = fmt.Sprint("e", fresh.epoch)
	*s = *fresh
}

func (s *server) drop(c *conn) {
	if c != nil && s.conns[c.user.ID] == c {
		delete(s.conns, c.user.ID)
	}
}

// restart makes the server forget all but its log.
func (s *server) restart() {
	s.conns = map[string]*conn{}
	s.state = session.NewState()
	for _, e := range s.log {
		if err := s.state.Apply(e); err != nil {
			panic(err)
		}
	}
}
