package room

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"tandem/shared/ot"
	"tandem/shared/session"
)

// elsewhere appends an event as another node would.
func (s *story) elsewhere(j *trouble, b session.Body) {
	s.t.Helper()
	last, err := j.Last(s.t.Context(), s.id)
	if err != nil {
		s.t.Fatal(err)
	}
	e := session.Event{Rev: last + 1, At: 1, By: "stranger", Seq: last + 1, Body: b}
	if e.Rev%session.HashEvery == 0 {
		e.Hash = s.fold().Docs[session.DocCode].Hash()
	}
	if err := j.Memory.Append(s.t.Context(), s.id, last, [][]byte{session.AppendEvent(nil, e)}); err != nil {
		s.t.Fatal(err)
	}
}

func TestOvertaken(t *testing.T) {
	tellTrouble(t, func(s *story, j *trouble) {
		ann := s.creates("Ann")
		bob := s.joins("Bob")
		rev := s.clear(ann)
		bob.events()
		s.names["stranger"] = "a stranger"
		lost := 0
		j.before = func(int64) error {
			if lost++; lost <= 3 { // the room is overtaken three times in a row
				s.elsewhere(j, session.CodeChange{Doc: "code", Op: ot.Splice(lost-1, lost-1, 0, fmt.Sprint(lost))})
			}
			return nil
		}
		ann.types(rev, 0, 0, "ann")
		ann.got(`6 ["1"] by a stranger`, `7 [1,"2"] by a stranger`, `8 [2,"3"] by a stranger`, "ack of 2 at 9")
		bob.got(`6 ["1"] by a stranger`, `7 [1,"2"] by a stranger`, `8 [2,"3"] by a stranger`, `9 ["ann",3] by Ann`)
		if s.text() != "ann123" {
			t.Fatalf("text %q", s.text())
		}
		// What was true when it was asked for may be so no more.
		lost = 0
		j.before = func(int64) error {
			if lost++; lost == 1 {
				s.elsewhere(j, session.CodeChange{Doc: "code", Op: ot.Splice(6, 0, 6, "")})
			}
			return nil
		}
		bob.types(9, 6, 3, "bob")
		bob.got(`10 [-6] by a stranger`, "ack of 1 at 11")
		if s.text() != "bob" {
			t.Fatalf("text %q", s.text())
		}
		if n := s.fold().Rev; n != 11 {
			t.Fatalf("%d events", n)
		}
	})
}

func TestOvertakenLanguage(t *testing.T) {
	tellTrouble(t, func(s *story, j *trouble) {
		ann := s.creates("Ann")
		once := true
		j.before = func(int64) error {
			if once {
				once = false
				s.elsewhere(j, session.CodeChange{Doc: "code", Op: ot.Splice(size, 0, 0, "#")})
			}
			return nil
		}
		ann.does(3, session.LanguageChange{Language: "javascript"})
		// The starter was touched meanwhile, so it stays, with the other language.
		state := s.fold()
		if state.Language != "javascript" || code(state) != "#"+session.Languages[0].Starter || state.Rev != 5 {
			t.Fatalf("%d %s: %q", state.Rev, state.Language, code(state))
		}
	})
}

func TestAlwaysOvertaken(t *testing.T) {
	tellTrouble(t, func(s *story, j *trouble) {
		ann := s.creates("Ann")
		rev := s.clear(ann)
		j.before = func(int64) error {
			s.elsewhere(j, session.TitleChange{Title: "again"})
			return nil
		}
		ann.types(rev, 0, 0, "x")
		if e := ann.events(); s.line(e[len(e)-1]) != "refused 2: not_saved" {
			t.Fatalf("last: %s", s.line(e[len(e)-1]))
		}
	})
}

// TestBatchSharesAppend: edits that come while one waits for its turn are stored with it, and those that come while it
// is being stored are stored together after it.
func TestBatchSharesAppend(t *testing.T) {
	for _, c := range []struct {
		name    string
		hold    func(j *trouble, gate chan struct{})
		appends int64
	}{
		{"waiting", func(j *trouble, gate chan struct{}) { j.before = func(int64) error { <-gate; return nil } }, 1},
		{"being stored", func(j *trouble, gate chan struct{}) { j.after = func() error { <-gate; return nil } }, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			tellTrouble(t, func(s *story, j *trouble) {
				ann := s.creates("Ann")
				people := []*person{s.joins("Bob"), s.joins("Carl"), s.joins("Dora"), s.joins("Emil")}
				rev := s.clear(ann)
				ann.events()
				gate := make(chan struct{})
				c.hold(j, gate)
				n := j.appends.Load()
				ann.types(rev, 0, 0, "a")
				for _, p := range people {
					p.events()
					p.types(rev, 0, 0, "b")
				}
				ann.got() // nobody sees what is not stored
				close(gate)
				synctest.Wait()
				if got := j.appends.Load() - n; got != c.appends {
					t.Fatalf("%d appends for one edit and the four that came meanwhile, want %d", got, c.appends)
				}
				if got := s.text(); got != "bbbba" {
					t.Fatalf("text %q", got)
				}
				for _, p := range people {
					if n := len(p.events()); n != 5 {
						t.Fatalf("%s got %d frames", p.name, n)
					}
				}
			})
		})
	}
}

// TestLargeWorkWaits: an edit that takes long to order isn't while all sessions wait for this one.
func TestLargeWorkWaits(t *testing.T) {
	for _, c := range []struct {
		name    string
		behind  int64 // how many events back the second edit begins
		text    string
		appends int64
	}{
		{"little", joinOver - 1, "b", 1},
		{"far behind", joinOver, "b", 2},
		{"large", 0, strings.Repeat("b", joinSize), 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			tellTrouble(t, func(s *story, j *trouble) {
				ann, bob := s.creates("Ann"), s.joins("Bob")
				rev := s.clear(ann)
				for i := range joinOver {
					ann.types(rev, i, 0, "a")
					rev++
				}
				gate := make(chan struct{})
				j.before = func(int64) error { <-gate; return nil }
				n := j.appends.Load()
				ann.types(rev, joinOver, 0, "a")
				bob.types(rev-c.behind, joinOver-int(c.behind), 0, c.text)
				close(gate)
				synctest.Wait()
				if got := j.appends.Load() - n; got != c.appends {
					t.Fatalf("%d appends, want %d", got, c.appends)
				}
				if got := s.text(); got != c.text+strings.Repeat("a", joinOver+1) && got != strings.Repeat("a", joinOver+1)+c.text {
					t.Fatalf("text %q", got)
				}
			})
		})
	}
}

// TestLargePastes has more pasted at one moment than a journal's entry holds.
func TestLargePastes(t *testing.T) {
	for _, c := range []struct {
		name string
		hold func(j *trouble, gate chan struct{})
	}{
		{"while an edit waits", func(j *trouble, gate chan struct{}) { j.before = func(int64) error { <-gate; return nil } }},
		{"while one is stored", func(j *trouble, gate chan struct{}) { j.after = func() error { <-gate; return nil } }},
	} {
		t.Run(c.name, func(t *testing.T) {
			tellTrouble(t, func(s *story, j *trouble) {
				ann := s.creates("Ann")
				people := []*person{s.joins("Bob"), s.joins("Carl"), s.joins("Dora")}
				rev := s.clear(ann)
				gate := make(chan struct{})
				c.hold(j, gate)
				ann.types(rev, 0, 0, "a")
				paste := strings.Repeat("€", session.MaxFrame/4)
				for _, p := range people {
					p.events()
					p.types(rev, 0, 0, paste)
				}
				close(gate)
				synctest.Wait()
				if got := j.largest.Load(); got > 1<<20-4<<10 { // what a cluster takes by default, less our envelope
					t.Fatalf("%d bytes in one append", got)
				}
				if got := s.text(); got != strings.Repeat(paste, len(people))+"a" {
					t.Fatalf("text of %d bytes", len(got))
				}
			})
		})
	}
}

// TestWaitingKeepsOrder: what can't be stored with an edit that waits for its turn comes after it, before what came later.
func TestWaitingKeepsOrder(t *testing.T) {
	tellTrouble(t, func(s *story, j *trouble) {
		ann, bob := s.creates("Ann"), s.joins("Bob")
		rev := s.clear(ann)
		gate := make(chan struct{})
		j.before = func(int64) error { <-gate; return nil }
		ann.events()
		bob.events()
		ann.types(rev, 0, 0, "a")
		bob.types(rev, 0, 0, "b")
		ann.does(rev, session.TitleChange{Title: "Between"})
		bob.types(rev, 0, 0, "c")
		bob.types(rev, 40, 0, "does not fit")
		ann.types(rev, 0, 0, "d")
		close(gate)
		synctest.Wait()
		ann.got(
			"ack of 2 at 6",
			`7 ["b",1] by Bob`,
			"ack of 3 at 8",
			`9 ["c",2] by Bob`,
			"ack of 4 at 10",
		)
		bob.got(
			`6 ["a"] by Ann`,
			"ack of 1 at 7",
			"8 title:change by Ann",
			"ack of 2 at 9",
			"refused 3: bad_op",
			"welcome at 9, acked 2, with the state",
			`10 ["d",3] by Ann`,
		)
		s.fold()
	})
}

// TestFaultWhileWaiting: what goes wrong while an edit waits for its turn ends the session's room, not the journal.
// TestOvertakenKeepsOrder has a batch overtaken in which one edit then no longer fits, so that its author is welcomed
// anew in the middle of it. What comes at that moment must not go before what is yet to be put back.
func TestOvertakenKeepsOrder(t *testing.T) {
	tellTrouble(t, func(s *story, j *trouble) {
		ann, bob, carl := s.creates("Ann"), s.joins("Bob"), s.joins("Carl")
		rev := s.clear(ann)
		units := 0
		for units+ot.MaxInsert < ot.MaxText {
			ann.types(rev, units, 0, strings.Repeat("-", ot.MaxInsert))
			rev, units = rev+1, units+ot.MaxInsert
		}
		for _, p := range []*person{ann, bob, carl} {
			p.events()
		}
		fits := strings.Repeat("+", (ot.MaxText-units)*2/3) // once
		later := session.AppendRequest(nil, session.Request{
			Seq: 2, Base: rev, Body: session.CodeChange{Doc: session.DocCode, Op: ot.Splice(units, 0, 0, "third ")},
		})
		gate, appends := make(chan struct{}), 0
		j.before = func(int64) error {
			switch appends++; appends {
			case 1:
				<-gate
				s.elsewhere(j, session.CodeChange{Doc: session.DocCode, Op: ot.Splice(units, units, 0, fits)})
			case 2:
				carl.peer.Receive(later)
			}
			return nil
		}
		ann.types(rev, units, 0, "first ")
		bob.types(rev, units, 0, fits)
		carl.types(rev, units, 0, "second ")
		close(gate)
		synctest.Wait()
		text := s.text()
		if got := text[:len("third second first ")]; got != "third second first " {
			t.Fatalf("text begins %q", got)
		}
	})
}

func TestHash(t *testing.T) {
	tell(t, func(s *story) {
		ann := s.creates("Ann")
		bob := s.joins("Bob")
		rev := s.clear(ann)
		bob.events()
		for i := range 200 {
			ann.types(rev+int64(i), i, i, "x")
		}
		hashes := map[int64]uint32{}
		for _, e := range ann.events() {
			if a := e.Body.(session.Ack); a.Hash != 0 {
				hashes[a.Rev] = a.Hash
			}
		}
		if len(hashes) != 2 || hashes[100] == 0 || hashes[200] == 0 || hashes[100] == hashes[200] {
			t.Fatalf("hashes of acks: %v", hashes)
		}
		for _, e := range bob.events() {
			if e.Hash != hashes[e.Rev] {
				t.Fatalf("event %d: hash %d, and its ack has %d", e.Rev, e.Hash, hashes[e.Rev])
			}
		}
		s.fold() // compares each with the text
	})
}

func TestRefusalsChangeNothing(t *testing.T) {
	tell(t, func(s *story) {
		ann := s.creates("Ann")
		bob := s.joins("Bob")
		ann.events()
		before, _ := s.fold().Snapshot()
		for _, frame := range []string{
			`{"type":"code:change","seq":1,"base":4,"doc":"code","op":[1]}`,
			`{"type":"code:change","seq":1,"base":4,"doc":"code","op":[-1,-1]}`,
			`{"type":"code:change","seq":1,"base":4,"doc":"code","op":["\ud83d",70]}`,
			`{"type":"code:change","seq":1,"base":4,"doc":"code","op":["a\rb",70]}`,
			`{"type":"code:change","seq":1,"base":5,"doc":"code","op":["x",70]}`,
			`{"type":"code:change","seq":1,"base":-1,"doc":"code","op":["x",70]}`,
			`{"type":"code:change","seq":0,"base":4,"doc":"code","op":["x",70]}`,
			`{"type":"code:change","seq":1,"base":4,"doc":"nothing","op":["x",70]}`,
			`{"type":"code:change","seq":1,"base":4,"doc":"code","op":["x",70],"origin":"template"}`,
			`{"type":"code:change","seq":1,"base":4,"op":["x",70]}`,
			`{"type":"cursor:change","base":4,"ranges":[[1,1]]}`,
			`{"type":"cursor:change","base":4,"doc":"code","ranges":[[-1,1]]}`,
			`{"type":"cursor:change","base":4,"doc":"code","ranges":[[1,9000000]]}`,
			`{"type":"language:change","seq":1,"language":"cobol"}`,
			`{"type":"title:change","seq":1,"title":"mine"}`,
			`{"type":"run:start","seq":1,"run":"r","language":"python","code":99}`,
			`{"type":"run:end","seq":1,"run":"r","reason":"ok"}`,
			`{"type":"run:output","seq":1,"run":"r","stream":"stdout","text":"x"}`,
			`{"type":"user:joined","seq":1,"user":{"id":"x"}}`,
			`{"type":"session:create","client":"c","name":"n"}`,
			`{"type":"session:join","session":"s","client":"c","name":"n"}`,
			`{"type":"nonsense"}`,
		} {
			bob.peer.Receive([]byte(frame))
			synctest.Wait()
			events := bob.events()
			if len(events) == 0 || events[0].Body.Kind() != session.KindError {
				t.Errorf("%s: %v", frame, events)
			}
			refusal, _ := events[0].Body.(session.Refusal)
			resync := refusal.Code == session.RefusedOp || refusal.Code == session.RefusedBase
			if resync != (len(events) == 2 && events[1].Body.Kind() == session.KindWelcome) {
				t.Errorf("%s: %s, then %v", frame, refusal.Code, events[1:])
			}
		}
		ann.got()
		bob.types(4, size, 0, "x") // whose number was never used up
		bob.got("ack of 1 at 5")
		state := s.fold()
		if after, _ := state.Snapshot(); string(after) == string(before) || state.Rev != 5 {
			t.Fatalf("%s", after)
		}
	})
}
