package web

import (
	"testing"

	"tandem/shared/session"
)

func TestTwoPeople(t *testing.T) {
	s := start(t)
	ann, bob := s.dial(), s.dial()
	w := ann.create("ann-client", "Ann")
	if w.You.Role != session.Interviewer || w.Key == "" || w.Rev != 3 || code(w.State) != session.Languages[0].Starter {
		t.Fatalf("welcome: %+v", w)
	}
	v := bob.join(w.Session, "bob-client", "Bob", "")
	if v.You.Role != session.Candidate || v.Key != "" || v.You.Color == w.You.Color || v.Rev != 4 {
		t.Fatalf("welcome of the second: %+v", v)
	}
	if j := want[session.Joined](ann); j.User != v.You {
		t.Fatalf("joined: %+v", j)
	}
	n := v.State.Docs[session.DocCode].Len()
	ann.request(4, insert(n, "a"))
	bob.request(4, insert(n, "b"))
	for _, g := range []*guy{ann, bob} { // the own edit's place in the order, and the other's, whichever is first
		first, second := g.next(), g.next()
		if first.Body.Kind() == second.Body.Kind() {
			t.Fatalf("%+v, then %+v", first, second)
		}
	}
	got := code(s.fold(w.Session))
	if got[:2] != "ab" && got[:2] != "ba" {
		t.Fatalf("text %q", got)
	}
	bob.send(`{"type":"session:leave"}`)
	if c := bob.closed(); c != session.CloseLeft {
		t.Fatalf("close code %d", c)
	}
	if l := want[session.Left](ann); l.User != v.You.ID {
		t.Fatalf("left: %+v", l)
	}
}
