package session

// The frames that are no events: what a client asks, and what the server answers.

// A Request is one frame of a client: a body, and for what is stored its number and its base.
type Request struct {
	Seq  int64 // the client's own number, from 1, for what is stored; 0 for what is relayed
	Base int64 // the highest rev that the client had applied
	Body Body
}

// CreateRequest asks for a new session; its author becomes the interviewer.
type CreateRequest struct {
	Client   string `json:"client"` // secret to its owner: who holds it speaks as that person
	Name     string `json:"name"`
	Title    string `json:"title,omitempty"`
	Language string `json:"language,omitempty"`
}

// JoinRequest asks to take part in a session, or to go on after a drop.
type JoinRequest struct {
	Session string  `json:"session"`
	Client  string  `json:"client"`
	Name    string  `json:"name"`
	Key     string  `json:"key,omitempty"`    // the interviewer's; without it one joins as candidate
	Resume  *Resume `json:"resume,omitempty"` // absent: send the whole state
	Fault   string  `json:"fault,omitempty"`  // why it can't go on with what it has, for the server's log
}

// Resume is a place in the stream: of which log, and up to where the client has it.
type Resume struct {
	Epoch string `json:"epoch"`
	Rev   int64  `json:"rev"`
}

// Leave says goodbye: the person leaves the list at once.
type Leave struct{}

// Welcome is the server's first frame after a create or a join: the whole state, or what a resuming client missed.
type Welcome struct {
	Session string  `json:"session"`
	Epoch   string  `json:"epoch"`
	Rev     int64   `json:"rev"` // State or Events lead up to here
	You     User    `json:"you"`
	Key     string  `json:"key,omitempty"` // the interviewer's key, to the creator alone
	Acked   int64   `json:"acked"`         // the highest seq of this client in the log
	State   *State  `json:"state,omitempty"`
	Events  []Event `json:"events,omitempty"`
	Limits  Limits  `json:"limits"`
}

// Ack tells an author that a request is stored, at which place in the log. It stands in the stream where the
// event stands for the others.
type Ack struct {
	Seq  int64  `json:"seq"`
	Rev  int64  `json:"rev"`
	At   int64  `json:"at"`
	Hash uint32 `json:"hash,omitempty"` // as in Event
}

// Refusal is an "error" frame: what the server did not do, and why, in a sentence for a person. It is an error.
type Refusal struct {
	Code    string `json:"code"` // one of the Refused constants
	Message string `json:"message"`
	Seq     int64  `json:"seq,omitempty"` // of the refused request
}

// The codes of a Refusal.
const (
	RefusedFrame    = "bad_frame"    // no JSON, wrong field types, or an unknown type
	RefusedOp       = "bad_op"       // the op does not fit the text or is not canonical: a snapshot follows
	RefusedBase     = "bad_base"     // from the future, or too old: a snapshot follows
	RefusedAccess   = "not_allowed"  // this person may not do this
	RefusedLanguage = "bad_language" // no such language
	RefusedRun      = "bad_run"      // no such run, not the runner's, or over already
	RefusedSave     = "not_saved"    // the journal could not store it: the client keeps it and tries again
	RefusedRate     = "rate"         // too much at once
)

func (r *Refusal) Error() string { return r.Code + ": " + r.Message }

func (CreateRequest) Kind() Kind { return KindCreate }
func (JoinRequest) Kind() Kind   { return KindJoin }
func (Leave) Kind() Kind         { return KindLeave }
func (Welcome) Kind() Kind       { return KindWelcome }
func (Ack) Kind() Kind           { return KindAck }
func (Refusal) Kind() Kind       { return KindError }
