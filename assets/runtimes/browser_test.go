package runtimes

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"tandem/assets"
)

// The tests share one browser and one build of the files.
var (
	browser context.Context
	built   []File
)

func TestMain(m *testing.M) {
	os.Exit(run(m))
}

func run(m *testing.M) int {
	b := &Builder{Assets: "..", Cache: "../.cache", Log: func(f string, a ...any) { fmt.Fprintf(os.Stderr, f+"\n", a...) }}
	var err error
	if built, err = b.Build(); err != nil {
		fmt.Fprintln(os.Stderr, "build the runtimes:", err)
		return 1
	}
	if testPage, err = b.bundle("testdata/page.js", false); err != nil {
		fmt.Fprintln(os.Stderr, "build the test page:", err)
		return 1
	}
	raw, err := os.ReadFile("testdata/raw.js")
	if err != nil {
		fmt.Fprintln(os.Stderr, "read the raw worker:", err)
		return 1
	}
	built = append(built, File{Name: "runtimes/raw.worker.js", Body: raw})
	opts := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.Flag("headless", "new"), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true),
		chromedp.Flag("disable-features", "Translate,BlinkGenPropertyTrees,WebUIOmniboxPopup,WebUIOmniboxAimPopup,WebUIOmniboxFullPopup,SpareRendererForSitePerProcess"), // the address bar's own pages, and what nobody asked for
		// Whoever listens to the console, as chromedp does, would have scripts read again for their line numbers.
		chromedp.Flag("js-flags", "--no-enable-lazy-source-positions"))
	if found, err := exec.LookPath("chromium"); err == nil {
		opts = append(opts, chromedp.ExecPath(found))
	}
	alloc, stopAlloc := chromedp.NewExecAllocator(context.Background(), opts...)
	defer stopAlloc()
	ctx, stop := chromedp.NewContext(alloc)
	defer stop()
	if err := chromedp.Do(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "start Chromium:", err)
		return 1
	}
	browser = ctx
	return m.Run()
}

var testPage []byte

// site serves the built files as the product does, and remembers every request.
type site struct {
	*httptest.Server
	isolated bool // sends what gives the page shared memory; set before the page is opened

	mu    sync.Mutex
	hits  []string        // guarded by mu
	files map[string]File // by path; guarded by mu
	gone  map[string]bool // paths that answer 404 for now; guarded by mu
	set   *assets.Set     // where the files come from compressed; nil: they come as they are
	sent  int             // bytes of files; guarded by mu
}

// pack lets the site send its files as the binary has them.
func pack(s *site, set *assets.Set) *site {
	s.set = set
	return s
}

func (s *site) bytes() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sent
}

// body is a file as it is sent, and its encoding.
func (s *site) body(f File) ([]byte, string) {
	body, encoding := f.Body, "identity"
	if s.set != nil {
		if a, ok := s.set.Get(s.set.URL(f.Name)); ok {
			if packed, ok := a.Body("br"); ok {
				body, encoding = packed, "br"
			}
		}
	}
	s.mu.Lock()
	s.sent += len(body)
	s.mu.Unlock()
	return body, encoding
}

// replace gives a file another content.
func (s *site) replace(name string, body []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.files["/web/"+name] = File{Name: name, Body: body}
}

// break404 takes a file away, or gives it back.
func (s *site) break404(name string, gone bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.gone["/web/"+name] = gone
}

func (s *site) file(path string) (File, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f, ok := s.files[path]
	return f, ok && !s.gone[path]
}

const page = `<!doctype html><meta charset=utf-8><title>test</title><body>
<script src=/where.js></script><script src=/page.js></script></body>`

// serve starts a site. Files named in without are missing, as on a system that can't make them.
func serve(t testing.TB, without ...string) *site {
	t.Helper()
	s := &site{isolated: true, files: map[string]File{}, gone: map[string]bool{}}
	where := map[string]map[string]any{}
	for _, f := range built {
		name := path.Base(f.Name)
		s.files["/web/"+name] = f
		where[name] = map[string]any{"url": "/web/" + name, "bytes": len(f.Body)}
	}
	for _, name := range without {
		delete(where, name)
	}
	table, err := json.Marshal(map[string]any{"sandbox": "/sandbox/frame.html", "files": where})
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/sandbox/frame.html", func(w http.ResponseWriter, r *http.Request) {
		for k, v := range Headers(built[0].Body) {
			w.Header().Set(k, v)
		}
		w.Write(built[0].Body)
	})
	mux.HandleFunc("/web/", func(w http.ResponseWriter, r *http.Request) {
		f, ok := s.file(r.URL.Path)
		if !ok {
			http.NotFound(w, r)
			return
		}
		body, encoding := s.body(f)
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
		w.Header().Set("Content-Encoding", encoding)
		w.Write(body)
	})
	script := func(body []byte) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
			w.Write(body)
		}
	}
	mux.HandleFunc("/where.js", script([]byte("window.WHERE="+string(table))))
	mux.HandleFunc("/page.js", script(testPage))
	mux.HandleFunc("/{$}", func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Type", "text/html; charset=utf-8")
		if s.isolated {
			h.Set("Cross-Origin-Opener-Policy", "same-origin")
			h.Set("Cross-Origin-Embedder-Policy", "require-corp")
		}
		h.Set("Content-Security-Policy", "default-src 'self'; style-src 'self' 'unsafe-inline'; frame-src 'self'; base-uri 'none'")
		fmt.Fprint(w, page)
	})
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.hits = append(s.hits, r.Method+" "+r.URL.String())
		s.mu.Unlock()
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

// asked lists the requests so far.
func (s *site) asked() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.hits...)
}

// open gives a tab on the site's page, for the length of the test.
func open(t testing.TB, s *site) context.Context {
	t.Helper()
	ctx, end := openTab(t, s)
	t.Cleanup(end)
	return ctx
}

func openTab(t testing.TB, s *site) (context.Context, func()) {
	t.Helper()
	tab, closeTab := chromedp.NewContext(browser)
	ctx, stop := context.WithTimeout(tab, 5*time.Minute)
	// The first call on a tab binds its life to that context, so it gets the one without a deadline.
	if err := chromedp.Do(tab, chromedp.Navigate(s.URL)); err != nil {
		t.Fatalf("open the page: %v", err)
	}
	return ctx, func() { stop(); closeTab() }
}

// eval runs an expression in the page, waits for its promise, and decodes what it gives.
func eval[T any](t testing.TB, ctx context.Context, expr string) T {
	t.Helper()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expr, chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatalf("evaluate %.80s: %v", expr, err)
	}
	return v
}

// program is what play of testdata/page.js takes.
type program struct {
	Lang  string   `json:"lang"`
	Code  string   `json:"code"`
	Stdin *string  `json:"stdin,omitempty"`
	Input []string `json:"input,omitempty"`
	Ahead []string `json:"ahead,omitempty"`
	Stop  string   `json:"stop,omitempty"`
	MS    int      `json:"ms,omitempty"`
}

// outcome is what play tells.
type outcome struct {
	ID   string `json:"id"`
	Exit struct {
		Code   int     `json:"code"`
		MS     float64 `json:"ms"`
		Reason string  `json:"reason"`
		Error  *struct {
			Message string `json:"message"`
			Line    int    `json:"line"`
			Column  int    `json:"column"`
		} `json:"error"`
	} `json:"exit"`
	Stdout      string `json:"stdout"`
	Stderr      string `json:"stderr"`
	Needs       int    `json:"needs"`
	Exits       int    `json:"exits"`
	Outs        int    `json:"outs"`
	Diagnostics []struct {
		Line    int    `json:"line"`
		Column  int    `json:"column"`
		Message string `json:"message"`
	} `json:"diagnostics"`
	Took     float64 `json:"took"`
	StopTook float64 `json:"stopTook"`
	Gap      float64 `json:"gap"`   // the longest that the page stood still, in ms
	Usual    float64 `json:"usual"` // the median of its turns
}

func (o outcome) String() string {
	data, err := json.Marshal(o)
	if err != nil {
		return err.Error()
	}
	return fmt.Sprintf("%.2000s", data)
}

func play(t testing.TB, ctx context.Context, p program) outcome {
	t.Helper()
	data, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	return eval[outcome](t, ctx, "play("+string(data)+")")
}
