package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/gob"
	"encoding/hex"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// output is one file that a bundle gave.
type output struct {
	Path     string
	Contents []byte
}

// remember skips a slow bundle when nothing that goes into it has changed: the sources named, the packages by their lock file,
// and this program itself.
func (b *builder) remember(name string, sources []string, make func() ([]output, error)) ([]output, error) {
	key := sha256.New()
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	for _, path := range append([]string{self, b.path("package-lock.json")}, sources...) {
		if err := hashInto(key, path); err != nil {
			return nil, err
		}
	}
	kept := b.path(".cache", name+"-"+hex.EncodeToString(key.Sum(nil))[:16]+".gob")
	if data, err := os.ReadFile(kept); err == nil {
		var out []output
		if gob.NewDecoder(bytes.NewReader(data)).Decode(&out) == nil {
			return out, nil
		}
	}
	out, err := make()
	if err != nil {
		return nil, err
	}
	var data bytes.Buffer
	if err := gob.NewEncoder(&data).Encode(out); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(b.path(".cache"), 0o755); err != nil {
		return nil, err
	}
	return out, writeWhole(kept, data.Bytes())
}

// hashInto takes in a file, or every file of a folder, with its path.
func hashInto(key io.Writer, path string) error {
	return filepath.WalkDir(path, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		if _, err := io.WriteString(key, path+"\n"); err != nil {
			return err
		}
		_, err = io.Copy(key, f)
		return err
	})
}
