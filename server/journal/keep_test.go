package journal

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// onDisk says whether any file under dir holds the bytes.
func onDisk(t *testing.T, dir string, what []byte) bool {
	t.Helper()
	found := false
	must(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		found = found || bytes.Contains(b, what)
		return err
	}))
	return found
}

// TestDeletedIsGone: after Delete neither text nor key are in any file, though the storage rewrites its files much later. Others' are.
func TestDeletedIsGone(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openDir(t, Config{Dir: dir})
	secret := func(session string) []byte {
		m, err := s.get(bg, logStream, getRequest{LastFor: keyPrefix + session})
		must(t, err)
		return m.Data
	}
	for i := range int64(20) {
		for _, session := range []string{"a", "b"} {
			must(t, s.Append(bg, session, i, recs(fmt.Sprintf("words of %s %d", session, i))))
		}
	}
	must(t, s.SaveSnapshot(bg, "a", 20, []byte("words of a, all of them")))
	keyA, keyB := secret("a"), secret("b")
	if !onDisk(t, dir, keyA) || !onDisk(t, dir, keyB) {
		t.Fatal("the keys are not where they are looked for")
	}
	must(t, s.Delete(bg, "a"))
	if onDisk(t, dir, keyA) || onDisk(t, dir, []byte("words of")) {
		t.Fatal("the session can still be read from the disk")
	}
	must(t, s.Append(bg, "b", 20, recs("words of b 20"))) // the file that was rewritten is written on
	must(t, s.Append(bg, "a", 0, recs("another a")))
	if bytes.Equal(secret("a"), keyA) {
		t.Fatal("a new session got the old key")
	}
	must(t, s.Close())
	s = openDir(t, Config{Dir: dir})
	wantContents(t, s, "a", 0, "1:another a")
	wantLast(t, s, "b", 21)
	must(t, s.Verify(bg, "b"))
	if !bytes.Equal(secret("b"), keyB) || onDisk(t, dir, keyA) {
		t.Fatal("after a restart things are different")
	}
}

// TestInterruptedDeletion: a process ended when the key was gone and the log was not. Whoever reads it finishes that.
func TestInterruptedDeletion(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openDir(t, Config{Dir: dir})
	must(t, s.Append(bg, "s", 0, recs("a", "b")))
	must(t, s.SaveSnapshot(bg, "s", 2, []byte("ab")))
	must(t, s.destroyKey(bg, "s"))
	must(t, s.Close())
	s = openDir(t, Config{Dir: dir})
	wantLast(t, s, "s", 2)
	wantContents(t, s, "s", 0, "")
	wantLast(t, s, "s", 0)
	if b, err := s.peek(bg, snapStream, snapPrefix+"s.0"); b != nil || err != nil {
		t.Fatalf("its snapshot: %d bytes, %v", len(b), err)
	}
	must(t, s.Append(bg, "s", 0, recs("another")))
	must(t, s.removeRest(bg, "s", 1)) // of who began to read before that
	wantContents(t, s, "s", 0, "1:another")
	must(t, s.destroyKey(bg, "s"))
	wantIs(t, s.Append(bg, "s", 1, recs("nobody could read this")), ErrMoved)
	wantLast(t, s, "s", 0)
}

// TestDestroyedElsewhere: a node does not go on with the key that it remembers of a session whose deletion got no further than that.
func TestDestroyedElsewhere(t *testing.T) {
	t.Parallel()
	srv, err := server.NewServer(remoteOptions("one", t.TempDir(), -1))
	must(t, err)
	go srv.Start()
	if !srv.ReadyForConnections(10 * time.Second) {
		t.Fatal("the server does not start")
	}
	defer func() { srv.Shutdown(); srv.WaitForShutdown() }()
	a, b := openDir(t, Config{URL: srv.ClientURL()}), openDir(t, Config{URL: srv.ClientURL()})
	for _, session := range []string{"unheard", "heard"} {
		must(t, b.Append(bg, session, 0, recs("a")))
	}
	must(t, a.destroyKey(bg, "unheard"))
	b.missed()
	wantIs(t, b.Append(bg, "unheard", 1, recs("nobody could read this")), ErrMoved)
	wantLast(t, b, "unheard", 0)

	var h heard
	stop, err := b.Follow("heard", h.note)
	must(t, err)
	defer stop()
	var info struct {
		Config map[string]any `json:"config"`
	}
	must(t, a.call(bg, "STREAM.INFO."+logStream, nil, &info))
	info.Config["deny_purge"] = true
	must(t, a.call(bg, "STREAM.UPDATE."+logStream, info.Config, nil))
	wantIs(t, a.Delete(bg, "heard"), ErrUnavailable)
	h.want(t, "heard gone")
	wantIs(t, b.Append(bg, "heard", 1, recs("nobody could read this")), ErrUnavailable)
	wantLast(t, b, "heard", 1)
}

// TestDeleteIsSynced: a session that was told to be deleted is not back after a power cut.
func TestDeleteIsSynced(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openDir(t, Config{Dir: dir})
	must(t, s.Append(bg, "other", 0, recs("o")))
	must(t, s.Append(bg, "s", 0, recs("a")))
	file := newestBlock(t, dir)
	must(t, s.Append(bg, "big", 0, recs(strings.Repeat("x", 7<<20)))) // so that this is not the newest file
	must(t, s.Append(bg, "big", 1, recs(strings.Repeat("x", 7<<20))))
	var synced []string
	s.onSync(func(f *os.File) error { synced = append(synced, f.Name()); return f.Sync() })
	must(t, s.Delete(bg, "s"))
	if file == newestBlock(t, dir) || !slices.Contains(synced, file) {
		t.Fatalf("synced were %v", synced)
	}
	s.onSync(func(*os.File) error { return syscall.EIO })
	wantIs(t, s.Delete(bg, "big"), ErrUnavailable)
	s.onSync((*os.File).Sync)
}

// TestRetain: a session is gone some time after its last record, not after its first; followers are told.
func TestRetain(t *testing.T) {
	t.Parallel()
	s := openDir(t, Config{Dir: t.TempDir(), Retain: 800 * time.Millisecond})
	var h heard
	stop, err := s.Follow("idle", h.note)
	must(t, err)
	defer stop()
	must(t, s.Append(bg, "idle", 0, recs("a")))
	n := int64(0)
	began := time.Now()
	eventually(t, "the idle one is gone, the busy one is not", 10*time.Second, func() bool {
		must(t, s.Append(bg, "busy", n, recs("b")))
		n++
		names, err := s.Sessions(bg)
		must(t, err)
		return slices.Equal(names, []string{"busy"})
	})
	if took := time.Since(began); took < 700*time.Millisecond {
		t.Fatalf("gone after %v", took)
	}
	h.want(t, "idle gone")
	wantIs(t, s.Append(bg, "idle", 1, recs("late")), ErrMoved)
	wantLast(t, s, "busy", n)
}

// TestRetainKeys: the key of a session whose first append failed expires too, and no other's.
func TestRetainKeys(t *testing.T) {
	t.Parallel()
	s := openDir(t, Config{Dir: t.TempDir()})
	s.cfg.Retain = 10 * time.Hour // with no one who looks by himself
	wantIs(t, s.Append(bg, "never", 0, recs(strings.Repeat("x", maxPayload))), ErrTooLarge)
	must(t, s.Append(bg, "old", 0, recs("a")))
	must(t, s.Append(bg, "busy", 0, recs("a")))
	middle := time.Now()
	must(t, s.Append(bg, "busy", 1, recs("b")))
	keys := func() string {
		names, err := s.list(bg, keyPrefix)
		must(t, err)
		return strings.Join(names, " ")
	}
	must(t, s.expire(bg, middle.Add(9*time.Hour)))
	if got := keys(); got != "busy never old" {
		t.Fatalf("too early: keys of %s are left", got)
	}
	must(t, s.expire(bg, middle.Add(10*time.Hour)))
	if got := keys(); got != "busy" {
		t.Fatalf("keys of %s are left", got)
	}
	wantContents(t, s, "busy", 0, "1:a 2:b")
	s.cfg.Retain = time.Millisecond
	wantIs(t, s.Append(bg, "begins", 0, recs(strings.Repeat("x", maxPayload))), ErrTooLarge)
	must(t, s.expire(bg, time.Now().Add(beginWithin/2)))
	if got := keys(); got != "begins" {
		t.Fatalf("keys of %q are left: the first record may be on its way", got)
	}
}

// TestDeleteWhileSaving: a snapshot that is on its way while its session is deleted does not stay behind.
func TestDeleteWhileSaving(t *testing.T) {
	t.Parallel()
	s := openDir(t, Config{Dir: t.TempDir()})
	must(t, s.Append(bg, "s", 0, recs("a")))
	for range cap(s.commit.slots) {
		s.commit.slots <- struct{}{}
	}
	saved := make(chan error, 1)
	go func() { saved <- s.SaveSnapshot(bg, "s", 1, []byte("a")) }()
	eventually(t, "the snapshot is on its way", 10*time.Second, func() bool {
		s.commit.mu.Lock()
		defer s.commit.mu.Unlock()
		return len(s.commit.queue) > 0
	})
	must(t, s.Delete(bg, "s"))
	for range cap(s.commit.slots) {
		<-s.commit.slots
	}
	wantIs(t, <-saved, ErrMoved)
	if b, err := s.peek(bg, snapStream, snapPrefix+"s.0"); b != nil || err != nil {
		t.Fatalf("left of it: %d bytes, %v", len(b), err)
	}
}

// TestBackup copies while people type; the copy is a journal whose sessions are beginnings of the original's.
func TestBackup(t *testing.T) {
	t.Parallel()
	s := openDir(t, Config{Dir: t.TempDir()})
	must(t, s.Append(bg, "still", 0, recs("a", "b", "c")))
	must(t, s.SaveSnapshot(bg, "still", 2, []byte("ab")))
	quit := make(chan struct{})
	var people []*person
	var wg sync.WaitGroup
	for i := range 4 {
		p := &person{j: s, session: fmt.Sprint("s", i), name: fmt.Sprint("p", i)}
		people = append(people, p)
		wg.Go(func() { p.typing(t, quit) })
	}
	eventually(t, "they type", 10*time.Second, func() bool { n, _ := s.Last(bg, "s3"); return n > 20 })
	before, err := s.Last(bg, "s0")
	must(t, err)
	dir := filepath.Join(t.TempDir(), "copy")
	late, cancel := context.WithCancel(bg)
	cancel()
	_, err = s.Backup(late, dir)
	wantIs(t, err, context.Canceled)
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Fatalf("a backup that failed left %v, %v", left, err)
	}
	if lacking, err := s.Backup(bg, dir); len(lacking) > 0 || err != nil {
		t.Fatalf("the copy lacks some of %v, %v", lacking, err)
	}
	_, err = s.Backup(bg, dir)
	wantIs(t, err, ErrUnavailable) // not empty
	close(quit)
	wg.Wait()

	b := openDir(t, Config{Dir: dir})
	wantContents(t, b, "still", 0, "1:a 2:b 3:c")
	if n, fold, err := b.LoadSnapshot(bg, "still"); n != 2 || string(fold) != "ab" || err != nil {
		t.Fatalf("snapshot in the copy: %d %q %v", n, fold, err)
	}
	for _, p := range people {
		must(t, b.Verify(bg, p.session))
		n := int64(0)
		must(t, b.Read(bg, p.session, 0, func(k int64, r []byte) error {
			if n = k; p.acked[k] != string(r) {
				t.Fatalf("%s: record %d of the copy is %q, was %q", p.session, k, r, p.acked[k])
			}
			return nil
		}))
		if p.session == "s0" && n < before {
			t.Fatalf("the copy ends at %d, before it %d were stored", n, before)
		}
		must(t, b.Append(bg, p.session, n, recs("on")))
	}
}

// TestBackupLacks: a copy without what can't be read says of which sessions that is.
func TestBackupLacks(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openDir(t, Config{Dir: dir})
	numbered(t, s, 10)
	for i := range int64(10) {
		must(t, s.Append(bg, "whole", i, recs("a")))
	}
	must(t, s.Close())
	file := newestBlock(t, dir)
	b, err := os.ReadFile(file)
	must(t, err)
	b[inRecord(t, b, 4)] ^= 1
	must(t, os.WriteFile(file, b, 0o600))
	s = openDir(t, Config{Dir: dir})
	copied := filepath.Join(t.TempDir(), "copy")
	lacking, err := s.Backup(bg, copied)
	must(t, err)
	if len(lacking) != 1 || lacking[0] != "s" {
		t.Fatalf("the copy lacks some of %v", lacking)
	}
	must(t, openDir(t, Config{Dir: copied}).Verify(bg, "whole"))
}
