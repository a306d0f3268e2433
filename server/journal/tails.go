package journal

import (
	"context"
	"crypto/cipher"
	"sync"
	"time"
)

const (
	maxTails = 16 << 10        // sessions whose end and key are remembered, some 900 B each; one more costs a lookup at its next append
	tailLife = 2 * time.Minute // unused
)

// place is where a record sits: seq is the storage's number of the entry that ends with record n.
type place struct {
	n   int64
	seq uint64
	sum sum
}

// marks are places of a session that are worth remembering, to start reading from or to append after.
type marks [3]place

const (
	markBefore   = iota // the end before it was found moved
	markSnapshot        // the last record in the newest snapshot
	markHeard           // the last record that another node was heard to append
)

// tail is what this handle knows of a session's end. It is a cache: the storage refuses an append that believed it wrongly.
type tail struct {
	turn chan struct{} // 1 deep; holding it is the right to append to this session
	refs int           // guarded by tails.mu; those who hold or wait for turn
	used time.Time     // guarded by tails.mu

	// The fields below belong to who holds turn.
	known bool
	end   place

	mu    sync.Mutex
	key   cipher.Block // nil: not looked up yet
	marks marks
}

// tails remembers the ends of the sessions appended to lately.
type tails struct {
	mu sync.Mutex
	m  map[string]*tail
}

// share gives the session's tail without its turn; the caller gives it back with leave.
func (ts *tails) share(session string) *tail {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	t := ts.m[session]
	if t == nil {
		if len(ts.m) >= maxTails {
			ts.evict()
		}
		t = &tail{turn: make(chan struct{}, 1)}
		ts.m[session] = t
	}
	t.refs++
	return t
}

func (ts *tails) leave(t *tail) {
	ts.mu.Lock()
	t.refs--
	t.used = time.Now()
	ts.mu.Unlock()
}

// hold gives the session's tail with the turn taken; release it afterwards.
func (ts *tails) hold(ctx context.Context, session string) (*tail, error) {
	t := ts.share(session)
	select {
	case t.turn <- struct{}{}:
		return t, nil
	case <-ctx.Done():
		ts.leave(t)
		return nil, ctx.Err()
	}
}

func (ts *tails) release(t *tail) {
	<-t.turn
	ts.leave(t)
}

// evict forgets a sixteenth of the tails that nobody holds; which ones matters little. The caller holds ts.mu.
func (ts *tails) evict() {
	left := maxTails / 16
	for session, t := range ts.m {
		if t.refs == 0 {
			delete(ts.m, session)
			if left--; left == 0 {
				return
			}
		}
	}
}

// sweep forgets the tails that nobody has used for a while.
func (ts *tails) sweep(now time.Time) {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	for session, t := range ts.m {
		if t.refs == 0 && now.Sub(t.used) > tailLife {
			delete(ts.m, session)
		}
	}
}

// forgetKeys has all keys looked up anew: some may have been destroyed unheard.
func (ts *tails) forgetKeys() {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	for _, t := range ts.m {
		t.mu.Lock()
		t.key = nil
		t.mu.Unlock()
	}
}

// peek gives the places that a reader may start from, without waiting for who appends.
func (ts *tails) peek(session string) (m marks) {
	ts.mu.Lock()
	t := ts.m[session]
	ts.mu.Unlock()
	if t == nil {
		return m
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.marks
}

func (t *tail) mark(i int, p place) {
	t.mu.Lock()
	t.marks[i] = p
	t.mu.Unlock()
}

func (t *tail) marked(i int) place {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.marks[i]
}

// mark remembers a place of a session that the caller does not hold.
func (ts *tails) mark(session string, i int, p place) {
	t := ts.share(session)
	t.mark(i, p)
	ts.leave(t)
}

// forget drops what is known of a deleted session. Who appends at this moment finds out by being refused.
func (ts *tails) forget(session string) {
	ts.mu.Lock()
	t := ts.m[session]
	if t != nil && t.refs == 0 {
		delete(ts.m, session)
	}
	ts.mu.Unlock()
	if t != nil {
		t.mu.Lock()
		t.key, t.marks = nil, marks{}
		t.mu.Unlock()
	}
}
