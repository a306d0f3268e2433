package room

import (
	"context"
	"errors"
	"fmt"

	"tandem/shared/session"
)

// What is done with a whole log at once: reading it out, deleting it, checking it.

var errEnough = errors.New("enough was read")

// Log calls each with every event of a session that a person of the role may see, in the form of the wire.
func Log(ctx context.Context, j Journal, id string, role session.Role, each func(event []byte) error) error {
	if !session.ValidID(id) {
		return ErrNoSession
	}
	var frame []byte
	begun := false
	err := j.Read(ctx, id, 0, func(n int64, record []byte) error {
		begun = true
		e, err := session.ParseEvent(record)
		if err != nil {
			return fmt.Errorf("record %d: %w", n, err)
		}
		if !session.MaySee(role, e.Body) {
			return nil
		}
		frame = session.AppendEvent(frame[:0], e.Public())
		return each(frame)
	})
	if !begun && (err == nil || isMoved(err)) {
		return ErrNoSession
	}
	return err
}

// Has tells whether there is such a session.
func (rs *Rooms) Has(ctx context.Context, id string) (bool, error) {
	if !session.ValidID(id) {
		return false, nil
	}
	last, err := rs.cfg.Journal.Last(ctx, id)
	return last > 0, rs.counts.failed(err)
}

// Log is Log for the one who has the interviewer's key.
func (rs *Rooms) Log(ctx context.Context, id, key string, each func(event []byte) error) error {
	if err := rs.unlock(ctx, id, key); err != nil {
		return err
	}
	var stopped error // by each, which is not the journal's
	err := Log(ctx, rs.cfg.Journal, id, session.Interviewer, func(event []byte) error {
		stopped = each(event)
		return stopped
	})
	if stopped != nil || errors.Is(err, ErrNoSession) {
		return err
	}
	return rs.counts.failed(err)
}

// Delete removes a session for good, for the one who has the interviewer's key. Who is in it is told that it is no more.
func (rs *Rooms) Delete(ctx context.Context, id, key string) error {
	j, ok := rs.cfg.Journal.(interface {
		Delete(ctx context.Context, session string) error
	})
	if !ok {
		return errors.New("this journal can't delete")
	}
	if err := rs.unlock(ctx, id, key); err != nil {
		return err
	}
	if err := rs.counts.failed(j.Delete(ctx, id)); err != nil {
		return err
	}
	rs.Gone(id)
	rs.cfg.Log.Info("session deleted", "session", id)
	return nil
}

// Gone ends the room of a session that was deleted or has expired, for a journal whose rooms follow nothing else. It does not
// wait.
func (rs *Rooms) Gone(id string) {
	rs.mu.Lock()
	r := rs.open[id]
	rs.mu.Unlock()
	if r != nil {
		r.ear.add(heard{note: Note{Session: id, Gone: true}})
	}
}

// deleted ends a room whose log is no more.
func (r *Room) deleted() {
	if r.over {
		return
	}
	r.batch.drop()
	r.end(session.CloseNoSession)
}

// unlock checks the interviewer's key, whether the session is live or not.
func (rs *Rooms) unlock(ctx context.Context, id, key string) error {
	if !session.ValidID(id) {
		return ErrNoSession
	}
	lock, err := rs.lock(ctx, id)
	if err != nil {
		return err
	}
	if !opens(key, lock) {
		return ErrNotAllowed
	}
	return nil
}

// lock is what the log's first record knows of the interviewer's key. Where that is damaged, a fold of it may know.
func (rs *Rooms) lock(ctx context.Context, id string) (string, error) {
	var first session.Event
	err := rs.cfg.Journal.Read(ctx, id, 0, func(_ int64, record []byte) (err error) {
		if first, err = session.ParseEvent(record); err != nil {
			return fmt.Errorf("%w: %w", errFold, err)
		}
		return errEnough
	})
	create, ok := first.Body.(session.Create)
	if ok {
		return create.Lock, nil
	}
	if err == nil || isMoved(err) { // deleted, perhaps while it was read
		return "", ErrNoSession
	}
	if rs.counts.failed(err); !IsDamaged(err) {
		return "", err
	}
	state := session.NewState()
	if n, fold, foldErr := keptFold(ctx, rs.cfg.Journal, id); foldErr != nil || n == 0 || state.UnmarshalJSON(fold) != nil || state.Lock() == "" {
		return "", err
	}
	return state.Lock(), nil
}

// IsDamaged tells whether an error says that a log is not what was stored, so that asking again does not help.
func IsDamaged(err error) bool {
	var b interface{ Broken() bool }
	return errors.Is(err, errFold) || errors.As(err, &b) && b.Broken()
}

// Check reads a session's log as a room does and tells what is wrong with it: a record that is not what was stored,
// that does not follow, or whose hash of the text is not the text's.
func Check(ctx context.Context, j Journal, id string) (events int64, err error) {
	if v, ok := j.(interface {
		Verify(ctx context.Context, session string) error
	}); ok {
		if err := v.Verify(ctx, id); err != nil {
			return 0, err
		}
	}
	at, kept, err := keptFold(ctx, j, id)
	if err != nil {
		return 0, err
	}
	state := session.NewState()
	err = j.Read(ctx, id, 0, func(n int64, record []byte) error {
		e, err := session.ParseEvent(record)
		if err != nil {
			return fmt.Errorf("record %d: %w", n, err)
		}
		_, first := e.Body.(session.Create)
		switch code := state.Docs[session.DocCode]; {
		case e.Rev != n:
			return fmt.Errorf("record %d holds event %d", n, e.Rev)
		case first != (n == 1):
			return fmt.Errorf("record %d: a log begins with its creation, once", n)
		case n > 1 && e.Hash != 0 && e.Hash != code.Hash():
			return fmt.Errorf("record %d: the text before it is not what its author had", n)
		}
		events = n
		if err = state.Apply(e); err == nil && n == at {
			err = sameFold(state, kept)
		}
		return err
	})
	if err == nil && events > 0 && state.Session != id {
		err = fmt.Errorf("it is the log of session %q", state.Session)
	}
	return events, err
}
