package room

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"tandem/shared/ot"
	"tandem/shared/session"
)

func TestConcurrentEdits(t *testing.T) {
	tell(t, func(s *story) {
		ann := s.creates("Ann")
		bob := s.joins("Bob")
		ann.got("4 joined: Bob")
		rev := s.clear(ann)
		bob.got(fmt.Sprintf("5 [%d] by Ann", -size))
		// Both type into the same empty text, neither knowing of the other.
		ann.types(rev, 0, 0, "ann")
		bob.types(rev, 0, 0, "bob")
		ann.got("ack of 2 at 6", `7 ["bob",3] by Bob`)
		bob.got(`6 ["ann"] by Ann`, "ack of 1 at 7")
		if got := s.text(); got != "bobann" {
			t.Fatalf("text %q", got)
		}
	})
}

// TestOneByOne: an edit is moved over what happened one event at a time. Over a composition of both it would go elsewhere.
func TestOneByOne(t *testing.T) {
	tell(t, func(s *story) {
		ann := s.creates("Ann")
		bob := s.joins("Bob")
		rev := s.clear(ann)
		ann.types(rev, 0, 0, "ab")
		ann.does(rev+1, session.CodeChange{Doc: session.DocCode, Op: ot.Splice(2, 1, 1, "")})
		ann.types(rev+2, 1, 1, "X")
		bob.types(rev+1, 2, 2, "L")
		if got := s.text(); got != "aLX" {
			t.Fatalf("text %q", got)
		}
	})
}

func TestRepeatIsAcknowledgedNotApplied(t *testing.T) {
	tell(t, func(s *story) {
		ann := s.creates("Ann")
		rev := s.clear(ann)
		ann.types(rev, 0, 0, "x")
		ann.got("ack of 2 at 5")
		ann.sends(session.Request{Seq: 2, Base: rev, Body: session.CodeChange{Doc: "code", Op: ot.Splice(0, 0, 0, "x")}})
		ann.got("ack of 2 at 5")
		if got := s.text(); got != "x" {
			t.Fatalf("text %q", got)
		}
		// Also after the room was closed and opened again.
		ann.leaves()
		pass(2 * time.Minute)
		if s.rooms.Open() != 0 {
			t.Fatal("an empty room lives on")
		}
		ann = s.joins("Ann")
		ann.sends(session.Request{Seq: 2, Base: rev, Body: session.CodeChange{Doc: "code", Op: ot.Splice(0, 0, 0, "x")}})
		ann.got("ack of 2 at 5")
		if got := s.text(); got != "x" {
			t.Fatalf("text %q after reopening", got)
		}
	})
}

func TestResume(t *testing.T) {
	tell(t, func(s *story) {
		ann := s.creates("Ann")
		bob := s.joins("Bob")
		rev := s.clear(ann)
		bob.vanishes()
		ann.types(rev, 0, 0, "one")
		ann.types(rev+1, 3, 3, "two")
		epoch := s.fold().Epoch
		cases := []struct {
			why    string
			resume session.Resume
			want   string
		}{
			{"all that was missed", session.Resume{Epoch: epoch, Rev: rev}, "welcome at 7, acked 0, with 2 events"},
			{"nothing was missed", session.Resume{Epoch: epoch, Rev: rev + 2}, "welcome at 7, acked 0, with 0 events"},
			{"another log", session.Resume{Epoch: "other", Rev: rev}, "welcome at 7, acked 0, with the state"},
			{"from the future", session.Resume{Epoch: epoch, Rev: rev + 3}, "welcome at 7, acked 0, with the state"},
			{"nonsense", session.Resume{Epoch: epoch, Rev: -1}, "welcome at 7, acked 0, with the state"},
		}
		for _, c := range cases {
			bob = s.connects("Bob")
			bob.asksToJoin("", &c.resume)
			t.Log(c.why)
			bob.got(c.want)
		}
	})
}

func TestTooFarBehind(t *testing.T) {
	tell(t, func(s *story) {
		ann := s.creates("Ann")
		bob := s.joins("Bob")
		rev := s.clear(ann)
		for i := range maxEvents + maxEvents/2 {
			ann.types(rev+int64(i), i, i, "x")
			if i%1000 == 0 {
				ann.events()
				bob.events()
			}
		}
		bob.events()
		bob.types(rev, 0, 0, "late")
		bob.got("refused 1: bad_base", "welcome at 6149, acked 0, with the state")
		again := s.connects("Bob")
		again.asksToJoin("", &session.Resume{Epoch: s.fold().Epoch, Rev: rev})
		again.got("welcome at 6149, acked 0, with the state")
		bob.closed(session.CloseReplaced)
	})
}

func TestSlowPeerIsCut(t *testing.T) {
	tell(t, func(s *story) {
		ann := s.creates("Ann")
		bob := s.joins("Bob")
		rev := s.clear(ann)
		bob.events()
		bob.slow = true
		lump := strings.Repeat("x", 100<<10)
		for range 12 {
			ann.types(rev, 0, 0, lump)
			ann.does(rev+1, session.CodeChange{Doc: "code", Op: ot.Splice(len(lump), 0, len(lump), "")})
			rev += 2
		}
		if n := len(ann.events()); n != 24 {
			t.Fatalf("Ann got %d answers to 24 edits: she waited for Bob", n)
		}
		bob.slow = false
		bob.Wake()
		bob.got()
		bob.closed(session.CloseTooSlow)
		bob.vanishes()
		again := s.connects("Bob")
		again.asksToJoin("", &session.Resume{Epoch: s.fold().Epoch, Rev: rev - 2})
		again.got("welcome at 29, acked 0, with 2 events")
	})
}

func TestReplaced(t *testing.T) {
	tell(t, func(s *story) {
		ann := s.creates("Ann")
		bob := s.joins("Bob")
		ann.events()
		again := s.joins("Bob")
		bob.closed(session.CloseReplaced)
		ann.got() // nobody came or went
		bob.peer.Gone(false)
		pass(time.Minute)
		ann.got()
		bob.types(4, size, 0, "ghost")
		again.types(4, size, 0, "x")
		ann.got(fmt.Sprintf(`5 ["x",%d] by Bob`, size))
	})
}

func TestGrace(t *testing.T) {
	tell(t, func(s *story) {
		ann := s.creates("Ann")
		bob := s.joins("Bob")
		ann.events()
		bob.vanishes()
		pass(3 * time.Second)
		bob = s.joins("Bob")
		pass(time.Minute)
		ann.got()
		bob.vanishes()
		pass(3 * time.Second)
		ann.got()
		pass(time.Second)
		ann.got("5 left: Bob")
		bob = s.joins("Bob")
		ann.got("6 joined: Bob")
		bob.leaves()
		ann.got("7 left: Bob")
	})
}

func TestLeave(t *testing.T) {
	tell(t, func(s *story) {
		ann := s.creates("Ann")
		bob := s.joins("Bob")
		ann.events()
		bob.types(4, size, size, "!")
		bob.sends(session.Request{Body: session.Leave{}})
		bob.got("ack of 1 at 5")
		bob.closed(session.CloseLeft)
		ann.got(fmt.Sprintf(`5 [%d,"!"] by Bob`, size), "6 left: Bob")
		bob.peer.Gone(true)
		pass(time.Minute)
		ann.got()
	})
}

func TestWhoWasHereAtTheStop(t *testing.T) {
	tell(t, func(s *story) {
		ann := s.creates("Ann")
		bob := s.joins("Bob")
		bob.does(4, session.RunStart{Run: "r1", Language: "python", Code: 4})
		s.rooms.Close()
		ann.closed(session.CloseStopping)
		bob.closed(session.CloseStopping)
		s.rooms = New(s.rooms.cfg)
		ann = s.joins("Ann")
		if state := s.fold(); state.Rev != 5 {
			t.Fatalf("%d events: somebody came or went", state.Rev)
		}
		pass(5 * time.Second) // Bob does not come back
		ann.got("6 run ends: crash", "7 left: Bob")
		carl := s.connects("Carl")
		s.rooms.Close()
		carl.asksToJoin("", nil)
		carl.closed(session.CloseStopping)
	})
}

func TestTemplate(t *testing.T) {
	tell(t, func(s *story) {
		ann := s.creates("Ann")
		bob := s.joins("Bob")
		ann.events()
		bob.does(4, session.LanguageChange{Language: "javascript"})
		state := s.fold()
		if js, _ := session.LookupLanguage("javascript"); state.Language != "javascript" || code(state) != js.Starter {
			t.Fatalf("%s: %q", state.Language, code(state))
		}
		ann.events()
		bob.events()
		bob.types(state.Rev, len(code(state)), 0, "// mine\n")
		bob.does(state.Rev+1, session.LanguageChange{Language: "python"})
		bob.got("ack of 2 at 7", "ack of 3 at 8")
		if state = s.fold(); state.Language != "python" || !strings.HasPrefix(code(state), "// mine") {
			t.Fatalf("%s: %q", state.Language, code(state))
		}
		bob.does(state.Rev, session.LanguageChange{Language: "cobol"})
		bob.got("refused 4: bad_language")
	})
}

func code(s *session.State) string { return s.Docs[session.DocCode].String() }

func TestRoles(t *testing.T) {
	tell(t, func(s *story) {
		ann := s.creates("Ann")
		bob := s.connects("Bob")
		bob.asksToJoin("not the key", nil)
		if w := bob.welcomed(); w.You.Role != session.Candidate || w.Key != "" {
			t.Fatalf("%+v", w)
		}
		bob.does(4, session.TitleChange{Title: "Mine"})
		bob.got("refused 1: not_allowed")
		bob.does(4, session.CodeChange{Doc: "notes", Op: ot.Splice(0, 0, 0, "x")})
		bob.got("refused 2: not_allowed")
		carl := s.connects("Carl")
		carl.asksToJoin(s.key, nil)
		if w := carl.welcomed(); w.You.Role != session.Interviewer || w.Key != "" {
			t.Fatalf("%+v", w)
		}
		ann.events()
		carl.does(5, session.TitleChange{Title: " The\ntitle "})
		ann.got("6 title:change by Carl")
		if title := s.fold().Title; title != "The title" {
			t.Fatalf("title %q", title)
		}
		// Whoever finds the key later gets the role with it.
		bob = s.connects("Bob")
		bob.asksToJoin(s.key, nil)
		if w := bob.welcomed(); w.You.Role != session.Interviewer {
			t.Fatalf("%+v", w)
		}
		ann.got("7 joined: Bob")
		for _, p := range s.fold().Users {
			if p.Name == "Bob" && (p.Role != session.Interviewer || !p.Here) {
				t.Fatalf("%+v", p)
			}
		}
	})
}

func TestRuns(t *testing.T) {
	tell(t, func(s *story) {
		ann := s.creates("Ann")
		bob := s.joins("Bob")
		carl := s.joins("Carl")
		bob.does(4, session.RunStart{Run: "r1", Language: "python", Code: 4})
		ann.events()
		bob.events()
		carl.events()
		ann.does(6, session.RunOutput{Run: "r1", Stream: session.Stdout, Text: "forged"})
		ann.got("refused 1: bad_run")
		bob.does(6, session.RunStart{Run: "r2", Language: "python", Code: 4})
		bob.got("refused 2: bad_run")
		ann.sends(session.Request{Body: session.RunStdin{Run: "r1", Text: "hi"}})
		bob.got("stdin hi by Ann")
		carl.sends(session.Request{Body: session.RunStop{Run: "r1"}})
		bob.got("run:stop by Carl")
		carl.got()
		ann.got()
		bob.leaves()
		ann.got("7 run ends: crash", "8 left: Bob")
		ann.sends(session.Request{Body: session.RunStop{Run: "r1"}})
		ann.got("refused 0: bad_run")
	})
}

func TestCursors(t *testing.T) {
	tell(t, func(s *story) {
		ann := s.creates("Ann")
		bob := s.joins("Bob")
		ann.events()
		ann.sends(session.Request{Body: session.CursorChange{Doc: "code", Base: 4, Ranges: []session.Range{{3, 5}}}})
		bob.got("cursor [[3 5]] at 4 by Ann")
		bob.types(4, size, 0, "ab")
		carl := s.joins("Carl")
		again := s.joins("Carl")
		carl.closed(session.CloseReplaced)
		_ = again
		dora := s.connects("Dora")
		dora.asksToJoin("", nil)
		dora.got("welcome at 7, acked 0, with the state", "cursor [[5 7]] at 7 by Ann")
		bob.sends(session.Request{Body: session.CursorChange{Doc: "code", Base: 400, Ranges: []session.Range{{3, 5}}}})
		bob.sends(session.Request{Body: session.CursorChange{Doc: "code", Base: 4, Ranges: make([]session.Range, 1000)}})
		dora.got()
		if n := s.fold().Rev; n != 7 {
			t.Fatalf("%d events: cursors were stored", n)
		}
		// Who got the whole state since then can't tell what was before it.
		ann.sends(session.Request{Body: session.CursorChange{Doc: "code", Base: 4, Ranges: []session.Range{{3, 5}}}})
		dora.got("cursor [[5 7]] at 7 by Ann")
		// Who types is where they type, which nobody is told: all know it, and who comes then gets to know.
		ann.types(7, size+2, 10, "x")
		dora.got(`8 [10,"x",62] by Ann`)
		eve := s.connects("Eve")
		eve.asksToJoin("", nil)
		eve.got("welcome at 9, acked 0, with the state", "cursor [[11 11]] at 9 by Ann")
	})
}

func TestFull(t *testing.T) {
	tell(t, func(s *story) {
		s.creates("Ann")
		bob := s.joins("Bob")
		s.turnsAway("Carl", session.CloseLimit, "refused 0: rate")
		bob = s.joins("Bob") // whoever is in comes back in
		bob.leaves()
		s.joins("Carl")
		dora := s.connects("Dora")
		dora.asksToJoin(s.key, nil) // the interviewer's other device
		dora.welcomed()
	}, func(c *Config) { c.MaxPeople = 2 })
}

func TestNoSuchSession(t *testing.T) {
	tell(t, func(s *story) {
		for _, id := range []string{"nobody-made-it", "", "../..", strings.Repeat("x", 65)} {
			s.id = id
			p := s.connects("Ann")
			p.asksToJoin("", nil)
			p.closed(session.CloseNoSession)
		}
		if n := s.rooms.Open(); n != 0 {
			t.Fatalf("%d rooms are open", n)
		}
	})
}
