package room

import (
	"context"
	"fmt"

	"tandem/shared/session"
)

// snapshotEvery is after how many events a room that closes stores its fold: reading fewer is quicker than a fold.
const snapshotEvery = 500

// A snapshooter is a journal that keeps folds beside its logs, so that a long session opens quickly.
type snapshooter interface {
	SaveSnapshot(ctx context.Context, session string, n int64, fold []byte) error
	LoadSnapshot(ctx context.Context, session string) (n int64, fold []byte, err error)
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

// loadSnapshot begins with the stored fold, if there is one that makes sense.
func (r *Room) loadSnapshot(ctx context.Context) error {
	j, ok := r.rooms.cfg.Journal.(snapshooter)
	if !ok {
		return nil
	}
	n, fold, err := j.LoadSnapshot(ctx, r.id)
	if err != nil {
		return fmt.Errorf("load snapshot: %w", err)
	}
	if n == 0 {
		return nil
	}
	state := session.NewState()
	if err := state.UnmarshalJSON(fold); err != nil || state.Rev != n || state.Session != r.id {
		r.log.Warn("snapshot not used", "at", n, "error", err)
		return nil
	}
	r.state, r.folded, r.history.last = state, n, n
	return nil
}
