package journal

import (
	"context"
	"errors"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// onSync has the journal sync its files by f.
func (s *Store) onSync(f func(*os.File) error) {
	s.blocks.mu.Lock()
	defer s.blocks.mu.Unlock()
	s.blocks.flush = f
}

// TestSyncFails: what could not be synced counts as stored only once it was written anew, since a system tells of a failure
// once and then forgets what it could not write.
func TestSyncFails(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		times int64 // syncs in a row that fail
	}{{"once", 1}, {"for a while", 1 << 40}} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			s := openDir(t, Config{Dir: dir})
			must(t, s.Append(bg, "s", 0, recs("a")))
			lost, err := os.Stat(newestBlock(t, dir))
			must(t, err)
			var left atomic.Int64
			left.Store(c.times)
			s.onSync(func(f *os.File) error {
				if left.Add(-1) >= 0 {
					return &os.PathError{Op: "sync", Path: f.Name(), Err: syscall.EIO}
				}
				return f.Sync()
			})
			for range 3 { // as a client that sends it again
				err := s.Append(bg, "s", 1, recs("b"))
				if errors.Is(err, ErrMoved) && c.times == 1 {
					break // it has recovered in between
				}
				wantIs(t, err, ErrUnavailable)
				if c.times > 1 {
					wantIs(t, s.Healthy(), ErrUnavailable)
					wantIs(t, s.Read(bg, "s", 0, func(int64, []byte) error { return nil }), ErrUnavailable)
				}
				time.Sleep(2 * repairEvery / 3)
			}
			left.Store(0)
			eventually(t, "it is green", 10*time.Second, func() bool { return s.Healthy() == nil })
			wantIs(t, s.Append(bg, "s", 1, recs("b")), ErrMoved) // it is there, and synced
			wantContents(t, s, "s", 0, "1:a 2:b")
			now, err := os.Stat(newestBlock(t, dir))
			must(t, err)
			if os.SameFile(lost, now) {
				t.Fatal("the file is still the one whose sync failed")
			}
			must(t, s.Append(bg, "s", 2, recs("c")))
			must(t, s.Close())
			s = openDir(t, Config{Dir: dir})
			must(t, s.Verify(bg, "s"))
			wantLast(t, s, "s", 3)
		})
	}
}

// TestSyncHangs: what is written and not synced yet when its author's patience ends is nobody's to acknowledge.
func TestSyncHangs(t *testing.T) {
	t.Parallel()
	s := openDir(t, Config{Dir: t.TempDir()})
	must(t, s.Append(bg, "s", 0, recs("a")))
	hung := make(chan struct{})
	release := sync.OnceFunc(func() { close(hung) })
	t.Cleanup(release)
	s.onSync(func(f *os.File) error { <-hung; return f.Sync() })
	ctx, cancel := context.WithTimeout(bg, 200*time.Millisecond)
	defer cancel()
	if err := s.Append(ctx, "s", 1, recs("b")); !errors.Is(err, ErrUnavailable) {
		t.Fatalf("an append that hangs: %v", err)
	}
	wantIs(t, s.Append(bg, "s", 1, recs("b")), ErrUnavailable)
	wantIs(t, s.Healthy(), ErrUnavailable)
	release()
	eventually(t, "it is green", 10*time.Second, func() bool { return s.Healthy() == nil })
	wantIs(t, s.Append(bg, "s", 1, recs("b")), ErrMoved)
	wantContents(t, s, "s", 0, "1:a 2:b")
}
