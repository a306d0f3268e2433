package journal

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"
)

// TestLateRecords: they are asked for when the entry's turn has come, and not at all once nobody waits for it.
func TestLateRecords(t *testing.T) {
	s := openDir(t, Config{Dir: t.TempDir(), Sync: time.Second})
	must(t, s.Append(bg, "s", 0, recs("a")))
	for range cap(s.commit.slots) {
		s.commit.slots <- struct{}{} // groups that are on their way
	}
	var asked atomic.Int64
	late := func() [][]byte { asked.Add(1); return recs("b", "c") }
	stored := make(chan error, 1)
	begin := func(ctx context.Context, queued int) {
		go func() { stored <- s.AppendLate(ctx, "s", 1, late) }()
		for waiting := 0; waiting < queued; time.Sleep(time.Millisecond) {
			s.commit.mu.Lock()
			waiting = len(s.commit.queue)
			s.commit.mu.Unlock()
		}
		if n := asked.Load(); n != 0 {
			t.Errorf("asked %d times before its turn", n)
		}
	}
	ctx, giveUp := context.WithCancel(bg)
	begin(ctx, 1)
	giveUp()
	if err := <-stored; !errors.Is(err, context.Canceled) {
		t.Fatalf("an append that was given up: %v", err)
	}
	begin(bg, 2)
	for range cap(s.commit.slots) {
		<-s.commit.slots
	}
	must(t, <-stored)
	if n := asked.Load(); n != 1 {
		t.Fatalf("two appends of which one was given up before its turn: asked %d times", n)
	}
	wantContents(t, s, "s", 0, "1:a 2:b 3:c")
}
