package room

import (
	"fmt"
	"runtime/debug"
	"time"

	"tandem/shared/ot"
	"tandem/shared/session"
)

const (
	maxBatch     = 256                  // messages that share an append
	maxShared    = 256 << 10            // bytes of them, after which no other comes in: with the largest they fit into any journal's entry
	joinSize     = 4 << 10              // bytes of an edit's frame that may join a batch whose turn has come: all sessions wait meanwhile …
	joinOver     = 64                   // … and events that it may have to be moved over
	frameSize    = 160                  // bytes that hold the frame of a keystroke
	maxTries     = 50                   // of an append that others keep overtaking
	catchUpPause = 5 * time.Millisecond // until a log that moved on elsewhere is read again
)

// A batch is what a room puts in order and stores with one append.
type batch struct {
	entries []entry
	drafts  map[string]*ot.Text // the texts with the edits of entries
	bytes   int                 // of the messages that were taken for it
	gathers bool                // what comes while it waits for its turn may join it
	records [][]byte            // seal's, kept for the next
	fault   any                 // what went wrong in seal
}

// An entry is an event that waits to be stored, and what it came of.
type entry struct {
	peer    *Peer // nil for what the server does by itself
	req     session.Request
	event   session.Event
	follows bool   // it came of the entry before, not of a request
	frame   []byte // the event as it is stored, and sent to those who may see it
}

func (b *batch) add(e entry) { b.entries = append(b.entries, e) }

// drop forgets what was to be stored.
func (b *batch) drop() {
	clear(b.entries)
	b.entries = b.entries[:0]
	clear(b.drafts)
}

// serve takes the message and all that wait behind it, stores what comes of them with one append, and hands it out.
func (r *Room) serve(m message) {
	r.batch.bytes = 0
	for n := 1; ; n++ {
		r.batch.bytes += m.size
		r.take(m)
		if n == maxBatch || r.batch.bytes > maxShared || r.over {
			break
		}
		select {
		case m = <-r.in:
			continue
		default:
		}
		break
	}
	r.batch.gathers = true
	r.commit()
	r.batch.gathers = false
}

// commit stores the batch and hands it out. It leaves nothing in it: what can't be stored is refused.
func (r *Room) commit() {
	for try := 1; len(r.batch.entries) > 0; try++ {
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

// append stores the records of the batch. Where it can't be known whether an append that failed was stored after all,
// the next one is told that the log moved on, and finds it there.
func (r *Room) append() error {
	ctx := r.within()
	began := time.Now()
	err := r.rooms.cfg.Journal.AppendLate(ctx, r.id, r.state.Rev, r.seal)
	clear(r.batch.records)
	if r.batch.fault != nil {
		panic(r.batch.fault)
	}
	r.rooms.counts.appended(time.Since(began), err)
	return err
}

// seal encodes the batch, with what came while it waited for its turn. The journal calls it, while append waits; what
// goes wrong in it goes wrong there.
func (r *Room) seal() [][]byte {
	defer func() {
		if v := recover(); v != nil {
			r.batch.fault = fmt.Sprintf("%v\n%s", v, debug.Stack())
		}
	}()
	if r.batch.gathers {
		r.gather()
	}
	r.batch.records = r.batch.records[:0]
	for i := range r.batch.entries {
		e := &r.batch.entries[i]
		e.frame = session.AppendEvent(make([]byte, 0, frameSize), e.event)
		r.batch.records = append(r.batch.records, e.frame)
	}
	return r.batch.records
}

// gather adds the edits that wait, up to the first message that needs more than that.
func (r *Room) gather() {
	for len(r.batch.entries) < maxBatch && r.batch.bytes <= maxShared {
		select {
		case m := <-r.in:
			if !r.join(m) {
				r.held <- m
				return
			}
			r.batch.bytes += m.size
		default:
			return
		}
	}
}

// join adds a message's edit if that is all there is to do, and little. Otherwise nothing is done.
func (r *Room) join(m message) bool {
	b, edit := m.req.Body.(session.CodeChange)
	if !edit || m.refusal != nil || m.size > joinSize || r.state.Rev-m.req.Base+int64(len(r.batch.entries)) > joinOver {
		return false
	}
	p := m.peer
	return r.peers[p.user.ID] == p && m.req.Seq > r.state.Acked(p.user.ID) && r.shares(p, m.req) &&
		r.state.Check(p.user, b) == nil && r.proposeEdit(p, m.req, b) == nil
}

// settle makes what is stored part of the state and hands it out.
func (r *Room) settle() {
	r.rooms.counts.edited(r.batch.entries)
	for i := range r.batch.entries {
		e := &r.batch.entries[i]
		if err := r.apply(e.event, e.frame, e.peer); err != nil {
			// The drafts took it and the state doesn't: the two disagree, so nothing here can be trusted.
			r.log.Error("stored event does not apply", "error", err)
			r.end(session.CloseMoved)
			return
		}
	}
	clear(r.batch.entries) // the drafts are the state's texts now
	r.batch.entries = r.batch.entries[:0]
}

// again puts the batch behind what others appended.
func (r *Room) again() error {
	r.batch.gathers = false // what comes now goes behind what is put back
	moved, err := r.overhear(), error(nil)
	if !moved {
		moved, err = r.catchUp()
		r.rooms.counts.failed(err)
	}
	if err == nil && r.over {
		err = errFailed
	}
	if err != nil {
		return err
	}
	overtaken := append([]entry(nil), r.batch.entries...)
	if !moved {
		// Either what others appended can't be read yet, or the log is not the one that this room knows.
		if lost, err := r.isLost(); lost || err != nil {
			return r.rooms.counts.failed(err)
		}
	}
	r.batch.drop()
	for _, e := range overtaken {
		if !e.follows {
			r.propose(e.peer, e.req)
		}
	}
	return nil
}

// giveUp refuses the whole batch: it stays with its authors, who try again.
func (r *Room) giveUp(err error) {
	r.log.Warn("not saved", "events", len(r.batch.entries), "error", err)
	r.behind = true // it may turn up yet, and nobody tells a node of what it appended itself
	refused := append([]entry(nil), r.batch.entries...)
	r.batch.drop()
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
	r.batch.drop()
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
