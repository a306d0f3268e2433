package browser

import (
	"tandem/shared/client"
	"tandem/shared/ot"
	"tandem/shared/session"
)

const (
	maxLoose  = 1000      // events behind the last fold; with more, the log is folded again
	looseSize = 256 << 10 // bytes of them, the same, unless the fold itself is larger
)

// A pad is a practice session's side of the wire, on this device: what a room is on a server. It numbers the events of
// the log, folds them by State.Apply and acknowledges them. Every tab has one of its own; between tabs, as between
// servers, only the journal decides what comes next.
type pad struct {
	cfg     client.Config
	journal journal
	do      func(func()) // runs something in the session's queue
	say     func(string) // hands the client a frame
	lost    func(int)    // tells it that the connection is gone

	// The fields below belong to the queue.
	you    session.User // empty before the join
	state  *session.State
	since  int64           // loose is what follows this rev
	loose  []session.Event // behind the last fold
	size   int             // bytes of them
	folded int             // bytes of the last fold
	busy   bool            // the journal is asked
	behind bool            // another tab appended
	heard  []string        // from other tabs; it may be about what they appended
	todo   []session.Request
	unkept bool // this browser keeps nothing: the log is this page's alone
	over   bool
}

// dialPad is dialServer for a session whose log is on this device.
func (l *Live) dialPad(opened func(), message func(string), closed func(code int)) conn {
	p := &pad{cfg: l.cfg, do: l.do, say: message, lost: closed, state: session.NewState()}
	p.journal = openShelf(l.id, func(frame string) { l.do(func() { p.hear(frame) }) })
	opened()
	return p
}

// send takes a frame of the client.
func (p *pad) send(frame string) {
	r, err := session.ParseRequest([]byte(frame))
	if err != nil {
		panic("pad: the client sent what is no request: " + err.Error())
	}
	switch b := r.Body.(type) {
	case session.Leave: // the other tabs only lose its cursor: nobody waits for more
		p.relay(session.CursorChange{Doc: session.DocCode, Ranges: []session.Range{}})
	case session.Ping:
		p.tell(session.Pong(b))
	default:
		if _, join := b.(session.JoinRequest); !join && !session.Kept(b.Kind()) {
			p.relay(b)
			if stop, ok := b.(session.RunStop); ok {
				p.stop(stop.Run)
			}
			break
		}
		p.todo = append(p.todo, r)
	}
	p.next()
}

// relay hands the other tabs what no log keeps.
func (p *pad) relay(b session.Body) {
	p.journal.relay(string(session.AppendEvent(nil, session.Event{By: p.you.ID, Body: b})))
}

// stop ends another tab's run for good. If that tab is still there, it is told to stop as well; it may be gone.
func (p *pad) stop(id string) {
	if r := p.state.Run(id); r != nil {
		p.todo = append(p.todo, session.Request{Body: session.RunEnd{Run: id, Exit: 130, MS: max(0, now()-r.At), Reason: session.ReasonStopped}})
	}
}

// close ends the connection; what the journal has begun to store it does store.
func (p *pad) close(int) {
	p.over = true
	p.journal.close()
}

// drop ends the connection from this side; the client comes back to a new pad.
func (p *pad) drop() {
	p.close(0)
	p.lost(session.CloseMoved)
}

// forgo goes on without the database, from as far as the log could be read: better a pad for as long as the page is open
// than none. From here on it is another log, which nobody may go on from in the one that is kept.
func (p *pad) forgo() {
	p.state.Epoch = newID()
	snapshot, _ := p.state.Snapshot()
	p.journal.close()
	p.journal, p.unkept = &memory{base: p.state.Rev, state: string(snapshot)}, true
	if p.you.ID != "" {
		p.welcome(nil)
	}
}

func (p *pad) tell(b session.Body) { p.say(string(session.AppendEvent(nil, session.Event{Body: b}))) }

// hear takes what another tab says: a frame to relay, or nothing at all where it appended.
func (p *pad) hear(frame string) {
	if frame == "" {
		p.behind = true
	} else if p.you.ID != "" {
		p.heard = append(p.heard, frame)
	}
	p.next()
}

// next does what is to be done, one thing at a time, unless the journal is being asked.
func (p *pad) next() {
	for !p.over && !p.busy {
		switch {
		case p.behind:
			p.read(func() {})
		case len(p.heard) > 0:
			p.say(p.heard[0])
			p.heard = p.heard[1:]
		case len(p.todo) > 0:
			r := p.todo[0]
			p.todo = p.todo[1:]
			if b, ok := r.Body.(session.JoinRequest); ok {
				p.read(func() { p.join(b) })
			} else {
				p.request(r)
			}
		default:
			return
		}
	}
}

// read folds what the journal has beyond the state, and then goes on.
func (p *pad) read(then func()) {
	p.busy, p.behind = true, false
	p.journal.read(p.state.Rev, func(l padLog, err error) {
		p.answered(func() {
			if err == nil {
				err = p.take(l)
			}
			if err != nil {
				p.forgo()
			}
			then()
		})
	})
}

// answered goes on after the journal's answer.
func (p *pad) answered(f func()) {
	p.do(func() {
		if p.busy = false; !p.over {
			f()
			p.next()
		}
	})
}

// take folds what was read.
func (p *pad) take(l padLog) error {
	if l.Fold != nil && l.Fold.Rev > p.state.Rev {
		p.state, p.since, p.loose, p.size = l.Fold, l.Fold.Rev, nil, 0
		if p.you.ID != "" {
			p.welcome(nil) // other tabs went so far ahead that what they did is only known as a whole
		}
	}
	for _, e := range l.Events {
		if e.Rev > p.state.Rev {
			if err := p.fold(e, false); err != nil {
				return err
			}
		}
	}
	p.size += l.size
	return nil
}

// fold makes a stored event part of the state and hands it to the client. What the client asked here it has; what it asked
// of the pad before this one may stand elsewhere in the text.
func (p *pad) fold(e session.Event, here bool) error {
	if err := p.state.Apply(e); err != nil {
		return err
	}
	p.loose = append(p.loose, e)
	switch {
	case p.you.ID == "":
	case here && e.By == p.you.ID:
		p.tell(session.Ack{Seq: e.Seq, Rev: e.Rev, At: e.At})
	default:
		p.say(string(session.AppendEvent(nil, e)))
	}
	return nil
}

// append stores bodies as the next events. What to do if another tab was first is asked when that is folded.
func (p *pad) append(by string, seq int64, bodies []session.Body, then func(), again func()) {
	events, records := make([]session.Event, len(bodies)), make([]string, len(bodies))
	for i, b := range bodies {
		e := session.Event{Rev: p.state.Rev + int64(i) + 1, At: now(), Body: b}
		if i == 0 {
			e.By, e.Seq = by, seq
		}
		events[i], records[i] = e, string(session.AppendEvent(nil, e))
	}
	p.busy = true
	p.journal.append(p.state.Rev, records, func(stored bool, err error) {
		p.answered(func() {
			if err != nil && p.you.ID == "" {
				p.forgo()
				again()
				return
			}
			if err != nil {
				p.tell(session.Refusal{Code: session.RefusedSave, Message: "Not saved yet: this device has no room to keep it.", Seq: seq})
				return
			}
			if !stored {
				rev := p.state.Rev
				p.read(func() {
					if p.state.Rev == rev && !p.unkept { // nobody was first: the browser has cleared the log away
						p.forgo()
					}
					again()
				})
				return
			}
			for i, e := range events {
				p.size += len(records[i])
				if p.fold(e, true) != nil { // it was tried before it was stored
					p.drop()
					return
				}
			}
			then()
			p.tidy()
		})
	})
}

// tidy puts the fold in place of a log that got long.
func (p *pad) tidy() {
	if len(p.loose) < maxLoose && p.size < max(looseSize, p.folded) {
		return
	}
	snapshot, err := p.state.Snapshot()
	if err != nil {
		return
	}
	p.journal.fold(p.state.Rev, string(snapshot))
	p.since, p.loose, p.size, p.folded = p.state.Rev, nil, 0, len(snapshot)
}

// join lets the client in. The first one begins the log.
func (p *pad) join(b session.JoinRequest) {
	id := session.UserID(b.Session, b.Client)
	if known := p.state.Person(id); known != nil {
		p.you = known.User
		p.welcome(b.Resume)
		return
	}
	var first []session.Body
	if p.state.Session == "" {
		create := session.Create{Session: b.Session, Title: p.cfg.Title, Language: p.cfg.Language, Epoch: newID()}
		fresh := session.NewState()
		if fresh.Apply(session.Event{Rev: 1, Body: create}) == nil {
			first = append(first, create)
			if op, ok := fresh.Template(create.Language); ok {
				first = append(first, session.CodeChange{Doc: session.DocCode, Op: op, Origin: session.OriginTemplate})
			}
		}
	}
	you := session.User{ID: id, Name: session.CleanName(b.Name), Role: session.Candidate, Color: p.state.NextColor()}
	again := func() { p.join(b) }
	p.append("", 0, append(first, session.Joined{User: you}), again, again)
}

// welcome brings the client to the present: by what it missed where that is at hand, else by the whole state.
func (p *pad) welcome(resume *session.Resume) {
	w := session.Welcome{
		Session: p.state.Session, Epoch: p.state.Epoch, Rev: p.state.Rev, You: p.you, Acked: p.state.Acked(p.you.ID),
		Limits: session.Limits{Frame: session.MaxFrame, Text: ot.MaxText, Insert: ot.MaxInsert, Output: session.MaxRunOutput},
	}
	if missed, ok := p.after(resume); ok {
		w.Events = missed
	} else {
		w.State = p.state.View(p.you.Role)
	}
	p.tell(w)
}

func (p *pad) after(r *session.Resume) ([]session.Event, bool) {
	if r == nil || r.Epoch != p.state.Epoch {
		return nil, false
	}
	return p.following(r.Rev)
}

// following is what comes after a rev, and false where that is not known event by event.
func (p *pad) following(rev int64) ([]session.Event, bool) {
	if rev < p.since || rev > p.state.Rev {
		return nil, false
	}
	return p.loose[rev-p.since:], true
}

// request stores what the client asks for, or refuses it.
func (p *pad) request(r session.Request) {
	if end, ok := r.Body.(session.RunEnd); ok && r.Seq == 0 { // by this pad itself
		if run := p.state.Run(end.Run); run != nil && run.End == nil {
			p.append("", 0, []session.Body{end}, func() {}, func() { p.request(r) })
		}
		return
	}
	if r.Seq <= p.state.Acked(p.you.ID) {
		p.tell(session.Ack{Seq: r.Seq, Rev: p.state.Rev})
		return
	}
	body, refusal := r.Body, p.state.Check(p.you, r.Body)
	if edit, ok := body.(session.CodeChange); ok && refusal == nil {
		missed, known := p.following(r.Base)
		if !known {
			p.welcome(nil) // it comes again, on what the client gets to know by this
			return
		}
		if edit.Op, ok = p.rebase(edit, missed); !ok {
			refusal = &session.Refusal{Code: session.RefusedOp, Message: "That edit does not fit the text."}
			defer p.welcome(nil)
		}
		body = edit
	}
	if refusal != nil {
		refusal.Seq = r.Seq
		p.tell(*refusal)
		return
	}
	p.append(p.you.ID, r.Seq, []session.Body{body}, func() {}, func() { p.request(r) })
}

// rebase moves an edit over what its author had not seen, and tells whether it fits the text.
func (p *pad) rebase(edit session.CodeChange, missed []session.Event) (ot.Op, bool) {
	op, err := edit.Op, error(nil)
	for _, e := range missed {
		if b, ok := e.Body.(session.CodeChange); ok && b.Doc == edit.Doc && err == nil {
			op, _, err = ot.Transform(op, b.Op)
		}
	}
	if err == nil {
		err = p.state.Docs[edit.Doc].Clone().Apply(op)
	}
	return op, err == nil
}
