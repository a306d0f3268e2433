// Package assets holds the web files: what the build step (assets/bundle) put into dist, each under a name that carries its hash.
package assets

import (
	"bytes"
	"compress/gzip"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"sort"
	"sync"
)

// The placeholder in dist keeps this line valid before the first build.
//
//go:embed all:dist
var embedded embed.FS

// Set is every file of one build. It doesn't change after Load.
type Set struct {
	version string
	byName  map[string]*Asset
	byURL   map[string]*Asset
}

// Asset is one file as a browser asks for it.
type Asset struct {
	Name     string // as the source calls it: editor.js
	URL      string // as the browser asks for it: /web/editor.3f2a9c41d07e.js
	Type     string // Content-Type
	ETag     string // strong, of the identity; a compressed body needs its own (append the encoding)
	Size     int64  // bytes of the identity
	Precache bool   // part of the offline shell, fetched when the service worker installs
	Fixed    bool   // the URL carries no hash: must be revalidated, never immutable

	bodies map[string]*body
}

type body struct {
	files fs.FS
	path  string
	once  sync.Once
	data  []byte
	err   error
}

func (b *body) read() ([]byte, bool) {
	b.once.Do(func() { b.data, b.err = fs.ReadFile(b.files, b.path) })
	return b.data, b.err == nil
}

// manifest is dist/manifest.json, written by assets/bundle.
type manifest struct {
	Version string `json:"version"`
	Files   []struct {
		Name     string            `json:"name"`
		URL      string            `json:"url"`
		Type     string            `json:"type"`
		Hash     string            `json:"hash"`
		Size     int64             `json:"size"`
		Precache bool              `json:"precache,omitempty"`
		Fixed    bool              `json:"fixed,omitempty"`
		Bodies   map[string]string `json:"bodies"` // encoding → file in dist
	} `json:"files"`
}

// ErrNotBuilt is what Load wraps when the program was compiled without its web files.
var ErrNotBuilt = errors.New("the web files are not built: run make build")

// Load reads the embedded set.
func Load() (*Set, error) {
	dist, err := fs.Sub(embedded, "dist")
	if err != nil {
		return nil, fmt.Errorf("open the embedded web files: %w", err)
	}
	return load(dist)
}

func load(dist fs.FS) (*Set, error) {
	data, err := fs.ReadFile(dist, "manifest.json")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNotBuilt
	}
	if err != nil {
		return nil, fmt.Errorf("read the list of web files: %w", err)
	}
	var m manifest
	if err := json.Unmarshal(data, &m); err != nil {
		return nil, fmt.Errorf("read the list of web files: %w", err)
	}
	s := &Set{version: m.Version, byName: map[string]*Asset{}, byURL: map[string]*Asset{}}
	for _, f := range m.Files {
		a := &Asset{Name: f.Name, URL: f.URL, Type: f.Type, ETag: `"` + f.Hash + `"`, Size: f.Size,
			Precache: f.Precache, Fixed: f.Fixed, bodies: map[string]*body{}}
		for encoding, path := range f.Bodies {
			if _, err := fs.Stat(dist, path); err != nil {
				return nil, fmt.Errorf("find the web file %s: %w", f.Name, err)
			}
			a.bodies[encoding] = &body{files: dist, path: path}
		}
		s.byName[a.Name], s.byURL[a.URL] = a, a
	}
	return s, nil
}

// Version changes if and only if a file does.
func (s *Set) Version() string { return s.version }

// URL is the path of the named file, "" where there is none.
func (s *Set) URL(name string) string {
	if a, ok := s.byName[name]; ok {
		return a.URL
	}
	return ""
}

// Names lists every file, sorted.
func (s *Set) Names() []string {
	names := make([]string, 0, len(s.byName))
	for name := range s.byName {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

// Get finds a file by the path that a browser asks for.
func (s *Set) Get(urlPath string) (*Asset, bool) {
	a, ok := s.byURL[urlPath]
	return a, ok
}

// Body gives the file in an encoding: "br", "gzip" or "identity". False means it isn't there in that one; identity always is.
// The bytes are shared: don't change them.
func (a *Asset) Body(encoding string) ([]byte, bool) {
	if b, ok := a.bodies[encoding]; ok {
		return b.read()
	}
	if encoding != "identity" {
		return nil, false
	}
	// Not kept: whoever asks without compression is rare, and pays for it alone.
	packed, ok := a.Body("gzip")
	if !ok {
		return nil, false
	}
	data, err := gunzip(packed, a.Size)
	return data, err == nil
}

func gunzip(packed []byte, size int64) ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	data := bytes.NewBuffer(make([]byte, 0, size+bytes.MinRead))
	_, err = io.Copy(data, r)
	return data.Bytes(), err
}
