package journal

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"

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

// scanFiles fails where a file is damaged before the last record that was acknowledged.
func (s *Store) scanFiles(want acknowledged) error {
	b := blocks{dir: blocksDir(s.cfg.Dir)}
	numbers, err := b.list()
	if err != nil || len(numbers) == 0 {
		return nil // nothing stored yet
	}
	newest, err := os.Stat(b.name(numbers[len(numbers)-1]))
	if err != nil {
		return err
	}
	index, err := os.Stat(filepath.Join(b.dir, "index.db"))
	clean := err == nil && !index.ModTime().Before(newest.ModTime())
	for _, n := range numbers {
		data, err := os.ReadFile(b.name(n))
		if err != nil {
			return err
		}
		if last, whole := scan(data, n, !clean); !whole && last < want.seq {
			return fmt.Errorf("%w: its file %d.blk after entry %d, and what is stored behind that would be lost, perhaps up to record %d of session %s. "+
				"Restore a backup, or accept the loss by removing %s", ErrBroken, n, last, want.n, want.session, s.mark.file)
		}
	}
	return nil
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

// startEngine starts the storage on what it left, unless that would do harm.
func (s *Store) startEngine() error {
	if err := keepNewest(s.cfg.Dir, blocksDir(s.cfg.Dir)); err != nil {
		s.log.Warn("journal: the newest file was not put aside", "error", err) // a precaution; a full disk is no reason not to start
	}
	if err := s.scanFiles(s.mark.read()); err != nil {
		return err
	}
	return s.engine.start()
}
