// Package client is one participant's live view of a session over a connection: what the server has confirmed, what
// was typed since, and everything needed to bring the two together again after any accident of the network.
//
// It is a pure state machine. Time comes in as Unix milliseconds, frames come in by Receive and go out by Host.Send.
// A Client belongs to one goroutine. Every method may call the Host, always as its last step: the Host finds the
// Client in order and may call it back.
//
// # How to drive it
//
//   - Call Tick every 100 ms or so. Where it says reconnect, the first time too, drop the socket if there is one and
//     open another; then Opened, Receive for each frame, and Closed for the current socket. Where it says stop, or
//     where Receive fails, drop the socket: the client takes it for closed and has planned its return.
//   - What the dropped socket still says must not be passed on.
//   - Apply each change of the editor with Edit, at once and in order; then call Select with the new selections. If
//     Edit fails, the edit did not happen: set the editor back to Text. What was typed before there was a Client is an
//     Edit too; the first Welcome puts the session's text beside it.
//   - Now and then, when the page is idle, ask whether the editor Shows the Text.
//   - Hold while an input method composes: the editor then lacks some of Text. Online when the browser says that it has a
//     network again.
//   - Save whenever something changed and the page is idle, and when it is hidden. Restore takes it back, into an
//     editor that holds the restored Text. What was saved may be older than what was sent: requests are numbered when
//     they are made, so none counts twice.
//   - SetTitle, SetLanguage, StartRun, Output and EndRun give an error, a *session.Refusal, for what the server would
//     refuse. What it refuses all the same disappears from State, and Status.Message says why.
//
// # What it keeps
//
// One request is under way at a time, the head of a queue; nothing that was sent changes any more, except that an op
// follows what others did before it. Edits made meanwhile are composed into one op behind it, output of a run into one
// chunk. So of each request it is known whether the log holds it: its number is at most Welcome.Acked, or its ack or its
// event has come. With two under way, one refused and its refusal lost, the higher number of the other would hide it.
//
// The limits of a text and of an op are those of the log. What waits here has none, so that nothing is lost where others
// fill the text or fill an edit with theirs: it is cut when it goes out, and what there is no room for stays shown until
// enough is deleted. Only an edit of one's own may not make the text longer than that.
package client

import (
	"tandem/shared/ot"
	"tandem/shared/session"
)

// Host is what a Client acts on: the socket and the editor of a page.
type Host interface {
	Send(frame []byte)                   // puts a frame on the socket; never blocks
	Apply(op ot.Op, sel []session.Range) // changes the editor's text by op, then sets one's own selections; nil: they are let be
	Changed(what Change)                 // the page reads again what it shows of that
	Stop(run string)                     // somebody asks to stop one's own run
	Input(run, text string)              // somebody hands a line to one's own run
}

// Change is a set of things that a page shows.
type Change uint8

const (
	ChangedState   Change = 1 << iota // State's title or language
	ChangedPeople                     // State().Users, You
	ChangedCursors                    // Cursors
	ChangedStatus                     // Status
	ChangedRuns                       // State().Runs
)

// Config says who takes part, and in what.
type Config struct {
	Client  string // the secret id that the tab keeps
	Session string // empty: create one
	Key     string // the interviewer's
	Name    string

	Title, Language string // of the session to create

	Seed uint64 // of the jitter; any number that differs between clients
}

// Client is one participant's view of a session.
type Client struct {
	host Host
	cfg  Config // Session and Key are what the first Welcome says
	now  int64  // the time that came in, and back
	back int64  // by how much the clock that it comes from was set back so far
	skew int64  // of the server's clock against now

	// What the server says.
	base   *session.State // the fold of what it confirmed
	you    session.User
	limits session.Limits
	joined bool  // a Welcome has come, in this life or before the reload
	known  bool  // the others were told of cursors of this client, if only of the page before this one
	acked  int64 // the highest own number that the log is known to hold
	past   []past

	// What the page shows: base's code and then the ops of queue.
	text    *ot.Text
	queue   []*request
	seq     int64 // the last number that was given to a request
	sel     []session.Range
	cursors []Cursor        // of the others, in base's code, as they know them: over what is shown two ways may end in two places
	told    []session.Range // where the others have one's own cursors, in base's code; nil: they don't know
	toldAt  int64
	history history

	link link
	call call

	patch   ot.Op // what the editor lacks of text, if patched: for as long as a method runs, or it is held
	patched bool
	held    Held
	seen    *ot.Text // what the editor shows, while something is held
	changed Change
	status  Status // as last reported
	message string
	full    bool // what is to be sent next makes the text longer than a text may be
	healed  int
	doubted bool // the editor showed something else, and the server was told
	scratch []byte
}

// New is a client that has not connected yet.
func New(host Host, cfg Config) *Client {
	c := &Client{host: host, cfg: cfg, base: session.NewState(), text: &ot.Text{}}
	c.base.Docs[session.DocCode] = &ot.Text{}
	c.base.Session, c.base.Title, c.base.Language = cfg.Session, session.CleanTitle(cfg.Title), cfg.Language
	c.link.jitter, c.link.rtt = cfg.Seed, -1
	c.status = c.Status()
	return c
}

// Text is the text as the editor shows it.
func (c *Client) Text() string { return c.text.String() }

// Len is how long Text is, in units.
func (c *Client) Len() int { return c.text.Len() }

// You is who one is; its ID is empty before the first Welcome.
func (c *Client) You() session.User { return c.you }

// SessionID is the id of the session, empty until a new one is created.
func (c *Client) SessionID() string { return c.cfg.Session }

// Key is the interviewer's key, empty for a candidate.
func (c *Client) Key() string { return c.cfg.Key }

// Limits is what the server said it takes; all zero before the first Welcome.
func (c *Client) Limits() session.Limits { return c.limits }

// Settled tells whether everything is acknowledged.
func (c *Client) Settled() bool { return len(c.queue) == 0 }

// tell lets the time be now. A clock may be set back; then it goes on from where it was.
func (c *Client) tell(now int64) {
	c.back = max(c.back, c.now-now)
	c.now = now + c.back
}

// code is the confirmed text.
func (c *Client) code() *ot.Text { return c.base.Docs[session.DocCode] }

// Edit takes a change that the user made in the editor: op is on the shown text, origin "" for typing or one of
// session's Origin constants, before the selections before it. Where it fails nothing changed, and the editor is to
// be set back to Text.
func (c *Client) Edit(op ot.Op, origin string, before []session.Range, now int64) error {
	c.tell(now)
	shown := op
	op, lacks, before, err := c.follow(op, before)
	var inverse ot.Op
	if err == nil {
		inverse, err = op.InvertLarge(c.text)
	}
	if err == nil && overfills(op) {
		err = ot.ErrLimit
	}
	if err != nil {
		c.Level()
		return err
	}
	if shown.IsNoop() {
		return nil
	}
	c.patch = lacks
	if c.seen != nil {
		if err := c.seen.ApplyLarge(shown); err != nil {
			return err
		}
	}
	if before != nil {
		c.sel = clampAll(before, c.text.Len())
	}
	sel := c.sel
	if err := c.own(op); err != nil {
		return err
	}
	c.message = ""
	c.history.record(op, inverse, origin, sel, c.now)
	c.addCode(op, origin)
	c.finish()
	return nil
}

// Level says that the editor is set to Text, also where something was held.
func (c *Client) Level() {
	c.patch, c.patched = ot.Op{}, false
	if c.seen != nil {
		c.seen = c.text.Clone()
	}
}

// overfills tells whether an own edit may not be, since it makes the text longer than a text may be. One that got too long
// over what others wrote meanwhile can still be changed, but not grow.
func overfills(op ot.Op) bool { return op.Target() > max(op.Base(), ot.MaxText) }

// own applies an own op to what is shown.
func (c *Client) own(op ot.Op) error {
	if err := c.text.ApplyLarge(op); err != nil {
		return err
	}
	c.sel = session.Carry(c.sel, op, true)
	c.touchCursors()
	return nil
}

// show leaves an op for the editor, which is given all of them at the end as one.
func (c *Client) show(op ot.Op) {
	if op.IsNoop() {
		return
	}
	if c.patched {
		if both, err := ot.ComposeLarge(c.patch, op); err == nil {
			op = both
		}
	}
	c.patch, c.patched = op, true
}

// hand gives the editor what it lacks, but for what is held.
func (c *Client) hand() {
	if !c.patched {
		return
	}
	if c.held == HeldNothing {
		op := c.patch
		c.patch, c.patched = ot.Op{}, false
		c.host.Apply(op, cloneRanges(c.sel))
		return
	}
	now, held := c.divide()
	c.patch, c.patched = held, !held.IsNoop()
	if !now.IsNoop() && c.seen.ApplyLarge(now) == nil {
		c.host.Apply(now, nil)
	}
}

// finish is the last step of every method: the editor, the socket, the page.
func (c *Client) finish() {
	c.hand()
	c.pump()
	c.sendCursor()
	if s := c.Status(); s != c.status {
		c.status = s
		c.changed |= ChangedStatus
	}
	if c.changed != 0 {
		what := c.changed
		c.changed = 0
		c.host.Changed(what)
	}
}

func (c *Client) json(op ot.Op) []byte {
	c.scratch = op.AppendJSON(c.scratch[:0])
	return c.scratch
}
