package session

// What one session may hold. A limit of the wire stands here; one of the text stands in package ot.
const (
	MaxFrame  = 512 << 10 // bytes of one frame from a client: a paste of 100 KB as escaped JSON, with room
	MaxName   = 40        // runes of a person's name
	MaxTitle  = 120       // runes of a session's title
	MaxID     = 64        // bytes of an id that a client makes up (client, run)
	MaxPeople = 50        // people connected to one session at a time
	MaxUsers  = 1000      // people who ever came to one session, as the fold remembers them all
	MaxRanges = 256       // cursors of one person
	MinRunMS  = 1_000     // milliseconds that an interviewer may give a run, at least …
	MaxRunMS  = 600_000   // … and at most

	MaxRuns        = 20       // runs that the fold remembers; older ones stay in the log
	MaxRunOutput   = 1 << 20  // bytes of output of one run
	MaxRunLines    = 10_000   // lines of output of one run
	MaxKeptOutput  = 2 << 20  // bytes of output of all runs that the fold remembers; the oldest give way
	MaxOutputChunk = 64 << 10 // bytes of one piece of output, or of the error that ended a run: six times that as JSON

	HashEvery = 100 // revisions: each event with such a rev carries the hash of the text before it
)

// Limits are what a client is told on joining, so that it can refuse early and kindly.
type Limits struct {
	Frame  int `json:"frame"`  // bytes of a frame
	Text   int `json:"text"`   // UTF-16 code units of a document
	Insert int `json:"insert"` // UTF-16 code units of one insert
	Output int `json:"output"` // bytes of output of one run
	RunMS  int `json:"runMs"`  // milliseconds that a run may be at work, unless the interviewer sets another time
}

// Close codes of the WebSocket: 4000–4499 come back, 4500–4999 don't.
const (
	CloseLeft       = 1000 // left, stays away
	CloseStopping   = 4000 // the server is stopping, come back
	CloseTooSlow    = 4001 // the queue ran over, come back and resume
	CloseMoved      = 4002 // the log moved on elsewhere, come back and resume
	CloseBadFrame   = 4500 // a frame was not understood or over the limit
	CloseNoSession  = 4501 // no such session
	CloseNotAllowed = 4502 // ended, removed, wrong origin
	CloseLimit      = 4503 // too many people or requests; who was in the session comes back all the same
	CloseVersion    = 4504 // the client speaks another version
	CloseReplaced   = 4505 // this client connected again elsewhere
)

// Final tells whether a client that was closed with code stays away instead of coming back.
func Final(code int) bool { return code == CloseLeft || code >= 4500 && code < 5000 }

// CloseReason is the sentence that a person reads when the connection ended for good.
func CloseReason(code int) string {
	switch code {
	case CloseBadFrame:
		return "The server did not understand this page. Reload it to go on."
	case CloseNoSession:
		return "There is no such session. It was deleted or has expired, or the link is incomplete."
	case CloseNotAllowed:
		return "You can't take part in this session."
	case CloseLimit:
		return "This session is full, or too much was asked of the server at once. Try again in a minute."
	case CloseVersion:
		return "A newer version of Tandem is on the server. Reload the page to go on."
	case CloseReplaced:
		return "This session is open in another tab."
	}
	return ""
}

// Protocol is the WebSocket subprotocol that both sides name.
const Protocol = "tandem.v1"
