package room

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tandem/server/journal"
	"tandem/shared/ot"
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

// TestSnapshotDiffers: a room whose snapshot is not what its log says begins with the log.
func TestSnapshotDiffers(t *testing.T) {
	tell(t, func(s *story) {
		ann := s.creates("Ann")
		rev := s.clear(ann)
		for i := range 120 {
			ann.types(rev+int64(i), i, i, "x")
		}
		ann.leaves()
		pass(2 * time.Minute)
		state, text := session.NewState(), s.text()
		if err := s.store.Read(t.Context(), s.id, 0, func(n int64, record []byte) error {
			if n > 90 {
				return nil
			}
			e, err := session.ParseEvent(record)
			if err == nil {
				err = state.Apply(e)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if err := state.Docs[session.DocCode].Apply(ot.Splice(state.Docs[session.DocCode].Len(), 3, 1, "y")); err != nil {
			t.Fatal(err)
		}
		fold, err := state.Snapshot()
		if err == nil {
			err = s.store.(*journal.Memory).SaveSnapshot(t.Context(), s.id, 90, fold)
		}
		if err != nil {
			t.Fatal(err)
		}
		ann = s.connects("Ann")
		ann.asksToJoin(s.key, nil)
		if got := code(ann.welcomed().State); got != text {
			t.Errorf("it opened to %q", got)
		}
	})
}

// TestNodeDiffers: a room learns from what another node stores that its text is not that node's, and folds the log anew.
func TestNodeDiffers(t *testing.T) {
	tellNodes(t, func(a, b, _ *story, nodes []*shared) {
		ann := a.creates("Ann")
		a.visits(b)
		rev := a.clear(ann)
		for i := rev; i < 99; i++ {
			ann.types(i, int(i-rev), int(i-rev), "x")
		}
		ann.events()
		e := session.Event{Rev: 100, At: 1, Hash: 1, Body: session.TitleChange{Title: "T"}}
		if err := nodes[1].Append(t.Context(), a.id, 99, [][]byte{session.AppendEvent(nil, e)}); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		ann.closed(session.CloseMoved)
		ann = a.connects("Ann")
		ann.asksToJoin(a.key, nil)
		if got := code(ann.welcomed().State); got != strings.Repeat("x", int(99-rev)) {
			t.Errorf("it opened to %q", got)
		}
		ann.closed(0)
	})
}
