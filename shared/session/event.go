// Package session is what a session is: the events of its log, which are also the frames of the wire, and
// the fold that turns them into a state. It is compiled into the server and into the browser, and it is
// pure: no clock, no randomness, no network.
package session

import "tandem/shared/ot"

// A Kind names what an event, a request or a relayed frame is about: the "type" on the wire.
type Kind string

const (
	KindCreate   Kind = "session:create"
	KindJoin     Kind = "session:join"
	KindLeave    Kind = "session:leave"
	KindWelcome  Kind = "session:joined"
	KindAck      Kind = "ack"
	KindError    Kind = "error"
	KindJoined   Kind = "user:joined"
	KindLeft     Kind = "user:left"
	KindCode     Kind = "code:change"
	KindLanguage Kind = "language:change"
	KindTitle    Kind = "title:change"
	KindLimit    Kind = "limit:change"
	KindRunStart Kind = "run:start"
	KindOutput   Kind = "run:output"
	KindRunEnd   Kind = "run:end"
	KindCursor   Kind = "cursor:change"
	KindRunStop  Kind = "run:stop"
	KindStdin    Kind = "run:stdin"
	KindPing     Kind = "ping"
	KindPong     Kind = "pong"
)

// An Event is one entry of a session's log. It is stored, sent and replayed in one and the same JSON form.
type Event struct {
	Rev  int64  // its number in the log, from 1
	At   int64  // Unix milliseconds, by the server's clock
	By   string // the user id of its author; empty for what the server does by itself
	Seq  int64  // the author's own number for the request, from 1; 0 where By is empty
	Hash uint32 // where Rev is a multiple of HashEvery: ot.Text.Hash of "code" before this event; else 0
	Body Body
}

// A Body is what an event, a request or a relayed frame says, by its kind.
type Body interface{ Kind() Kind }

// Create begins a log. Only the server writes it.
type Create struct {
	Session  string `json:"session"`
	Title    string `json:"title"`
	Language string `json:"language"`
	Epoch    string `json:"epoch,omitempty"` // names this log: another log of the same session has another
	Lock     string `json:"lock,omitempty"`  // hex SHA-256 of the interviewer's key; never leaves the server
}

// Joined tells that a person came, or came back.
type Joined struct {
	User User `json:"user"`
}

// Left tells that a person went.
type Left struct {
	User string `json:"user"` // the user id
}

// CodeChange edits one of the session's texts.
type CodeChange struct {
	Doc    string `json:"doc"`
	Op     ot.Op  `json:"op"`
	Origin string `json:"origin,omitempty"` // "" for typing, else one of the Origin constants
}

// What an edit came from, where it was not typed.
const (
	OriginPaste    = "paste"
	OriginUndo     = "undo"
	OriginFormat   = "format"
	OriginTemplate = "template"
)

// LanguageChange sets the language of the code.
type LanguageChange struct {
	Language string `json:"language"`
}

// TitleChange sets the session's title.
type TitleChange struct {
	Title string `json:"title"`
}

// LimitChange sets how long a run may be at work, from the next one on.
type LimitChange struct {
	RunMS int `json:"runMs"` // milliseconds
}

// RunStart tells that its author runs the code in their browser.
type RunStart struct {
	Run      string `json:"run"`      // an id that the author makes
	Language string `json:"language"` // a Language's id
	Code     int64  `json:"code"`     // the rev of the code that runs
}

// RunOutput is a piece of what a run printed or was given.
type RunOutput struct {
	Run    string `json:"run"`
	Stream string `json:"stream"` // one of the Stream constants
	Text   string `json:"text"`
}

// The streams of a run.
const (
	Stdout = "stdout"
	Stderr = "stderr"
	Stdin  = "stdin"
)

// RunEnd tells how a run ended.
type RunEnd struct {
	Run    string    `json:"run"`
	Exit   int       `json:"exit"`
	MS     int64     `json:"ms"`     // milliseconds it took
	Reason string    `json:"reason"` // one of the Reason constants
	Error  *RunError `json:"error,omitempty"`
}

// Why a run ended.
const (
	ReasonOK      = "ok"
	ReasonError   = "error"
	ReasonStopped = "stopped"
	ReasonTimeout = "timeout"
	ReasonMemory  = "memory"
	ReasonCrash   = "crash"
	ReasonOutput  = "output"
)

// A RunError is where a program failed: 1-based line and column of the user's code, 0 where unknown.
type RunError struct {
	Message string `json:"message"`
	Line    int    `json:"line"`
	Column  int    `json:"column"`
}

// CursorChange tells where a person's cursors are. It is relayed, never stored.
type CursorChange struct {
	Doc    string  `json:"doc"`
	Base   int64   `json:"base"`   // the rev of the text that Ranges refer to
	Ranges []Range `json:"ranges"` // the main cursor first; empty where the person left the editor
}

// A Range is a selection as [anchor, head], in UTF-16 code units from the start of the text.
type Range [2]int

// RunStop asks the one who runs to stop. It is relayed, never stored.
type RunStop struct {
	Run string `json:"run"`
}

// RunStdin hands a line to the one who runs. It is relayed; the runner logs it as output of stream stdin.
type RunStdin struct {
	Run  string `json:"run"`
	Text string `json:"text"`
}

// Ping asks for a Pong with the same T, to measure the way and to notice a dead connection.
type Ping struct {
	T int64 `json:"t"`
}

// Pong answers a Ping.
type Pong struct {
	T int64 `json:"t"`
}

// A User is a person in a session, as others see them.
type User struct {
	ID    string `json:"id"` // derived from the session and the secret client id; see UserID
	Name  string `json:"name"`
	Role  Role   `json:"role"`
	Color int    `json:"color"` // 1 to Colors
}

// Colors is how many colours tell people apart.
const Colors = 6

func (Create) Kind() Kind         { return KindCreate }
func (Joined) Kind() Kind         { return KindJoined }
func (Left) Kind() Kind           { return KindLeft }
func (CodeChange) Kind() Kind     { return KindCode }
func (LanguageChange) Kind() Kind { return KindLanguage }
func (TitleChange) Kind() Kind    { return KindTitle }
func (LimitChange) Kind() Kind    { return KindLimit }
func (RunStart) Kind() Kind       { return KindRunStart }
func (RunOutput) Kind() Kind      { return KindOutput }
func (RunEnd) Kind() Kind         { return KindRunEnd }
func (CursorChange) Kind() Kind   { return KindCursor }
func (RunStop) Kind() Kind        { return KindRunStop }
func (RunStdin) Kind() Kind       { return KindStdin }
func (Ping) Kind() Kind           { return KindPing }
func (Pong) Kind() Kind           { return KindPong }

// Public is the event without what never leaves the server.
func (e Event) Public() Event {
	if c, ok := e.Body.(Create); ok {
		c.Lock = ""
		e.Body = c
	}
	return e
}
