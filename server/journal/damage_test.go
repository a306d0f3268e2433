package journal

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// newestBlock is the file that the embedded storage appends to.
func newestBlock(t *testing.T, dir string) string {
	t.Helper()
	b := blocks{dir: blocksDir(dir)}
	numbers, err := b.list()
	must(t, err)
	if len(numbers) == 0 {
		t.Fatal("the storage has no files")
	}
	return b.name(numbers[len(numbers)-1])
}

// inRecord finds a byte of session s's n-th entry: they were appended one by one, and each is preceded by its subject.
func inRecord(t *testing.T, b []byte, n int) int {
	t.Helper()
	at := 0
	for range n {
		k := bytes.Index(b[at:], []byte(logPrefix+"s"))
		if k < 0 {
			t.Fatal("the entry is not in the file")
		}
		at += k + 1
	}
	return at + 100
}

// TestDamage breaks the newest file between two runs. What can be told to be missing must be told; what is only a torn
// record that nobody was promised must not stop anything.
func TestDamage(t *testing.T) {
	clean := func(string) {}
	unclean := func(dir string) { os.Remove(filepath.Join(blocksDir(dir), "index.db")) } // as after a kill
	change := func(n int) func(b []byte) []byte {
		return func(b []byte) []byte { b[inRecord(t, b, n)] ^= 1; return b }
	}
	cases := []struct {
		name  string
		stop  func(dir string)
		hurt  func(b []byte) []byte
		opens bool
	}{
		{"untouched", clean, func(b []byte) []byte { return b }, true},
		{"untouched after a kill", unclean, func(b []byte) []byte { return b }, true},
		{"a torn record at the end", unclean, func(b []byte) []byte { return append(b, b[len(b)-100:len(b)-30]...) }, true},
		{"zeros at the end", unclean, func(b []byte) []byte { return append(b, make([]byte, 500)...) }, true},
		{"rubbish at the end", clean, func(b []byte) []byte { return append(b, bytes.Repeat([]byte("xyz"), 99)...) }, true},
		{"the last record cut off", clean, func(b []byte) []byte { return b[:len(b)-10] }, false},
		{"the last record cut off by a kill", unclean, func(b []byte) []byte { return b[:len(b)-10] }, false},
		{"the last record changed", clean, change(100), false},
		{"the last record changed, after a kill", unclean, change(100), false},
		{"a record in the middle changed, after a kill", unclean, change(50), false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel() // each waits for a tick of its guard
			dir := t.TempDir()
			s := openDir(t, Config{Dir: dir})
			numbered(t, s, 100)
			eventually(t, "the mark is written", 10*time.Second, func() bool { return s.mark.read().n == 100 })
			must(t, s.Close())
			file := newestBlock(t, dir)
			b, err := os.ReadFile(file)
			must(t, err)
			must(t, os.WriteFile(file, c.hurt(b), 0o600))
			c.stop(dir)

			for try := range 2 {
				s, err = Open(Config{Dir: dir, Logger: quiet})
				if c.opens {
					must(t, err)
					must(t, s.Verify(bg, "s"))
					last := 100 + int64(try)
					wantLast(t, s, "s", last)
					must(t, s.Append(bg, "s", last, recs("more")))
					must(t, s.Close())
					continue
				}
				wantIs(t, err, ErrBroken)
				if !strings.Contains(err.Error(), "record 100 of session s") {
					t.Fatal(err)
				}
				kept, err := os.ReadFile(filepath.Join(dir, keptName))
				if err != nil || len(kept) < len(b)-10 {
					t.Fatalf("the file was not put aside: %d of %d bytes, %v", len(kept), len(b), err)
				}
			}
		})
	}
}

// numbered stores that many records in session s, one by one; each says its number.
func numbered(t *testing.T, s *Store, n int64) {
	t.Helper()
	for i := range n {
		must(t, s.Append(bg, "s", i, recs(fmt.Sprintf("record %d;", i+1))))
	}
}

// tenHurt opens a journal with ten records in session s, changes its newest file behind its back, and has it restart on what
// that leaves. It gives the folder and what the file holds now.
func tenHurt(t *testing.T, change func(b []byte) []byte) (s *Store, dir string, left []byte) {
	t.Helper()
	dir = t.TempDir()
	s = openDir(t, Config{Dir: dir})
	numbered(t, s, 10)
	file := newestBlock(t, dir)
	b, err := os.ReadFile(file)
	must(t, err)
	left = change(b)
	must(t, os.WriteFile(file, left, 0o600))
	restart(s)
	return s, dir, left
}

// restart has the journal believe that its storage must be started anew.
func restart(s *Store) {
	s.blocks.doubt.Store(1)
	s.lost(errors.New("its storage reports an error"))
}

// TestRepairLoses: a storage that has lost acknowledged records when it is restarted at run time is not taken for repaired,
// now or after the next start, until somebody accepts that.
func TestRepairLoses(t *testing.T) {
	t.Parallel()
	s, dir, b := tenHurt(t, func(b []byte) []byte { b[inRecord(t, b, 10)] ^= 1; return b })
	told := func() bool {
		err := s.Healthy()
		return err != nil && strings.Contains(err.Error(), "record 10 of session s")
	}
	eventually(t, "it tells", 10*time.Second, told)
	for range 3 {
		time.Sleep(repairEvery)
		if !told() {
			t.Fatalf("ten records were acknowledged: %v", s.Healthy())
		}
	}
	wantIs(t, s.Append(bg, "s", 10, recs("more")), ErrUnavailable)
	if kept, err := os.ReadFile(filepath.Join(dir, keptName)); err != nil || !bytes.Equal(kept, b) {
		t.Fatalf("the file was not put aside: %d of %d bytes, %v", len(kept), len(b), err)
	}
	must(t, s.Close())
	_, err := Open(Config{Dir: dir, Logger: quiet})
	wantIs(t, err, ErrBroken)
	must(t, os.Remove(filepath.Join(dir, markName)))
	s = openDir(t, Config{Dir: dir})
	must(t, s.Append(bg, "other", 0, recs("a")))
}

// TestRepairLosesSession: that a repair tries to store something does not hide that the last record, and with it its session,
// is missing.
func TestRepairLosesSession(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openDir(t, Config{Dir: dir})
	must(t, s.Append(bg, "s", 0, recs("a")))
	must(t, s.Append(bg, "last", 0, recs("a")))
	file := newestBlock(t, dir)
	b, err := os.ReadFile(file)
	must(t, err)
	at := bytes.Index(b, []byte(logPrefix+"last")) - recordHead
	must(t, os.WriteFile(file, b[:at], 0o600))
	restart(s)
	eventually(t, "it was restarted", 10*time.Second, func() bool { return s.blocks.doubt.Load() == 0 })
	eventually(t, "it tells", 10*time.Second, func() bool { return errors.Is(s.Healthy(), ErrBroken) })
	must(t, s.Close())
	_, err = Open(Config{Dir: dir, Logger: quiet})
	wantIs(t, err, ErrBroken)
}

// TestChangedRecord: a change in the middle of a healthy storage is noticed by who reads it, and by Verify; a session whose last record can't be read is not taken for a new one.
func TestChangedRecord(t *testing.T) {
	t.Parallel()
	for _, n := range []int{2, 50, 100} {
		dir := t.TempDir()
		s := openDir(t, Config{Dir: dir, Sync: time.Second})
		numbered(t, s, 100)
		for i := range int64(100) {
			must(t, s.Append(bg, "other", i, recs("x")))
		}
		must(t, s.Close())
		must(t, os.RemoveAll(filepath.Join(dir, markName)))
		file := newestBlock(t, dir)
		b, err := os.ReadFile(file)
		must(t, err)
		b[inRecord(t, b, n)] ^= 1
		must(t, os.WriteFile(file, b, 0o600))
		s = openDir(t, Config{Dir: dir})
		wantIs(t, s.Verify(bg, "s"), ErrBroken)
		wantIs(t, s.Read(bg, "s", 0, func(int64, []byte) error { return nil }), ErrBroken)
		must(t, s.Verify(bg, "other"))
		if n == 100 {
			_, err = s.Last(bg, "s")
			wantIs(t, err, ErrBroken)
			wantIs(t, s.Append(bg, "s", 0, recs("a second beginning")), ErrBroken)
		}
		read := 0
		wantIs(t, s.Read(bg, "s", 0, func(int64, []byte) error { read++; return nil }), ErrBroken)
		if read != n-1 {
			t.Fatalf("%d records can be read", read)
		}
		s.cfg.Retain = time.Hour // with no one who looks by himself
		must(t, s.expire(bg, time.Now()))
		wantIs(t, s.Verify(bg, "s"), ErrBroken)
		must(t, s.Append(bg, "other", 100, recs("x")))
		old, err := s.unusedSince(bg, time.Now(), logPrefix+"s")
		if err != nil || !old {
			t.Fatal("it does not expire", err)
		}
		must(t, s.Delete(bg, "s"))
		wantLast(t, s, "s", 0)
		must(t, s.Append(bg, "other", 101, recs("x")))
		must(t, s.Close()) // the storage must find all in order: else it cuts its file off at the damage
		s = openDir(t, Config{Dir: dir})
		wantLast(t, s, "other", 102)
		wantLast(t, s, "s", 0)
	}
}

// TestChangedKey: a key that can't be read is not one that was destroyed, so the log stays.
func TestChangedKey(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openDir(t, Config{Dir: dir, Sync: time.Second})
	must(t, s.Append(bg, "s", 0, recs("a", "b")))
	must(t, s.Close())
	file := newestBlock(t, dir)
	b, err := os.ReadFile(file)
	must(t, err)
	at := bytes.Index(b, []byte(keyPrefix+"s")) + len(keyPrefix+"s")
	b[at+4] ^= 1
	must(t, os.WriteFile(file, b, 0o600))
	s = openDir(t, Config{Dir: dir})
	for range 2 {
		wantIs(t, s.Read(bg, "s", 0, func(int64, []byte) error { return nil }), ErrBroken)
		wantLast(t, s, "s", 2)
	}
	wantIs(t, s.Verify(bg, "s"), ErrBroken)
}

// TestChain: an edit that the storage itself can't see, since it is appended in good order, breaks the chain.
func TestChain(t *testing.T) {
	s := openDir(t, Config{Dir: t.TempDir()})
	must(t, s.Append(bg, "s", 0, recs("a", "b")))
	key, err := s.key(bg, "s")
	must(t, err)
	forged := entry{first: 3, count: 1, records: recs("forged"), sum: sum{1, 2, 3}}
	p := &pending{subject: logPrefix + "s", data: forged.seal(key), expect: anySeq, done: make(chan result, 1)}
	s.commit.submit(p)
	must(t, (<-p.done).err)
	wantContents(t, s, "s", 0, "1:a 2:b 3:forged")
	err = s.Verify(bg, "s")
	wantIs(t, err, ErrBroken)
	if !strings.Contains(err.Error(), "record 3") {
		t.Fatal(err)
	}
}

// TestPowerCut keeps of every file only what had been synced when an append was acknowledged: all that was acknowledged is in that.
func TestPowerCut(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openDir(t, Config{Dir: dir})
	all := acked{"s": {}}
	big := strings.Repeat("x", 600<<10) // so that several files are filled
	for i := range int64(18) {
		content := fmt.Sprint(big, "-", i)
		must(t, s.Append(bg, "s", i, recs(content)))
		all["s"][i+1] = content
		s.blocks.mu.Lock()
		synced, size := s.blocks.last, s.blocks.size
		s.blocks.mu.Unlock()
		if file := newestBlock(t, dir); file != s.blocks.name(synced) {
			t.Fatalf("%s is written to, file %d was synced", file, synced)
		} else if st, err := os.Stat(file); err != nil || st.Size() > size {
			t.Fatalf("%s: %d bytes, %d of them synced; %v", file, st.Size(), size, err)
		}
	}
	copied := t.TempDir()
	must(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || d.Name() == "lock" {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if d.Name() == "index.db" {
			return nil // written now and then, synced never
		}
		rel, _ := filepath.Rel(dir, path)
		must(t, os.MkdirAll(filepath.Dir(filepath.Join(copied, rel)), 0o700))
		return os.WriteFile(filepath.Join(copied, rel), b, 0o600)
	}))
	s.blocks.mu.Lock()
	must(t, os.Truncate(filepath.Join(blocksDir(copied), filepath.Base(s.blocks.name(s.blocks.last))), s.blocks.size))
	s.blocks.mu.Unlock()
	must(t, s.Close())
	all.check(t, openDir(t, Config{Dir: copied}))
}

// TestOneProcess: a second journal on the same folder would destroy both.
func TestOneProcess(t *testing.T) {
	dir := t.TempDir()
	openDir(t, Config{Dir: dir})
	_, err := Open(Config{Dir: dir, Logger: quiet})
	if err == nil || !strings.Contains(err.Error(), "in use by another process") {
		t.Fatalf("opened twice: %v", err)
	}
}

// TestDamageBefore: a storage that would cut off what healthy sessions have behind the damage in one of its files is not
// started, until somebody accepts that.
func TestDamageBefore(t *testing.T) {
	t.Parallel()
	for _, older := range []bool{false, true} {
		dir := t.TempDir()
		s := openDir(t, Config{Dir: dir})
		numbered(t, s, 3)
		must(t, s.Append(bg, "behind", 0, recs("a")))
		file := newestBlock(t, dir)
		if older {
			must(t, s.Append(bg, "big", 0, recs(strings.Repeat("x", 7<<20))))
			must(t, s.Append(bg, "big", 1, recs(strings.Repeat("x", 7<<20))))
		}
		must(t, s.Append(bg, "last", 0, recs("a")))
		eventually(t, "the mark is written", 10*time.Second, func() bool { return s.mark.read().session == "last" })
		must(t, s.Close())
		whole, err := os.ReadFile(file)
		must(t, err)
		hurt := bytes.Clone(whole)
		hurt[inRecord(t, whole, 2)] ^= 1
		must(t, os.WriteFile(file, hurt, 0o600))
		s = openDir(t, Config{Dir: dir}) // only s has lost something
		wantLast(t, s, "behind", 1)
		must(t, s.Close())

		refused := func() {
			t.Helper()
			for range 2 {
				_, err = Open(Config{Dir: dir, Logger: quiet})
				wantIs(t, err, ErrBroken)
				if !strings.Contains(err.Error(), "session last") {
					t.Fatal(err)
				}
			}
		}
		hurt, err = os.ReadFile(file)
		must(t, err)
		lost := bytes.Clone(hurt)
		lost[inRecord(t, hurt, 2)-100-recordHead] ^= 1 // where the next record is
		must(t, os.WriteFile(file, lost, 0o600))
		refused()
		must(t, os.WriteFile(file, hurt, 0o600))
		must(t, os.Remove(filepath.Join(blocksDir(dir), "index.db"))) // as after a kill
		refused()
		if b, err := os.ReadFile(file); err != nil || !bytes.Equal(b, hurt) {
			t.Fatalf("the file was changed: %d bytes, %v", len(b), err)
		}
		must(t, os.Remove(filepath.Join(dir, markName)))
		s = openDir(t, Config{Dir: dir})
		wantLast(t, s, "behind", 0)
		must(t, s.Append(bg, "behind", 0, recs("a")))
		must(t, s.Close())
	}
}

// TestRefusedOnce: files that were refused are not read again until they, or the mark, look different or a while has passed.
func TestRefusedOnce(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openDir(t, Config{Dir: dir})
	numbered(t, s, 3)
	must(t, s.Close())
	file, want, now := newestBlock(t, dir), s.mark.highest, time.Now()
	must(t, os.Remove(filepath.Join(blocksDir(dir), "index.db"))) // as after a kill
	whole, err := os.ReadFile(file)
	must(t, err)
	hurt := bytes.Clone(whole)
	hurt[inRecord(t, whole, 2)] ^= 1
	write := func(b []byte, at time.Time) {
		t.Helper()
		must(t, os.WriteFile(file, b, 0o600))
		must(t, os.Chtimes(file, at, at))
	}
	write(hurt, now)
	wantIs(t, s.mayStart(want, now), ErrBroken)
	write(whole, now)
	wantIs(t, s.mayStart(want, now), ErrBroken) // unseen
	must(t, s.mayStart(acknowledged{}, now))    // accepted
	write(hurt, now)
	wantIs(t, s.mayStart(want, now), ErrBroken)
	write(whole, now.Add(time.Second))
	must(t, s.mayStart(want, now))
	write(hurt, now)
	wantIs(t, s.mayStart(want, now), ErrBroken)
	write(whole, now)
	must(t, s.mayStart(want, now.Add(scanAgain)))
}

// TestAcceptedLoss: a loss that is accepted while the server runs stays accepted.
func TestAcceptedLoss(t *testing.T) {
	t.Parallel()
	s, dir, _ := tenHurt(t, func(b []byte) []byte { return b[:len(b)-10] })
	eventually(t, "it is refused", 10*time.Second, func() bool { return errors.Is(s.Healthy(), ErrBroken) })
	must(t, os.Remove(filepath.Join(dir, markName)))
	eventually(t, "it stores again", 10*time.Second, func() bool { return s.Healthy() == nil })
	wantLast(t, s, "s", 9)
	must(t, s.Close())
	must(t, s.mark.write(time.Now())) // as its guard may have done
	s = openDir(t, Config{Dir: dir})
	wantLast(t, s, "s", 9)
}

// TestStaleIndex: whether the storage believes its index is not a matter of the files' times, which a copy changes.
func TestStaleIndex(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	index := filepath.Join(blocksDir(dir), "index.db")
	s := openDir(t, Config{Dir: dir})
	numbered(t, s, 3)
	must(t, s.Close())
	stale, err := os.ReadFile(index)
	must(t, err)
	s = openDir(t, Config{Dir: dir})
	must(t, s.Append(bg, "behind", 0, recs("a")))
	eventually(t, "the mark is written", 10*time.Second, func() bool { return s.mark.read().session == "behind" })
	must(t, s.Close())
	fresh, err := os.ReadFile(index)
	must(t, err)
	file, later := newestBlock(t, dir), time.Now().Add(time.Minute)
	b, err := os.ReadFile(file)
	must(t, err)
	b[inRecord(t, b, 2)] ^= 1
	must(t, os.WriteFile(file, b, 0o600))
	torn := bytes.Clone(fresh)
	torn[5] ^= 1
	for _, unbelieved := range [][]byte{stale, torn} {
		must(t, os.WriteFile(index, unbelieved, 0o600))
		must(t, os.Chtimes(index, later, later))
		_, err = Open(Config{Dir: dir, Logger: quiet})
		wantIs(t, err, ErrBroken)
		if now, err := os.ReadFile(file); err != nil || !bytes.Equal(now, b) {
			t.Fatalf("the file was changed: %d of %d bytes, %v", len(now), len(b), err)
		}
	}
	must(t, os.WriteFile(index, fresh, 0o600))
	must(t, os.Chtimes(file, later.Add(time.Minute), later.Add(time.Minute)))
	s = openDir(t, Config{Dir: dir})
	wantLast(t, s, "behind", 1)
}
