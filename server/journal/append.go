package journal

import (
	"context"
	"crypto/cipher"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/nats-io/nats.go"
)

// ErrTooLarge says that records don't fit into one entry (8 MB embedded, the cluster's max_payload elsewhere).
var ErrTooLarge = errors.New("the records are too large to be stored together")

var errNothing = errors.New("no records")

const anySeq = math.MaxUint64 // a pending that may follow anything

const retryPause = 50 * time.Millisecond // between tries while a cluster elects

// Append stores records as numbers after+1, after+2, … of the session's log, all or none, and returns when they are
// stored. ErrMoved: the log does not end at after. ErrUnavailable: not stored, or not known to be; Read before going on.
// The records may be reused as soon as it has returned.
func (s *Store) Append(ctx context.Context, session string, after int64, records [][]byte) error {
	return s.AppendLate(ctx, session, after, func() [][]byte { return records })
}

// AppendLate is Append for records that are named when their turn comes: what came up while they waited for it is
// stored with them. It calls late at most once, from any goroutine, never after it has returned.
func (s *Store) AppendLate(ctx context.Context, session string, after int64, late func() [][]byte) error {
	if err := s.append(ctx, session, after, late); err != nil {
		if errors.Is(err, ErrUnavailable) {
			s.stats.failures.Add(1)
		}
		return fmt.Errorf("append to session %s after %d: %w", session, after, s.plain(err))
	}
	return nil
}

func (s *Store) append(ctx context.Context, session string, after int64, late func() [][]byte) error {
	if err := checkName(session); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if s.closed.Load() {
		return errClosed
	}
	t, err := s.tails.hold(ctx, session)
	if err != nil {
		return err
	}
	defer s.tails.release(t)
	// Unlike a cluster's, our own disk's trouble is not over by the time we are there; and what the append before this one
	// wrote may not be synced.
	if err := s.Healthy(); err != nil && s.engine != nil {
		return err
	}
	deadline := time.Now().Add(patience)
	if after == 0 && !t.known {
		if err := s.begin(ctx, session, t); err != nil {
			return err
		}
	}
	if heard := t.marked(markHeard); after > 0 && heard.n == after && heard.seq > t.end.seq {
		t.end, t.known = heard, true
	}
	if !t.known || t.end.n != after {
		if err := s.refresh(ctx, session, t, deadline); err != nil {
			return err
		}
	}
	if t.end.n != after {
		return fmt.Errorf("%w: it ends at %d", ErrMoved, t.end.n)
	}
	key, err := s.keyFor(ctx, session, t, after, deadline)
	if err != nil {
		return err
	}
	e := entry{writer: s.writer, attempt: s.serial.Add(1), first: after + 1}
	seq, err := s.store(ctx, session, t, &e, deadline, func() ([]byte, error) {
		return s.complete(&e, late(), t.end.sum, key)
	})
	if errors.Is(err, errNothing) {
		return nil
	}
	if err != nil {
		return err
	}
	t.end = place{n: e.last(), seq: seq, sum: e.sum}
	return nil
}

// complete puts the records into an entry that follows the sum before, and seals it.
func (s *Store) complete(e *entry, records [][]byte, before sum, key cipher.Block) ([]byte, error) {
	if len(records) == 0 {
		return nil, errNothing
	}
	e.records, e.count, e.sum = records, int64(len(records)), before.over(e.first, records)
	data := e.seal(key)
	if int64(len(data)) > s.nc.MaxPayload()-1024 {
		return nil, ErrTooLarge
	}
	if err := s.room(len(data)); err != nil {
		return nil, err
	}
	return data, nil
}

// store sends one entry until its fate is known, or patience is at an end. Seal completes it when it is first sent.
func (s *Store) store(ctx context.Context, session string, t *tail, e *entry, deadline time.Time, seal func() ([]byte, error)) (uint64, error) {
	t.known = false // until the answer is there
	lost := false   // an earlier try may have arrived, now or later
	quiet := true   // until it is asked for by itself
	var data []byte // once it is sealed
	for {
		p := &pending{subject: logPrefix + session, data: data, seal: seal, expect: t.end.seq, quiet: quiet, done: make(chan result, 1)}
		s.commit.submit(p)
		var r result
		select {
		case r = <-p.done:
		case <-ctx.Done():
			if p.withdraw() {
				t.known = true
			} else if s.engine != nil {
				s.trouble(errors.New("its storage does not answer")) // written perhaps, and not synced
			}
			return 0, ctx.Err()
		}
		if data, seal = p.data, nil; data == nil { // it was never sent
			t.known = true
			return 0, r.err
		}
		switch {
		case r.err == nil:
			t.known = true
			s.mark.saw(r.seq, session, e.last())
			return r.seq, nil
		case errors.Is(r.err, errConflict) && !lost:
			s.stats.conflicts.Add(1)
			t.mark(markBefore, t.end)
			return 0, ErrMoved
		case errors.Is(r.err, errUnsure):
			quiet = false
		case errors.Is(r.err, errConflict): // perhaps with that try
		case s.mayHaveArrived(r.err):
			lost = true
			s.trouble(errors.New("its storage does not answer"))
			if s.engine != nil {
				return 0, fmt.Errorf("%w: its storage does not answer", ErrUnavailable)
			}
		default:
			return 0, r.err
		}
		seq, state, err := s.fate(ctx, session, t.end.seq, e, deadline)
		switch {
		case err != nil:
			return 0, err
		case state == fateStored:
			t.known = true
			return seq, nil
		case state == fateMoved:
			s.stats.conflicts.Add(1)
			return 0, ErrMoved
		}
		s.stats.retries.Add(1)
		if err := s.pause(ctx, deadline, r.err); err != nil {
			return 0, err
		}
	}
}

// mayHaveArrived tells failures on the way from refusals.
func (s *Store) mayHaveArrived(err error) bool {
	var api *apiError
	if errors.As(err, &api) {
		return api.Code == 503 || api.Code == 500 // no leader, or it lost its place in the middle
	}
	return !errors.Is(err, nats.ErrMaxPayload) && !errors.Is(err, ErrUnavailable)
}

const (
	fateAbsent = iota
	fateStored
	fateMoved
)

// fate finds out what became of an entry whose answer was lost, by looking at what follows the one it was to follow.
// One's own is known by writer and attempt, not by its content: another node may have stored the same.
func (s *Store) fate(ctx context.Context, session string, before uint64, e *entry, deadline time.Time) (seq uint64, state int, err error) {
	for {
		look, cancel := context.WithTimeout(ctx, ackTimeout) // without a leader nobody answers at all
		m, err := s.get(look, logStream, getRequest{Seq: before + 1, NextFor: logPrefix + session})
		cancel()
		if err == nil {
			if m == nil {
				return 0, fateAbsent, nil
			}
			found, err := unseal(m.Data)
			if err != nil {
				return 0, 0, err
			}
			if found.writer == e.writer && found.attempt == e.attempt {
				return m.Seq, fateStored, nil
			}
			return 0, fateMoved, nil
		}
		if err := s.pause(ctx, deadline, err); err != nil {
			return 0, 0, err
		}
	}
}

// pause waits before a retry; at the deadline it gives up with the cause.
func (s *Store) pause(ctx context.Context, deadline time.Time, cause error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if s.engine == nil {
		s.trouble(s.plain(cause))
	}
	if time.Now().After(deadline) || s.closed.Load() {
		return fmt.Errorf("%w: no answer for %v", ErrUnavailable, patience)
	}
	select {
	case <-time.After(retryPause):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// refresh asks where the session ends. The caller holds t's turn.
func (s *Store) refresh(ctx context.Context, session string, t *tail, deadline time.Time) error {
	for {
		look, cancel := context.WithTimeout(ctx, ackTimeout)
		end, err := s.end(look, session)
		cancel()
		if err == nil {
			if t.end.n > 0 && t.end.n < end.n {
				t.mark(markBefore, t.end)
			}
			t.end, t.known = end, true
			return nil
		}
		if errors.Is(err, ErrBroken) || s.engine != nil {
			return err
		}
		if err := s.pause(ctx, deadline, err); err != nil {
			return err
		}
	}
}

// end asks the storage for the session's last entry.
func (s *Store) end(ctx context.Context, session string) (place, error) {
	if s.blocks != nil && s.blocks.doubt.Load() != 0 {
		return place{}, fmt.Errorf("%w: %w", ErrUnavailable, errDoubt) // it may not last
	}
	m, err := s.get(ctx, logStream, getRequest{LastFor: logPrefix + session})
	if err == nil && m == nil {
		if m, err = s.reallyNone(ctx, session); m == nil {
			return place{sum: chainStart(session)}, err
		}
	}
	if err != nil {
		return place{}, err
	}
	e, err := unseal(m.Data)
	if err != nil {
		return place{}, err
	}
	return place{n: e.last(), seq: m.Seq, sum: e.sum}, nil
}

// reallyNone makes sure that a session without a last entry has none: the storage says so of a damaged one, too, and
// would let a second log begin over it.
func (s *Store) reallyNone(ctx context.Context, session string) (*stored, error) {
	m, err := s.get(ctx, logStream, getRequest{LastFor: keyPrefix + session})
	if err != nil || m == nil {
		return nil, err // nothing was ever sealed
	}
	if any, err := s.holds(ctx, logPrefix+session); err != nil || !any {
		return nil, err // it was about to begin, or is being deleted
	}
	m, err = s.get(ctx, logStream, getRequest{LastFor: logPrefix + session})
	if err != nil || m != nil {
		return m, err // it has begun just now
	}
	return nil, fmt.Errorf("%w: its last record can't be read", ErrBroken)
}

// holds tells whether the log's stream has anything under a subject.
func (s *Store) holds(ctx context.Context, subject string) (bool, error) {
	n, err := s.count(ctx, subject)
	return n > 0, err
}

// count tells how much the log's stream has under a subject, by its index: of what it can't read, too.
func (s *Store) count(ctx context.Context, subject string) (uint64, error) {
	var info struct {
		State struct {
			Subjects map[string]uint64 `json:"subjects"`
		} `json:"state"`
	}
	err := s.call(ctx, "STREAM.INFO."+logStream, map[string]any{"subjects_filter": subject}, &info)
	return info.State.Subjects[subject], err
}

// Last tells the number of the session's last record; 0 where there is no such session.
func (s *Store) Last(ctx context.Context, session string) (int64, error) {
	err := s.ready(session)
	var end place
	if err == nil {
		end, err = s.end(ctx, session)
	}
	if err != nil {
		return 0, fmt.Errorf("find the end of session %s: %w", session, s.plain(err))
	}
	return end.n, nil
}

func (s *Store) ready(session string) error {
	if s.closed.Load() {
		return errClosed
	}
	return checkName(session)
}
