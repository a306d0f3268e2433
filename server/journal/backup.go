package journal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/nats-io/nats.go"
)

const backupChunk = 512 << 10 // bytes a message

// Backup makes a copy of everything in dir while the journal goes on. Dir may be missing or empty; afterwards
// it is an embedded journal like any other, to be opened with Config.Dir. What is stored while it runs may or may not be in it, but always
// as a beginning of a session's log. A copy keeps deleted sessions for as long as it is kept. Where it fails, dir is empty.
// Records that can't be read are not in the copy: lacking names the sessions that they are missing from, sorted.
func (s *Store) Backup(ctx context.Context, dir string) (lacking []string, err error) {
	if s.closed.Load() {
		return nil, fmt.Errorf("back up to %s: %w", dir, errClosed)
	}
	if lacking, err = s.backup(ctx, dir); err != nil {
		return nil, fmt.Errorf("back up to %s: %w", dir, s.plain(err))
	}
	return lacking, nil
}

func (s *Store) backup(ctx context.Context, dir string) (lacking []string, err error) {
	if names, err := os.ReadDir(dir); err == nil && len(names) > 0 {
		return nil, fmt.Errorf("%w: the folder is not empty", ErrUnavailable)
	}
	to, err := newEngine(dir, lazySync, s.log, func() {})
	if err != nil {
		return nil, err
	}
	defer func() {
		to.close()
		if err != nil { // half a copy is none
			err = errors.Join(err, empty(dir))
		}
	}()
	if err := to.start(); err != nil {
		return nil, err
	}
	nc, err := nats.Connect("", nats.InProcessServer(to))
	if err != nil {
		return nil, err
	}
	defer nc.Close()
	before, err := tally(ctx, s.nc, logPrefix) // what is appended meanwhile only adds to it
	if err != nil {
		return nil, err
	}
	// The log first: a snapshot newer than the log is not believed, a log newer than its snapshot is in order.
	for _, stream := range []string{logStream, snapStream} {
		if err := s.copyStream(ctx, stream, nc); err != nil {
			return nil, err
		}
	}
	if lacking, err = s.lacking(ctx, before, nc); err != nil {
		return nil, err
	}
	nc.Close()
	to.stop()
	return lacking, syncTree(dir)
}

// lacking names the sessions of which a copy has less than there was before it was made, sorted. Those deleted meanwhile lack
// nothing.
func (s *Store) lacking(ctx context.Context, before map[string]uint64, copied *nats.Conn) (names []string, err error) {
	has, err := tally(ctx, copied, logPrefix)
	if err != nil {
		return nil, err
	}
	for session, n := range before {
		if has[session] >= n {
			continue
		}
		now, err := s.count(ctx, logPrefix+session)
		if err != nil {
			return nil, err
		}
		if now >= n {
			names = append(names, session)
		}
	}
	slices.Sort(names)
	return names, nil
}

// empty removes all that is in a folder.
func empty(dir string) error {
	names, err := os.ReadDir(dir)
	for _, n := range names {
		err = errors.Join(err, os.RemoveAll(filepath.Join(dir, n.Name())))
	}
	return err
}

// copyStream pipes one stream of the storage, as it is on its disk, into another storage.
func (s *Store) copyStream(ctx context.Context, stream string, to *nats.Conn) error {
	sub, err := s.nc.SubscribeSync(s.nc.NewInbox())
	if err != nil {
		return err
	}
	defer sub.Unsubscribe()
	if err := sub.SetPendingLimits(-1, -1); err != nil { // what is on its way is bounded by the acknowledgements below
		return err
	}
	var from struct {
		Config map[string]any  `json:"config"`
		State  json.RawMessage `json:"state"`
	}
	in := map[string]any{"deliver_subject": sub.Subject, "no_consumers": true, "chunk_size": backupChunk}
	if err := s.call(ctx, "STREAM.SNAPSHOT."+stream, in, &from); err != nil {
		return err
	}
	from.Config["num_replicas"] = 1
	delete(from.Config, "republish")
	delete(from.Config, "placement")
	var into struct {
		Deliver string `json:"deliver_subject"`
	}
	if err := request(ctx, to, "$JS.API.STREAM.RESTORE."+stream, map[string]any{"config": from.Config, "state": from.State}, &into); err != nil {
		return err
	}
	for {
		chunk, err := nextMessage(ctx, sub, 2*apiTimeout)
		if err != nil {
			return err
		}
		if status := chunk.Header.Get("Status"); status != "" && status != "204" {
			return &apiError{Description: status + " " + chunk.Header.Get("Description")}
		}
		msg, err := to.RequestWithContext(ctx, into.Deliver, chunk.Data)
		if err != nil {
			return err
		}
		var answer struct {
			Error *apiError `json:"error"`
		}
		if len(msg.Data) > 0 && json.Unmarshal(msg.Data, &answer) == nil && answer.Error != nil {
			return answer.Error
		}
		if len(chunk.Data) == 0 {
			return nil // the end, and the copy is complete
		}
		if chunk.Reply != "" {
			if err := chunk.Respond(nil); err != nil {
				return err
			}
		}
	}
}

// syncTree puts a folder and all in it on the disk.
func syncTree(dir string) error {
	return filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			return syncDir(path)
		}
		_, err = syncFile(path, (*os.File).Sync)
		return err
	})
}
