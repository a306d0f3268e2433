package room

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tandem/server/journal"
	"tandem/shared/ot"
	"tandem/shared/session"
)

func TestLogIsForTheInterviewer(t *testing.T) {
	tell(t, func(s *story) {
		ann := s.creates("Ann")
		ann.types(3, size, 0, "x")
		var lines []string
		each := func(line []byte) error { lines = append(lines, string(line)); return nil }
		for _, key := range []string{"", "wrong", s.key + "x", lockOf(s.key)} {
			if err := s.rooms.Log(t.Context(), s.id, key, each); !errors.Is(err, ErrNotAllowed) {
				t.Errorf("key %q: %v", key, err)
			}
			if err := s.rooms.Delete(t.Context(), s.id, key); !errors.Is(err, ErrNotAllowed) {
				t.Errorf("key %q: %v", key, err)
			}
		}
		for _, id := range []string{"nobody-made-it", "", "../.."} {
			if err := s.rooms.Log(t.Context(), id, s.key, each); !errors.Is(err, ErrNoSession) {
				t.Errorf("session %q: %v", id, err)
			}
		}
		if len(lines) != 0 {
			t.Fatalf("somebody got %q", lines)
		}
		if err := s.rooms.Log(t.Context(), s.id, s.key, each); err != nil || len(lines) != 4 {
			t.Fatalf("%q, %v", lines, err)
		}
		state := session.NewState()
		for _, line := range lines {
			e, err := session.ParseEvent([]byte(line))
			if err == nil {
				err = state.Apply(e)
			}
			if err != nil || strings.Contains(line, "lock") || strings.Contains(line, s.key) {
				t.Fatalf("%s: %v", line, err)
			}
		}
		if code(state) != "x"+session.Languages[0].Starter {
			t.Fatalf("folded to %q", code(state))
		}
	})
}

func TestDeletedSessionClosesItsPeople(t *testing.T) {
	tell(t, func(s *story) {
		ann := s.creates("Ann")
		bob := s.joins("Bob")
		if err := s.rooms.Delete(t.Context(), s.id, s.key); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		ann.closed(session.CloseNoSession)
		bob.closed(session.CloseNoSession)
		bob.vanishes()
		again := s.connects("Bob")
		again.asksToJoin("", nil)
		again.closed(session.CloseNoSession)
		pass(time.Minute)
		if last, err := s.store.Last(t.Context(), s.id); last != 0 || err != nil || s.rooms.Open() != 0 {
			t.Fatalf("%d records, %v, %d rooms", last, err, s.rooms.Open())
		}
		if err := s.rooms.Delete(t.Context(), s.id, s.key); !errors.Is(err, ErrNoSession) {
			t.Fatalf("deleted twice: %v", err)
		}
	})
}

// TestDeletedWhileRead: whoever comes when a session is being deleted is told that it is no more, and nothing is amiss.
func TestDeletedWhileRead(t *testing.T) {
	tellTrouble(t, func(s *story, j *trouble) {
		s.creates("Ann").leaves()
		pass(2 * time.Minute)
		j.gone.Store(true)
		s.turnsAway("Bob", session.CloseNoSession)
		if err := s.rooms.Delete(t.Context(), s.id, s.key); !errors.Is(err, ErrNoSession) {
			t.Errorf("deleted: %v", err)
		}
		if err := Log(t.Context(), j, s.id, session.Interviewer, func([]byte) error { return nil }); !errors.Is(err, ErrNoSession) {
			t.Errorf("read out: %v", err)
		}
		if n := s.rooms.Stats().Errors; n != 0 || s.rooms.Ready() != nil {
			t.Errorf("%d errors, %v", n, s.rooms.Ready())
		}
	})
}

// TestDamagedBeginning: a session whose first record can't be read is deleted by who has the key, if a fold knows it; else
// it is said to be damaged.
func TestDamagedBeginning(t *testing.T) {
	tellTrouble(t, func(s *story, j *trouble) {
		s.creates("Ann").leaves()
		pass(2 * time.Minute)
		fold, err := s.fold().Snapshot()
		if err != nil {
			t.Fatal(err)
		}
		j.damaged.Store(true)
		if err := s.rooms.Delete(t.Context(), s.id, s.key); !IsDamaged(err) || s.rooms.Stats().Errors != 1 {
			t.Errorf("deleted: %v, %d errors", err, s.rooms.Stats().Errors)
		}
		if err := j.SaveSnapshot(t.Context(), s.id, 1, fold); err != nil {
			t.Fatal(err)
		}
		if err := s.rooms.Delete(t.Context(), s.id, "wrong"); !errors.Is(err, ErrNotAllowed) {
			t.Errorf("deleted by a wrong key: %v", err)
		}
		if err := s.rooms.Log(t.Context(), s.id, s.key, func([]byte) error { return nil }); !IsDamaged(err) {
			t.Errorf("read out: %v", err)
		}
		if err := s.rooms.Delete(t.Context(), s.id, s.key); err != nil {
			t.Errorf("not deleted: %v", err)
		}
		j.damaged.Store(false)
		if err := s.rooms.Delete(t.Context(), s.id, s.key); !errors.Is(err, ErrNoSession) {
			t.Errorf("deleted twice: %v", err)
		}
		j.away.Store(true)
		if err := s.rooms.Delete(t.Context(), s.id, s.key); !errors.Is(err, errDisk) || IsDamaged(err) {
			t.Errorf("deleted while the journal is away: %v", err)
		}
	})
}

// TestJoinDamaged: who asks to join a session that can't be read is told so and stays away, where a journal that is only
// away brings them back.
func TestJoinDamaged(t *testing.T) {
	tellTrouble(t, func(s *story, j *trouble) {
		s.creates("Ann").leaves()
		pass(2 * time.Minute)
		j.away.Store(true)
		s.turnsAway("Bob", session.CloseStopping, "refused 0: not_saved")
		j.away.Store(false)
		j.damaged.Store(true)
		s.turnsAway("Carl", session.CloseNotAllowed, "refused 0: not_saved")
		j.damaged.Store(false)
		s.joins("Dora").leaves()
	})
}

// TestErrorsAreCounted: what fails of the journal is, and not that somebody hung up, or took no more.
func TestErrorsAreCounted(t *testing.T) {
	tellTrouble(t, func(s *story, j *trouble) {
		counted := func(what string, want uint64, err error) {
			t.Helper()
			if n := s.rooms.Stats().Errors; err == nil || n != want {
				t.Errorf("%s: %v, %d errors, want %d", what, err, n, want)
			}
		}
		ann := s.creates("Ann")
		rev := s.clear(ann)
		none := func([]byte) error { return nil }
		hungUp, cancel := context.WithCancel(context.Background())
		cancel()
		_, err := s.rooms.Has(hungUp, s.id)
		counted("asked for, hung up", 0, err)
		counted("read out, hung up", 0, s.rooms.Log(hungUp, s.id, s.key, none))
		counted("not taken", 0, s.rooms.Log(t.Context(), s.id, s.key, func([]byte) error { return errEnough }))
		reads := 0
		j.read = func() {
			if reads++; reads == 2 {
				j.away.Store(true)
			}
		}
		counted("read out", 1, s.rooms.Log(t.Context(), s.id, s.key, none))
		_, err = s.rooms.Has(t.Context(), s.id)
		counted("asked for", 2, err)
		j.before = func(int64) error { return journal.ErrMoved }
		ann.types(rev, 0, 0, "x")
		ann.got("refused 2: not_saved")
		counted("moved on, and can't be read", 3, errDisk)
	})
}

// TestReady: the journal says whether all is well. One session's trouble doesn't.
func TestReady(t *testing.T) {
	tellTrouble(t, func(s *story, j *trouble) {
		ann := s.creates("Ann")
		j.before = func(int64) error { return errDisk }
		ann.types(3, size, 0, "x")
		s.connects("Bob").asksToJoin("", nil)
		if err := s.rooms.Ready(); err != nil {
			t.Errorf("one session can't store: %v", err)
		}
		j.before = nil
		j.sick.Store(true)
		if err := s.rooms.Ready(); !errors.Is(err, errDisk) {
			t.Errorf("nothing can be stored: %v", err)
		}
		j.sick.Store(false)
		if err := s.rooms.Ready(); err != nil {
			t.Error(err)
		}
	})
}

func TestCheck(t *testing.T) {
	tell(t, func(s *story) {
		ann := s.creates("Ann")
		rev := s.clear(ann)
		for i := range 120 {
			ann.types(rev+int64(i), i, i, "x")
		}
		if n, err := Check(t.Context(), s.store, s.id); n != rev+120 || err != nil {
			t.Fatalf("%d, %v", n, err)
		}
		copied := func(change func(n int64, e *session.Event)) error {
			other := journal.NewMemory()
			if err := s.store.Read(t.Context(), s.id, 0, func(n int64, record []byte) error {
				e, err := session.ParseEvent(record)
				if err != nil {
					return err
				}
				change(n, &e)
				return other.Append(t.Context(), s.id, n-1, [][]byte{session.AppendEvent(nil, e)})
			}); err != nil {
				t.Fatal(err)
			}
			_, err := Check(t.Context(), other, s.id)
			return err
		}
		for want, change := range map[string]func(n int64, e *session.Event){
			"record 50 holds":   func(n int64, e *session.Event) { e.Rev += n / 50 },
			"apply event 60":    func(n int64, e *session.Event) { bend(n == 60, e, ot.Splice(9, 0, 0, "y")) },
			"record 100: the t": func(n int64, e *session.Event) { bend(n == 70, e, ot.Splice(65, 0, 0, "y")) },
		} {
			if err := copied(change); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("want %q, got %v", want, err)
			}
		}
		if err := copied(func(int64, *session.Event) {}); err != nil {
			t.Error(err)
		}
		for _, title := range []string{"", "Forged"} { // the fold from which a room begins
			state := s.fold()
			state.Title = title
			fold, err := state.Snapshot()
			if err == nil {
				err = s.store.(*journal.Memory).SaveSnapshot(t.Context(), s.id, state.Rev, fold)
			}
			if err != nil {
				t.Fatal(err)
			}
			if _, err := Check(t.Context(), s.store, s.id); (err != nil) != (title != "") {
				t.Errorf("snapshot with title %q: %v", title, err)
			}
		}
	})
}

func bend(now bool, e *session.Event, op ot.Op) {
	if now {
		e.Body = session.CodeChange{Doc: session.DocCode, Op: op}
	}
}

func TestStats(t *testing.T) {
	tell(t, func(s *story) {
		ann := s.creates("Ann")
		s.joins("Bob")
		ann.types(4, size, 0, "x")
		ann.does(5, session.TitleChange{Title: "T"})
		got := s.rooms.Stats()
		if got.Rooms != 1 || got.People != 2 || got.Edits != 1 || got.Events != 6 || got.Appends[0] != 5 || got.Errors != 0 {
			t.Errorf("%+v", got)
		}
		ann.leaves()
		if got := s.rooms.Stats(); got.People != 1 {
			t.Errorf("%+v", got)
		}
		cid := s.connects("Cid")
		cid.sends(session.Request{Body: session.JoinRequest{Session: s.id, Client: cid.client, Name: "Cid", Fault: "mine differs " + strings.Repeat("x", 1000)}})
		if got := s.rooms.Stats(); got.Faults != 1 || !strings.Contains(s.log.String(), "mine differs xxx") || strings.Contains(s.log.String(), strings.Repeat("x", maxFault)) {
			t.Errorf("%+v, log %s", got, s.log.String())
		}
	})
}

// TestStopsWithoutItsJournal: a journal that does not answer holds no stop up.
func TestStopsWithoutItsJournal(t *testing.T) {
	tellTrouble(t, func(s *story, j *trouble) {
		ann := s.creates("Ann")
		rev := s.clear(ann)
		j.stuck.Store(true)
		ann.types(rev, 0, 0, "x")
		began := time.Now()
		s.rooms.Close()
		if took := time.Since(began); took > closeWithin {
			t.Errorf("it took %v", took)
		}
		synctest.Wait()
		ann.closed(session.CloseStopping)
		ann.got("refused 2: not_saved")
	})
}
