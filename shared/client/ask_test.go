package client

import (
	"slices"
	"strings"
	"testing"

	"tandem/shared/ot"
	"tandem/shared/session"
)

// Stories about requests that are no edits, and about the connection.

func TestShownAtOnce(t *testing.T) {
	s := play(t, "x", edit("a", 0, ""), title("a", "T"), language("a", "javascript"), starts("a", "r1"), prints("a", "r1", "out"))
	a := s.actor("a")
	st := a.client.State()
	if st.Title != "T" || st.Language != "javascript" || st.Run("r1") == nil || st.Run("r1").Output[0].Text != "out" || st.Docs[session.DocCode] != a.client.text {
		t.Errorf("the page shows %+v", st)
	}
	if base := a.client.base; base.Title != "" || base.Language != "python" || len(base.Runs) != 0 {
		t.Errorf("what is not confirmed changed what is: %+v", base)
	}
	s.settle()
	if got := s.server.state; s.problem != "" || got.Title != "T" || got.Language != "javascript" || got.Run("r1").Output[0].Text != "out" {
		t.Errorf("the server has %+v %s", got, s.problem)
	}
}

// A run's code is the first rev that holds all that was typed before it, and what is typed after it comes after it.
func TestRunStartFollowsTheEdits(t *testing.T) {
	s := play(t, "", edit("a", 0, "1"), edit("a", 1, "2"), starts("a", "r1"), edit("a", 2, "3"), settle())
	var kinds []string
	for _, e := range s.server.log[2:] {
		kinds = append(kinds, string(e.Body.Kind()))
		if b, ok := e.Body.(session.RunStart); ok && b.Code != e.Rev-1 {
			t.Errorf("the run is of rev %d, want %d", b.Code, e.Rev-1)
		}
	}
	if want := []string{"code:change", "code:change", "run:start", "code:change"}; !slices.Equal(kinds, want) {
		t.Errorf("the log has %v, want %v", kinds, want)
	}
}

func TestOutputIsSentInChunks(t *testing.T) {
	s := play(t, "", starts("a", "r1"), times(50, prints("a", "r1", "line\n")), underway("a", 2), prints("a", "r1", strings.Repeat("界", 30_000)),
		underway("a", 3), cut("a"), ends("a", "r1"), settle())
	r := s.server.state.Run("r1")
	var all string
	for _, o := range r.Output {
		all += o.Text
	}
	if all != strings.Repeat("line\n", 50)+strings.Repeat("界", 30_000) || r.End == nil {
		t.Errorf("%d bytes of output arrived, ended %v", len(all), r.End)
	}
}

// Neither a loop that prints nor a person who types keeps the other from getting through.
func TestOutputAndTypingTakeTurns(t *testing.T) {
	long := strings.Repeat("x", 60<<10)
	s := play(t, "", starts("a", "r1"), settle(), times(4, prints("a", "r1", long)), edit("a", 0, "1"), edit("a", 1, "2"), underway("a", 5),
		settle(), edit("a", 2, "3"), prints("a", "r1", "end"), edit("a", 3, "4"), prints("a", "r1", "end"), underway("a", 3), settle())
	var kinds []string
	for _, e := range s.server.log[3:8] {
		kinds = append(kinds, string(e.Body.Kind()))
	}
	if want := []string{"run:output", "run:output", "code:change", "run:output", "run:output"}; !slices.Equal(kinds, want) {
		t.Errorf("the log has %v, want %v", kinds, want)
	}
}

func TestRunsExactlyOnce(t *testing.T) {
	s := play(t, "", starts("a", "r1"), send("a"), cut("a"), prints("a", "r1", "1"), settle(), prints("a", "r1", "2"), send("a"), restart(),
		ends("a", "r1"), settle(), noSave(1), starts("a", "r2"), settle())
	if r := s.server.state.Run("r1"); len(r.Output) != 1 || r.Output[0].Text != "12" || r.End == nil || len(s.server.state.Runs) != 2 {
		t.Errorf("the run is %+v", r)
	}
}

func TestRefusedRunDisappears(t *testing.T) {
	s := play(t, "", starts("a", "r1"), settle())
	a := s.actor("a")
	s.server.append(session.Event{Body: session.RunEnd{Run: "r1", Reason: session.ReasonStopped}}, nil)
	a.client.Output("r1", session.Stdout, "late") // a does not know yet
	a.client.EndRun("r1", session.RunEnd{Reason: session.ReasonOK})
	s.settle()
	if s.problem != "" || len(s.server.state.Run("r1").Output) != 0 || a.client.Status().Message == "" {
		t.Errorf("%s, status %+v", s.problem, a.client.Status())
	}
	if err := a.client.SetLanguage("klingon"); err == nil {
		t.Error("a language that doesn't exist was asked for")
	}
	if err := a.client.StartRun("r9", "python"); err != nil {
		t.Error(err)
	}
	if err := a.client.StartRun("r10", "python"); err == nil {
		t.Error("two runs at a time")
	}
}

func TestStopAndInputReachTheOneWhoRuns(t *testing.T) {
	s := play(t, "", edit("b", 0, ""), starts("a", "r1"), settle())
	a, b := s.actor("a"), s.actor("b")
	b.client.SendInput("r1", "hello")
	b.client.StopRun("r1")
	s.quiet()
	a.client.SendInput("r1", "mine")
	a.client.StopRun("r1")
	if !slices.Equal(a.stopped, []string{"r1", "r1"}) || !slices.Equal(a.input, []string{"r1 hello", "r1 mine"}) || b.stopped != nil {
		t.Errorf("a was told %v %v, b %v", a.stopped, a.input, b.stopped)
	}
}

func TestPhases(t *testing.T) {
	s := newStage("abc")
	a := s.newcomer("a")
	c := a.client
	if got := c.Status(); got.Phase != Connecting || got.Saved {
		t.Errorf("at first %+v", got)
	}
	expect := func(what string, phase Phase) {
		t.Helper()
		if got := c.Status().Phase; got != phase {
			t.Errorf("%s: %s, want %s", what, got, phase)
		}
	}
	c.Tick(s.now)
	c.Closed(1006, s.now)
	expect("the first try failed", Offline)
	s.settle()
	expect("the server is there", Connected)
	a.cut()
	expect("it broke", Reconnecting)
	s.now += offlineAfter
	c.Tick(s.now)
	expect("for long", Offline)
	s.settle()
	expect("back", Connected)
	a.edit(ot.Splice(3, 0, 0, "X"), "")
	a.unplug()
	c.Closed(session.CloseLimit, s.now)
	expect("no room for somebody who has text that nobody else has", Reconnecting)
	if s.settle(); s.server.text() != "Xabc" {
		t.Errorf("the text is %q", s.server.text())
	}
	stranger := s.newcomer("b").client
	stranger.Tick(s.now)
	stranger.Closed(session.CloseLimit, s.now)
	if got := stranger.Status(); got.Phase != Ended {
		t.Errorf("no room for somebody who was never there: %+v", got)
	}
	c.Closed(session.CloseNoSession, s.now)
	if got := c.Status(); got.Phase != Ended || got.Code != session.CloseNoSession || got.Message == "" {
		t.Errorf("for good: %+v", got)
	}
	if reconnect, _ := c.Tick(s.now + 100_000); reconnect {
		t.Error("comes back from a final close")
	}
}

func TestLeave(t *testing.T) {
	s := play(t, "abc", edit("a", 0, "X"), settle())
	a := s.actor("a")
	a.client.Leave()
	_, stop := a.client.Tick(s.now)
	if f := a.up[len(a.up)-1]; string(f) != `{"type":"session:leave"}` || !stop || a.client.Status().Phase != Ended {
		t.Errorf("sent %s, stop %v, %+v", f, stop, a.client.Status())
	}
}

// A network that vanished without a word is noticed within 15 s, also when nobody types.
func TestVanishedNetwork(t *testing.T) {
	for _, typed := range []bool{false, true} {
		s := play(t, "abc", edit("a", 0, "X"), settle())
		a := s.actor("a")
		from := s.now
		if typed {
			a.edit(a.client.history.undo[0].op, "")
		}
		for noticed := false; !noticed; {
			s.now += 100
			_, noticed = a.client.Tick(s.now)
			if s.now-from > 15_000 {
				t.Fatal("not noticed")
			}
		}
		if a.client.Status().Phase != Reconnecting {
			t.Error(a.client.Status())
		}
	}
}

// Where there is no room for what runs printed, all else is kept, and the server has it.
func TestSaveBare(t *testing.T) {
	s := play(t, "x", starts("a", "r1"), settle())
	a := s.actor("a")
	if err := a.client.Output("r1", session.Stdout, strings.Repeat("printed\n", 1000)); err != nil {
		t.Fatal(err)
	}
	s.settle()
	a.cut()
	a.edit(ot.Splice(1, 1, 0, "y"), "")
	bare := a.client.SaveBare()
	if n := len(a.client.Save()); len(bare) > n-8000 {
		t.Errorf("bare it has %d bytes of %d", len(bare), n)
	}
	a.reload(bare)
	if r := a.client.State().Runs[0]; !r.Trimmed || a.client.Text() != "xy" {
		t.Errorf("without a connection there are %q and %+v", a.client.Text(), r)
	}
	s.settle()
	if r := a.client.State().Runs[0]; s.problem != "" || r.Trimmed || r.Lines != 1000 || len(r.Output[0].Text) != 8000 {
		t.Errorf("with one there is %+v; %s", r, s.problem)
	}
}

// On a line on which an answer takes longer than it usually may, one gets in and what one does arrives.
func TestSlowLine(t *testing.T) {
	const takes = 35_000 // milliseconds until what was sent is there and answered
	s := newStage("abc")
	a := s.newcomer("a")
	arrives := func(what string) {
		t.Helper()
		asked := int64(0) // since when something is on its way
		for end := s.now + 200_000; !a.client.Status().Saved; s.now += 500 {
			a.tick()
			if len(a.up) == 0 {
				asked = s.now
			} else if s.now-asked >= takes {
				a.send(all)
				a.hear(all)
			}
			if s.now > end {
				t.Fatalf("%s does not arrive", what)
			}
		}
	}
	arrives("the join")
	a.edit(ot.Splice(3, 0, 0, strings.Repeat("x", 1000)), "paste")
	arrives("a large paste")
	s.agree()
	if s.problem != "" {
		t.Error(s.problem)
	}
	if a.client.link.slow != 0 {
		t.Error("the line counts as slow after an answer")
	}
}

// A page in the background is not let run for a minute; what the server answered meanwhile came all the same.
func TestSleepingPageIsNotCut(t *testing.T) {
	s := play(t, "abc", edit("a", 0, "X"), settle())
	a := s.actor("a")
	for range 5 {
		s.now += 60_000
		if _, stop := a.client.Tick(s.now); stop {
			t.Fatal("cut")
		}
		s.now += 30
		s.quiet()
	}
	if rtt := a.client.Status().RTT; rtt != 30 {
		t.Errorf("the way takes %d ms, want 30", rtt)
	}
}

func TestClockIsSetBack(t *testing.T) {
	s := play(t, "abc", edit("a", 0, "X"), settle())
	a := s.actor("a")
	s.now -= 3_600_000
	a.client.Tick(s.now)
	a.cut()
	s.now += firstRetry
	if reconnect, _ := a.client.Tick(s.now); !reconnect {
		t.Error("waits for an hour")
	}
}

func TestBackOff(t *testing.T) {
	var times [2][]int64
	for i := range times {
		c := New(&actor{}, Config{Session: "s", Seed: uint64(i)})
		now := int64(0)
		for range 12 {
			reconnect, _ := c.Tick(now)
			for ; !reconnect; reconnect, _ = c.Tick(now) {
				now += 10
			}
			times[i] = append(times[i], now)
			c.Closed(1006, now)
		}
	}
	last := times[0][11] - times[0][10]
	if first := times[0][1] - times[0][0]; first > 210 || last < lastRetry/2 || last > lastRetry+10 {
		t.Errorf("waits %d ms at first and %d at last", first, last)
	}
	if slices.Equal(times[0], times[1]) {
		t.Error("all come back at once")
	}
}

// The join of a connection that broke may overtake the next one's, and then the server closes the good one.
func TestGhostOfOnesOwn(t *testing.T) {
	play(t, "abc", edit("a", 0, "X"), cut("a"), open("a"), cut("a"), open("a"), send("a"), late("a"), hear("a"), want("Xabc"))
	s := play(t, "abc", edit("a", 0, "X"), settle(), wait(ghostWithin))
	a := s.actor("a")
	a.client.Closed(session.CloseReplaced, s.now)
	if a.client.Status().Phase != Ended {
		t.Error("fights another tab")
	}
}
