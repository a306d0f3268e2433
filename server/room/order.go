package room

import (
	"bytes"
	"errors"
	"fmt"
	"time"

	"tandem/shared/ot"
	"tandem/shared/session"
)

// errFold says that what is stored is not a log that can be folded.
var errFold = errors.New("the log is damaged")

// propose makes a request an entry of the batch, in its place in the order, or refuses it. peer is nil where the
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
				r.batch.add(entry{event: e, follows: true})
			}
		}
	case session.TitleChange:
		b.Title = session.CleanTitle(b.Title)
		r.add(p, req, b)
	default:
		r.add(p, req, b)
	}
}

// shares says whether the request can be judged before the batch is part of the state: edits share a batch with
// each other, everything else stands alone behind them.
func (r *Room) shares(p *Peer, req session.Request) bool {
	_, edit := req.Body.(session.CodeChange)
	for _, e := range r.batch.entries {
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

// proposeEdit moves an edit over what its author had not seen, one event at a time, and adds it to the batch. What it
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
	for i := 0; i < len(r.batch.entries) && err == nil; i++ {
		err = over(&b.Op, b.Doc, r.batch.entries[i].event.Body)
	}
	e := r.event(p.user.ID, req.Seq, b)
	if err == nil {
		err = r.draft(b.Doc).Apply(b.Op)
	}
	if err != nil {
		return &session.Refusal{Code: session.RefusedOp, Message: "That edit does not fit the text.", Seq: req.Seq}
	}
	r.batch.add(entry{peer: p, req: req, event: e})
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
	r.batch.add(entry{peer: p, req: req, event: r.event(by, req.Seq, b)})
}

// event makes the event that stands behind all of the batch.
func (r *Room) event(by string, seq int64, b session.Body) session.Event {
	return session.Event{
		Rev: r.state.Rev + int64(len(r.batch.entries)) + 1, At: time.Now().UnixMilli(), By: by, Seq: seq, Hash: r.hash(), Body: b,
	}
}

// hash is what the event behind the batch carries of the code before it.
func (r *Room) hash() uint32 {
	if (r.state.Rev+int64(len(r.batch.entries))+1)%session.HashEvery != 0 || r.state.Docs[session.DocCode] == nil {
		return 0
	}
	return r.draft(session.DocCode).Hash()
}

// draft is a text with all edits of the batch.
func (r *Room) draft(doc string) *ot.Text {
	t := r.batch.drafts[doc]
	if t == nil {
		t = r.state.Docs[doc].Clone()
		r.batch.drafts[doc] = t
	}
	return t
}

// apply folds a stored event and hands it to those who may see it. The one who asked for it has it. That is not who asked
// on an earlier connection: after a snapshot, the same request may stand elsewhere in the text.
func (r *Room) apply(e session.Event, frame []byte, asked *Peer) error {
	if err := r.state.Apply(e); err != nil {
		return err
	}
	r.history.add(e, frame)
	if left, ok := e.Body.(session.Left); ok {
		delete(r.cursors, left.User)
	}
	for _, p := range r.peers {
		switch {
		case p == asked:
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
		clear(r.batch.drafts)
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
		err = r.compare(e)
	}
	if err == nil {
		err = r.apply(e, record, nil)
	}
	if err != nil {
		return fmt.Errorf("%w: %w", errFold, err)
	}
	return nil
}

// compare holds the text against what the event's author had. A room that differs folds the log anew; what differs even
// then is told and left as it is, since the log is all there is.
func (r *Room) compare(e session.Event) error {
	code := r.state.Docs[session.DocCode]
	if e.Hash == 0 || code == nil || e.Hash == code.Hash() {
		return nil
	}
	if !r.opened && r.folded == 0 {
		r.log.Error("the text is not what its author had", "rev", e.Rev)
		return nil
	}
	return fmt.Errorf("the text before event %d is not what its author had", e.Rev)
}
