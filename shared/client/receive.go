package client

import (
	"cmp"
	"errors"
	"slices"

	"tandem/shared/ot"
	"tandem/shared/session"
)

var (
	errEarly   = errors.New("an event before the welcome")
	errState   = errors.New("a welcome without the state, or with one that is not sound")
	errMissed  = errors.New("an acknowledgement of what is not known here")
	errDiffers = errors.New("the text is not the server's")
	errShown   = errors.New("the editor does not show the text")
)

// Receive takes a frame of the server. On an error the caller drops the socket; the client comes back and asks for the
// whole state, keeping what is not acknowledged.
func (c *Client) Receive(frame []byte, now int64) error {
	c.tell(now)
	if c.link.state != joining && c.link.state != up {
		return nil
	}
	c.link.silent = false
	e, err := session.ParseEvent(frame)
	if err == nil {
		err = c.take(e)
	}
	if err != nil {
		return c.fail(err)
	}
	c.finish()
	return nil
}

// Shows tells whether an editor shows Text that shows a text of so many units with that ot.Text.Hash. Where it doesn't, Text
// is made anew, as either may be the damaged one, and the editor is to be set to it. The whole state is asked for, too, which
// tells the server: once, for a page whose editor is out of order again and again must not be always on its way.
func (c *Client) Shows(units int, hash uint32, now int64) bool {
	if c.text.Len() == units && c.text.Hash() == hash {
		return true
	}
	c.tell(now)
	c.healed++
	err := c.reshow()
	c.Level()
	if c.link.state == up && (!c.doubted || err != nil) {
		c.doubted, c.link.drop = true, true
		c.link.fresh, c.link.fault = true, errShown.Error()
		c.lose()
	}
	c.finish()
	return false
}

// fail drops a connection that can't be understood.
func (c *Client) fail(err error) error {
	c.link.fresh, c.link.fault = true, err.Error()
	c.lose()
	c.finish()
	return err
}

func (c *Client) take(e session.Event) error {
	switch b := e.Body.(type) {
	case session.Welcome:
		return c.welcome(b)
	case session.Refusal:
		return c.refusal(b)
	case session.Ping:
		c.host.Send(session.AppendRequest(nil, session.Request{Body: session.Pong(b)}))
		return nil
	case session.Pong:
		c.link.rtt = max(c.now-b.T, 0)
		if !c.call.under {
			c.link.slow = 0
		}
		return nil
	}
	if c.link.state != up {
		return errEarly
	}
	switch b := e.Body.(type) {
	case session.Ack:
		c.skew = b.At - c.now
		c.link.slow = 0
		return c.ack(b)
	case session.CursorChange:
		c.peerCursor(e.By, b)
		return nil
	case session.RunStop:
		if c.runs(b.Run) {
			c.host.Stop(b.Run)
		}
		return nil
	case session.RunStdin:
		if c.runs(b.Run) {
			c.host.Input(b.Run, b.Text)
		}
		return nil
	}
	if e.At != 0 {
		c.skew = e.At - c.now
	}
	if err := c.event(e); err != nil {
		return err
	}
	return c.passOver()
}

// runs tells whether one's own run is on.
func (c *Client) runs(run string) bool {
	r := c.State().Run(run)
	return r != nil && r.By == c.you.ID && r.End == nil
}

// StopRun asks the one who runs to stop.
func (c *Client) StopRun(run string) {
	if c.runs(run) {
		c.host.Stop(run)
		return
	}
	c.relay(session.RunStop{Run: run})
}

// SendInput hands a line to the one who runs.
func (c *Client) SendInput(run, text string) {
	if c.runs(run) {
		c.host.Input(run, text)
		return
	}
	c.relay(session.RunStdin{Run: run, Text: text})
}

func (c *Client) relay(b session.Body) {
	if c.link.state == up {
		c.host.Send(session.AppendRequest(nil, session.Request{Body: b}))
	}
}

// event folds an event of the log in.
func (c *Client) event(e session.Event) error {
	if e.Rev <= c.base.Rev {
		return nil // said before
	}
	if e.By == c.you.ID && e.Seq > 0 {
		c.acked = max(c.acked, e.Seq)
		if len(c.queue) > 0 && c.queue[0].seq == e.Seq {
			return c.ownEvent(e)
		}
	}
	b, ok := e.Body.(session.CodeChange)
	if !ok || b.Doc != session.DocCode {
		return c.fold(e)
	}
	s, err := c.over(b.Op)
	if err == nil {
		err = c.fold(e)
	}
	if err == nil {
		err = c.move(s)
	}
	return err
}

// ownEvent takes the head of the queue for stored. What the log holds counts: it may be more than what is here, if
// that came back from an old save.
func (c *Client) ownEvent(e session.Event) error {
	q := c.queue[0]
	ours, isOp := q.code()
	theirs, _ := e.Body.(session.CodeChange)
	if isOp && ours.Op == theirs.Op && theirs.Doc == session.DocCode {
		return c.stored(e)
	}
	from := c.code().Clone()
	if isOp {
		if err := from.ApplyLarge(ours.Op); err != nil {
			return err
		}
	}
	if err := c.stored(e); err != nil {
		return err
	}
	return c.rebase(from)
}

// stored folds an event in that is the head of the queue.
func (c *Client) stored(e session.Event) error {
	if err := c.fold(e); err != nil {
		return err
	}
	c.queue = c.queue[1:]
	c.call = call{}
	c.acked = max(c.acked, e.Seq)
	if _, ok := e.Body.(session.CodeChange); ok {
		for _, q := range c.queue { // the first rev that holds what was typed before the run
			if b, ok := q.body.(session.RunStart); ok && !q.sent {
				b.Code = e.Rev
				q.body = b
			}
		}
	}
	return nil
}

// fold applies an event to what the server confirmed.
func (c *Client) fold(e session.Event) error {
	if e.Hash != 0 && e.Hash != c.code().Hash() {
		c.healed++
		return errDiffers
	}
	if _, ok := e.Body.(session.Create); ok {
		return errState // it begins a log, and the state is that of a log that has begun
	}
	if err := c.base.Apply(e); err != nil {
		return err
	}
	switch b := e.Body.(type) {
	case session.CodeChange:
		if b.Doc == session.DocCode {
			c.remember(e.Rev, e.By, b)
		}
	case session.Joined:
		c.told = nil // they don't know where one's own cursors are
	case session.Left:
		c.dropCursor(b.User)
	}
	c.touch(e.Body)
	return nil
}

func (c *Client) ack(b session.Ack) error {
	if b.Seq <= c.acked {
		return nil
	}
	if len(c.queue) == 0 || c.queue[0].seq != b.Seq || !c.queue[0].sent || b.Rev <= c.base.Rev {
		return errMissed
	}
	return c.stored(session.Event{Rev: b.Rev, At: b.At, By: c.you.ID, Seq: b.Seq, Hash: b.Hash, Body: c.queue[0].body})
}

// refusal takes an "error" frame. An edit that does not fit is nothing to tell people: none of it is lost.
func (c *Client) refusal(b session.Refusal) error {
	if b.Code != session.RefusedOp && b.Code != session.RefusedBase {
		c.message = b.Message
	}
	if b.Seq == 0 || len(c.queue) == 0 || c.queue[0].seq != b.Seq || !c.queue[0].sent {
		return nil
	}
	q := c.queue[0]
	c.call.under = false
	c.call.unsaved = b.Code == session.RefusedSave
	switch b.Code {
	case session.RefusedSave, session.RefusedRate:
		c.call.hold = c.now + c.delay(firstHold, c.call.tries)
		c.call.tries++
		return nil
	case session.RefusedOp, session.RefusedBase:
		if c.call.tries > 0 {
			c.call.hold = c.now + c.delay(firstHold, c.call.tries)
		}
		c.call.tries++
		c.call.refused, c.call.at, c.link.fresh = true, c.now, true
		if c.noneLate() {
			q.sent = false
			c.renumber(c.queue)
		}
		return nil
	}
	if ours, ok := q.code(); ok {
		from := c.code().Clone()
		if err := from.ApplyLarge(ours.Op); err != nil {
			return err
		}
		c.queue = c.queue[1:]
		return c.rebase(from)
	}
	c.touch(q.body)
	c.queue = c.queue[1:]
	if b, ok := q.body.(session.RunStart); ok {
		c.queue = slices.DeleteFunc(c.queue, func(q *request) bool { return q.run() == b.Run })
	}
	return nil
}

// renumber gives requests, the last of the queue, numbers that were never used.
func (c *Client) renumber(requests []*request) {
	c.seq = max(c.seq, c.acked)
	for _, q := range requests {
		c.seq++
		q.seq = c.seq
	}
}

// welcome goes on from what the server says.
func (c *Client) welcome(w session.Welcome) error {
	resumed := w.State == nil
	if resumed && (!c.joined || c.link.fresh || w.Epoch != c.base.Epoch) || !resumed && !sound(w.State) {
		return errState
	}
	if c.cfg.Session = w.Session; w.Key != "" {
		c.cfg.Key = w.Key
	}
	c.you, c.limits = w.You, w.Limits
	c.acked = max(w.Acked, 0)
	if !c.link.met {
		c.renumber(c.queue[c.kept():]) // they were numbered before it was known from where
	}
	var err error
	if resumed {
		err = c.resume(w)
	} else {
		err = c.snapshot(w)
	}
	if err != nil {
		return err
	}
	c.call = call{hold: c.call.hold, tries: c.call.tries, unsaved: c.call.unsaved}
	c.told = nil
	if c.link.state != up {
		c.link.pinged, c.link.silent = c.now-pingEvery, false // a ping at once: the way's length is worth knowing
		c.enter(up)
	}
	c.joined, c.link.met, c.link.fresh, c.link.fault, c.link.lost = true, true, false, "", 0
	c.changed |= ChangedState | ChangedPeople | ChangedCursors | ChangedRuns
	return nil
}

// resume folds in what was missed.
func (c *Client) resume(w session.Welcome) error {
	for _, e := range w.Events {
		if err := c.event(e); err != nil {
			return err
		}
	}
	if w.Rev < c.base.Rev {
		return errState
	}
	c.base.Rev = w.Rev
	return c.passOver()
}

// passOver gives up what the log went past: it is in there under another number, by the page whose old save this one
// was restored from.
func (c *Client) passOver() error {
	from, err := c.takeAcked()
	if err != nil || from == nil {
		return err
	}
	return c.rebase(from)
}

// snapshot goes on from the server's whole state.
func (c *Client) snapshot(w session.Welcome) error {
	from, err := c.takeAcked()
	before := c.code()
	if from == nil {
		from = before
	}
	same := w.Epoch == c.base.Epoch
	c.base, c.past = w.State, nil
	c.jumpCursors(before)
	c.base.Session, c.base.Epoch, c.base.Rev = w.Session, w.Epoch, w.Rev
	for _, q := range c.queue {
		if b, ok := q.body.(session.RunStart); ok && !(q.sent && same) {
			b.Code = w.Rev
			q.body = b
		}
	}
	if err == nil {
		err = c.rebase(from)
	}
	if err != nil {
		return c.salvage(before)
	}
	return c.reshow()
}

// takeAcked takes out of the queue what the log holds. It gives the confirmed text with those edits made, or nil
// where there are none.
func (c *Client) takeAcked() (*ot.Text, error) {
	var text *ot.Text
	var err error
	for len(c.queue) > 0 && c.queue[0].seq <= c.acked {
		if b, ok := c.queue[0].code(); ok {
			if text == nil {
				text = c.code().Clone()
			}
			err = cmp.Or(err, text.ApplyLarge(b.Op))
		}
		c.queue = c.queue[1:]
	}
	return text, err
}

// sound tells whether a state has all that the fold takes for granted.
func sound(s *session.State) bool {
	return s.Docs[session.DocCode] != nil && !slices.Contains(s.Users, nil) && !slices.Contains(s.Runs, nil)
}
