package journal

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"errors"
	"time"
)

// The storage forgets a deleted session at once, but its bytes stay in files shared with other sessions until those are
// rewritten, which may be months later. So each session is sealed with a key of its own, kept in the log beside it, and
// deleting a session overwrites that one key on the disk: what is left of the rest is noise. It is no protection from who can read the folder
// of a living session.

const keySize = 32 // bytes: AES-256

// key gives the session's cipher; nil where there is none.
func (s *Store) key(ctx context.Context, session string) (cipher.Block, error) {
	t := s.tails.share(session)
	defer s.tails.leave(t)
	t.mu.Lock()
	key := t.key
	t.mu.Unlock()
	if key != nil {
		return key, nil
	}
	m, err := s.get(ctx, logStream, getRequest{LastFor: keyPrefix + session})
	if err != nil || m == nil {
		return nil, err
	}
	return t.setKey(m.Data)
}

func (t *tail) setKey(secret []byte) (cipher.Block, error) {
	key, err := aes.NewCipher(secret)
	if err != nil {
		return nil, ErrBroken
	}
	t.mu.Lock()
	t.key = key
	t.mu.Unlock()
	return key, nil
}

// keyFor gives the cipher to append with; a session that begins gets a key first. One that has records but no key is
// being deleted.
func (s *Store) keyFor(ctx context.Context, session string, after int64, deadline time.Time) (cipher.Block, error) {
	for {
		key, err := s.tryKey(ctx, session, after)
		if err == nil && key == nil {
			return nil, ErrMoved
		}
		if err == nil || errors.Is(err, ErrBroken) || s.engine != nil {
			return key, err
		}
		if err := s.pause(ctx, deadline, err); err != nil {
			return nil, err
		}
	}
}

func (s *Store) tryKey(ctx context.Context, session string, after int64) (cipher.Block, error) {
	ctx, cancel := context.WithTimeout(ctx, ackTimeoutLocal)
	defer cancel()
	if after > 0 {
		return s.key(ctx, session)
	}
	// Never from memory: the session may have been deleted elsewhere, with its key, and begin anew.
	secret := make([]byte, keySize)
	rand.Read(secret)
	p := &pending{subject: keyPrefix + session, data: secret, done: make(chan result, 1)}
	s.commit.submit(p)
	var r result
	select {
	case r = <-p.done:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if r.err != nil && !errors.Is(r.err, errConflict) && !s.mayHaveArrived(r.err) {
		return nil, r.err
	}
	t := s.tails.share(session)
	defer s.tails.leave(t)
	if r.err == nil {
		return t.setKey(secret)
	}
	// Another node was faster, or our own arrived and the answer did not.
	m, err := s.get(ctx, logStream, getRequest{LastFor: keyPrefix + session})
	if err != nil {
		return nil, err
	}
	if m == nil {
		return nil, r.err
	}
	return t.setKey(m.Data)
}

// destroyKey overwrites the session's key where it is stored.
func (s *Store) destroyKey(ctx context.Context, session string) error {
	for {
		m, err := s.get(ctx, logStream, getRequest{LastFor: keyPrefix + session})
		if err != nil || m == nil {
			return err
		}
		err = s.call(ctx, "STREAM.MSG.DELETE."+logStream, map[string]any{"seq": m.Seq}, nil)
		if err != nil && !isCode(err, codeNoMessage) {
			return err
		}
	}
}
