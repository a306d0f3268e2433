package assets

import (
	"bytes"
	"compress/gzip"
	"errors"
	"slices"
	"testing"
	"testing/fstest"
)

func pack(t *testing.T, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

const list = `{"version":"v1","files":[
	{"name":"page.js","url":"/web/page.aa11.js","type":"text/javascript; charset=utf-8","hash":"aa11","size":5,"precache":true,
	 "bodies":{"gzip":"page.aa11.js.gz"}},
	{"name":"icon.png","url":"/web/icon.bb22.png","type":"image/png","hash":"bb22","size":3,"bodies":{"identity":"icon.bb22.png"}},
	{"name":"sw.js","url":"/app-worker.js","type":"text/javascript; charset=utf-8","hash":"cc33","size":1,"fixed":true,"bodies":{"identity":"sw.js"}}]}`

func dist(t *testing.T) fstest.MapFS {
	return fstest.MapFS{
		"manifest.json":   {Data: []byte(list)},
		"page.aa11.js.gz": {Data: pack(t, "hello")},
		"icon.bb22.png":   {Data: []byte("png")},
		"sw.js":           {Data: []byte("0")},
	}
}

func TestLoad(t *testing.T) {
	s, err := load(dist(t))
	if err != nil {
		t.Fatal(err)
	}
	if s.Version() != "v1" {
		t.Errorf("version %q", s.Version())
	}
	if got := s.URL("page.js"); got != "/web/page.aa11.js" {
		t.Errorf("URL of page.js: %q", got)
	}
	if got := s.URL("nothing.js"); got != "" {
		t.Errorf("URL of an unknown name: %q", got)
	}
	if names := s.Names(); !slices.Equal(names, []string{"icon.png", "page.js", "sw.js"}) {
		t.Errorf("names %v", names)
	}
	if _, ok := s.Get("/web/page.js"); ok {
		t.Error("a path without its hash was found")
	}
	sw, ok := s.Get("/app-worker.js")
	if !ok || !sw.Fixed || sw.Precache {
		t.Errorf("service worker: %+v, %v", sw, ok)
	}
}

func TestBody(t *testing.T) {
	s, err := load(dist(t))
	if err != nil {
		t.Fatal(err)
	}
	page, _ := s.Get("/web/page.aa11.js")
	if page.ETag != `"aa11"` || !page.Precache {
		t.Errorf("page.js: %+v", page)
	}
	if _, ok := page.Body("br"); ok {
		t.Error("a brotli body that isn't there")
	}
	if data, ok := page.Body("identity"); !ok || string(data) != "hello" {
		t.Errorf("identity of a compressed file: %q, %v", data, ok)
	}
	icon, _ := s.Get("/web/icon.bb22.png")
	if data, ok := icon.Body("identity"); !ok || string(data) != "png" {
		t.Errorf("identity: %q, %v", data, ok)
	}
	if _, ok := icon.Body("gzip"); ok {
		t.Error("a gzip body that isn't there")
	}
}

func TestNotBuilt(t *testing.T) {
	if _, err := load(fstest.MapFS{".keep": {}}); !errors.Is(err, ErrNotBuilt) {
		t.Errorf("placeholder only: %v", err)
	}
	broken := dist(t)
	delete(broken, "icon.bb22.png")
	if _, err := load(broken); err == nil {
		t.Error("a file of the list is missing, and nobody says so")
	}
}
