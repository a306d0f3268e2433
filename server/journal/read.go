package journal

import (
	"context"
	"crypto/cipher"
	"errors"
	"fmt"
	"math"
	"time"
)

const (
	lagPatience = 5 * time.Second       // how long a replica may take to catch up with what its leader has
	lagPause    = 10 * time.Millisecond // between looks
	smallRead   = 32                    // entries: a tail read asks for no more at first
)

// Read calls each with every record after the given number, in order, up to the end as it is when Read is called.
// The record's bytes are each's to keep. An error of each ends the reading and is returned as it is.
func (s *Store) Read(ctx context.Context, session string, after int64, each func(n int64, record []byte) error) error {
	if err := s.ready(session); err != nil {
		return fmt.Errorf("read session %s: %w", session, err)
	}
	var stopped error
	err := s.read(ctx, session, after, func(e *entry, from int64) error {
		for n := from; n <= e.last(); n++ {
			if stopped = each(n, e.records[n-e.first]); stopped != nil {
				return stopped
			}
		}
		return nil
	})
	if stopped != nil {
		return stopped
	}
	if err != nil {
		return fmt.Errorf("read session %s: %w", session, s.plain(err))
	}
	return nil
}

// reading is what is left to read of a session.
type reading struct {
	key  cipher.Block
	end  int64  // the last record that is wanted
	next int64  // the record that comes next
	seq  uint64 // where in the storage it is looked for
	each func(e *entry, from int64) error
}

// take hands an entry on; more tells whether another is wanted.
func (r *reading) take(at uint64, data []byte) (more bool, err error) {
	e, err := unseal(data)
	if err != nil {
		return false, err
	}
	if e.last() < r.next { // where the search ended a little early
		r.seq = at + 1
		return true, nil
	}
	if e.first > r.next {
		return false, fmt.Errorf("%w: record %d is missing", ErrBroken, r.next)
	}
	if err := e.open(r.key); err != nil {
		return false, err
	}
	if err := r.each(&e, r.next); err != nil {
		return false, err
	}
	r.next, r.seq = e.last()+1, at+1
	return r.next <= r.end, nil
}

// read calls each with the entries that hold records after the given number; from is the first that is wanted of each.
func (s *Store) read(ctx context.Context, session string, after int64, each func(e *entry, from int64) error) error {
	after = max(after, 0)
	end, err := s.end(ctx, session)
	if errors.Is(err, ErrBroken) {
		end, err = place{n: math.MaxInt64}, nil // what comes before the damage is read, and then it is told
	}
	if err != nil || end.n <= after {
		return err
	}
	r := reading{end: end.n, next: after + 1, each: each}
	if r.key, err = s.key(ctx, session); err == nil && r.key == nil {
		return s.keyless(ctx, session, end.seq)
	}
	if err == nil {
		r.seq, err = s.locate(ctx, session, after, end, true)
	}
	if err != nil {
		return err
	}
	batch := batchMessages
	if end.n-after <= smallRead {
		batch = int(end.n - after)
	}
	searched := false
	giveUp := time.Now().Add(lagPatience)
	for {
		err := s.scan(ctx, logStream, logPrefix+session, r.seq, batch, r.take)
		if errors.Is(err, ErrBroken) && r.next == after+1 && !searched {
			searched = true
			if r.seq, err = s.locate(ctx, session, after, end, false); err == nil {
				continue
			}
		}
		if err != nil && errors.Is(err, context.DeadlineExceeded) && time.Now().Before(giveUp) && s.again(ctx, err) {
			continue // from where it stopped
		}
		if err != nil || r.next > end.n {
			return err
		}
		if err := s.caughtUp(ctx, session, end, giveUp); err != nil {
			return err
		}
	}
}

// caughtUp waits a moment for a replica that has not got all of it yet, unless the session has gone in the meantime.
func (s *Store) caughtUp(ctx context.Context, session string, end place, giveUp time.Time) error {
	now, err := s.end(ctx, session)
	if err != nil {
		return err
	}
	if now.n < end.n {
		return fmt.Errorf("%w: it was deleted meanwhile", ErrMoved)
	}
	if time.Now().After(giveUp) {
		return fmt.Errorf("%w: its end is missing", ErrBroken)
	}
	select {
	case <-time.After(lagPause):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// locate finds a storage number from which reading comes upon record after+1: at once where a place is
// remembered, else by halving, some twenty looks in a million. Remembered places may be of a session
// deleted elsewhere and made anew; known false does without them.
func (s *Store) locate(ctx context.Context, session string, after int64, end place, known bool) (uint64, error) {
	low, lowN := uint64(1), int64(0) // entries before low end with record lowN or earlier
	if after == 0 {
		return low, nil
	}
	if known {
		for _, p := range s.tails.peek(session) {
			if p.n <= after && p.n > lowN && p.seq <= end.seq {
				low, lowN = p.seq+1, p.n
			}
		}
	}
	high := end.seq // the entry that is looked for is not after high
	for low < high && after-lowN > smallRead {
		mid := low + (high-low)/2
		m, err := s.get(ctx, logStream, getRequest{Seq: mid, NextFor: logPrefix + session})
		if err != nil {
			return 0, err
		}
		if m == nil {
			break // deleted meanwhile; reading will tell
		}
		e, err := unseal(m.Data)
		if err != nil {
			return 0, err
		}
		switch {
		case e.last() <= after:
			low, lowN = m.Seq+1, e.last()
		case e.first <= after+1:
			return m.Seq, nil
		default:
			high = mid - 1
		}
	}
	return low, nil
}

// at finds the entry that holds record n.
func (s *Store) at(ctx context.Context, session string, n int64) (place, error) {
	var found place
	end, err := s.end(ctx, session)
	if err != nil || end.n < n {
		return found, err
	}
	if end.n == n {
		return end, nil
	}
	seq, err := s.locate(ctx, session, n-1, end, true)
	if err != nil {
		return found, err
	}
	for found.n == 0 {
		m, err := s.get(ctx, logStream, getRequest{Seq: seq, NextFor: logPrefix + session})
		if err != nil {
			return found, err
		}
		if m == nil {
			return found, nil
		}
		e, err := unseal(m.Data)
		if err != nil {
			return found, err
		}
		if e.last() >= n {
			found = place{n: n, seq: m.Seq, sum: e.sum}
		}
		seq = m.Seq + 1
	}
	return found, nil
}

// Verify reads the whole session and reports the first record that is not what was appended: ErrBroken and its number.
func (s *Store) Verify(ctx context.Context, session string) error {
	err := s.ready(session)
	if err == nil {
		chain := chainStart(session)
		err = s.read(ctx, session, 0, func(e *entry, from int64) error {
			if from != e.first {
				return fmt.Errorf("%w: records %d to %d are there twice", ErrBroken, e.first, from-1)
			}
			if chain = chain.over(e.first, e.records); chain != e.sum {
				return fmt.Errorf("%w: the chain breaks at record %d", ErrBroken, e.first)
			}
			return nil
		})
	}
	if err != nil && !errors.Is(err, context.Canceled) {
		return fmt.Errorf("verify session %s: %w", session, s.plain(err))
	}
	return err
}
