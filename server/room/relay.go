package room

import (
	"encoding/json"
	"errors"
	"slices"
	"sync"
	"time"

	"tandem/shared/session"
)

// A room of several nodes: each node has one, all fold the same log, and they tell each other what the log does not
// keep: who is connected where, cursors, and what is meant for whoever runs the code.

// A signal is what a room tells the same session's rooms on other nodes. One of the three is set.
type signal struct {
	Node   string          `json:"node"`
	At     int64           `json:"at"`               // Unix milliseconds
	People *[]string       `json:"people,omitempty"` // all who are connected to that node
	Ask    bool            `json:"ask,omitempty"`    // with People: tell yours
	Enter  string          `json:"enter,omitempty"`  // who connected to that node just now
	Frame  json.RawMessage `json:"frame,omitempty"`  // a cursor:change, run:stop or run:stdin
}

// An ear is where a room hears of other nodes, in their goroutine.
type ear struct {
	news chan struct{} // 1 deep: there is something to take

	mu sync.Mutex
	// Guarded by mu.
	heard []heard
	bytes int
	lost  bool // there was too much
}

// heard is one thing: a note or a message.
type heard struct {
	note    Note
	message []byte
}

func (e *ear) add(h heard) {
	size := len(h.message)
	for _, r := range h.note.Records {
		size += len(r)
	}
	e.mu.Lock()
	if e.bytes+size > maxHeard && !h.note.Gone {
		e.lost = true
	} else {
		e.heard = append(e.heard, h)
		e.bytes += size
	}
	e.mu.Unlock()
	poke(e.news)
}

// poke wakes who listens on a channel that is 1 deep.
func poke(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default: // awake already
	}
}

// putBack gives back what was taken, before what came meanwhile.
func (e *ear) putBack(first []heard, lost bool) {
	if len(first) == 0 && !lost {
		return
	}
	e.mu.Lock()
	e.heard = append(first, e.heard...)
	for _, h := range first {
		e.bytes += len(h.message)
	}
	e.lost = e.lost || lost
	e.mu.Unlock()
	poke(e.news)
}

func (e *ear) take() (all []heard, lost bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	all, lost = e.heard, e.lost
	e.heard, e.bytes, e.lost = nil, 0, false
	return all, lost
}

// follow begins to hear of the session's rooms on other nodes.
func (r *Room) follow() error {
	nodes := r.rooms.cfg.Nodes
	if nodes == nil {
		return nil
	}
	stop, err := nodes.Follow(r.id, func(n Note) { r.ear.add(heard{note: n}) })
	if err != nil {
		return err
	}
	r.unfollow = append(r.unfollow, stop)
	if stop, err = nodes.Subscribe(r.id, func(message []byte) { r.ear.add(heard{message: slices.Clone(message)}) }); err != nil {
		return err
	}
	r.unfollow = append(r.unfollow, stop)
	return nil
}

// listen does what was heard, in its order.
func (r *Room) listen() {
	all, lost := r.ear.take()
	for _, h := range all {
		if r.over {
			return
		}
		if h.message != nil {
			r.hear(h.message)
		} else {
			r.note(h.note)
		}
	}
	if lost && !r.over {
		r.note(Note{Missed: true})
	}
	r.commit()
}

// note folds what another node appended. The batch is empty here.
func (r *Room) note(n Note) {
	switch {
	case n.Gone:
		r.deleted()
		return
	case n.Missed:
		// That the session was deleted may be among what was missed, and reading on would not show it.
		if lost, _ := r.isLost(); !lost { // where that can't be asked, reading on fails too
			r.readOn()
		}
		return
	case n.First > r.state.Rev+1:
		r.readOn()
		return
	}
	r.foldNote(n)
}

// foldNote folds the records that follow the state, and tells whether there were any.
func (r *Room) foldNote(n Note) (moved bool) {
	for i, record := range n.Records {
		rev := n.First + int64(i)
		if rev <= r.state.Rev {
			continue
		}
		if err := r.fold(rev, record); err != nil {
			r.log.Error("what another node stored does not apply", "rev", rev, "error", err)
			r.end(session.CloseMoved)
			return true
		}
		clear(r.batch.drafts)
		moved = true
	}
	return moved
}

// overhear folds what others appended as soon as it is heard, and tells whether there was any. Where an append was refused it is on
// its way: waiting for it a moment costs less than asking the storage, which may not show it yet.
func (r *Room) overhear() (moved bool) {
	if r.rooms.cfg.Nodes == nil {
		return false
	}
	var later []heard // what is not of the log, in its order
	missed := false
	defer func() { r.ear.putBack(later, missed) }()
	limit := time.NewTimer(hearWait)
	defer limit.Stop()
	for {
		all, lost := r.ear.take()
		missed = missed || lost
		for _, h := range all {
			if h.message != nil || h.note.Gone || h.note.Missed {
				later = append(later, h)
			} else if h.note.First <= r.state.Rev+1 && !r.over { // else it is read with what is missing before it
				moved = r.foldNote(h.note) || moved
			}
		}
		if moved || missed {
			return moved
		}
		select {
		case <-r.ear.news:
		case <-limit.C:
			return false
		}
	}
}

// readOn reads what was not heard. Where that fails, the next append or look does it.
func (r *Room) readOn() bool {
	r.commit() // the batch knows only of what the room knew
	_, err := r.catchUp()
	switch r.behind = err != nil; {
	case err == nil:
		return true
	case errors.Is(err, errFold):
		r.log.Error("the log does not apply", "error", err)
		r.end(session.CloseMoved)
	default:
		r.rooms.counts.errors.Add(1)
		r.log.Warn("the log can't be read on", "error", err)
	}
	return false
}

// tell sends a signal to the other nodes' rooms of this session. It may be lost: who is where is told again and again.
func (r *Room) tell(s signal) {
	if r.rooms.cfg.Nodes == nil {
		return
	}
	s.Node, s.At = r.rooms.node, time.Now().UnixMilli()
	message, err := json.Marshal(s)
	if err == nil {
		err = r.rooms.cfg.Nodes.Publish(r.id, message)
	}
	if err != nil {
		r.log.Debug("other nodes were not told", "error", err)
	}
}

// tellPeople says who is connected here.
func (r *Room) tellPeople(ask bool) {
	people := make([]string, 0, len(r.peers))
	for id := range r.peers {
		people = append(people, id)
	}
	r.tell(signal{People: &people, Ask: ask})
}

// hear does what another node's room says.
func (r *Room) hear(message []byte) {
	var s signal
	if err := json.Unmarshal(message, &s); err != nil || s.Node == "" {
		r.log.Warn("another node was not understood", "error", err)
		return
	}
	r.rooms.heardOf(s.Node)
	switch {
	case s.People != nil:
		there := make(map[string]bool, len(*s.People))
		for _, id := range *s.People {
			there[id] = true
		}
		r.away[s.Node] = there
		if s.Ask {
			r.tellPeople(false)
		}
	case s.Enter != "":
		r.entered(s)
	case s.Frame != nil:
		e, err := session.ParseEvent(s.Frame)
		if err != nil {
			r.log.Warn("another node was not understood", "error", err)
			return
		}
		r.relayed(e)
	}
}

// entered notes that somebody connected to another node: a connection that they had here before is replaced.
func (r *Room) entered(s signal) {
	for _, there := range r.away {
		delete(there, s.Enter)
	}
	if r.away[s.Node] == nil {
		r.away[s.Node] = map[string]bool{}
	}
	r.away[s.Node][s.Enter] = true
	delete(r.absent, s.Enter)
	if p := r.peers[s.Enter]; p != nil && p.since < s.At {
		p.End(session.CloseReplaced)
		delete(r.peers, s.Enter)
		r.empty = time.Now()
		r.log.Info("connection replaced on another node", "person", s.Enter)
	}
}

// relayed hands on what came from a person on another node.
func (r *Room) relayed(e session.Event) {
	switch b := e.Body.(type) {
	case session.CursorChange:
		if b.Base > r.state.Rev {
			r.readOn() // what it refers to is on its way
		}
		if r.over || !r.carry(&b, e.By) {
			return
		}
		r.cursors[e.By] = b
		frame := session.AppendEvent(nil, session.Event{By: e.By, Body: b})
		for _, p := range r.peers {
			if p.user.ID != e.By && session.MaySee(p.user.Role, b) {
				r.push(p, frame)
			}
		}
	case session.RunStop:
		r.passOn(b.Run, e)
	case session.RunStdin:
		r.passOn(b.Run, e)
	}
}

// passOn hands something to the one who runs, if they are here.
func (r *Room) passOn(run string, e session.Event) {
	if r.state.Run(run) == nil {
		r.readOn()
	}
	if at := r.state.Run(run); at != nil && at.End == nil && r.peers[at.By] != nil {
		r.say(r.peers[at.By], e)
	}
}

// elsewhere tells whether somebody is connected to another node.
func (r *Room) elsewhere(id string) bool {
	for node, there := range r.away {
		if there[id] && r.rooms.alive(node) {
			return true
		}
	}
	return false
}

// look compares who is said to be here with who is: it marks as absent whose node vanished, and brings back whom
// another node believed gone.
func (r *Room) look() {
	r.looked = time.Now()
	if r.behind {
		r.readOn()
	}
	for node := range r.away {
		if !r.rooms.alive(node) {
			delete(r.away, node)
			r.log.Info("another node is gone", "node", node)
		}
	}
	if len(r.peers) > 0 {
		r.tellPeople(false)
	}
	if r.rooms.deaf() {
		return
	}
	for _, p := range r.state.Users {
		_, absent := r.absent[p.ID]
		if p.Here && !absent && r.peers[p.ID] == nil && !r.elsewhere(p.ID) {
			r.vanish(p.ID)
		}
	}
	for id, p := range r.peers {
		if known := r.state.Person(id); known != nil && !known.Here {
			r.propose(nil, session.Request{Body: session.Joined{User: p.user}})
		}
	}
}
