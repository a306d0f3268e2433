package client

import (
	"encoding/json"
	"errors"
	"slices"

	"tandem/shared/ot"
	"tandem/shared/session"
)

// ErrSaved is what Restore gives for bytes that it can't go on from: of another session or client, or damaged.
var ErrSaved = errors.New("what was saved does not fit")

const saveVersion = 1

// saved is the JSON form of all that a client needs to go on.
type saved struct {
	Version int             `json:"v"`
	Session string          `json:"session"`
	You     session.User    `json:"you"`
	Joined  bool            `json:"joined"`
	State   json.RawMessage `json:"state,omitempty"`
	Bare    bool            `json:"bare,omitempty"` // State is without what runs printed
	Acked   int64           `json:"acked"`
	Seq     int64           `json:"seq"`
	Queue   []savedRequest  `json:"queue,omitempty"`
	Undo    []savedStep     `json:"undo,omitempty"`
	Redo    []savedStep     `json:"redo,omitempty"`
	Sel     []session.Range `json:"sel,omitempty"`
}

type savedRequest struct {
	Sent  bool            `json:"sent,omitempty"`
	Early bool            `json:"early,omitempty"` // it was made before it was known which numbers are free
	Frame json.RawMessage `json:"frame"`
	Large json.RawMessage `json:"large,omitempty"` // the op, where it is more than a frame may hold; Frame then has an empty one
}

type savedStep struct {
	Op  json.RawMessage `json:"op"` // may be large, too
	Sel []session.Range `json:"sel,omitempty"`
}

// Save gives everything needed to go on after a reload, or nil where there is no session yet.
func (c *Client) Save() []byte { return c.save(c.base, false) }

// SaveBare is Save without what runs printed, which may be megabytes: whoever goes on from it asks the server for that.
func (c *Client) SaveBare() []byte { return c.save(c.base.Bare(), true) }

func (c *Client) save(base *session.State, bare bool) []byte {
	if c.cfg.Session == "" {
		return nil
	}
	c.history.undo, c.history.redo = flush(c.history.undo), flush(c.history.redo)
	state, err := base.MarshalJSON()
	if err != nil {
		panic("client: " + err.Error()) // a state is plain data
	}
	s := saved{
		Version: saveVersion, Session: c.cfg.Session, You: c.you, Joined: c.joined, Bare: bare, Acked: c.acked, Seq: max(c.seq, c.acked),
		Undo: saveSteps(c.history.undo), Redo: saveSteps(c.history.redo), Sel: c.sel,
	}
	for i, q := range c.queue {
		r := savedRequest{Sent: q.sent, Early: !c.link.met && i >= c.kept()}
		body := q.body
		if b, ok := q.code(); ok {
			if _, err := ot.Parse(c.json(b.Op)); err != nil {
				r.Large = b.Op.AppendJSON(nil)
				b.Op = ot.Op{}
				body = b
			}
		}
		r.Frame = session.AppendRequest(nil, session.Request{Seq: q.seq, Base: c.base.Rev, Body: body})
		s.Queue = append(s.Queue, r)
	}
	rest, err := json.Marshal(s)
	if err != nil {
		panic("client: " + err.Error())
	}
	// Not as a field of s: encoding/json would read all of it once more, which takes as long as making it.
	out := append(make([]byte, 0, len(state)+len(rest)+16), `{"state":`...)
	return append(append(append(out, state...), ','), rest[1:]...)
}

// kept is how many requests at the head of the queue came out of a save.
func (c *Client) kept() int {
	if i := slices.IndexFunc(c.queue, func(q *request) bool { return !q.saved }); i >= 0 {
		return i
	}
	return len(c.queue)
}

func saveSteps(steps []step) []savedStep {
	var out []savedStep
	for _, s := range steps {
		out = append(out, savedStep{s.op.AppendJSON(nil), s.sel})
	}
	return out
}

// Restore is the client that gave the saved bytes, for the same session and client. The Host's editor is to hold its
// Text. The bytes are not trusted.
func Restore(host Host, cfg Config, data []byte) (*Client, error) {
	var s saved
	if err := json.Unmarshal(data, &s); err != nil || s.Version != saveVersion {
		return nil, ErrSaved
	}
	base := session.NewState()
	if err := base.UnmarshalJSON(s.State); err != nil || !sound(base) {
		return nil, ErrSaved
	}
	if s.Session == "" || s.Session != cfg.Session || s.Acked < 0 || base.Rev < 0 ||
		s.Joined && s.You.ID != session.UserID(cfg.Session, cfg.Client) {
		return nil, ErrSaved
	}
	c := New(host, cfg)
	c.base, c.you, c.joined, c.acked = base, s.You, s.Joined, s.Acked
	c.text, c.link.fresh, c.known = c.code().Clone(), s.Bare, s.Joined
	last := int64(0)
	for _, q := range s.Queue {
		r, err := session.ParseRequest(q.Frame)
		if err != nil || r.Seq <= last || !session.Kept(r.Body.Kind()) {
			return nil, ErrSaved
		}
		last = r.Seq
		restored := &request{seq: r.Seq, sent: q.Sent, saved: !q.Early, body: r.Body}
		if b, ok := restored.code(); ok {
			if q.Large != nil {
				if b.Op, err = ot.ParseLarge(q.Large); err != nil {
					return nil, ErrSaved
				}
				restored.body = b
			}
			if b.Doc != session.DocCode || c.text.ApplyLarge(b.Op) != nil {
				return nil, ErrSaved
			}
			restored.size = c.measure(b.Op)
		}
		c.queue = append(c.queue, restored)
	}
	if c.seq = s.Seq; c.seq < last || c.seq < c.acked {
		return nil, ErrSaved
	}
	c.sel = clampAll(s.Sel, c.text.Len())
	var ok, ok2 bool
	c.history.undo, ok = restoreSteps(s.Undo, c.text.Len())
	c.history.redo, ok2 = restoreSteps(s.Redo, c.text.Len())
	if !ok || !ok2 {
		return nil, ErrSaved
	}
	c.status = c.Status()
	return c, nil
}

// restoreSteps checks that each step is on the text that the ones above leave of n units.
func restoreSteps(in []savedStep, n int) ([]step, bool) {
	if len(in) > maxHistory+maxHistory/4 {
		return nil, false
	}
	out := make([]step, len(in))
	for i := len(in) - 1; i >= 0; i-- {
		op, err := ot.ParseLarge(in[i].Op)
		if err != nil || op.Base() != n {
			return nil, false
		}
		n = op.Target()
		out[i] = step{op: op, sel: clampAll(in[i].Sel, n)}
	}
	return out, true
}
