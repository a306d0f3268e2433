package journal

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
)

// blocks makes durable what the embedded storage has written. The storage could sync every entry by itself, but only one
// by one; an fsync costs five times the entry it protects. So it writes without, and the journal syncs the file being
// written to once for a whole group, before anybody in the group is told that it is stored.
//
// It relies on this: an answered entry has been written to the newest of the files N.blk in dir; numbers only grow by one; whole files are
// replaced only after a sync of their own. TestPowerCut fails if that changes.
type blocks struct {
	dir string

	mu    sync.Mutex
	flush func(*os.File) error
	last  int // newest file synced; 0: not looked yet
	size  int64

	// doubt is the first file that a sync failed on; 0: none. The system tells of a failure once: the next sync of the same
	// pages succeeds, though they may be lost. So nothing counts as synced until renew has written them anew.
	doubt atomic.Int64
}

func newBlocks(dir string) *blocks { return &blocks{dir: dir, flush: (*os.File).Sync} }

var errDoubt = errors.New("the disk does not sync")

// inDoubt says what failed, without the file's name, which says nothing to who reads it.
func inDoubt(err error) error {
	if err == nil {
		return nil
	}
	var at *fs.PathError
	if errors.As(err, &at) {
		err = at.Err
	}
	return fmt.Errorf("%w: %w", errDoubt, err)
}

// sync returns when all that was written before the call is on the disk.
func (b *blocks) sync() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.doubt.Load() != 0 {
		return errDoubt
	}
	ok, err := false, error(nil)
	if b.last != 0 {
		ok, err = b.follow()
	}
	if err == nil && !ok {
		err = b.all()
	}
	return inDoubt(err)
}

// syncAll is sync where older files were changed, too.
func (b *blocks) syncAll() error {
	b.mu.Lock()
	b.last = 0
	b.mu.Unlock()
	return b.sync()
}

// works says whether the disk syncs, tried on a file that nobody needs.
func (b *blocks) works() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	err := b.write([]byte("does this disk sync?\n"), 0o600)
	os.Remove(b.fresh())
	return inDoubt(err)
}

// renew puts copies in the place of the files from the doubtful one on. The storage must be stopped.
func (b *blocks) renew() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	numbers, err := b.list()
	for i := 0; i < len(numbers) && err == nil; i++ {
		if int64(numbers[i]) >= b.doubt.Load() {
			err = b.copy(numbers[i])
		}
	}
	if err == nil {
		err = syncDir(b.dir)
	}
	if err != nil {
		return inDoubt(err)
	}
	b.last, b.size = 0, 0
	b.doubt.Store(0)
	return nil
}

func (b *blocks) copy(n int) error {
	st, err := os.Stat(b.name(n))
	if err != nil {
		return err
	}
	data, err := os.ReadFile(b.name(n))
	if err == nil {
		err = b.write(data, st.Mode())
	}
	if err != nil {
		return err
	}
	return os.Rename(b.fresh(), b.name(n))
}

// write makes a file beside dir, where the storage does not take it for one of its own, and syncs it.
func (b *blocks) write(data []byte, mode fs.FileMode) error {
	f, err := os.OpenFile(b.fresh(), os.O_RDWR|os.O_CREATE|os.O_TRUNC, mode)
	if err != nil {
		return err
	}
	defer f.Close()
	if _, err := f.Write(data); err != nil {
		return err
	}
	return b.flush(f)
}

func (b *blocks) fresh() string { return b.dir + ".new" }

// follow syncs from the file synced last to the newest. Not ok: the files are not as they were left, look at all of them.
func (b *blocks) follow() (ok bool, err error) {
	for {
		size, err := b.syncFile(b.last)
		if errors.Is(err, fs.ErrNotExist) || err == nil && size < b.size {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		b.size = size
		if _, err := os.Stat(b.name(b.last + 1)); err != nil {
			return true, nil
		}
		if err := syncDir(b.dir); err != nil {
			return false, err
		}
		b.last++
		b.size = 0
	}
}

// all syncs every file there is: after a start, and whenever follow lost its way.
func (b *blocks) all() error {
	numbers, err := b.list()
	if err != nil {
		return err
	}
	if len(numbers) == 0 {
		return errors.New("the storage keeps its records elsewhere than expected")
	}
	for _, n := range numbers {
		size, err := b.syncFile(n)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		b.last, b.size = n, size
	}
	return syncDir(b.dir)
}

// list gives the numbers of the files, ascending.
func (b *blocks) list() ([]int, error) {
	names, err := os.ReadDir(b.dir)
	if err != nil {
		return nil, err
	}
	var numbers []int
	for _, e := range names {
		if name, ok := strings.CutSuffix(e.Name(), ".blk"); ok {
			if n, err := strconv.Atoi(name); err == nil {
				numbers = append(numbers, n)
			}
		}
	}
	sort.Ints(numbers)
	return numbers, nil
}

func (b *blocks) name(n int) string { return filepath.Join(b.dir, strconv.Itoa(n)+".blk") }

func (b *blocks) syncFile(n int) (size int64, err error) {
	return syncFile(b.name(n), func(f *os.File) error {
		err := b.flush(f)
		if err != nil {
			b.doubt.Store(int64(n))
		}
		return err
	})
}

func syncFile(name string, flush func(*os.File) error) (size int64, err error) {
	f, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	if err := flush(f); err != nil {
		return 0, err
	}
	st, err := f.Stat()
	if err != nil {
		return 0, err
	}
	return st.Size(), nil
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
