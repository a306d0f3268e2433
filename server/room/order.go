package room

import (
	"bytes"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"tandem/shared/ot"
	"tandem/shared/session"
)

const (
	maxTries     = 50                   // of an append that others keep overtaking
	catchUpPause = 5 * time.Millisecond // until a log that moved on elsewhere is read again
	frameSize    = 160                  // bytes that hold the frame of a keystroke
	joinSize     = 4 << 10              // bytes of an edit's frame that may join a batch whose turn has come: all sessions wait meanwhile …
	joinOver     = 64                   // … and events that it may have to be moved over
)

// errFold says that what is stored is not a log that can be folded.
var errFold = errors.New("the log is damaged")

// An entry is an event that waits to be stored, and what it came of.
type entry struct {
	peer    *Peer // nil for what the server does by itself
	req     session.Request
	event   session.Event
	follows bool   // it came of the entry before, not of a request
	frame   []byte // the event as it is stored, and sent to those who may see it
}

// propose makes a request an entry of pending, in its place in the order, or refuses it. peer is nil where the
// request is the server's own.
func (r *Room) propose(p *Peer, req session.Request) {
	if p == nil {
		r.proposeOwn(req)
		return
	}
	if !session.Kept(req.Body.Kind()) {
		r.relay(p, req)
		return
	}
	if req.Seq < 1 {
		r.refuse(p, &session.Refusal{Code: session.RefusedFrame, Message: "That request has no number."})
		return
	}
	if !r.shares(p, req) {
		r.commit()
	}
	if req.Seq <= r.state.Acked(p.user.ID) {
		r.acknowledgeAgain(p, req.Seq)
		return
	}
	if refusal := r.state.Check(p.user, req.Body); refusal != nil {
		refusal.Seq = req.Seq
		r.refuse(p, refusal)
		return
	}
	switch b := req.Body.(type) {
	case session.CodeChange:
		if refusal := r.proposeEdit(p, req, b); refusal != nil {
			r.refuse(p, refusal)
		}
	case session.LanguageChange:
		r.add(p, req, b)
		if op, ok := r.state.Template(b.Language); ok {
			change := session.CodeChange{Doc: session.DocCode, Op: op, Origin: session.OriginTemplate}
			e := r.event("", 0, change)
			if r.draft(change.Doc).Apply(op) == nil {
				r.pending = append(r.pending, entry{event: e, follows: true})
			}
		}
	case session.TitleChange:
		b.Title = session.CleanTitle(b.Title)
		r.add(p, req, b)
	default:
		r.add(p, req, b)
	}
}

// shares says whether the request can be judged before what is pending is part of the state: edits share a batch with
// each other, everything else stands alone behind them.
func (r *Room) shares(p *Peer, req session.Request) bool {
	_, edit := req.Body.(session.CodeChange)
	for _, e := range r.pending {
		if _, ok := e.event.Body.(session.CodeChange); !ok || !edit || e.peer == p && req.Seq <= e.req.Seq {
			return false
		}
	}
	return true
}

// proposeOwn adds what the server does by itself, unless it has come true meanwhile.
func (r *Room) proposeOwn(req session.Request) {
	switch b := req.Body.(type) {
	case session.Joined:
		if p := r.state.Person(b.User.ID); p != nil && p.Here && p.User == b.User {
			return
		}
	case session.Left:
		if p := r.state.Person(b.User); p == nil || !p.Here {
			return
		}
	case session.RunEnd:
		if run := r.state.Run(b.Run); run == nil || run.End != nil {
			return
		}
	}
	r.add(nil, req, req.Body)
}

// proposeEdit moves an edit over what its author had not seen, one event at a time, and makes it pending. What it
// refuses leaves no trace.
func (r *Room) proposeEdit(p *Peer, req session.Request, b session.CodeChange) *session.Refusal {
	if r.state.Docs[b.Doc] == nil {
		return &session.Refusal{Code: session.RefusedAccess, Message: "There is no such text in this session.", Seq: req.Seq}
	}
	missed, ok := r.history.since(req.Base)
	if !ok {
		return &session.Refusal{Code: session.RefusedBase, Message: "That edit is too far behind.", Seq: req.Seq}
	}
	var err error
	for i := 0; i < len(missed) && err == nil; i++ {
		err = over(&b.Op, b.Doc, missed[i].Body)
	}
	for i := 0; i < len(r.pending) && err == nil; i++ {
		err = over(&b.Op, b.Doc, r.pending[i].event.Body)
	}
	e := r.event(p.user.ID, req.Seq, b)
	if err == nil {
		err = r.draft(b.Doc).Apply(b.Op)
	}
	if err != nil {
		return &session.Refusal{Code: session.RefusedOp, Message: "That edit does not fit the text.", Seq: req.Seq}
	}
	r.pending = append(r.pending, entry{peer: p, req: req, event: e})
	return nil
}

// over transforms op over what was ordered before it.
func over(op *ot.Op, doc string, earlier session.Body) error {
	change, ok := earlier.(session.CodeChange)
	if !ok || change.Doc != doc {
		return nil
	}
	moved, _, err := ot.Transform(*op, change.Op)
	*op = moved
	return err
}

func (r *Room) add(p *Peer, req session.Request, b session.Body) {
	by := ""
	if p != nil {
		by = p.user.ID
	}
	r.pending = append(r.pending, entry{peer: p, req: req, event: r.event(by, req.Seq, b)})
}

// event makes the event that stands behind all of pending.
func (r *Room) event(by string, seq int64, b session.Body) session.Event {
	return session.Event{
		Rev: r.state.Rev + int64(len(r.pending)) + 1, At: time.Now().UnixMilli(), By: by, Seq: seq, Hash: r.hash(), Body: b,
	}
}

// hash is what the event behind pending carries of the code before it.
func (r *Room) hash() uint32 {
	if (r.state.Rev+int64(len(r.pending))+1)%session.HashEvery != 0 || r.state.Docs[session.DocCode] == nil {
		return 0
	}
	return r.draft(session.DocCode).Hash()
}

// draft is a text with all edits of pending.
func (r *Room) draft(doc string) *ot.Text {
	t := r.drafts[doc]
	if t == nil {
		t = r.state.Docs[doc].Clone()
		r.drafts[doc] = t
	}
	return t
}

// commit stores pending and hands it out. It leaves nothing pending: what can't be stored is refused.
func (r *Room) commit() {
	for try := 1; len(r.pending) > 0; try++ {
		err := r.append()
		if err == nil {
			r.settle()
			return
		}
		if isMoved(err) && try < maxTries {
			if err = r.again(); err == nil {
				continue
			}
		}
		r.giveUp(err)
	}
}

// append stores the records of pending. Where it can't be known whether an append that failed was stored after all,
// the next one is told that the log moved on, and finds it there.
func (r *Room) append() error {
	ctx := r.within()
	began := time.Now()
	err := r.rooms.cfg.Journal.AppendLate(ctx, r.id, r.state.Rev, r.seal)
	clear(r.records)
	if r.fault != nil {
		panic(r.fault)
	}
	r.rooms.counts.appended(time.Since(began), err)
	return err
}

// seal encodes pending, with what came while it waited for its turn. The journal calls it, while append waits; what
// goes wrong in it goes wrong there.
func (r *Room) seal() [][]byte {
	defer func() {
		if v := recover(); v != nil {
			r.fault = fmt.Sprintf("%v\n%s", v, debug.Stack())
		}
	}()
	if r.gathers {
		r.gather()
	}
	r.records = r.records[:0]
	for i := range r.pending {
		r.pending[i].frame = session.AppendEvent(make([]byte, 0, frameSize), r.pending[i].event)
		r.records = append(r.records, r.pending[i].frame)
	}
	return r.records
}

// gather makes pending of the edits that wait, up to the first message that needs more than that.
func (r *Room) gather() {
	for len(r.pending) < maxBatch && r.shared <= maxShared {
		select {
		case m := <-r.in:
			if !r.join(m) {
				r.held <- m
				return
			}
			r.shared += m.size
		default:
			return
		}
	}
}

// join makes a message's edit pending if that is all there is to do, and little. Otherwise nothing is done.
func (r *Room) join(m message) bool {
	b, edit := m.req.Body.(session.CodeChange)
	if !edit || m.refusal != nil || m.size > joinSize || r.state.Rev-m.req.Base+int64(len(r.pending)) > joinOver {
		return false
	}
	p := m.peer
	return r.peers[p.user.ID] == p && m.req.Seq > r.state.Acked(p.user.ID) && r.shares(p, m.req) &&
		r.state.Check(p.user, b) == nil && r.proposeEdit(p, m.req, b) == nil
}

// settle makes what is stored part of the state and hands it out.
func (r *Room) settle() {
	r.rooms.counts.edited(r.pending)
	for i := range r.pending {
		if err := r.apply(r.pending[i].event, r.pending[i].frame); err != nil {
			// The drafts took it and the state doesn't: the two disagree, so nothing here can be trusted.
			r.log.Error("stored event does not apply", "error", err)
			r.end(session.CloseMoved)
			return
		}
	}
	clear(r.pending)
	r.pending = r.pending[:0]
}

// apply folds a stored event and hands it to those who may see it.
func (r *Room) apply(e session.Event, frame []byte) error {
	if err := r.state.Apply(e); err != nil {
		return err
	}
	r.history.add(e, len(frame))
	if left, ok := e.Body.(session.Left); ok {
		delete(r.cursors, left.User)
	}
	for id, p := range r.peers {
		switch {
		case id == e.By:
			r.say(p, session.Event{Body: session.Ack{Seq: e.Seq, Rev: e.Rev, At: e.At, Hash: e.Hash}})
		case session.MaySee(p.user.Role, e.Body):
			r.push(p, frame)
		}
	}
	return nil
}

// catchUp folds what others appended and tells whether there was any.
func (r *Room) catchUp() (moved bool, err error) {
	ctx := r.within()
	err = r.rooms.cfg.Journal.Read(ctx, r.id, r.state.Rev, func(n int64, record []byte) error {
		if n <= r.state.Rev {
			return nil
		}
		err := r.fold(n, bytes.Clone(record)) // it goes into queues
		moved = moved || err == nil
		return err
	})
	if moved {
		clear(r.drafts)
	}
	return moved, err
}

// fold makes a record that others stored part of the state, and hands it out. It keeps the record.
func (r *Room) fold(n int64, record []byte) error {
	e, err := session.ParseEvent(record)
	if err == nil && (e.Rev != n || n != r.state.Rev+1) {
		err = fmt.Errorf("record %d holds event %d, after %d", n, e.Rev, r.state.Rev)
	}
	if err == nil {
		err = r.apply(e, record)
	}
	if err != nil {
		return fmt.Errorf("%w: %w", errFold, err)
	}
	return nil
}

// again puts what is pending behind what others appended.
func (r *Room) again() error {
	r.gathers = false // what comes now goes behind what is put back
	moved, err := r.overhear(), error(nil)
	if !moved {
		moved, err = r.catchUp()
	}
	if err == nil && r.over {
		err = errFailed
	}
	if err != nil {
		return err
	}
	overtaken := append([]entry(nil), r.pending...)
	if !moved {
		// Either what others appended can't be read yet, or the log is not the one that this room knows.
		if lost, err := r.isLost(); lost || err != nil {
			return err
		}
	}
	r.drop()
	for _, e := range overtaken {
		if !e.follows {
			r.propose(e.peer, e.req)
		}
	}
	return nil
}

// drop forgets what is pending.
func (r *Room) drop() {
	clear(r.pending)
	r.pending = r.pending[:0]
	clear(r.drafts)
}

// giveUp refuses all that is pending: it stays with its authors, who try again.
func (r *Room) giveUp(err error) {
	r.log.Warn("not saved", "events", len(r.pending), "error", err)
	r.behind = true // it may turn up yet, and nobody tells a node of what it appended itself
	refused := append([]entry(nil), r.pending...)
	r.drop()
	for _, e := range refused {
		if !e.follows && e.peer != nil {
			r.refuse(e.peer, notSaved(e.req.Seq))
		}
	}
}

// isLost ends a room whose log is shorter than what the room has seen: it was deleted, or is another one now. Where
// it is not, the caller tries again, and this takes its time so that the log can come up.
func (r *Room) isLost() (bool, error) {
	ctx := r.within()
	last, err := r.rooms.cfg.Journal.Last(ctx, r.id)
	if err != nil || last >= r.state.Rev {
		time.Sleep(catchUpPause)
		return false, err
	}
	r.log.Warn("the log is not what it was", "rev", r.state.Rev, "last", last)
	r.drop()
	if last == 0 {
		r.end(session.CloseNoSession)
	} else {
		r.end(session.CloseMoved)
	}
	return true, nil
}

func notSaved(seq int64) *session.Refusal {
	return &session.Refusal{Code: session.RefusedSave, Message: "Not saved yet: the server can't store it just now.", Seq: seq}
}
