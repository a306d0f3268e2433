package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"path"
	"regexp"
	"strings"
	"sync"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"tandem/app/ui"
	"tandem/assets"
)

// The page is one and the same for every path: what it shows is decided in the browser. So nothing of a request or of
// a session can get into it. go-app's own handler is asked once, at start, for what stands in its body: it never sees
// a request, since it writes the path into attributes unescaped, answers every ETag alike, and fetches /robots.txt
// from wherever the Host header says.
//
//go:embed page.html
var pageTemplate string

// pages are the paths that have something to show; the page says "not found" for any other.
var pages = regexp.MustCompile(`^/(s/[A-Za-z0-9_-]{1,64}|pad)?$`)

// A page is the HTML as it is sent. It holds the script and the style that the first paint needs, so that it waits for no
// other file; any other script in a page stays forbidden, since the policy names this one by its hash.
type page struct {
	plain, packed []byte
	etag          string
	script        string // source of the policy's script-src
}

func newPage(files *assets.Set) (*page, error) {
	missing := ""
	url := func(name string) string {
		url := files.URL(name)
		if url == "" {
			missing = name
		}
		return url
	}
	content := func(name string) string {
		var body []byte
		if a, ok := files.Get(url(name)); ok {
			body, _ = a.Body("identity")
		}
		return string(body)
	}
	script := content("boot.js")
	t, err := template.New("page").Funcs(template.FuncMap{
		"url":    url,
		"script": func() template.JS { return template.JS(script) },
		"style":  func() template.CSS { return template.CSS(content("tandem.css")) },
	}).Parse(pageTemplate)
	if err != nil {
		return nil, fmt.Errorf("read the page: %w", err)
	}
	var plain, packed bytes.Buffer
	skeleton, err := skeleton()
	if err != nil {
		return nil, err
	}
	if err := t.Execute(&plain, skeleton); err != nil {
		return nil, fmt.Errorf("make the page: %w", err)
	}
	if missing != "" {
		return nil, fmt.Errorf("make the page: the web files lack %s", missing)
	}
	z, _ := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if _, err := z.Write(plain.Bytes()); err != nil {
		return nil, fmt.Errorf("compress the page: %w", err)
	}
	if err := z.Close(); err != nil {
		return nil, fmt.Errorf("compress the page: %w", err)
	}
	// Not of the bytes: the UI draws attributes in any order. Whatever else it draws is in the version, with the program.
	sum := sha256.Sum256([]byte(pageTemplate + files.Version()))
	scriptSum := sha256.Sum256([]byte(script))
	return &page{plain.Bytes(), packed.Bytes(), hex.EncodeToString(sum[:8]),
		"'sha256-" + base64.StdEncoding.EncodeToString(scriptSum[:]) + "'"}, nil
}

// register makes the UI's routes known to go-app, which keeps them for the whole process.
var register = sync.OnceFunc(ui.Routes)

// skeleton is what the page shows before the Go program runs, as the UI draws it on a server.
func skeleton() (template.HTML, error) {
	register()
	r, err := http.NewRequest(http.MethodGet, "/", nil)
	if err != nil {
		return "", err
	}
	drawn := drawing{header: http.Header{}}
	h := app.Handler{Version: "1", Icon: app.Icon{Default: "/", SVG: "/", Large: "/"}}
	h.ServeHTTP(&drawn, r)
	_, body, _ := strings.Cut(drawn.String(), "<body")
	_, body, _ = strings.Cut(body, ">")
	body, _, found := strings.Cut(body, "<aside")
	if !found || !strings.Contains(body, "skeleton") {
		return "", errors.New("make the page: the UI draws no skeleton")
	}
	return template.HTML(strings.TrimSpace(body)), nil
}

// A drawing is a response that stays here.
type drawing struct {
	bytes.Buffer
	header http.Header
}

func (d *drawing) Header() http.Header { return d.header }
func (d *drawing) WriteHeader(int)     {}

func (s *Server) servePage(w http.ResponseWriter, r *http.Request) {
	if trimmed := strings.TrimSuffix(r.URL.Path, "/"); trimmed != "" && trimmed != r.URL.Path && pages.MatchString(trimmed) {
		http.Redirect(w, r, trimmed, http.StatusPermanentRedirect)
		return
	}
	found := pages.MatchString(r.URL.Path)
	if !found && path.Ext(r.URL.Path) != "" {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Security-Policy", s.policyFor(r))
	h.Set("Cache-Control", "no-cache")
	if !found {
		h.Set("Content-Type", "text/html; charset=utf-8")
		w.WriteHeader(http.StatusNotFound)
		if r.Method != http.MethodHead {
			_, _ = w.Write(s.page.plain) // the client went away: nobody to tell
		}
		return
	}
	const kind = "text/html; charset=utf-8"
	for _, encoding := range encodings(r.Header.Get("Accept-Encoding")) {
		switch encoding {
		case "gzip":
			send(w, r, kind, `"`+s.page.etag+`-gzip"`, encoding, s.page.packed)
			return
		case "identity":
			send(w, r, kind, `"`+s.page.etag+`"`, encoding, s.page.plain)
			return
		}
	}
}
