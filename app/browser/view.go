package browser

import (
	"slices"
	"strconv"

	"tandem/shared/session"
)

// A Stage is how far a session has come on this page.
type Stage int

const (
	Starting Stage = iota // finding out what this device knows
	Naming                // waits for the person's name
	Joining               // on the way to the server for the first time
	In                    // there is something to show
	Ended                 // over for good; see View.Ending
)

// A View is what a page shows of a session. It is a value: nothing in it changes after it was handed out.
type View struct {
	Stage    Stage
	Session  string
	Title    string
	Language string
	Created  int64 // milliseconds, by the steady clock
	RunMS    int   // milliseconds that a run may be at work
	You      session.User
	People   []Person
	Runs     []Run
	Runtime  Runtime
	Link     Connection
	Ending   Ending
	Mine     string // the own run in progress, or about to begin
	Needs    bool   // the own run waits for a line of input
	Calm     bool   // nobody typed here since the own run began: the keyboard may be moved
	Saved    bool   // everything typed is stored by the server

	people, runs int // counts the changes of the lists, so that they need not be compared
}

// A Person is somebody who is or was in the session.
type Person struct {
	session.User
	Here, You bool
}

// A Run is one run of the code, with its author.
type Run struct {
	ID       string
	Author   session.User
	You      bool
	Language string
	At       int64 // Unix milliseconds, by this device's clock
	Output   []session.Output
	Trimmed  bool
	End      *session.RunEnd
}

// A Runtime is the state of what runs the code in this browser.
type Runtime struct {
	Language string
	State    string // "", "loading", "ready", "failed", "later": with the first run, or "missing": not on this device, and there is no server
	Percent  int    // of loading; -1 where unknown
	Version  string
}

// A Connection is the way to the server, as the status bar tells it.
type Connection struct {
	Text  string // Connected, Reconnecting… or Offline; empty before the first try is decided
	Delay string // what follows Connected, once it was measured
	Tone  string // "", "warn" or "idle": the class of the chip
}

// An Ending is why a session is over on this page.
type Ending struct {
	Code    int // a session.Close code
	Message string
	Text    bool // there is text that Rescue gives
}

func (v View) same(w View) bool {
	return v.Stage == w.Stage && v.Session == w.Session && v.Title == w.Title && v.Language == w.Language && v.Created/1000 == w.Created/1000 &&
		v.RunMS == w.RunMS && v.You == w.You && v.Runtime == w.Runtime && v.Link == w.Link && v.Ending == w.Ending && v.Mine == w.Mine && v.Needs == w.Needs && v.Calm == w.Calm && v.people == w.people && v.runs == w.runs
}

// Running finds the run that "Stop" stops: the own one, else the latest of the others'.
func (v View) Running() (Run, bool) {
	var found Run
	for _, r := range v.Runs {
		if r.End == nil && (r.You || !found.You) {
			found = r
		}
	}
	return found, found.ID != ""
}

func peopleOf(s *session.State, you string) []Person {
	var all []Person
	for _, p := range s.Users {
		all = append(all, Person{p.User, p.Here, p.ID == you})
	}
	// You first, then who is here, in the order in which they came.
	slices.SortStableFunc(all, func(a, b Person) int { return rank(a) - rank(b) })
	return all
}

func rank(p Person) int {
	switch {
	case p.You:
		return 0
	case p.Here:
		return 1
	}
	return 2
}

func runsOf(s *session.State, you string, local func(int64) int64) []Run {
	all := make([]Run, 0, len(s.Runs))
	for _, r := range s.Runs {
		author := session.User{ID: r.By, Name: "Somebody"}
		if p := s.Person(r.By); p != nil {
			author = p.User
		}
		all = append(all, Run{r.Run, author, r.By == you, r.Language, local(r.At), slices.Clone(r.Output), r.Trimmed, r.End})
	}
	return all
}

// clock writes seconds as 00:24:17.
func clock(seconds int64) string {
	seconds = max(0, seconds)
	return two(seconds/3600) + ":" + two(seconds/60%60) + ":" + two(seconds%60)
}

func two(n int64) string {
	if n < 10 {
		return "0" + strconv.FormatInt(n, 10)
	}
	return strconv.FormatInt(n, 10)
}
