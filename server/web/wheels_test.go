package web

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"tandem/server/room"
)

// makeWheel gives the bytes of a wheel with these files beside its METADATA.
func makeWheel(t *testing.T, metadata string, files map[string]string) []byte {
	t.Helper()
	var data bytes.Buffer
	z := zip.NewWriter(&data)
	files["x-1.dist-info/METADATA"] = metadata
	for name, text := range files {
		w, err := z.Create(name)
		if err == nil {
			_, err = w.Write([]byte(text))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return data.Bytes()
}

func folder(t *testing.T, files map[string][]byte) string {
	t.Helper()
	dir := t.TempDir()
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestWheels(t *testing.T) {
	top := makeWheel(t, "Name: My.Top\nRequires-Dist: base_pkg>=1\nRequires-Dist: pytest; extra == \"test\"\nRequires-Dist: far; sys_platform == \"win32\"\n\nRequires-Dist: not-a-header",
		map[string]string{"top/__init__.py": "", "top/deep/x.py": "", "single.py": "", "_fast.cpython-314-wasm32-emscripten.so": "", "my_top.libs/a.so": ""})
	base := makeWheel(t, "Name: Base-Pkg\nRequires-Dist: gone", map[string]string{"base/__init__.py": ""})
	dir := folder(t, map[string][]byte{"my_top-1-cp314-cp314-pyodide_2026_0_wasm32.whl": top, "base_pkg-1-py2.py3-none-any.whl": base, "notes.txt": nil})
	s := start(t, func(c *Config, _ *room.Config) { c.Wheels = dir })
	a, body := s.ask("GET", "/wheels.json")
	var list []wheel
	if err := json.Unmarshal([]byte(body), &list); err != nil || a.Header.Get("Cache-Control") != "no-cache" {
		t.Fatalf("%v, %v, %s", err, a.Header, body)
	}
	want := []string{"_fast", "single", "top"}
	if len(list) != 2 || !reflect.DeepEqual(list[1].Modules, want) || !reflect.DeepEqual(list[1].Needs, []string{list[0].File}) || len(list[0].Needs) != 0 {
		t.Fatalf("the list is %s", body)
	}
	if again, _ := s.ask("GET", "/wheels.json", "If-None-Match", a.Header.Get("ETag")); again.StatusCode != http.StatusNotModified {
		t.Errorf("the same list again: %d", again.StatusCode)
	}
	a, body = s.ask("GET", list[1].URL)
	if a.StatusCode != 200 || body != string(top) || !strings.Contains(a.Header.Get("Cache-Control"), "immutable") || a.Header.Get("Cross-Origin-Resource-Policy") != "same-origin" {
		t.Errorf("%d %v", a.StatusCode, a.Header)
	}
	for _, path := range []string{"/wheels/", "/wheels/000000000000/" + list[1].File, "/wheels/../wheels.json", strings.Replace(list[1].URL, list[1].File, "notes.txt", 1)} {
		if a, _ := s.ask("GET", path); a.StatusCode == 200 {
			t.Errorf("%s is served", path)
		}
	}
	if log := s.log.String(); !strings.Contains(log, "package=gone") || strings.Contains(log, "package=far") || strings.Contains(log, "package=pytest") {
		t.Errorf("of what is missing, the log says %s", log)
	}
	if err := os.WriteFile(filepath.Join(dir, list[1].File), base, 0o644); err != nil {
		t.Fatal(err)
	}
	if a, _ := s.ask("GET", list[1].URL); a.StatusCode != http.StatusNotFound {
		t.Errorf("a wheel that changed is served under its old hash: %d", a.StatusCode)
	}
	if _, body := start(t).ask("GET", "/wheels.json"); body != "[]" {
		t.Errorf("without a folder: %s", body)
	}
}

// TestLargeWheel: the server does not hold a wheel in memory for each who asks for it, perhaps over a slow line.
func TestLargeWheel(t *testing.T) {
	const large = 1 << 20
	dir := folder(t, map[string][]byte{"a-1-py3-none-any.whl": makeWheel(t, "Name: a", map[string]string{"a.py": noise(large)})})
	wheels, err := loadWheels(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{wheels: wheels}
	for url, w := range wheels.byURL {
		var before, after runtime.MemStats
		answer := &discarding{header: http.Header{}}
		runtime.ReadMemStats(&before)
		s.serveWheel(answer, httptest.NewRequest(http.MethodGet, url, nil))
		runtime.ReadMemStats(&after)
		if answer.size != w.Bytes || w.Bytes < large || answer.header.Get("Content-Length") != fmt.Sprint(w.Bytes) {
			t.Errorf("%d of %d bytes were sent, %v", answer.size, w.Bytes, answer.header)
		}
		if took := after.TotalAlloc - before.TotalAlloc; took > large/4 {
			t.Errorf("it took %d bytes of memory", took)
		}
	}
}

// noise is text that can't be packed.
func noise(size int) string {
	b := make([]byte, size)
	rand.NewChaCha8([32]byte{}).Read(b)
	return string(b)
}

// A discarding response counts what is sent.
type discarding struct {
	header http.Header
	size   int64
}

func (d *discarding) Header() http.Header { return d.header }
func (d *discarding) WriteHeader(int)     {}
func (d *discarding) Write(b []byte) (int, error) {
	d.size += int64(len(b))
	return len(b), nil
}

func TestBadWheels(t *testing.T) {
	good := makeWheel(t, "Name: good", map[string]string{"good.py": ""})
	for _, c := range []struct {
		want  string
		files map[string][]byte
	}{
		{"no wheel", map[string][]byte{}},
		{"made for cp314-cp314-manylinux_2_28_x86_64", map[string][]byte{"a-1-cp314-cp314-manylinux_2_28_x86_64.whl": good}},
		{"made for py2-none-any", map[string][]byte{"a-1-py2-none-any.whl": good}},
		{"made for cp313-cp313-pyodide_2025_0_wasm32", map[string][]byte{"a-1-cp313-cp313-pyodide_2025_0_wasm32.whl": good}},
		{"name is not that of a wheel", map[string][]byte{"a.whl": good}},
		{"it is no wheel", map[string][]byte{"a-1-py3-none-any.whl": []byte("<html>")}},
		{"no METADATA", map[string][]byte{"a-1-py3-none-any.whl": makeWheel(t, "", map[string]string{"a.py": ""})}},
		{"no module", map[string][]byte{"a-1-py3-none-any.whl": makeWheel(t, "Name: a", map[string]string{})}},
		{"outside of itself", map[string][]byte{"a-1-py3-none-any.whl": makeWheel(t, "Name: a", map[string]string{"../a.py": ""})}},
		{"two wheels of one package", map[string][]byte{"a-1-py3-none-any.whl": good, "a-2-py3-none-any.whl": good}},
	} {
		if _, err := loadWheels(folder(t, c.files), func(string, ...any) {}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("want %q, got %v", c.want, err)
		}
	}
	if _, err := loadWheels(filepath.Join(t.TempDir(), "nowhere"), nil); err == nil || !strings.Contains(err.Error(), "nowhere") {
		t.Errorf("a folder that is not there: %v", err)
	}
}
