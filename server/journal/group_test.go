package journal

import (
	"fmt"
	"os"
	"slices"
	"syscall"
	"testing"
	"time"
)

// together appends record 2 to each of the sessions in one group, in their order, and gives what they are told.
func together(t *testing.T, s *Store, sessions []string) []error {
	t.Helper()
	for range cap(s.commit.slots) {
		s.commit.slots <- struct{}{} // groups that are on their way
	}
	errs := make([]chan error, len(sessions))
	for i, session := range sessions {
		errs[i] = make(chan error, 1)
		go func() { errs[i] <- s.Append(bg, session, 1, recs("b")) }()
		eventually(t, "the next one waits", 10*time.Second, func() bool {
			s.commit.mu.Lock()
			defer s.commit.mu.Unlock()
			return len(s.commit.queue) == i+1
		})
	}
	for range cap(s.commit.slots) {
		<-s.commit.slots
	}
	told := make([]error, len(sessions))
	for i := range errs {
		told[i] = <-errs[i]
	}
	return told
}

// begun opens a journal in which each session has record 1, after which the storage loses those of some unheard: what is
// appended to them is refused.
func begun(t *testing.T, sync time.Duration, sessions []string, lost ...int) *Store {
	t.Helper()
	s := openDir(t, Config{Dir: t.TempDir(), Sync: sync})
	for _, session := range sessions {
		must(t, s.Append(bg, session, 0, recs("a")))
	}
	for _, i := range lost {
		must(t, s.call(bg, "STREAM.PURGE."+logStream, map[string]any{"filter": logPrefix + sessions[i]}, nil))
	}
	return s
}

var five = []string{"a", "b", "c", "d", "e"}

// TestGroupAnswers: the first and the last of a group tell of all between them.
func TestGroupAnswers(t *testing.T) {
	t.Parallel()
	s := begun(t, time.Second, five)
	before, err := s.commit.sub.Delivered()
	must(t, err)
	for i, err := range together(t, s, five) {
		if err != nil {
			t.Fatalf("session %s: %v", five[i], err)
		}
	}
	if after, _ := s.commit.sub.Delivered(); after-before != 2 {
		t.Errorf("%d answers, want those of the first and the last", after-before)
	}
	conflicts := s.Stats().Conflicts
	for _, session := range five {
		must(t, s.Append(bg, session, 2, recs("c"))) // after the number that was concluded
		wantContents(t, s, session, 0, "1:a 2:b 3:c")
	}
	if n := s.Stats().Conflicts - conflicts; n != 0 {
		t.Errorf("%d conflicts: a number was wrong", n)
	}
}

// TestGroupRefused: where some of a group are refused, each is told what is true of it.
func TestGroupRefused(t *testing.T) {
	t.Parallel()
	for _, refused := range [][]int{{0}, {2}, {4}, {1, 3}, {0, 4}, {0, 1, 2, 3}, {0, 1, 2, 3, 4}} {
		t.Run(fmt.Sprint(refused), func(t *testing.T) {
			t.Parallel()
			s := begun(t, time.Second, five, refused...)
			for i, err := range together(t, s, five) {
				if slices.Contains(refused, i) {
					wantIs(t, err, ErrMoved)
					continue
				}
				must(t, err)
				wantContents(t, s, five[i], 0, "1:a 2:b")
				must(t, s.Append(bg, five[i], 2, recs("c")))
			}
			must(t, s.Healthy())
		})
	}
}

// TestGroupUnsynced: of a group whose ends were refused, nothing counts as stored that was not synced.
func TestGroupUnsynced(t *testing.T) {
	t.Parallel()
	s := begun(t, 0, five, 0, 4)
	s.onSync(func(f *os.File) error { return &os.PathError{Op: "sync", Path: f.Name(), Err: syscall.EIO} })
	for i, err := range together(t, s, five) {
		if i > 0 && i < 4 {
			wantIs(t, err, ErrUnavailable)
		}
	}
}
