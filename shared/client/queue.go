package client

import (
	"cmp"
	"unicode/utf8"

	"tandem/shared/ot"
	"tandem/shared/session"
)

const (
	maxOp    = session.MaxFrame - 4<<10 // bytes of an op as JSON, so that its frame is not over the limit
	maxMerge = 128 << 10                // bytes up to which edits that wait are composed into one
	maxHits  = 5000                     // replacements in an op: three parts each, and a quarter of ot.MaxParts for what others do to them
)

// A request is something of one's own that the log is not known to hold.
type request struct {
	seq   int64
	sent  bool // once, on some connection: since then only what others did changes it
	saved bool // it came out of a save, since when it may have been sent, as it was or with more
	body  session.Body
	size  size // of an op, at most
}

// size is what an op takes of its limits.
type size struct {
	bytes  int // as JSON
	hits   int // replacements
	widest int // units of the longest insert
}

// measure finds the size of an op.
func (c *Client) measure(op ot.Op) size {
	s := size{bytes: len(c.json(op))}
	op.Edits(func(_, _ int, ins string) bool {
		s.hits++
		s.widest = max(s.widest, units(ins))
		return true
	})
	return s
}

// fits tells whether an op of that size may go out.
func (s size) fits() bool { return s.bytes <= maxOp && s.hits <= maxHits && s.widest <= ot.MaxInsert }

// merges tells whether edits that wait may become one of that size.
func (s size) merges() bool { return s.bytes <= maxMerge && s.hits <= maxHits }

// open tells whether more may be put into the request: no log can hold it yet.
func (q *request) open() bool { return !q.sent && !q.saved }

func (q *request) code() (session.CodeChange, bool) {
	b, ok := q.body.(session.CodeChange)
	return b, ok
}

// output tells whether the request may change places with an edit.
func (q *request) output() bool {
	switch q.body.(type) {
	case session.RunOutput, session.RunEnd:
		return true
	}
	return false
}

// run is the run that a request is about.
func (q *request) run() string {
	switch b := q.body.(type) {
	case session.RunStart:
		return b.Run
	case session.RunOutput:
		return b.Run
	case session.RunEnd:
		return b.Run
	}
	return ""
}

// add puts a request at the end of the queue.
func (c *Client) add(b session.Body) *request {
	c.seq = max(c.seq, c.acked) + 1
	q := &request{seq: c.seq, body: b}
	c.queue = append(c.queue, q)
	return q
}

// addCode puts an own op in the queue, as part of the last one if that has not been sent.
func (c *Client) addCode(op ot.Op, origin string) {
	own := c.measure(op)
	for i := len(c.queue) - 1; i >= 0 && c.queue[i].open(); i-- {
		q := c.queue[i]
		if q.output() {
			continue
		}
		last, ok := q.code()
		if !ok || last.Origin != origin {
			break
		}
		both, err := ot.ComposeLarge(last.Op, op)
		if err != nil {
			break
		}
		sum := size{bytes: q.size.bytes + own.bytes, hits: q.size.hits + own.hits}
		if !sum.merges() { // it is less when they overlap
			if sum = c.measure(both); !sum.merges() {
				break
			}
		}
		last.Op = both
		q.body, q.size = last, sum
		return
	}
	c.add(session.CodeChange{Doc: session.DocCode, Op: op, Origin: origin}).size = own
	c.overtake()
}

// overtake moves the edit at the end of the queue before the output that waits, but for the first: neither a loop
// that prints nor a person who types may keep the other from getting through. Numbers stay in order.
func (c *Client) overtake() {
	i := len(c.queue) - 1
	for i > 0 && c.queue[i-1].output() && c.queue[i-1].open() {
		i--
	}
	if i++; i >= len(c.queue)-1 {
		return
	}
	edit := c.queue[len(c.queue)-1]
	for k := len(c.queue) - 1; k > i; k-- {
		c.queue[k] = c.queue[k-1]
		c.queue[k].seq++
	}
	edit.seq -= int64(len(c.queue) - 1 - i)
	c.queue[i] = edit
}

// ask puts a request in the queue that is not an edit, unless it would be refused.
func (c *Client) ask(b session.Body) error {
	if c.joined {
		if refusal := c.State().Check(c.you, b); refusal != nil {
			return refusal
		}
	}
	c.message = ""
	c.add(b)
	c.touch(b)
	c.finish()
	return nil
}

// touch notes what a request or an event changes of the page.
func (c *Client) touch(b session.Body) {
	switch b.(type) {
	case session.Create, session.LanguageChange, session.TitleChange, session.LimitChange:
		c.changed |= ChangedState
	case session.Joined, session.Left:
		c.changed |= ChangedPeople
	case session.RunStart, session.RunOutput, session.RunEnd:
		c.changed |= ChangedRuns
	}
}

// SetLanguage sets the language of the code. The server may put another starter text in place of an untouched one.
func (c *Client) SetLanguage(language string) error {
	if c.State().Language == language {
		return nil
	}
	return c.ask(session.LanguageChange{Language: language})
}

// SetTitle sets the session's title.
func (c *Client) SetTitle(title string) error {
	title = session.CleanTitle(title)
	if c.State().Title == title {
		return nil
	}
	if n := len(c.queue); n > 0 && c.queue[n-1].open() {
		if _, ok := c.queue[n-1].body.(session.TitleChange); ok {
			c.queue[n-1].body = session.TitleChange{Title: title}
			c.touch(c.queue[n-1].body)
			c.finish()
			return nil
		}
	}
	return c.ask(session.TitleChange{Title: title})
}

// SetRunLimit sets how many milliseconds a run may be at work.
func (c *Client) SetRunLimit(ms int) error {
	if c.RunLimit() == ms {
		return nil
	}
	return c.ask(session.LimitChange{RunMS: ms})
}

// RunLimit is how many milliseconds a run may be at work: what the interviewer set, else what the server says.
func (c *Client) RunLimit() int { return cmp.Or(c.State().RunMS, c.limits.RunMS) }

// StartRun tells that one runs the shown text. It is sent once the log holds all that was typed before.
func (c *Client) StartRun(run, language string) error {
	return c.ask(session.RunStart{Run: run, Language: language, Code: c.base.Rev})
}

// Output tells what one's own run printed, or was given as stream stdin.
func (c *Client) Output(run, stream, text string) error {
	for text != "" {
		if last := c.lastOutput(run, stream); last != nil {
			b := last.body.(session.RunOutput)
			var part string
			part, text = cutText(text, session.MaxOutputChunk-len(b.Text))
			b.Text += part
			last.body = b
			if part != "" {
				c.touch(b)
				continue
			}
		}
		var part string
		part, text = cutText(text, session.MaxOutputChunk)
		if err := c.ask(session.RunOutput{Run: run, Stream: stream, Text: part}); err != nil {
			return err
		}
	}
	c.finish()
	return nil
}

// lastOutput is the request that more output of the stream may join.
func (c *Client) lastOutput(run, stream string) *request {
	for i := len(c.queue) - 1; i >= 0 && c.queue[i].open(); i-- {
		q := c.queue[i]
		if _, ok := q.code(); ok {
			continue
		}
		if b, ok := q.body.(session.RunOutput); ok && b.Run == run && b.Stream == stream {
			return q
		}
		return nil
	}
	return nil
}

// cutText cuts after at most most bytes, between two characters.
func cutText(s string, most int) (head, tail string) {
	most = max(most, 0)
	if len(s) <= most {
		return s, ""
	}
	for most > 0 && !utf8.RuneStart(s[most]) {
		most--
	}
	return s[:most], s[most:]
}

// EndRun tells how one's own run ended.
func (c *Client) EndRun(run string, end session.RunEnd) error {
	end.Run = run
	return c.ask(end)
}

// pump sends the head of the queue if it is its turn.
func (c *Client) pump() {
	for len(c.queue) > 0 && !c.queue[0].sent { // what was typed and deleted again needs no place in the log
		if b, ok := c.queue[0].code(); !ok || !b.Op.IsNoop() {
			break
		}
		c.queue = c.queue[1:]
	}
	if c.link.state != up || c.call.under || c.call.refused || c.now < c.call.hold || !c.refit() {
		return
	}
	q := c.queue[0]
	q.sent = true
	c.call.under, c.call.at = true, c.now
	c.host.Send(session.AppendRequest(nil, session.Request{Seq: q.seq, Base: c.base.Rev, Body: q.body}))
}

// call is how the head of the queue fares on this connection.
type call struct {
	under   bool  // it was sent and not answered yet
	at      int64 // when
	refused bool  // it does not fit the text: a Welcome is on its way, nothing is sent before
	hold    int64 // when it may be sent again
	tries   int   // refusals in a row
	unsaved bool  // the last was that it can't be stored just now
}

// units counts UTF-16 code units.
func units(s string) (n int) {
	for _, r := range s {
		if n++; r > 0xffff {
			n++
		}
	}
	return n
}
