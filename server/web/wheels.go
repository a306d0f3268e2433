package web

import (
	"archive/zip"
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// maxWheels is the bytes of all wheels together: the page holds those that a program imports in memory.
const maxWheels = 1 << 30

// A wheel is one of the operator's Python packages, as the page is told of it: assets/runtimes/runner-wheels.js.
type wheel struct {
	File    string   `json:"file"`
	URL     string   `json:"url"`
	Bytes   int64    `json:"bytes"`
	Modules []string `json:"modules"` // what a program imports
	Needs   []string `json:"needs"`   // files of the folder

	name     string // of the package, normalised
	requires []requirement
	path     string
}

// A requirement is what a wheel says it needs.
type requirement struct {
	name string
	sure bool // on any system
}

// wheels are the packages of one folder.
type wheels struct {
	byURL map[string]*wheel
	list  []byte // JSON
	etag  string
}

// loadWheels reads the folder once; an empty name is no folder. warn is told what may be missing.
func loadWheels(dir string, warn func(string, ...any)) (*wheels, error) {
	var all []*wheel
	if dir != "" {
		names, err := filepath.Glob(filepath.Join(dir, "*.whl"))
		if err != nil {
			return nil, fmt.Errorf("wheels in %s: %w", dir, err)
		}
		if _, err := os.ReadDir(dir); err != nil {
			return nil, fmt.Errorf("read the folder of wheels: %w", err)
		}
		if len(names) == 0 {
			return nil, fmt.Errorf("there is no wheel (*.whl) in %s", dir)
		}
		total := int64(0)
		for _, name := range names {
			w, err := readWheel(name)
			if err != nil {
				return nil, fmt.Errorf("wheel %s: %w", name, err)
			}
			if total += w.Bytes; total > maxWheels {
				return nil, fmt.Errorf("the wheels in %s are larger than %d MB together", dir, maxWheels>>20)
			}
			all = append(all, w)
		}
	}
	if err := connect(all, warn); err != nil {
		return nil, err
	}
	s := &wheels{byURL: map[string]*wheel{}}
	for _, w := range all {
		s.byURL[w.URL] = w
	}
	var err error
	if s.list, err = json.Marshal(append([]*wheel{}, all...)); err != nil {
		return nil, err
	}
	s.etag = `"` + hashOf(s.list) + `"`
	return s, nil
}

func hashOf(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:6])
}

// connect finds what each wheel needs among the others.
func connect(all []*wheel, warn func(string, ...any)) error {
	byName := map[string]*wheel{}
	for _, w := range all {
		if other := byName[w.name]; other != nil {
			return fmt.Errorf("two wheels of one package: %s and %s", other.path, w.path)
		}
		byName[w.name] = w
	}
	for _, w := range all {
		w.Needs = []string{}
		for _, r := range w.requires {
			if found := byName[r.name]; found != nil {
				w.Needs = append(w.Needs, found.File)
			} else if r.sure {
				warn("a wheel needs a package that is not in the folder", "wheel", w.File, "package", r.name)
			}
		}
	}
	return nil
}

func readWheel(file string) (*wheel, error) {
	name := filepath.Base(file)
	if err := runsHere(name); err != nil {
		return nil, err
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	archive, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, fmt.Errorf("it is no wheel: %w", err)
	}
	w := &wheel{File: name, URL: "/wheels/" + hashOf(data) + "/" + name, Bytes: int64(len(data)), path: file}
	seen := map[string]bool{}
	for _, f := range archive.File {
		if !filepath.IsLocal(f.Name) {
			return nil, fmt.Errorf("it has a file outside of itself: %s", f.Name)
		}
		dir, base := path.Split(f.Name)
		if strings.HasSuffix(dir, ".dist-info/") && base == "METADATA" && strings.Count(dir, "/") == 1 {
			if err := w.readMetadata(f); err != nil {
				return nil, err
			}
		}
		if m := moduleOf(f.Name); m != "" && !seen[m] {
			seen[m] = true
			w.Modules = append(w.Modules, m)
		}
	}
	if w.name == "" {
		return nil, errors.New("it has no METADATA with a name")
	}
	if len(w.Modules) == 0 {
		return nil, errors.New("it has no module to import")
	}
	slices.Sort(w.Modules)
	return w, nil
}

// Tags of what runs in the browser: any Python 3, or built for Pyodide's Python.
var (
	pureTag    = regexp.MustCompile(`(^|\.)(py3\d*|cp314)(\.|$)`)
	builtTag   = regexp.MustCompile(`^(pyodide|pyemscripten|emscripten)_\d+_\d+(_\d+)?_wasm32$`)
	builtFor   = regexp.MustCompile(`^cp3\d+$`)
	extra      = regexp.MustCompile(`\bextra\b`)
	identifier = regexp.MustCompile(`^[A-Za-z_]\w*$`)
)

// runsHere tells by its name why a wheel could not be imported in the browser.
func runsHere(name string) error {
	parts := strings.Split(strings.TrimSuffix(name, ".whl"), "-")
	if len(parts) < 5 || len(parts) > 6 {
		return errors.New("its name is not that of a wheel: name-version-python-abi-platform.whl")
	}
	python, abi, platform := parts[len(parts)-3], parts[len(parts)-2], parts[len(parts)-1]
	switch {
	case platform == "any" && abi == "none" && pureTag.MatchString(python):
	case builtTag.MatchString(platform) && builtFor.MatchString(python) && (abi == "cp314" || abi == "abi3"):
	default:
		return fmt.Errorf("it is made for %s-%s-%s; the browser takes wheels in pure Python 3 (py3-none-any) and those built for Pyodide's Python 3.14", python, abi, platform)
	}
	return nil
}

// moduleOf gives the importable name that a file of a wheel stands for, at the top.
func moduleOf(file string) string {
	first, rest, in := strings.Cut(file, "/")
	if !in {
		base, ext, _ := strings.Cut(first, ".")
		if (ext == "py" || ext == "so" || strings.HasSuffix(ext, ".so")) && identifier.MatchString(base) {
			return base
		}
		return ""
	}
	if identifier.MatchString(first) && (strings.HasSuffix(rest, ".py") || strings.HasSuffix(rest, ".so")) {
		return first
	}
	return ""
}

var requirementName = regexp.MustCompile(`^\s*([A-Za-z0-9][A-Za-z0-9._-]*)`)

// readMetadata takes the name and what is required. What only an extra needs is left out; of other conditions nothing
// is known but that they may hold.
func (w *wheel) readMetadata(f *zip.File) error {
	r, err := f.Open()
	if err != nil {
		return err
	}
	defer r.Close()
	lines := bufio.NewScanner(io.LimitReader(r, 1<<20))
	for lines.Scan() && lines.Text() != "" {
		key, value, _ := strings.Cut(lines.Text(), ":")
		switch strings.ToLower(key) {
		case "name":
			w.name = normal(value)
		case "requires-dist":
			what, when, conditional := strings.Cut(value, ";")
			m := requirementName.FindStringSubmatch(what)
			if m != nil && !extra.MatchString(when) {
				w.requires = append(w.requires, requirement{normal(m[1]), !conditional})
			}
		}
	}
	return lines.Err()
}

var separators = regexp.MustCompile(`[-_.]+`)

// normal is a package's name as names are compared.
func normal(name string) string {
	return strings.ToLower(separators.ReplaceAllString(strings.TrimSpace(name), "-"))
}

func (s *Server) serveWheelList(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-cache")
	send(w, r, "application/json", s.wheels.etag, "identity", s.wheels.list)
}

// serveWheel serves one as it is: a wheel is compressed already.
func (s *Server) serveWheel(w http.ResponseWriter, r *http.Request) {
	found := s.wheels.byURL[r.URL.Path]
	if found == nil {
		http.NotFound(w, r)
		return
	}
	file, hash, err := found.open()
	if err != nil {
		s.cfg.Log.Error("a wheel was changed or taken away while the server ran; restart it", "wheel", found.path, "error", err)
		http.NotFound(w, r)
		return
	}
	defer file.Close()
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	if head(w, r, "application/octet-stream", `"`+hash+`"`, "identity", found.Bytes) {
		_, _ = io.Copy(w, file) // the client went away: nobody to tell
	}
}

// open gives the wheel's file, which is still what its URL says. It is not read into memory: many may ask for it at once.
func (w *wheel) open() (file *os.File, hash string, err error) {
	file, err = os.Open(w.path)
	if err != nil {
		return nil, "", err
	}
	sum := sha256.New()
	if _, err = io.Copy(sum, file); err == nil {
		_, err = file.Seek(0, io.SeekStart)
	}
	if hash = hex.EncodeToString(sum.Sum(nil)[:6]); err == nil && !strings.Contains(w.URL, "/"+hash+"/") {
		err = errors.New("it is another one")
	}
	if err != nil {
		file.Close()
		return nil, "", err
	}
	return file, hash, nil
}
