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
)

// blocks makes durable what the embedded storage has written. The storage could sync every entry by itself, but only one
// by one; an fsync costs five times the entry it protects. So it writes without, and the journal syncs the file being
// written to once for a whole group, before anybody in the group is told that it is stored.
//
// It relies on this: an answered entry has been written to the newest of the files N.blk in dir; numbers only grow by one; whole files are
// replaced only after a sync of their own. TestSyncReachesEveryBlock fails if that changes.
type blocks struct {
	dir string

	mu   sync.Mutex
	last int // newest file synced; 0: not looked yet
	size int64
}

// sync returns when all that was written before the call is on the disk.
func (b *blocks) sync() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.last != 0 {
		ok, err := b.follow()
		if err != nil {
			return fmt.Errorf("%w: the disk does not sync: %w", ErrUnavailable, err)
		}
		if ok {
			return nil
		}
	}
	if err := b.all(); err != nil {
		return fmt.Errorf("%w: the disk does not sync: %w", ErrUnavailable, err)
	}
	return nil
}

// follow syncs from the file synced last to the newest. Not ok: the files are not as they were left, look at all of them.
func (b *blocks) follow() (ok bool, err error) {
	for {
		size, err := syncFile(b.name(b.last))
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
		size, err := syncFile(b.name(n))
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

func syncFile(name string) (size int64, err error) {
	f, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	if err := f.Sync(); err != nil {
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
