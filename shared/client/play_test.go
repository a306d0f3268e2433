package client

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"tandem/shared/ot"
	"tandem/shared/session"
)

// A stage is a server, people by name, and the lines between them, on which frames wait until a script moves them.
type stage struct {
	server  *server
	actors  map[string]*actor
	order   []*actor
	now     int64
	problem string // the first thing that was not as wanted

	firstText string
	wrote     map[string][]rune
	once      bool          // everything inserted is a rune of its own: each must be there once at the end
	alive     map[rune]bool // inserted by somebody; false: and deleted
	stale     bool          // a page was opened from an old save: a deletion since then may come to nothing
	unsaved   map[rune]bool // inserted after a save that a page was opened from: it may be lost, but never doubled
	saves     int
	snapshots int // a deletion may come to nothing when the text is put on a snapshot
}

// An actor is a person: a client, its page, and its line.
type actor struct {
	stage   *stage
	name    string
	client  *Client
	editor  *ot.Text
	sel     []session.Range
	conn    *conn
	up      [][]byte // sent, not yet at the server
	down    [][]byte // sent by the server, not yet here
	late    [][]byte // of a connection that broke: the server may still get them
	lateOf  *conn
	saves   map[string]page
	stopped []string
	input   []string
	changed Change
	applied int
}

// A page is what was saved of one.
type page struct {
	data  []byte
	wrote int // runes until then
}

func (a *actor) Send(frame []byte) {
	if len(frame) > session.MaxFrame {
		a.stage.fail("%s sends a frame of %d bytes", a.name, len(frame))
	}
	if a.conn != nil {
		a.up = append(a.up, slices.Clone(frame))
	}
}

func (a *actor) Apply(op ot.Op, sel []session.Range) {
	if err := a.editor.ApplyLarge(op); err != nil {
		a.stage.fail("%s: the editor was given an op that doesn't fit: %v", a.name, err)
	}
	a.applied++
	if sel == nil {
		a.sel = session.Carry(a.sel, op, false)
		return
	}
	a.sel = sel
	a.client.Select(sel, a.stage.now) // as an editor does that was told to select
}

func (a *actor) Changed(what Change)    { a.changed |= what }
func (a *actor) Stop(run string)        { a.stopped = append(a.stopped, run) }
func (a *actor) Input(run, text string) { a.input = append(a.input, run+" "+text) }

func (s *stage) fail(format string, args ...any) {
	if s.problem == "" {
		s.problem = fmt.Sprintf(format, args...)
	}
}

func newStage(text string) *stage {
	return &stage{firstText: text, wrote: map[string][]rune{}, server: newServer(text), actors: map[string]*actor{}, now: 10_000, alive: map[rune]bool{}, unsaved: map[rune]bool{}}
}

// actor gives the person of the name; one who was not there joins.
func (s *stage) actor(name string) *actor {
	a := s.actors[name]
	if a == nil {
		a = s.newcomer(name)
		a.open()
		a.send(1)
		a.hear(all)
	}
	return a
}

// newcomer is a person whose page is there but not connected.
func (s *stage) newcomer(name string) *actor {
	a := &actor{stage: s, name: name, editor: &ot.Text{}, saves: map[string]page{}}
	a.client = New(a, a.config())
	s.actors[name] = a
	s.order = append(s.order, a)
	return a
}

func (a *actor) config() Config {
	return Config{Client: "client-" + a.name, Session: "s1", Name: a.name, Seed: uint64(len(a.name))}
}

// open connects, if the client is for it.
func (a *actor) open() {
	if a.conn != nil {
		return
	}
	a.client.Online(a.stage.now)
	if reconnect, _ := a.client.Tick(a.stage.now); reconnect {
		a.dial()
	}
}

// tick lets the client look at the time, and does what it says.
func (a *actor) tick() {
	reconnect, stop := a.client.Tick(a.stage.now)
	if stop {
		a.stage.server.drop(a.conn)
		a.unplug()
	}
	if reconnect {
		a.dial()
	}
}

func (a *actor) dial() {
	a.conn = &conn{}
	a.conn.out = func(f []byte) { a.down = append(a.down, slices.Clone(f)) }
	a.client.Opened(a.stage.now)
}

// unplug drops the connection. What is on its way to the server may arrive later.
func (a *actor) unplug() {
	if a.conn == nil {
		return
	}
	a.late, a.lateOf = a.up, a.conn
	a.conn.out = func([]byte) {}
	a.conn, a.up, a.down = nil, nil, nil
}

// cut drops the connection, and the client notices.
func (a *actor) cut() {
	if a.conn != nil {
		a.unplug()
		a.client.Closed(1006, a.stage.now)
	}
}

const all = 1 << 30 // frames

// send moves at most n frames to the server.
func (a *actor) send(n int) {
	for ; n > 0 && len(a.up) > 0; n-- {
		f := a.up[0]
		a.up = a.up[1:]
		a.stage.server.receive(a.conn, f)
	}
}

// hear takes at most n frames of the server.
func (a *actor) hear(n int) {
	for ; n > 0 && len(a.down) > 0; n-- {
		f := a.down[0]
		a.down = a.down[1:]
		if strings.Contains(string(f[:min(len(f), 200)]), `"state":`) {
			a.stage.snapshots++
		}
		if err := a.client.Receive(f, a.stage.now); err != nil {
			a.stage.server.drop(a.conn)
			a.unplug()
		}
	}
	if a.conn != nil && a.conn.end != 0 && len(a.down) == 0 {
		code := a.conn.end
		a.unplug()
		a.client.Closed(code, a.stage.now)
	}
	if err := consistent(a.client); err != nil {
		a.stage.fail("%s: %v", a.name, err)
	}
	shown := a.client.text
	if a.client.seen != nil {
		shown = a.client.seen
	}
	if shown.Len() != a.editor.Len() {
		a.stage.fail("%s sees %q, but the client has %q", a.name, a.editor, shown)
	}
}

// edit does what an editor does: it changes its text and tells.
func (a *actor) edit(op ot.Op, origin string) {
	before := cloneRanges(a.sel)
	op.Edits(func(pos, del int, ins string) bool {
		for _, r := range a.editor.Slice(pos, pos+del) {
			if _, unique := a.stage.alive[r]; unique {
				a.stage.alive[r] = false
			}
		}
		for _, r := range ins {
			a.stage.alive[r] = true
			a.stage.wrote[a.name] = append(a.stage.wrote[a.name], r)
		}
		return true
	})
	if err := a.editor.ApplyLarge(op); err != nil {
		a.stage.fail("%s: the script's edit doesn't fit: %v", a.name, err)
		return
	}
	a.sel = session.Carry(a.sel, op, true)
	if err := a.client.Edit(op, origin, before, a.stage.now); err != nil {
		a.stage.fail("%s: edit: %v", a.name, err)
	}
	a.client.Select(a.sel, a.stage.now)
}

// whole gives the nearest place at or before pos that is in the text and not inside a surrogate pair.
func (a *actor) whole(pos int) int {
	pos = min(max(pos, 0), a.editor.Len())
	if inPair(a.editor, pos) {
		pos--
	}
	return pos
}

// saved is what a page keeps; now and then there is no room for what runs printed.
func (a *actor) saved() []byte {
	if a.stage.saves++; a.stage.saves%8 == 0 {
		return a.client.SaveBare()
	}
	return a.client.Save()
}

// reload closes the page and opens it again from what was saved.
func (a *actor) reload(saved []byte) {
	a.cut()
	c, err := Restore(a, a.config(), saved)
	if err != nil {
		a.stage.fail("%s: restore: %v", a.name, err)
		return
	}
	a.client = c
	a.editor = c.text.Clone()
	a.sel = cloneRanges(c.sel)
}

// settle moves everything, connects who isn't, and ends when nothing is left to do. Nobody holds anything any more.
func (s *stage) settle() {
	for _, a := range s.order {
		a.client.Hold(HeldNothing, s.now)
	}
	for round := 0; s.problem == ""; round++ {
		if round > 500 {
			s.fail("it does not settle")
			return
		}
		s.now += 400
		for _, a := range s.order {
			if a.client.Status().Phase == Ended {
				continue
			}
			a.tick()
			a.send(all)
			a.hear(all)
		}
		if !slices.ContainsFunc(s.order, (*actor).busy) {
			break
		}
	}
	s.agree()
}

// quiet moves everything that is on the lines, without letting time pass.
func (s *stage) quiet() {
	for moving := true; moving; {
		moving = false
		for _, a := range s.order {
			moving = moving || len(a.up)+len(a.down) > 0
			a.send(all)
			a.hear(all)
		}
	}
}

func (a *actor) busy() bool {
	c := a.client
	untold := len(c.sel) > 0 && c.told == nil || c.told != nil && !slices.Equal(c.told, c.sel)
	return c.Status().Phase != Ended && (!c.Settled() || a.conn == nil || len(a.up)+len(a.down) > 0 || untold)
}

// agree checks that everybody sees the server's text and state, and that nothing is there twice or lost.
func (s *stage) agree() {
	want := s.server.text()
	for _, a := range s.order {
		if st := a.client.Status(); st.Phase == Ended {
			s.fail("%s stays away: %d %s", a.name, st.Code, st.Message)
			return
		}
		if got := a.client.Text(); got != want {
			s.fail("%s has %q, the server %q", a.name, got, want)
		}
		if got := a.editor.String(); got != a.client.Text() {
			s.fail("%s sees %q, but the client has %q", a.name, got, a.client.Text())
		}
		if err := steady(a.client); err != nil {
			s.fail("%s: %v", a.name, err)
		}
		if !a.client.Status().Saved && s.problem == "" {
			s.fail("%s is not saved", a.name)
		}
		if mine, theirs := a.client.State(), s.server.state; mine.Title != theirs.Title || mine.Language != theirs.Language || mine.Rev != theirs.Rev || len(mine.Runs) != len(theirs.Runs) {
			s.fail("%s's state is not the server's", a.name)
		}
		for _, b := range s.order {
			if seen := a.client.sees(b.client.you.ID); b != a && !slices.Equal(seen, b.client.sel) {
				s.fail("%s sees %s's cursors at %v, they are at %v", a.name, b.name, seen, b.client.sel)
			}
		}
	}
	if !s.once {
		return
	}
	count := map[rune]int{}
	for _, r := range want {
		count[r]++
	}
	for r, alive := range s.alive {
		switch n := count[r]; {
		case n > 1:
			s.fail("%q is there %d times in %q", r, n, want)
		case s.unsaved[r]:
		case alive && n == 0:
			s.fail("%q is lost from %q", r, want)
		case !alive && n == 1 && !s.stale && s.snapshots <= len(s.order):
			s.fail("%q was deleted and is in %q", r, want)
		}
	}
}

// sees is where a client takes somebody's cursors to be.
func (c *Client) sees(user string) []session.Range {
	for _, p := range c.Cursors() {
		if p.User == user {
			return p.Ranges
		}
	}
	return nil
}

// A move is a line of a script.
type move struct {
	text string
	do   func(*stage)
}

func (m move) String() string { return m.text }

// perform plays moves until one goes wrong, and gives what and how many were played.
func (s *stage) perform(moves []move) (problem string, n int) {
	for i, m := range moves {
		if m.do(s); s.problem != "" {
			return s.problem, i + 1
		}
	}
	return "", len(moves)
}

// play runs a script on a session that begins with text.
func play(t testing.TB, text string, moves ...move) *stage {
	t.Helper()
	s := newStage(text)
	if problem, n := s.perform(moves); problem != "" {
		t.Fatalf("%s\nafter %s", problem, story(text, moves[:n]))
	}
	return s
}

// story prints a script such that it can be pasted as a test.
func story(text string, moves []move) string {
	var b strings.Builder
	fmt.Fprintf(&b, "\n\tplay(t, %q,", text)
	for _, m := range moves {
		b.WriteString("\n\t\t" + m.text + ",")
	}
	return b.String() + "\n\t)\n"
}
