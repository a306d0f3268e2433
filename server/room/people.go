package room

import (
	"time"

	"tandem/shared/ot"
	"tandem/shared/session"
)

const maxFault = 200 // bytes of what a client says of itself that go into the log

// maxResyncs is how many whole states a minute a connection gets that asks for what does not fit. Each may be megabytes, and
// a client that is in order needs one now and then.
const maxResyncs = 20

// presentTries is how often the log is read for somebody who has seen more of it than this room.
const presentTries = 40

// enter lets a peer in and welcomes it; created where the peer made the session just now.
func (r *Room) enter(p *Peer, b session.JoinRequest, created bool) {
	id := session.UserID(r.id, b.Client)
	if !r.present(b.Resume) {
		if r.over {
			p.End(session.CloseMoved)
		} else {
			p.reject(&session.Refusal{Code: session.RefusedSave, Message: "The session can't be opened just now."}, session.CloseStopping)
		}
		return
	}
	old, role := r.peers[id], r.role(b.Key)
	full := r.people(id) >= r.rooms.cfg.MaxPeople || r.state.Person(id) == nil && len(r.state.Users) >= session.MaxUsers
	if old == nil && role != session.Interviewer && full { // nobody keeps the interviewer out
		p.reject(&session.Refusal{Code: session.RefusedRate, Message: session.CloseReason(session.CloseLimit)}, session.CloseLimit)
		return
	}
	if old != nil {
		old.End(session.CloseReplaced)
		delete(r.peers, id)
		r.log.Info("connection replaced", "person", id)
	}
	user := session.User{ID: id, Name: session.CleanName(b.Name), Role: role, Color: r.state.NextColor()}
	if known := r.state.Person(id); known != nil {
		user.Color = known.Color
	}
	r.propose(nil, session.Request{Body: session.Joined{User: user}})
	r.commit()
	if r.over {
		p.End(session.CloseMoved)
		return
	}
	if known := r.state.Person(id); known == nil || !known.Here || known.User != user {
		r.vanish(id)
		p.reject(notSaved(0), session.CloseStopping)
		return
	}
	delete(r.absent, id)
	p.user, p.since = user, time.Now().UnixMilli()
	r.peers[id] = p
	delete(r.cursors, id)
	r.tell(signal{Enter: id})
	key := ""
	if created {
		key = b.Key
	}
	r.welcome(p, b.Resume, key)
	if b.Fault != "" {
		r.rooms.counts.faults.Add(1)
		r.log.Warn("a client could not go on and starts from the whole state", "person", id, "rev", r.state.Rev, "fault", b.Fault[:min(len(b.Fault), maxFault)])
	}
	r.log.Info("joined", "person", id, "role", user.Role, "resumed", b.Resume != nil)
}

// role is the interviewer's for the one who has the key.
func (r *Room) role(key string) session.Role {
	if opens(key, r.state.Lock()) {
		return session.Interviewer
	}
	return session.Candidate
}

// welcome brings a peer to the present: by what it missed where that is at hand, else by the whole state.
func (r *Room) welcome(p *Peer, resume *session.Resume, key string) {
	w := session.Welcome{
		Session: r.id, Epoch: r.state.Epoch, Rev: r.state.Rev, You: p.user, Key: key, Acked: r.state.Acked(p.user.ID),
		Limits: session.Limits{
			Frame: session.MaxFrame, Text: ot.MaxText, Insert: ot.MaxInsert, Output: session.MaxRunOutput, RunMS: r.rooms.cfg.RunMS,
		},
	}
	missed, ok := []session.Event(nil), false
	if resume != nil && resume.Epoch == r.state.Epoch {
		missed, ok = r.history.since(resume.Rev)
	}
	if ok {
		for _, e := range missed {
			if session.MaySee(p.user.Role, e.Body) {
				w.Events = append(w.Events, e.Public())
			}
		}
	} else {
		w.State = r.state.View(p.user.Role)
	}
	r.say(p, session.Event{Body: w})
	r.showCursors(p)
}

// present brings the room up to the log's end, where other nodes append to it too: somebody who comes from one of them
// must not be told of an older state than they know. It says false where it can't.
func (r *Room) present(resume *session.Resume) bool {
	if r.rooms.cfg.Nodes == nil {
		return true
	}
	for try := 1; r.readOn() && !r.over; try++ {
		if resume == nil || resume.Epoch != r.state.Epoch || resume.Rev <= r.state.Rev || try == presentTries {
			return true
		}
		time.Sleep(catchUpPause)
	}
	return false
}

// people counts who is connected to this node and to others, but for one.
func (r *Room) people(but string) int {
	n := 0
	for _, p := range r.state.Users {
		if p.ID != but && (r.peers[p.ID] != nil || r.elsewhere(p.ID)) {
			n++
		}
	}
	return n
}

// showCursors tells a peer where the others are.
func (r *Room) showCursors(p *Peer) {
	for id, c := range r.cursors {
		if id != p.user.ID && r.carry(&c, id) && session.MaySee(p.user.Role, c) {
			r.say(p, session.Event{By: id, Body: c})
		}
	}
	for id, q := range r.peers {
		if c := q.cursor; q != p && c.Doc != "" && r.carry(&c, id) && session.MaySee(p.user.Role, c) {
			r.say(p, session.Event{By: id, Body: c})
		}
	}
}

// carry moves somebody's cursors to the present text, as all do who have them. It says false where what came between
// is not at hand.
func (r *Room) carry(c *session.CursorChange, id string) bool {
	missed, ok := r.history.since(c.Base)
	if !ok {
		return false
	}
	ranges := append([]session.Range(nil), c.Ranges...)
	for _, e := range missed {
		if change, ok := e.Body.(session.CodeChange); ok && change.Doc == c.Doc {
			ranges = session.Follow(ranges, change.Op, e.By == id)
		}
	}
	c.Base, c.Ranges = r.state.Rev, ranges
	return true
}

// relay does what is not stored.
func (r *Room) relay(p *Peer, req session.Request) {
	if _, ok := req.Body.(session.Leave); ok {
		r.commit() // what was asked before is answered before
		p.End(session.CloseLeft)
		r.gone(p, true)
		return
	}
	if refusal := r.state.Check(p.user, req.Body); refusal != nil {
		refusal.Seq = req.Seq
		r.refuse(p, refusal)
		return
	}
	switch b := req.Body.(type) {
	case session.CursorChange:
		if !r.carry(&b, p.user.ID) { // who came in just now does not know what it stands on
			return // its author knows better than this log, or lags far behind it
		}
		p.cursor = b
		frame := session.AppendEvent(nil, session.Event{By: p.user.ID, Body: b})
		r.tell(signal{Frame: frame})
		for _, q := range r.peers {
			if q != p && session.MaySee(q.user.Role, b) {
				r.push(q, frame)
			}
		}
	case session.RunStop:
		r.tellRunner(p, b.Run, b)
	case session.RunStdin:
		r.tellRunner(p, b.Run, b)
	}
}

func (r *Room) tellRunner(p *Peer, run string, b session.Body) {
	e := session.Event{By: p.user.ID, Body: b}
	if runner := r.peers[r.state.Run(run).By]; runner != nil {
		r.say(runner, e)
	} else {
		r.tell(signal{Frame: session.AppendEvent(nil, e)})
	}
}

// refuse tells a peer what was not done. One whose edit does not fit is brought back by the whole state.
func (r *Room) refuse(p *Peer, refusal *session.Refusal) {
	if p == nil {
		return
	}
	resync := refusal.Code == session.RefusedOp || refusal.Code == session.RefusedBase
	if resync {
		r.commit() // so that the state holds what this peer was answered before
	}
	r.say(p, session.Event{Body: *refusal})
	if !resync || r.peers[p.user.ID] != p {
		return
	}
	if now := time.Now(); now.Sub(p.resynced) > time.Minute {
		p.resynced, p.resyncs = now, 0
	}
	if p.resyncs++; p.resyncs > maxResyncs {
		r.log.Warn("peer cut, nothing of it fits", "person", p.user.ID)
		p.End(session.CloseLimit)
		return
	}
	r.welcome(p, nil, "")
}

// acknowledgeAgain answers a request that is in the log already.
func (r *Room) acknowledgeAgain(p *Peer, seq int64) {
	ack := session.Ack{Seq: seq, Rev: r.state.Rev}
	if e, ok := r.history.find(p.user.ID, seq); ok {
		ack.Rev, ack.At, ack.Hash = e.Rev, e.At, e.Hash
	}
	r.say(p, session.Event{Body: ack})
}

// gone takes a peer out whose connection ended; clean if on purpose.
func (r *Room) gone(p *Peer, clean bool) {
	if r.peers[p.user.ID] != p {
		return // replaced, or gone already
	}
	delete(r.peers, p.user.ID)
	r.empty = time.Now()
	r.tellPeople(false)
	r.log.Info("left", "person", p.user.ID, "clean", clean)
	if clean && !r.elsewhere(p.user.ID) {
		r.depart(p.user.ID)
	} else {
		r.vanish(p.user.ID)
	}
}

// vanish gives somebody whose connection broke the time to come back.
func (r *Room) vanish(id string) { r.absent[id] = time.Now().Add(r.rooms.cfg.Grace) }

// depart marks somebody as gone and ends what they were running. Where that can't be stored it is tried again.
func (r *Room) depart(id string) {
	r.empty = time.Now()
	delete(r.absent, id)
	if run := r.state.Running(id); run != nil {
		end := session.RunEnd{Run: run.Run, Exit: -1, MS: max(time.Now().UnixMilli()-run.At, 0), Reason: session.ReasonCrash}
		r.propose(nil, session.Request{Body: end})
	}
	r.propose(nil, session.Request{Body: session.Left{User: id}})
	r.commit()
	if p := r.state.Person(id); p != nil && p.Here && !r.over {
		r.absent[id] = time.Now().Add(retryLeft)
	}
}
