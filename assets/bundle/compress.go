package main

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/andybalholm/brotli"
)

const (
	largeFile  = 512 << 10 // bytes; from here brotli's best takes seconds and more, so only a release pays for it
	tinyFile   = 512       // bytes; below, no header is worth it
	bestBrotli = 11
	fastBrotli = 6
	bestGzip   = 9
	fastGzip   = 6
)

var slots = make(chan struct{}, runtime.NumCPU())

type listed struct {
	Name     string            `json:"name"`
	URL      string            `json:"url"`
	Type     string            `json:"type"`
	Hash     string            `json:"hash"`
	Size     int               `json:"size"`
	Precache bool              `json:"precache,omitempty"`
	Fixed    bool              `json:"fixed,omitempty"`
	Bodies   map[string]string `json:"bodies"`
}

// write compresses every file into dist, lists them in dist/manifest.json and removes what an earlier build left.
func (b *builder) write() error {
	keep := map[string]bool{".keep": true, "manifest.json": true}
	var list struct {
		Version string   `json:"version"`
		Files   []listed `json:"files"`
	}
	list.Version = b.version()
	b.packing.Wait()
	for _, f := range b.files {
		l := listed{Name: f.name, URL: f.url, Type: f.kind, Hash: f.hash, Size: len(f.body), Precache: f.precache, Fixed: f.fixed, Bodies: map[string]string{}}
		bodies, err := b.bodies(f.body)
		if err != nil {
			return fmt.Errorf("compress %s: %w", f.name, err)
		}
		for encoding, data := range bodies {
			name := withHash(strings.ReplaceAll(f.name, "/", "_"), f.hash) + map[string]string{"br": ".br", "gzip": ".gz"}[encoding]
			if err := writeIfNew(b.path("dist", name), data); err != nil {
				return err
			}
			l.Bodies[encoding], keep[name] = name, true
		}
		list.Files = append(list.Files, l)
	}
	data, err := json.MarshalIndent(list, "", "\t")
	if err != nil {
		return err
	}
	// The list last: its time is the stamp that make looks at.
	if err := os.WriteFile(b.path("dist", "manifest.json"), data, 0o644); err != nil {
		return err
	}
	return clear(b.path("dist"), keep)
}

func clear(dir string, keep map[string]bool) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !keep[e.Name()] {
			if err := os.Remove(filepath.Join(dir, e.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

// packAhead compresses in the background what bodies will be asked for, into the cache. What goes wrong, goes wrong there
// again.
func (b *builder) packAhead(body []byte) {
	hash := hashOf(body)
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.packed[hash] {
		return
	}
	if b.packed == nil {
		b.packed = map[string]bool{}
	}
	b.packed[hash] = true
	b.packing.Go(func() {
		slots <- struct{}{}
		defer func() { <-slots }()
		b.bodies(body)
	})
}

// bodies are the encodings worth keeping. Identity only where compression gains nothing.
func (b *builder) bodies(body []byte) (map[string][]byte, error) {
	if len(body) < tinyFile {
		return map[string][]byte{"identity": body}, nil
	}
	quick := len(body) >= largeFile && !b.release
	zip, squeeze := bestGzip, bestBrotli
	if quick {
		zip, squeeze = fastGzip, fastBrotli
	}
	zipped, err := b.best(body, "gz", zip, bestGzip, gzipAt)
	if err != nil {
		return nil, err
	}
	if len(zipped) > len(body)*95/100 {
		return map[string][]byte{"identity": body}, nil
	}
	packed, err := b.best(body, "br", squeeze, bestBrotli, brotliAt)
	return map[string][]byte{"br": packed, "gzip": zipped}, err
}

// best compresses at a level. What a release once made is used by a quick build as well.
func (b *builder) best(body []byte, kind string, level, best int, at func(int) func(io.Writer, []byte) error) ([]byte, error) {
	if found, ok := b.lookup(body, levelKey(kind, best)); ok {
		return found, nil
	}
	return b.cached(body, levelKey(kind, level), at(level))
}

func levelKey(kind string, level int) string { return fmt.Sprintf("%d.%s", level, kind) }

func brotliAt(level int) func(io.Writer, []byte) error {
	return func(w io.Writer, data []byte) error {
		z := brotli.NewWriterOptions(w, brotli.WriterOptions{Quality: level, LGWin: 24})
		if _, err := z.Write(data); err != nil {
			return err
		}
		return z.Close()
	}
}

func gzipAt(level int) func(io.Writer, []byte) error {
	return func(w io.Writer, data []byte) error {
		z, err := gzip.NewWriterLevel(w, level)
		if err != nil {
			return err
		}
		if _, err := z.Write(data); err != nil {
			return err
		}
		return z.Close()
	}
}

func (b *builder) cachePath(data []byte, key string) string {
	sum := sha256.Sum256(data)
	return b.path(".cache", hex.EncodeToString(sum[:16])+"."+key)
}

func (b *builder) lookup(data []byte, key string) ([]byte, bool) {
	found, err := os.ReadFile(b.cachePath(data, key))
	return found, err == nil
}

// cached compresses once per content, for ever: .cache is only ever a saving of time and may be deleted.
func (b *builder) cached(data []byte, key string, compress func(io.Writer, []byte) error) ([]byte, error) {
	if found, ok := b.lookup(data, key); ok {
		return found, nil
	}
	if b.verbose || len(data) >= largeFile {
		fmt.Printf("    compress %.1f MB (%s)\n", float64(len(data))/1e6, key)
	}
	var out bytes.Buffer
	if err := compress(&out, data); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(b.path(".cache"), 0o755); err != nil {
		return nil, err
	}
	return out.Bytes(), writeWhole(b.cachePath(data, key), out.Bytes())
}

// writeIfNew leaves an equal file alone, so that the Go build cache sees nothing new.
func writeIfNew(path string, data []byte) error {
	if old, err := os.ReadFile(path); err == nil && bytes.Equal(old, data) {
		return nil
	}
	return writeWhole(path, data)
}

// writeWhole never leaves half a file under the name, also when the build is stopped.
func writeWhole(path string, data []byte) error {
	if err := os.WriteFile(path+".tmp", data, 0o644); err != nil {
		return err
	}
	return os.Rename(path+".tmp", path)
}
