package room

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"tandem/server/journal"
	"tandem/shared/ot"
	"tandem/shared/session"
)

// trouble is a journal that does as a test wishes before or after the real one does its part.
type trouble struct {
	*journal.Memory
	mu      sync.Mutex              // guards what follows, where time alone makes the room append
	before  func(after int64) error // its error: nothing is stored
	after   func() error            // its error: what was stored is not told
	read    func()
	gone    atomic.Bool // every session was deleted, but for what is left of its log
	sick    atomic.Bool // it is not Healthy
	appends atomic.Int64
	largest atomic.Int64 // bytes of an append
	stuck   atomic.Bool  // appends are not answered
	away    atomic.Bool  // nothing can be read
	damaged atomic.Bool  // the first record can't be read
}

func (j *trouble) Last(ctx context.Context, id string) (int64, error) {
	if ctx.Err() != nil {
		return 0, ctx.Err()
	}
	if j.away.Load() {
		return 0, errDisk
	}
	return j.Memory.Last(ctx, id)
}

func (j *trouble) Read(ctx context.Context, id string, after int64, each func(int64, []byte) error) error {
	if j.read != nil {
		j.read()
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if j.gone.Load() {
		return journal.ErrMoved
	}
	if j.away.Load() {
		return errDisk
	}
	if j.damaged.Load() && after == 0 {
		return fmt.Errorf("read: %w", journal.ErrBroken)
	}
	return j.Memory.Read(ctx, id, after, each)
}

func (j *trouble) Healthy() error {
	if j.sick.Load() {
		return errDisk
	}
	return nil
}

func (j *trouble) AppendLate(ctx context.Context, id string, after int64, late func() [][]byte) error {
	j.appends.Add(1)
	if j.stuck.Load() {
		<-ctx.Done()
		return ctx.Err()
	}
	j.mu.Lock()
	before := j.before
	j.mu.Unlock()
	if before != nil {
		if err := before(after); err != nil {
			return err
		}
	}
	err := j.Memory.AppendLate(ctx, id, after, func() (records [][]byte) {
		var asking sync.WaitGroup
		asking.Go(func() { records = late() }) // from elsewhere, as the real one does
		asking.Wait()
		size := int64(0)
		for _, r := range records {
			size += int64(len(r))
		}
		j.largest.Store(max(j.largest.Load(), size))
		return records
	})
	if err == nil && j.after != nil {
		err = j.after()
	}
	return err
}

var errDisk = errors.New("the disk is full")

// tellTrouble runs a story on a journal that can be troubled.
func tellTrouble(t *testing.T, f func(s *story, j *trouble)) {
	t.Helper()
	j := &trouble{Memory: journal.NewMemory()}
	tell(t, func(s *story) { f(s, j) }, func(c *Config) { c.Journal = j })
}

func TestNotSaved(t *testing.T) {
	tellTrouble(t, func(s *story, j *trouble) {
		ann := s.creates("Ann")
		bob := s.joins("Bob")
		rev := s.clear(ann)
		bob.events()
		j.before = func(int64) error { return errDisk }
		ann.types(rev, 0, 0, "x")
		ann.got("refused 2: not_saved")
		bob.got()
		if n := s.rooms.Stats().Errors; n != 1 {
			t.Fatalf("%d errors were counted", n)
		}
		// Others go on seeing and asking what needs no storing, and nothing is half done.
		bob.sends(session.Request{Body: session.CursorChange{Doc: "code", Base: rev, Ranges: []session.Range{{0, 0}}}})
		ann.got("cursor [[0 0]] at 5 by Bob")
		bob.types(rev, 0, 0, "b")
		bob.got("refused 1: not_saved")
		j.before = nil
		ann.sends(session.Request{Seq: 2, Base: rev, Body: session.CodeChange{Doc: "code", Op: ot.Splice(0, 0, 0, "x")}})
		ann.got("ack of 2 at 6")
		bob.got(`6 ["x"] by Ann`)
		if s.text() != "x" {
			t.Fatalf("text %q", s.text())
		}
	})
}

func TestAnswerLost(t *testing.T) {
	tellTrouble(t, func(s *story, j *trouble) {
		ann := s.creates("Ann")
		bob := s.joins("Bob")
		rev := s.clear(ann)
		bob.events()
		j.after = func() error { return errDisk }
		ann.types(rev, 0, 0, "x")
		ann.got("refused 2: not_saved")
		bob.got()
		j.after = nil
		ann.sends(session.Request{Seq: 2, Base: rev, Body: session.CodeChange{Doc: "code", Op: ot.Splice(0, 0, 0, "x")}})
		ann.got(`6 ["x"] by Ann`, "ack of 2 at 6") // as the log has it: by whom and when it got there nobody knows
		bob.got(`6 ["x"] by Ann`)
		if s.text() != "x" {
			t.Fatalf("text %q", s.text())
		}
	})
}

func TestLogGone(t *testing.T) {
	tellTrouble(t, func(s *story, j *trouble) {
		ann := s.creates("Ann")
		bob := s.joins("Bob")
		if err := j.Delete(t.Context(), s.id); err != nil {
			t.Fatal(err)
		}
		ann.types(4, size, 0, "x")
		ann.closed(session.CloseNoSession)
		bob.closed(session.CloseNoSession)
		ann = s.connects("Ann")
		ann.asksToJoin("", nil)
		ann.closed(session.CloseNoSession)
	})
}

func TestJournalGoneAndBack(t *testing.T) {
	tellTrouble(t, func(s *story, j *trouble) {
		ann := s.creates("Ann")
		bob := s.joins("Bob")
		ann.events()
		j.before = func(int64) error { return errDisk }
		s.turnsAway("Carl", session.CloseStopping, "refused 0: not_saved") // which comes back
		dora := s.connects("Dora")
		dora.sends(session.Request{Body: session.CreateRequest{Client: "dora", Name: "Dora"}})
		dora.got("refused 0: not_saved")
		dora.closed(session.CloseStopping)
		if n := s.rooms.Stats().Errors; n != 2 {
			t.Errorf("%d errors were counted", n)
		}
		j.away.Store(true)
		if _, err := s.rooms.Has(t.Context(), s.id); !errors.Is(err, errDisk) {
			t.Error(err)
		}
		if err := s.rooms.Delete(t.Context(), s.id, s.key); !errors.Is(err, errDisk) {
			t.Error(err)
		}
		if n := s.rooms.Stats().Errors; n != 4 {
			t.Errorf("%d errors were counted", n)
		}
		j.away.Store(false)
		bob.vanishes()
		bob = s.joins("Bob") // needs no storing
		bob.leaves()
		pass(10 * time.Second)
		ann.got()
		j.mu.Lock()
		j.before = nil
		j.mu.Unlock()
		pass(2 * time.Second)
		ann.got("5 left: Bob")
	})
}

// TestFault: what goes wrong in one session is that session's alone, and nobody tries for ever.
func TestFault(t *testing.T) {
	tellTrouble(t, func(s *story, j *trouble) {
		ann := s.creates("Ann")
		id := s.id
		other := s.creates("Otto")
		s.id = id
		j.before = func(int64) error { panic("a fault") }
		ann.types(3, size, 0, "x")
		ann.closed(session.CloseMoved)
		j.before = nil
		ann = s.joins("Ann") // and everything is as it was stored
		ann.types(4, size, 0, "x")
		j.read = func() { panic("a fault that stays") }
		ann.vanishes()
		pass(2 * time.Minute)
		s.turnsAway("Bob", session.CloseStopping, "refused 0: not_saved")
		other.sends(session.Request{Body: session.Ping{T: 1}})
		other.got("pong")
	})
}

func TestFaultWhileWaiting(t *testing.T) {
	tellTrouble(t, func(s *story, j *trouble) {
		ann := s.creates("Ann")
		rev := s.clear(ann)
		gate := make(chan struct{})
		j.before = func(int64) error { <-gate; return nil }
		ann.types(rev, 0, 0, "a")
		ann.peer.room.in <- message{req: session.Request{Seq: 1, Body: session.CodeChange{Doc: session.DocCode}}} // of nobody
		close(gate)
		synctest.Wait()
		ann.closed(session.CloseMoved)
		j.before = nil
		s.joins("Bob").types(rev, 0, 0, "b")
		if got := s.text(); got != "b" {
			t.Fatalf("text %q", got)
		}
	})
}
