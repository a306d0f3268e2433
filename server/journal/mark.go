package journal

import (
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// A storage that finds a damaged record after a crash cuts its file off there and goes on as if what followed had never been.
// So the embedded journal notes beside it, about once a second, how far it has told anybody that things are stored, and
// refuses to open over a storage that ends before that. The newest file is put aside first, since it is the one that is cut.

const (
	markName = "acknowledged"
	keptName = "newest.blk.kept"
)

type mark struct {
	file string
	lag  time.Duration // until what was acknowledged is surely on the disk; 0 with Sync always

	mu      sync.Mutex
	highest acknowledged // guarded by mu

	// The fields below belong to guard's goroutine.
	written uint64
	next    acknowledged
	since   time.Time
}

// acknowledged is the newest entry that anybody was told is stored: the storage's number, its session and last record.
type acknowledged struct {
	seq     uint64
	session string
	n       int64
}

func (m *mark) saw(seq uint64, session string, n int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if seq > m.highest.seq {
		m.highest = acknowledged{seq, session, n}
	}
}

// forget begins anew where somebody removed the mark: it may speak of what was lost, which that accepts.
func (m *mark) forget() {
	m.mu.Lock()
	m.highest = acknowledged{}
	m.mu.Unlock()
	m.next = acknowledged{}
}

// write puts the mark on the disk where it has risen.
func (m *mark) write(now time.Time) error {
	if m.next.seq <= m.written {
		m.mu.Lock()
		m.next, m.since = m.highest, now
		m.mu.Unlock()
	}
	if m.next.seq <= m.written || now.Sub(m.since) < m.lag {
		return nil
	}
	text := fmt.Sprintf("%d %s %d", m.next.seq, m.next.session, m.next.n)
	text = fmt.Sprintf("%s %08x\n", text, crc32.ChecksumIEEE([]byte(text)))
	tmp := m.file + ".new"
	if err := os.WriteFile(tmp, []byte(text), 0o600); err != nil {
		return err
	}
	if err := os.Rename(tmp, m.file); err != nil {
		return err
	}
	m.written = m.next.seq
	return nil
}

// read gives the mark of the time before; nothing where there is none that can be read, which promises nothing.
func (m *mark) read() (a acknowledged) {
	b, err := os.ReadFile(m.file)
	if err != nil {
		return acknowledged{}
	}
	var crc uint32
	_, err = fmt.Sscanf(string(b), "%d %s %d %08x", &a.seq, &a.session, &a.n, &crc)
	if err != nil || crc != crc32.ChecksumIEEE(fmt.Appendf(nil, "%d %s %d", a.seq, a.session, a.n)) {
		return acknowledged{}
	}
	return a
}

// keepNewest copies the newest of the storage's files before it is started, unless a copy is there: then the last start
// found damage, and what the file held before is worth more than what it holds now.
func keepNewest(dir, msgs string) error {
	if _, err := os.Stat(filepath.Join(dir, keptName)); err == nil {
		return nil
	}
	b := blocks{dir: msgs}
	numbers, err := b.list()
	if err != nil || len(numbers) == 0 {
		return nil // nothing stored yet
	}
	in, err := os.Open(b.name(numbers[len(numbers)-1]))
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.Create(filepath.Join(dir, keptName))
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	if err2 := out.Close(); err == nil {
		err = err2
	}
	if err != nil {
		os.Remove(out.Name())
	}
	return err
}

// checkMark compares what is stored with what was acknowledged.
func (s *Store) checkMark(ctx context.Context) error {
	if s.engine == nil {
		return nil
	}
	var info struct {
		State struct {
			LastSeq uint64 `json:"last_seq"`
		} `json:"state"`
	}
	if err := s.call(ctx, "STREAM.INFO."+logStream, nil, &info); err != nil {
		return err
	}
	want := s.mark.read()
	kept := filepath.Join(s.cfg.Dir, keptName)
	lost := info.State.LastSeq < want.seq
	if want.session != "" && !lost {
		end, err := s.end(ctx, want.session)
		if err != nil && !errors.Is(err, ErrBroken) {
			return err
		}
		lost = err != nil || end.n < want.n
		if err == nil && end.n == 0 { // a deletion would have destroyed its key first
			key, err := s.get(ctx, logStream, getRequest{LastFor: keyPrefix + want.session})
			if err != nil {
				return err
			}
			lost = key != nil
		}
	}
	if lost {
		return fmt.Errorf("%w: acknowledged records are missing at its end, at least record %d of session %s. Restore a backup, or accept the loss by "+
			"removing %s; what the newest file held before it was repaired is in %s", ErrBroken, want.n, want.session, s.mark.file, kept)
	}
	if want.seq == 0 && s.mark.written > 0 {
		s.mark.forget()
	}
	s.mark.written = want.seq
	os.Remove(kept)
	return nil
}
