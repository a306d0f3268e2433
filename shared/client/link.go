package client

import "tandem/shared/session"

// All in milliseconds.
const (
	answerTimeout = 10_000 // a socket that doesn't open, a join without a Welcome, a request without an ack
	pingEvery     = 5_000
	pongTimeout   = 8_000 // with pingEvery: a network that vanished is noticed within 13 s
	firstRetry    = 200
	lastRetry     = 5_000
	stableAfter   = 5_000  // a connection that held so long starts the back-off anew
	offlineAfter  = 15_000 // without a connection
	maxSlow       = 3      // times that a line on which answers didn't come in time gets twice as much
	ghostWithin   = 60_000 // the join of a connection that broke may reach the server after the next one's, and replace it
	lateWithin    = 1_000  // in which what was sent on an earlier connection may still arrive
	firstHold     = 1_000  // before a request that was not saved is sent again
)

// linkState is how far the connection is.
type linkState uint8

const (
	down    linkState = iota // there is none; the next try is at link.retry
	dialing                  // Tick said reconnect
	joining                  // open, and the create or join is sent
	up                       // welcomed
	over                     // for good
)

type link struct {
	state  linkState
	since  int64  // when the state began
	retry  int64  // when to dial again
	tries  int    // in a row that failed
	slow   int    // connections in a row that were given up since an answer was late: a slow line may still be at its question
	lost   int64  // when the connection broke that there was, or the first try failed; 0 while there is none to miss
	met    bool   // a Welcome came in this life
	fresh  bool   // ask for the whole state
	fault  string // why, if something was wrong
	gone   int64  // when a connection broke whose join may still arrive; 0: none that is not accounted for
	drop   bool   // Tick is to say stop
	code   int    // that it ended with
	pinged int64  // the last ping
	silent bool   // nothing was heard since
	rtt    int64  // -1: not known
	jitter uint64 // state of a random generator
}

// Phase is how the connection is, in a word for people.
type Phase uint8

const (
	Connecting   Phase = iota // for the first time
	Connected                 //
	Reconnecting              // it broke a moment ago
	Offline                   // it can't be reached; the client goes on trying
	Ended                     // for good: Status.Message tells why
)

func (p Phase) String() string {
	return [...]string{"Connecting", "Connected", "Reconnecting", "Offline", "Ended"}[p]
}

// Status is what a page tells about the connection.
type Status struct {
	Phase   Phase
	Code    int    // the close code, where Phase is Ended
	Message string // why it ended, or what was refused last; a sentence for people
	Saved   bool   // all that was done here is stored
	Unsaved bool   // the server said that it can't store just now; it is tried again
	Full    bool   // what was typed does not fit the text any more, since others filled it; it waits until enough is deleted
	RTT     int64  // milliseconds to the server and back; -1 while not known
	Retry   int64  // when the next try is, in the time of Tick; 0 where none is planned
	Healed  int    // times that the text was found to differ from the server's, or the editor's from both, and was mended
}

// Status tells how the connection is and whether all is stored.
func (c *Client) Status() Status {
	s := Status{Phase: c.phase(), Message: c.message, Saved: c.joined && len(c.queue) == 0, Unsaved: c.call.unsaved && len(c.queue) > 0, Full: c.full, RTT: -1, Healed: c.healed}
	l := &c.link
	switch l.state {
	case over:
		s.Code = l.code
		if s.Message == "" {
			s.Message = session.CloseReason(l.code)
		}
	case down:
		s.Retry = l.retry - c.back
	case up:
		s.RTT = l.rtt
	}
	return s
}

func (c *Client) phase() Phase {
	l := &c.link
	switch {
	case l.state == over:
		return Ended
	case l.state == up:
		return Connected
	case l.lost == 0:
		return Connecting
	case !l.met || c.now-l.lost >= offlineAfter:
		return Offline
	}
	return Reconnecting
}

// Opened says that the socket is open.
func (c *Client) Opened(now int64) {
	c.tell(now)
	if c.link.state == over {
		return
	}
	if !c.link.met && c.link.gone == 0 {
		c.link.gone = max(c.now, 1) // the page before this one
	}
	c.enter(joining)
	var b session.Body
	switch r := (session.JoinRequest{Session: c.cfg.Session, Client: c.cfg.Client, Name: c.cfg.Name, Key: c.cfg.Key}); {
	case c.cfg.Session == "":
		b = session.CreateRequest{Client: c.cfg.Client, Name: c.cfg.Name, Title: c.cfg.Title, Language: c.cfg.Language}
	case c.link.fresh:
		r.Fault = c.link.fault
		b = r
	case c.joined:
		r.Resume = &session.Resume{Epoch: c.base.Epoch, Rev: c.base.Rev}
		b = r
	default:
		b = r
	}
	c.host.Send(session.AppendRequest(nil, session.Request{Body: b}))
	c.finish()
}

func (c *Client) enter(s linkState) { c.link.state, c.link.since = s, c.now }

// Closed says that the socket closed with code, or did not open.
func (c *Client) Closed(code int, now int64) {
	c.tell(now)
	if c.link.state == over || c.link.state == down && c.link.retry > 0 && (!session.Final(code) || c.waitsForRoom(code)) {
		return
	}
	gone := c.link.gone
	c.lose()
	if code == session.CloseReplaced && gone > 0 && c.now-gone < ghostWithin {
		c.link.gone = 0 // once for each that broke: not a fight with another tab
		code = session.CloseMoved
	}
	if session.Final(code) && !c.waitsForRoom(code) {
		c.enter(over)
		c.link.code = code
	}
	c.finish()
}

// waitsForRoom tells whether somebody comes back who was in the session: it may hold text that only they have.
func (c *Client) waitsForRoom(code int) bool { return code == session.CloseLimit && c.joined }

// lose takes the connection for broken and plans the return.
func (c *Client) lose() {
	l := &c.link
	if l.state == over {
		return
	}
	if l.state == up && c.now-l.since >= stableAfter {
		l.tries = 0
	}
	if l.state == joining || l.state == up {
		l.gone = max(c.now, 1)
	}
	if l.lost == 0 {
		l.lost = max(c.now, 1)
	}
	l.retry = c.now + c.delay(firstRetry, l.tries)
	l.tries++
	l.silent = false
	c.call = call{hold: c.call.hold, tries: c.call.tries, unsaved: c.call.unsaved}
	c.told = nil
	c.enter(down)
}

// noneLate tells that nothing arrives any more on an earlier connection. A server of one process lets go of that before it
// welcomes, another process as soon as it hears of it. Before that nothing that was sent may get another number: it would be
// there twice.
func (c *Client) noneLate() bool { return c.now-c.link.since >= lateWithin }

// delay doubles with each try up to lastRetry, and is between half of that and all.
func (c *Client) delay(first int64, tries int) int64 {
	d := min(first<<min(tries, 10), lastRetry)
	c.link.jitter += 0x9e3779b97f4a7c15 // splitmix64
	z := c.link.jitter
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	z ^= z >> 31
	return d/2 + int64(z%uint64(d/2+1))
}

// Online says that the browser has a network again: the next try is at once.
func (c *Client) Online(now int64) {
	c.tell(now)
	if c.link.state == down {
		c.link.retry = c.now
	}
	c.finish()
}

// Tick lets time pass. Where it says reconnect, the caller opens a socket, where it says stop, it drops the one it
// has.
func (c *Client) Tick(now int64) (reconnect, stop bool) {
	c.tell(now)
	l := &c.link
	slow := min(l.slow, maxSlow)
	switch l.state {
	case down:
		if reconnect = c.now >= l.retry; reconnect {
			c.enter(dialing)
		}
	case dialing:
		stop = c.now-l.since >= answerTimeout
	case joining:
		stop = c.now-l.since >= answerTimeout<<slow
	case up:
		stop = l.silent && c.now-l.pinged >= pongTimeout<<slow ||
			(c.call.under || c.call.refused) && c.now-c.call.at >= answerTimeout<<slow
		if !stop && !l.silent && c.now-l.pinged >= pingEvery {
			l.pinged, l.silent = c.now, true
			c.host.Send(session.AppendRequest(nil, session.Request{Body: session.Ping{T: c.now}}))
		}
	}
	if stop {
		if l.state != dialing {
			l.slow++
		}
		c.lose()
	}
	if l.drop {
		l.drop, stop = false, true
	}
	c.finish()
	return reconnect, stop
}

// Leave says goodbye: the person leaves the list at once, and the client stays away.
func (c *Client) Leave() {
	if c.link.state == up {
		c.host.Send(session.AppendRequest(nil, session.Request{Body: session.Leave{}}))
	}
	c.link.drop = c.link.state != down && c.link.state != over
	c.enter(over)
	c.link.code = session.CloseLeft
	c.finish()
}

// At is a time of the server's clock, as in State, by the local clock; both in Unix milliseconds.
func (c *Client) At(server int64) int64 { return server - c.skew - c.back }
