package session

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"tandem/shared/ot"
)

// State is the fold of a session's log: what the room, the page, the replay and an export all show.
type State struct {
	Session  string
	Epoch    string
	Title    string
	Language string
	Created  int64 // Unix milliseconds
	RunMS    int   // milliseconds that a run may be at work; 0: what Limits say
	Rev      int64 // of the last event applied
	Docs     map[string]*ot.Text
	Users    []*Person // in the order in which they first came
	Runs     []*Run    // the last MaxRuns, oldest first

	lock  string           // of Create; only the server has it
	acked map[string]int64 // user id → highest seq in the log; only the server has it
}

// A Person is a user of the session and whether they are there now.
type Person struct {
	User
	Here bool `json:"here"`
}

// A Run is one execution of the code and what it printed.
type Run struct {
	Run      string   `json:"run"`
	By       string   `json:"by"`
	Language string   `json:"language"`
	Code     int64    `json:"code"`    // rev of the code that ran
	At       int64    `json:"at"`      // Unix milliseconds of its start
	Output   []Output `json:"output"`  // neighbours are of different streams
	Size     int      `json:"size"`    // bytes of output so far
	Lines    int      `json:"lines"`   // line breaks in the output so far
	Trimmed  bool     `json:"trimmed"` // Output was dropped to make room; the log has it
	End      *RunEnd  `json:"end"`     // nil while it runs

	kept int // bytes in Output
}

// Output is what one stream of a run printed in one go.
type Output struct {
	Stream string `json:"stream"`
	Text   string `json:"text"`
}

// NewState is the fold of an empty log.
func NewState() *State {
	return &State{Docs: map[string]*ot.Text{}, acked: map[string]int64{}}
}

// Apply folds one more event into the state. It fails, without changing anything, for an event that does not
// follow: a log that gives such an error is damaged. Revs may skip what this fold's reader may not see.
func (s *State) Apply(e Event) error {
	if e.Rev <= s.Rev {
		return fmt.Errorf("apply event %d: it does not follow %d", e.Rev, s.Rev)
	}
	if err := s.apply(e); err != nil {
		return fmt.Errorf("apply event %d, %s: %w", e.Rev, e.Body.Kind(), err)
	}
	s.Rev = e.Rev
	if e.Seq > s.acked[e.By] && e.By != "" {
		s.acked[e.By] = e.Seq
	}
	return nil
}

func (s *State) apply(e Event) error {
	switch b := e.Body.(type) {
	case Create:
		empty, _ := ot.NewText("")
		s.Session, s.Epoch, s.Title, s.Language, s.Created, s.lock = b.Session, b.Epoch, b.Title, b.Language, e.At, b.Lock
		s.Docs = map[string]*ot.Text{DocCode: empty}
	case Joined:
		if p := s.Person(b.User.ID); p != nil {
			p.User, p.Here = b.User, true
		} else {
			s.Users = append(s.Users, &Person{b.User, true})
		}
	case Left:
		if p := s.Person(b.User); p != nil {
			p.Here = false
		}
	case CodeChange:
		doc := s.Docs[b.Doc]
		if doc == nil {
			return fmt.Errorf("no text %q", b.Doc)
		}
		return doc.Apply(b.Op)
	case LanguageChange:
		s.Language = b.Language
	case TitleChange:
		s.Title = b.Title
	case LimitChange:
		s.RunMS = b.RunMS
	case RunStart:
		s.startRun(&Run{Run: b.Run, By: e.By, Language: b.Language, Code: b.Code, At: e.At})
	case RunOutput:
		if r := s.Run(b.Run); r != nil {
			r.print(b.Stream, b.Text)
			s.trim()
		}
	case RunEnd:
		if r := s.Run(b.Run); r != nil && r.End == nil {
			r.End = &b
		}
	default:
		return fmt.Errorf("no event of a log")
	}
	return nil
}

// Person finds somebody by user id; nil if they never came.
func (s *State) Person(id string) *Person {
	for _, p := range s.Users {
		if p.ID == id {
			return p
		}
	}
	return nil
}

// Run finds a run by its id; nil if it is unknown or forgotten.
func (s *State) Run(id string) *Run {
	for i := len(s.Runs) - 1; i >= 0; i-- {
		if s.Runs[i].Run == id {
			return s.Runs[i]
		}
	}
	return nil
}

// Running finds the run that a person has not ended yet; nil if there is none.
func (s *State) Running(user string) *Run {
	for i := len(s.Runs) - 1; i >= 0; i-- {
		if r := s.Runs[i]; r.By == user && r.End == nil {
			return r
		}
	}
	return nil
}

// Acked is the highest seq of a user in the log.
func (s *State) Acked(user string) int64 { return s.acked[user] }

// Lock is the hash of the interviewer's key; empty in a client's fold.
func (s *State) Lock() string { return s.lock }

// Template gives the op that puts a language's starter text in place of the code, and false if the code is no
// longer the untouched starter of the state's own language, or the same one.
func (s *State) Template(language string) (ot.Op, bool) {
	from, _ := LookupLanguage(s.Language)
	to, _ := LookupLanguage(language)
	code := s.Docs[DocCode]
	if code.Len() != 0 && code.String() != from.Starter || from.Starter == to.Starter && code.Len() != 0 {
		return ot.Op{}, false
	}
	starter, err := ot.NewText(to.Starter)
	if err != nil {
		panic("session: the starter of " + language + " is not valid text")
	}
	op := ot.Diff(code, starter)
	return op, !op.IsNoop()
}

// startRun forgets the oldest run when there are too many. One that goes on stays, or what it still prints would be nobody's;
// there is one a person at most.
func (s *State) startRun(r *Run) {
	s.Runs = append(s.Runs, r)
	over := slices.IndexFunc(s.Runs, func(r *Run) bool { return r.End != nil })
	if len(s.Runs) > MaxRuns && over >= 0 {
		s.Runs = slices.Concat(s.Runs[:over], s.Runs[over+1:])
	}
}

func (r *Run) print(stream, text string) {
	r.Size += len(text)
	r.kept += len(text)
	r.Lines += strings.Count(text, "\n")
	if n := len(r.Output); n > 0 && r.Output[n-1].Stream == stream && len(r.Output[n-1].Text) < MaxOutputChunk {
		r.Output[n-1].Text += text
	} else {
		r.Output = append(r.Output, Output{stream, text})
	}
}

// Bare is a copy of s without what runs printed. It shares all the rest with s.
func (s *State) Bare() *State {
	b := *s
	b.Runs = make([]*Run, len(s.Runs))
	for i, r := range s.Runs {
		bare := *r
		bare.Output, bare.kept, bare.Trimmed = nil, 0, r.Trimmed || len(r.Output) > 0
		b.Runs[i] = &bare
	}
	return &b
}

// trim forgets output while all runs together hold more than MaxKeptOutput: of the oldest that are over, then of the oldest
// that go on. One that goes on may fill up anew.
func (s *State) trim() {
	kept := 0
	for _, r := range s.Runs {
		kept += r.kept
	}
	for _, over := range []bool{true, false} {
		for _, r := range s.Runs[:len(s.Runs)-1] {
			if kept > MaxKeptOutput && r.kept > 0 && (r.End != nil) == over {
				kept -= r.kept
				r.Output, r.kept, r.Trimmed = nil, 0, true
			}
		}
	}
}

// wireState is the JSON form of a state.
type wireState struct {
	Session  string            `json:"session"`
	Epoch    string            `json:"epoch"`
	Title    string            `json:"title"`
	Language string            `json:"language"`
	Created  int64             `json:"created"`
	RunMS    int               `json:"runMs,omitempty"`
	Rev      int64             `json:"rev"`
	Docs     map[string]string `json:"docs"`
	Users    []*Person         `json:"users"`
	Runs     []*Run            `json:"runs"`
	Lock     string            `json:"lock,omitempty"`
	Acked    map[string]int64  `json:"acked,omitempty"`
}

// MarshalJSON gives the state as a client gets it in a Welcome, with all documents.
func (s *State) MarshalJSON() ([]byte, error) { return json.Marshal(s.wire()) }

// Snapshot gives the whole state as the server keeps it: MarshalJSON's form and what only the server knows.
// UnmarshalJSON reads both.
func (s *State) Snapshot() ([]byte, error) {
	w := s.wire()
	w.Lock, w.Acked = s.lock, s.acked
	return json.Marshal(w)
}

func (s *State) wire() wireState {
	w := wireState{
		Session: s.Session, Epoch: s.Epoch, Title: s.Title, Language: s.Language, Created: s.Created, RunMS: s.RunMS, Rev: s.Rev,
		Docs: make(map[string]string, len(s.Docs)), Users: s.Users, Runs: s.Runs,
	}
	for name, t := range s.Docs {
		w.Docs[name] = t.String()
	}
	return w
}

// UnmarshalJSON reads a state; its text must be valid text.
func (s *State) UnmarshalJSON(data []byte) error {
	var w wireState
	if err := json.Unmarshal(data, &w); err != nil {
		return err
	}
	texts := make(map[string]*ot.Text, len(w.Docs))
	for name, text := range w.Docs {
		t, err := ot.NewText(text)
		if err != nil {
			return fmt.Errorf("text %q: %w", name, err)
		}
		texts[name] = t
	}
	for _, r := range w.Runs {
		if r == nil {
			return errors.New("there is a run that is none")
		}
		for _, o := range r.Output {
			r.kept += len(o.Text)
		}
	}
	if w.Acked == nil {
		w.Acked = map[string]int64{}
	}
	*s = State{
		Session: w.Session, Epoch: w.Epoch, Title: w.Title, Language: w.Language, Created: w.Created, RunMS: w.RunMS, Rev: w.Rev,
		Docs: texts, Users: w.Users, Runs: w.Runs, lock: w.Lock, acked: w.Acked,
	}
	return nil
}

// Clone is a copy that shares nothing that either may change.
func (s *State) Clone() *State {
	c := *s
	c.Docs = make(map[string]*ot.Text, len(s.Docs))
	for name, t := range s.Docs {
		c.Docs[name] = t.Clone()
	}
	c.Users = make([]*Person, len(s.Users))
	for i, p := range s.Users {
		q := *p
		c.Users[i] = &q
	}
	c.Runs = make([]*Run, len(s.Runs))
	for i, r := range s.Runs {
		q := *r
		q.Output = slices.Clone(r.Output)
		c.Runs[i] = &q
	}
	c.acked = maps.Clone(s.acked)
	return &c
}

// View is the state as a person of the role may see it. It shares the parts that it doesn't leave out.
func (s *State) View(r Role) *State {
	v := *s
	v.lock, v.acked = "", nil
	v.Docs = make(map[string]*ot.Text, len(s.Docs))
	for name, t := range s.Docs {
		if docs[name].read.has(r) {
			v.Docs[name] = t
		}
	}
	return &v
}
