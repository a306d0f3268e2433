//go:build !unix

package journal

import (
	"fmt"
	"os"
	"path/filepath"
)

// lockDir: systems without flock refuse a second handle that may write.
func lockDir(dir string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("%w: the data folder can't be written: %w", ErrUnavailable, err)
	}
	return f, nil
}

func diskFree(string) (free, all uint64, ok bool) { return 0, 0, false }
