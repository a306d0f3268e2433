package journal

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/minio/highwayhash"
)

// A storage that was not stopped cleanly reads all its files anew, and cuts each off at the first record that it can't read;
// after a clean stop it does so where it does not find the next record. What was torn was promised to nobody, but behind
// damage there may be what healthy sessions stored. So the files are looked through first, and nothing is started where that
// would take what was acknowledged.

// The storage's records: 4 bytes length (the highest bit: it has headers), 8 bytes number (the highest bit: erased, the next: a
// mark of a deletion), 8 bytes time, 2 bytes length of the subject; the subject, 4 bytes length of headers where there are
// some, the rest, 8 bytes hash.
const (
	recordHead = 4 + 8 + 8 + 2
	hasHeaders = 1 << 31
	isErased   = 1 << 63
	isDeletion = 1 << 62
)

// scanAgain is how long files that look the same count as the same: one that was put back from a copy may have the size and
// the time of the one in whose place it is.
const scanAgain = time.Minute

// refusal is why the storage was not started. A repair tries twice a second, and need not read everything each time.
type refusal struct {
	err  error
	seen string // what the files looked like, and the mark
	at   time.Time
}

// mayStart fails where a file is damaged before the last record that was acknowledged.
func (s *Store) mayStart(want acknowledged, now time.Time) error {
	b := blocks{dir: blocksDir(s.cfg.Dir)}
	seen := fmt.Sprint(want, b.look())
	if seen == s.refused.seen && now.Sub(s.refused.at) < scanAgain {
		return s.refused.err
	}
	err := s.scanFiles(want)
	s.refused = refusal{}
	if errors.Is(err, ErrBroken) {
		s.refused = refusal{err, seen, now}
	}
	return err
}

// look tells the sizes and times of the files.
func (b *blocks) look() string {
	var seen strings.Builder
	names, _ := os.ReadDir(b.dir) // what can't be looked at can't be read either
	for _, e := range names {
		if st, err := e.Info(); err == nil {
			fmt.Fprintln(&seen, e.Name(), st.Size(), st.ModTime().UnixNano())
		}
	}
	return seen.String()
}

func (s *Store) scanFiles(want acknowledged) error {
	b := blocks{dir: blocksDir(s.cfg.Dir)}
	numbers, err := b.list()
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(numbers) == 0 {
		return nil // nothing stored yet
	}
	if err != nil {
		return err
	}
	believed, err := b.indexed(numbers[len(numbers)-1])
	if err != nil {
		return err
	}
	for _, n := range numbers {
		data, err := os.ReadFile(b.name(n))
		if err != nil {
			return err
		}
		if last, whole := scan(data, n, !believed); !whole && last < want.seq {
			return fmt.Errorf("%w: its file %d.blk after entry %d, and what is stored behind that would be lost, perhaps up to record %d of session %s. "+
				"Restore a backup, or accept the loss by removing %s", ErrBroken, n, last, want.n, want.session, s.mark.file)
		}
	}
	return nil
}

// indexed tells whether the storage will believe its index, as it does after a clean stop: where that is whole, and ends with
// the hash of the newest file's last record and its own.
func (b *blocks) indexed(newest int) (bool, error) {
	index, err := os.ReadFile(filepath.Join(b.dir, "index.db"))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	last, err := ending(b.name(newest))
	if err != nil {
		return false, err
	}
	key := sha256.Sum256([]byte(logStream))
	h, err := highwayhash.NewDigest64(key[:])
	if err != nil || len(index) < 2*highwayhash.Size64 {
		return false, err
	}
	own := len(index) - highwayhash.Size64
	h.Write(index[:own])
	return bytes.HasSuffix(index[:own], last) && bytes.Equal(h.Sum(nil), index[own:]), nil
}

// ending is the hash at the end of a file; zeros where it is too short for one.
func ending(file string) ([]byte, error) {
	last := make([]byte, highwayhash.Size64)
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil || st.Size() < int64(len(last)) {
		return last, err
	}
	_, err = f.ReadAt(last, st.Size()-int64(len(last)))
	return last, err
}

// scan goes through the records of the storage's n-th file and tells up to which number they can be read; without hashes, up
// to which they can be found.
func scan(data []byte, n int, hashes bool) (last uint64, whole bool) {
	key := sha256.Sum256(fmt.Appendf(nil, "%s-%d", logStream, n))
	h, err := highwayhash.NewDigest64(key[:])
	if err != nil {
		return 0, false
	}
	var le = binary.LittleEndian
	for len(data) > 0 {
		if len(data) < recordHead {
			return last, false
		}
		size, subject := le.Uint32(data), int(le.Uint16(data[20:]))
		body := recordHead + subject
		if size&hasHeaders != 0 {
			size &^= hasHeaders
			body += 4
		}
		if int(size) > len(data) || int(size) < body+highwayhash.Size64 {
			return last, false
		}
		sealed := int(size) - highwayhash.Size64
		if hashes {
			h.Reset()
			h.Write(data[4:20])
			h.Write(data[recordHead : recordHead+subject])
			h.Write(data[body:sealed])
			if h.Sum64() != le.Uint64(data[sealed:]) {
				return last, false
			}
		}
		if seq := le.Uint64(data[4:]); seq&isDeletion == 0 {
			last = max(last, seq&^isErased)
		}
		data = data[size:]
	}
	return last, true
}
