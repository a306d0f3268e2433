package journal

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
)

const (
	retainEvery = time.Hour        // looks for expired sessions
	retainFirst = 5 * time.Second  // after the start, so as not to be in its way
	listPage    = 100_000          // subjects the storage lists at a time
	beginWithin = 10 * time.Minute // between a session's key and its first record, at the most
)

// Delete removes the session from the disk at once, and tells followers on every node. A session that isn't there is no error.
func (s *Store) Delete(ctx context.Context, session string) error {
	err := s.ready(session)
	if err == nil {
		err = s.remove(ctx, session)
	}
	if err != nil {
		return fmt.Errorf("delete session %s: %w", session, s.plain(err))
	}
	return nil
}

func (s *Store) remove(ctx context.Context, session string) error {
	if err := s.destroyKey(ctx, session); err != nil {
		return err
	}
	// Others are told already now: what they appended with the key that they remember, nobody could read.
	s.gone(session)
	return s.removeRest(ctx, session, 0)
}

// keyless finishes a deletion that got no further than the key, up to the given entry of the log; 0: all. A key that is
// there and can't be read was not destroyed.
func (s *Store) keyless(ctx context.Context, session string, upTo uint64) error {
	any, err := s.holds(ctx, keyPrefix+session)
	if err == nil && any {
		err = fmt.Errorf("%w: its key can't be read", ErrBroken)
	}
	if err == nil {
		err = s.removeRest(ctx, session, upTo)
	}
	if err == nil {
		s.gone(session)
	}
	return err
}

// removeRest removes what is left of a session whose key is gone, up to the given entry of its log; 0: all.
func (s *Store) removeRest(ctx context.Context, session string, upTo uint64) error {
	// First the log: without it the snapshot means nothing, and whoever appends is told that the log moved.
	if err := s.removeLog(ctx, session, upTo); err != nil {
		return err
	}
	if err := s.removeSnapshots(ctx, session); err != nil {
		return err
	}
	if s.blocks != nil {
		return s.synced(s.blocks.syncAll())
	}
	return nil
}

// removeLog removes a session's entries. Where one of them is damaged, those before it stay, which nobody can read: a storage
// that begins with a damaged record loses its count, and cuts off what others have there when it is started next.
func (s *Store) removeLog(ctx context.Context, session string, upTo uint64) error {
	damaged, behind, err := s.damage(ctx, session)
	if err != nil {
		return err
	}
	if !damaged {
		log := map[string]any{"filter": logPrefix + session}
		if upTo > 0 {
			log["seq"] = upTo + 1
		}
		return s.call(ctx, "STREAM.PURGE."+logStream, log, nil)
	}
	for _, seq := range behind {
		err := s.call(ctx, "STREAM.MSG.DELETE."+logStream, map[string]any{"seq": seq, "no_erase": true}, nil)
		if err != nil && !isCode(err, codeNoMessage) {
			return err
		}
	}
	return nil
}

// damage tells whether entries of a session can't be read, and which can of those behind the last such. A cluster keeps
// copies and mends itself.
func (s *Store) damage(ctx context.Context, session string) (damaged bool, behind []uint64, err error) {
	if s.engine == nil {
		return false, nil, nil
	}
	subject := logPrefix + session
	stored, err := s.count(ctx, subject) // first, so that what is appended meanwhile is no damage
	if err != nil {
		return false, nil, err
	}
	read, next := uint64(0), int64(1)
	err = s.scan(ctx, logStream, subject, 1, batchMessages, func(seq uint64, data []byte) (bool, error) {
		e, err := unseal(data)
		if err != nil || e.first != next {
			damaged, behind = true, nil
		}
		behind = append(behind, seq)
		read, next = read+1, e.last()+1
		return true, nil
	})
	if damaged || read >= stored || err != nil {
		return damaged, behind, err
	}
	return true, nil, nil // it is the last
}

func (s *Store) removeSnapshots(ctx context.Context, session string) error {
	return s.call(ctx, "STREAM.PURGE."+snapStream, map[string]any{"filter": snapPrefix + session + ".*"}, nil)
}

// Sessions lists the names of all that is stored, sorted.
func (s *Store) Sessions(ctx context.Context) ([]string, error) {
	if s.closed.Load() {
		return nil, fmt.Errorf("list the sessions: %w", errClosed)
	}
	names, err := s.list(ctx, logPrefix)
	if err != nil {
		return nil, fmt.Errorf("list the sessions: %w", s.plain(err))
	}
	return names, nil
}

// list gives the sessions that have something under a prefix, sorted.
func (s *Store) list(ctx context.Context, prefix string) ([]string, error) {
	counts, err := tally(ctx, s.nc, prefix)
	names := slices.AppendSeq(make([]string, 0, len(counts)), maps.Keys(counts))
	slices.Sort(names)
	return names, err
}

// tally tells how many messages each session has under a prefix of a log's stream, by its index: those it can't read, too.
func tally(ctx context.Context, nc *nats.Conn, prefix string) (map[string]uint64, error) {
	counts := map[string]uint64{}
	for {
		var page struct {
			Total int `json:"total"`
			State struct {
				Subjects map[string]uint64 `json:"subjects"`
			} `json:"state"`
		}
		in := map[string]any{"subjects_filter": prefix + "*", "offset": len(counts)}
		if err := request(ctx, nc, "$JS.API.STREAM.INFO."+logStream, in, &page); err != nil {
			return nil, err
		}
		for subject, n := range page.State.Subjects {
			counts[strings.TrimPrefix(subject, prefix)] = n
		}
		if len(page.State.Subjects) == 0 || len(counts) >= page.Total || len(page.State.Subjects) < listPage && page.Total == 0 {
			return counts, nil
		}
	}
}

// retain deletes sessions whose last record is older than Config.Retain, now and then. With several nodes each does; the second finds nothing.
func (s *Store) retain() {
	timer := time.NewTimer(min(retainFirst, s.cfg.Retain))
	defer timer.Stop()
	for {
		select {
		case <-s.ctx.Done():
			return
		case <-timer.C:
		}
		if err := s.expire(s.ctx, time.Now()); err != nil && s.ctx.Err() == nil {
			s.log.Warn("journal: expired sessions were not all deleted", "error", s.plain(err))
		}
		timer.Reset(min(retainEvery, max(s.cfg.Retain/4, 100*time.Millisecond)))
	}
}

// expire deletes what has been kept long enough at a given time.
func (s *Store) expire(ctx context.Context, now time.Time) error {
	if err := s.expireSessions(ctx, now.Add(-s.cfg.Retain)); err != nil {
		return err
	}
	return s.expireKeys(ctx, now.Add(-max(s.cfg.Retain, beginWithin)))
}

// expireSessions deletes the sessions with no record since the given time. One that wakes up in that very moment is gone
// all the same: its room is told that the log moved and finds nothing.
func (s *Store) expireSessions(ctx context.Context, before time.Time) error {
	names, err := s.olderThan(ctx, before, logPrefix)
	if err != nil {
		return err
	}
	for _, session := range names {
		old, err := s.unusedSince(ctx, before, logPrefix+session)
		if err != nil {
			return err
		}
		if !old {
			continue
		}
		if end, err := s.end(ctx, session); err == nil && end.n == 0 {
			continue // what is left of a damaged one that was deleted
		}
		if err := s.remove(ctx, session); err != nil {
			return err
		}
		s.log.Info("journal: session expired", "session", session)
	}
	return nil
}

// expireKeys deletes keys made before the given time of sessions whose first append failed: nothing else leads to them.
func (s *Store) expireKeys(ctx context.Context, before time.Time) error {
	keys, err := s.olderThan(ctx, before, keyPrefix)
	if err != nil || len(keys) == 0 {
		return err
	}
	logs, err := s.list(ctx, logPrefix)
	if err != nil {
		return err
	}
	for _, session := range keys {
		if _, begun := slices.BinarySearch(logs, session); begun {
			continue
		}
		old, err := s.unusedSince(ctx, before, keyPrefix+session)
		if err == nil && old {
			err = s.remove(ctx, session)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// olderThan lists the sessions that have something under a prefix, if any of it was stored before the given time.
func (s *Store) olderThan(ctx context.Context, before time.Time, prefix string) ([]string, error) {
	oldest, err := s.get(ctx, logStream, getRequest{Seq: 1, NextFor: prefix + "*"})
	if err != nil || oldest == nil || oldest.Time.After(before) {
		return nil, err
	}
	return s.list(ctx, prefix)
}

// unusedSince tells whether the last message of a subject is from before the given time; where it can't be read, the last
// that can.
func (s *Store) unusedSince(ctx context.Context, before time.Time, subject string) (bool, error) {
	last, err := s.get(ctx, logStream, getRequest{LastFor: subject})
	if err == nil && last == nil {
		readable := uint64(0)
		err = s.scan(ctx, logStream, subject, 1, batchMessages, func(seq uint64, _ []byte) (bool, error) { readable = seq; return true, nil })
		if err == nil && readable > 0 {
			last, err = s.get(ctx, logStream, getRequest{Seq: readable})
		}
	}
	return last != nil && !last.Time.After(before), err
}
