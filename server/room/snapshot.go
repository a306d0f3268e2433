package room

import (
	"bytes"
	"context"
	"fmt"

	"tandem/shared/session"
)

// After how many events a room stores its fold. Reading fewer is quicker than a fold; a room that goes on for long does it
// too, so that its session opens soon after a crash.
const (
	snapshotEvery = 500    // when it closes
	snapshotLong  = 10_000 // while it goes on
)

// A snapshooter is a journal that keeps folds beside its logs, so that a long session opens quickly.
type snapshooter interface {
	SaveSnapshot(ctx context.Context, session string, n int64, fold []byte) error
	LoadSnapshot(ctx context.Context, session string) (n int64, fold []byte, err error)
}

// keepUp stores the fold of a room that goes on.
func (r *Room) keepUp() {
	if r.state.Rev-r.folded >= snapshotLong && !r.over {
		r.snapshot()
		if r.state.Rev-r.folded >= snapshotLong {
			r.folded = r.state.Rev - snapshotLong + snapshotEvery // it failed: not again at once
		}
	}
}

// snapshot stores the fold, if much was added since the last. It is only there to save time: failing does no harm.
func (r *Room) snapshot() {
	j, ok := r.rooms.cfg.Journal.(snapshooter)
	if !ok || r.state.Rev-r.folded < snapshotEvery {
		return
	}
	fold, err := r.state.Snapshot()
	if err == nil {
		err = j.SaveSnapshot(r.within(), r.id, r.state.Rev, fold)
	}
	if err != nil {
		r.log.Warn("snapshot not saved", "error", err)
		return
	}
	r.folded = r.state.Rev
}

// keptFold gives the stored fold of a session, after n events; 0 where there is none.
func keptFold(ctx context.Context, j Journal, id string) (n int64, fold []byte, err error) {
	if s, ok := j.(snapshooter); ok {
		if n, fold, err = s.LoadSnapshot(ctx, id); err != nil {
			err = fmt.Errorf("load snapshot: %w", err)
		}
	}
	return n, fold, err
}

// sameFold compares a stored fold with the state that the log gives at its place.
func sameFold(state *session.State, fold []byte) error {
	kept := session.NewState()
	err := kept.UnmarshalJSON(fold)
	if err != nil {
		return nil // nobody can begin with it
	}
	want, err := state.Snapshot()
	if err != nil {
		return err
	}
	if got, err := kept.Snapshot(); err != nil || !bytes.Equal(got, want) {
		return fmt.Errorf("the snapshot from which the session opens, after record %d, is not what its log says", state.Rev)
	}
	return nil
}

// loadSnapshot begins with the stored fold, if there is one that makes sense.
func (r *Room) loadSnapshot(ctx context.Context) error {
	n, fold, err := keptFold(ctx, r.rooms.cfg.Journal, r.id)
	if err != nil || n == 0 {
		return err
	}
	state := session.NewState()
	if err := state.UnmarshalJSON(fold); err != nil || state.Rev != n || state.Session != r.id {
		r.log.Warn("snapshot not used", "at", n, "error", err)
		return nil
	}
	r.state, r.folded, r.history.last = state, n, n
	return nil
}
