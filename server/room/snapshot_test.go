package room

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tandem/server/journal"
	"tandem/shared/ot"
	"tandem/shared/session"
)

func TestSnapshotOpens(t *testing.T) {
	tell(t, func(s *story) {
		ann := s.creates("Ann")
		rev := s.clear(ann)
		for i := range snapshotEvery {
			ann.types(rev+int64(i), i, i, "x")
		}
		ann.leaves()
		pass(2 * time.Minute)
		last := s.fold()
		n, _, err := s.store.(snapshooter).LoadSnapshot(t.Context(), s.id)
		if err != nil || n != last.Rev {
			t.Fatalf("snapshot at %d of %d: %v", n, last.Rev, err)
		}
		ann = s.connects("Ann")
		ann.asksToJoin(s.key, nil)
		w := ann.welcomed()
		if code(w.State) != code(last) || w.You.Role != session.Interviewer || w.Acked != snapshotEvery+1 {
			t.Fatalf("opened to %d units, %+v", w.State.Docs["code"].Len(), w.You)
		}
		ann.seq = 0
		ann.types(rev, 0, 0, "again") // seq 1 is in the log
		ann.got("ack of 1 at 506")
	})
}

// TestSnapshotWhileItLives: a room that goes on for long stores its fold, so that a crash leaves little to read.
func TestSnapshotWhileItLives(t *testing.T) {
	tell(t, func(s *story) {
		ann := s.creates("Ann")
		rev := s.clear(ann)
		for i := range snapshotLong {
			ann.types(rev+int64(i), i, i, "x")
			if i%1000 == 0 {
				ann.events()
			}
		}
		ann.events()
		if n, _, err := s.store.(snapshooter).LoadSnapshot(t.Context(), s.id); err != nil || n < snapshotLong {
			t.Fatalf("snapshot at %d: %v", n, err)
		}
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
