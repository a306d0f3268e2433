package room

import (
	"context"
	"errors"
	"log/slog"
	"runtime/debug"
	"sync/atomic"
	"time"

	"tandem/shared/ot"
	"tandem/shared/session"
)

const (
	inboxSize = 16          // messages; whoever has more to say waits, and so does its connection
	retryLeft = time.Second // until a leave that could not be stored is tried again
)

// A Room is one live session.
type Room struct {
	rooms *Rooms
	id    string
	first *session.Create // begins a new log; nil where there is one
	log   *slog.Logger

	in   chan message
	held chan message  // 1 deep: what came before all of in, taken out too early
	stop chan struct{} // closed when the server stops
	done chan struct{} // closed when run is over
	err  error         // why nobody can get in; set before done is closed
	here atomic.Int32  // how many peers there are, for Stats
	ear  ear           // what comes from other nodes

	// The fields below belong to run's goroutine.
	state   *session.State
	history history
	batch   batch
	peers   map[string]*Peer     // by user id
	absent  map[string]time.Time // who vanished, and when they count as gone
	empty   time.Time            // since when nobody is here
	folded  int64                // rev of the last snapshot
	opened  bool                 // the log was folded up to where it ended
	over    bool                 // run ends

	// And these, where there are other nodes.
	away     map[string]map[string]bool      // who is connected to which other node
	cursors  map[string]session.CursorChange // of people there, by user id
	looked   time.Time                       // when it last compared who is said to be here with who is
	behind   bool                            // something was not read on
	unfollow []func()

	timer  *time.Timer
	armed  time.Time // when the timer goes off; zero: not at all
	ctx    context.Context
	cancel context.CancelFunc
}

// A message is one thing for the room to do.
type message struct {
	peer    *Peer
	req     session.Request
	size    int              // bytes of its frame
	refusal *session.Refusal // instead of req: a frame that is no request
	do      func()           // instead of both
}

func newRoom(rs *Rooms, id string, first *session.Create) *Room {
	return &Room{
		rooms: rs, id: id, first: first, log: rs.cfg.Log.With("session", id),
		in: make(chan message, inboxSize), held: make(chan message, 1), stop: make(chan struct{}), done: make(chan struct{}),
		state: session.NewState(), batch: batch{drafts: map[string]*ot.Text{}}, peers: map[string]*Peer{}, absent: map[string]time.Time{},
		ear: ear{news: make(chan struct{}, 1)}, away: map[string]map[string]bool{}, cursors: map[string]session.CursorChange{},
	}
}

// send hands a message to the room, if it is still there.
func (r *Room) send(m message) {
	select {
	case r.in <- m:
	case <-r.done:
	}
}

// admit asks the room to let a peer in and waits for the answer, which the peer then has in its queue. An error says
// that there is no room to ask.
func (r *Room) admit(p *Peer, b session.JoinRequest, created bool) error {
	answered := make(chan struct{})
	r.send(message{do: func() { r.enter(p, b, created); close(answered) }})
	select {
	case <-answered:
		return nil
	case <-r.done:
		select {
		case <-answered:
			return nil
		default:
		}
		if r.err != nil {
			return r.err
		}
		return errClosed
	}
}

func (r *Room) run() {
	defer close(r.done)
	defer func() {
		if r.cancel != nil {
			r.cancel()
		}
		for _, stop := range r.unfollow {
			stop()
		}
	}()
	defer func() {
		if v := recover(); v != nil { // one session's misfortune is not the others'
			r.log.Error("room failed", "panic", v, "stack", string(debug.Stack()))
			r.err = errFailed
			r.end(session.CloseMoved)
		}
	}()
	if r.err = r.load(); r.err != nil {
		r.rooms.forget(r)
		return
	}
	r.opened, r.empty, r.looked = true, time.Now(), time.Now()
	r.tellPeople(true)
	r.timer = time.NewTimer(0)
	r.timer.Stop()
	for !r.over {
		r.arm()
		select {
		case m := <-r.inbox():
			r.serve(m)
		case <-r.ear.news:
			r.listen()
		case <-r.timer.C:
			r.tick()
		case <-r.stop:
			r.shut()
		}
		r.wake()
		r.keepUp()
		r.here.Store(int32(len(r.peers)))
	}
}

// inbox is where the next message is.
func (r *Room) inbox() chan message {
	if len(r.held) > 0 {
		return r.held
	}
	return r.in
}

func (r *Room) take(m message) {
	if m.do != nil {
		m.do()
		return
	}
	p := m.peer
	if r.peers[p.user.ID] != p {
		return // it was replaced or left; what it still had to say it says again after its return
	}
	if m.refusal != nil {
		r.refuse(p, m.refusal)
		return
	}
	r.propose(p, m.req)
}

// wake sends off what the batch queued.
func (r *Room) wake() {
	for _, p := range r.peers {
		if p.waiting {
			p.waiting = false
			p.conn.Wake()
		}
	}
}

// push queues a frame for a peer. One that lags too far is cut; its connection's end is noticed like any other.
func (r *Room) push(p *Peer, frame []byte) {
	p.waiting = true
	if p.push(frame) {
		r.rooms.counts.overflows.Add(1)
		r.log.Info("peer cut, its queue ran over", "person", p.user.ID)
	}
}

func (r *Room) say(p *Peer, e session.Event) { r.push(p, session.AppendEvent(nil, e)) }

// arm sets the timer for what is to be done next without being asked.
func (r *Room) arm() {
	var next time.Time
	for _, at := range r.absent {
		if next.IsZero() || at.Before(next) {
			next = at
		}
	}
	if len(r.peers) == 0 && len(r.absent) == 0 {
		next = r.empty.Add(r.rooms.cfg.Idle)
	}
	if at := r.looked.Add(beat); r.rooms.cfg.Nodes != nil && at.Before(next) || next.IsZero() && r.rooms.cfg.Nodes != nil {
		next = at
	}
	if next.Equal(r.armed) {
		return // as nearly always
	}
	if r.armed = next; next.IsZero() {
		r.timer.Stop()
	} else {
		r.timer.Reset(max(time.Until(next), 0))
	}
}

func (r *Room) tick() {
	now := time.Now()
	r.armed = time.Time{}
	if r.rooms.cfg.Nodes != nil && !r.looked.Add(beat).After(now) {
		r.look()
	}
	for id, at := range r.absent {
		switch {
		case at.After(now):
		case r.elsewhere(id):
			delete(r.absent, id)
		case r.rooms.outage():
			r.vanish(id) // maybe they could not come in anywhere
		default:
			r.depart(id)
		}
	}
	r.commit()
	if len(r.peers) == 0 && len(r.absent) == 0 && !r.empty.Add(r.rooms.cfg.Idle).After(now) && r.rooms.release(r) {
		r.snapshot()
		r.over = true
	}
}

// shut does what was asked before and ends the room, with the server.
func (r *Room) shut() {
	for len(r.inbox()) > 0 && !r.over {
		r.serve(<-r.inbox())
	}
	r.snapshot()
	r.end(session.CloseStopping)
}

// end closes the room and all its connections. People are not marked as gone, since they come back.
func (r *Room) end(code int) {
	for _, p := range r.peers {
		p.End(code)
	}
	r.rooms.forget(r)
	r.over = true
}

// within bounds a call of the journal: it has between one and two times the patience. The bound serves many calls,
// since making one costs more than a call in memory.
func (r *Room) within() context.Context {
	patience := r.rooms.cfg.Patience
	if r.ctx != nil {
		if end, _ := r.ctx.Deadline(); time.Until(end) >= patience {
			return r.ctx
		}
		r.cancel()
	}
	r.ctx, r.cancel = context.WithTimeout(r.rooms.ctx, 2*patience)
	return r.ctx
}

// load folds the log, or begins it.
func (r *Room) load() error {
	if r.first != nil {
		if err := r.follow(); err != nil {
			return r.failed(err)
		}
		return r.begin()
	}
	ctx := r.within()
	last, err := r.rooms.cfg.Journal.Last(ctx, r.id)
	if err != nil {
		return r.failed(err)
	}
	if last == 0 {
		return ErrNoSession
	}
	if err := r.follow(); err != nil { // before it is read, so that nothing falls between
		return r.failed(err)
	}
	if err := r.loadSnapshot(ctx); err != nil {
		return r.failed(err)
	}
	_, err = r.catchUp()
	if errors.Is(err, errFold) && r.folded > 0 {
		r.log.Error("snapshot not used", "at", r.folded, "error", err)
		r.state, r.history, r.folded = session.NewState(), history{}, 0
		_, err = r.catchUp()
	}
	switch {
	case isMoved(err): // deleted while it was read
		return ErrNoSession
	case err != nil:
		return r.failed(err)
	}
	if r.state.Session == "" {
		return ErrNoSession
	}
	wait := r.rooms.cfg.Grace
	if r.rooms.cfg.Nodes != nil {
		wait = max(wait, silence) // they may be on another node, which says so
	}
	for _, p := range r.state.Users {
		if p.Here { // when the room was last live; nobody has come yet to say so again
			r.absent[p.ID] = time.Now().Add(wait)
		}
	}
	return nil
}

// begin stores the first events of a new session: its creation and its starter text.
func (r *Room) begin() error {
	first := r.event("", 0, *r.first)
	r.batch.add(entry{event: first})
	fresh := session.NewState()
	if err := fresh.Apply(first); err != nil {
		return err
	}
	if op, ok := fresh.Template(r.first.Language); ok {
		starter := session.CodeChange{Doc: session.DocCode, Op: op, Origin: session.OriginTemplate}
		r.batch.add(entry{event: r.event("", 0, starter)})
	}
	if err := r.append(); err != nil { // which counted it
		r.log.Error("session does not begin", "error", err)
		return err
	}
	r.settle()
	return nil
}

func (r *Room) failed(err error) error {
	r.rooms.counts.errors.Add(1)
	r.log.Error("session does not open", "error", err)
	return err
}
