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
	if key := t.cipher(); key != nil {
		return key, nil
	}
	m, err := s.get(ctx, logStream, getRequest{LastFor: keyPrefix + session})
	if err != nil || m == nil {
		return nil, err
	}
	return t.setKey(m.Data)
}

// cipher gives the session's cipher where it is at hand.
func (t *tail) cipher() cipher.Block {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.key
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

// keyFor gives the cipher to append with. A session that has records but no key is being deleted.
func (s *Store) keyFor(ctx context.Context, session string, t *tail, after int64, deadline time.Time) (cipher.Block, error) {
	if key := t.cipher(); key != nil {
		return key, nil
	}
	for {
		look, cancel := context.WithTimeout(ctx, ackTimeoutLocal)
		key, err := s.key(look, session)
		if err == nil && key == nil && after == 0 {
			key, _, err = s.makeKey(look, session)
		}
		cancel()
		if err == nil && key == nil {
			if err = s.keyless(ctx, session, t.end.seq); err == nil {
				err = ErrMoved
			}
			return nil, err
		}
		if err == nil || errors.Is(err, ErrBroken) || s.engine != nil {
			return key, err
		}
		if err := s.pause(ctx, deadline, err); err != nil {
			return nil, err
		}
	}
}

// begin makes the first key of what should be a new session. Where that succeeds there is nothing stored of it, and
// no need to ask; where not, the caller asks. The caller holds t's turn.
func (s *Store) begin(ctx context.Context, session string, t *tail) error {
	// Never with a key from memory: the session may have been deleted elsewhere, and its key with it.
	t.mu.Lock()
	t.key = nil
	t.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, ackTimeoutLocal)
	defer cancel()
	_, fresh, err := s.makeKey(ctx, session)
	if fresh {
		t.end, t.known = place{sum: chainStart(session)}, true
	}
	if err != nil && s.engine != nil && !s.mayHaveArrived(err) {
		return err
	}
	return nil // else asking shows what there is
}

// makeKey draws a key and stores it, unless the session has one: then it gives that, and it is not fresh.
func (s *Store) makeKey(ctx context.Context, session string) (key cipher.Block, fresh bool, err error) {
	secret := make([]byte, keySize)
	rand.Read(secret)
	p := &pending{subject: keyPrefix + session, data: secret, done: make(chan result, 1)}
	s.commit.submit(p)
	var r result
	select {
	case r = <-p.done:
	case <-ctx.Done():
		return nil, false, ctx.Err()
	}
	if r.err != nil && !errors.Is(r.err, errConflict) {
		return nil, false, r.err
	}
	t := s.tails.share(session)
	defer s.tails.leave(t)
	if r.err == nil {
		key, err = t.setKey(secret)
		return key, true, err
	}
	key, err = s.key(ctx, session)
	return key, false, err
}

// destroyKey overwrites the session's key where it is stored, and forgets it: nothing more may be sealed with it, even if
// the deletion gets no further.
func (s *Store) destroyKey(ctx context.Context, session string) error {
	for {
		m, err := s.get(ctx, logStream, getRequest{LastFor: keyPrefix + session})
		if err == nil && m == nil {
			s.tails.forget(session)
		}
		if err != nil || m == nil {
			return err
		}
		err = s.call(ctx, "STREAM.MSG.DELETE."+logStream, map[string]any{"seq": m.Seq}, nil)
		if err != nil && !isCode(err, codeNoMessage) {
			return err
		}
	}
}
