package room

import (
	"fmt"
	"testing"
	"time"

	"tandem/server/journal"
	"tandem/shared/session"
)

// TestNothingFits: a connection that asks over and over for what does not fit is not sent the whole state for ever.
func TestNothingFits(t *testing.T) {
	tell(t, func(s *story) {
		ann := s.creates("Ann")
		bob := s.joins("Bob")
		ann.events()
		refused := func(times int) {
			t.Helper()
			for range times {
				bob.types(4, size+1, 0, "x")
				bob.got(fmt.Sprintf("refused %d: bad_op", bob.seq), "welcome at 4, acked 0, with the state")
			}
		}
		refused(maxResyncs)
		pass(time.Minute + time.Second)
		refused(maxResyncs)
		bob.types(4, size+1, 0, "x")
		bob.closed(session.CloseLimit)
		ann.types(4, size, 0, "x")
		ann.got("ack of 1 at 5")
	})
}

// TestEverHere: the fold remembers all who ever came, so that they can't be any number.
func TestEverHere(t *testing.T) {
	tell(t, func(s *story) {
		s.creates("Ann").leaves()
		s.joins("Bob").leaves()
		pass(2 * time.Minute)
		last := s.fold().Rev
		var records [][]byte
		for i := last + 1; len(records) < session.MaxUsers-2; i++ {
			user := session.User{ID: fmt.Sprint("u", i), Name: "N", Role: session.Candidate, Color: 1}
			records = append(records, session.AppendEvent(nil, session.Event{Rev: i, At: 1, Body: session.Joined{User: user}}))
		}
		if err := s.store.(*journal.Memory).Append(t.Context(), s.id, last, records); err != nil {
			t.Fatal(err)
		}
		cid := s.connects("Cid")
		cid.asksToJoin("", nil)
		cid.closed(session.CloseLimit)
		s.joins("Bob").closed(0) // who was here before
		dan := s.connects("Dan")
		dan.asksToJoin(s.key, nil)
		dan.welcomed()
	})
}
