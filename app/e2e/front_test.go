package e2e

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// A front stands between browsers and a server as a web server before it would: it can hold or refuse single files, and
// show the server as one of another version.
type front struct {
	addr string
	http http.Server

	mu      sync.Mutex // guards what follows
	rules   []*rule
	asked   []string // paths, in order
	other   bool     // of another version
	ahead   bool     // the page alone is of the other version, and both have their files: the nodes behind are being changed
	younger bool     // than the page: it does not speak the page's protocol
	down    bool     // hangs up on everybody
}

// A rule is for the paths that match.
type rule struct {
	paths  *regexp.Regexp
	status int           // instead of the file; 0: it waits
	half   bool          // the file's first half comes before the wait
	once   bool          // for the first request alone
	to     string        // where it sends instead
	lifted chan struct{} // closed when the rule ends
}

func startFront(t *testing.T, target string) *front {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f := &front{addr: l.Addr().String()}
	transport := &http.Transport{DisableCompression: true}
	f.http.Handler = f.handler(&httputil.ReverseProxy{
		Transport: transport,
		Rewrite: func(r *httputil.ProxyRequest) {
			r.Out.URL.Scheme, r.Out.URL.Host, r.Out.Host = "http", target, r.In.Host
			f.askAs(r.Out)
		},
		ModifyResponse: f.answerAs,
		ErrorHandler:   func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) },
	})
	done := make(chan struct{})
	go func() { defer close(done); f.http.Serve(l) }()
	t.Cleanup(func() {
		f.http.Close()
		<-done
		transport.CloseIdleConnections()
	})
	return f
}

func (f *front) handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f.mu.Lock()
		f.asked = append(f.asked, r.URL.Path)
		i := slices.IndexFunc(f.rules, func(l *rule) bool { return l.paths.MatchString(r.URL.Path) })
		var l *rule
		if i >= 0 {
			l = f.rules[i]
			if l.once {
				f.rules = slices.Delete(f.rules, i, i+1)
			}
		}
		down, stale := f.down, f.other && named.MatchString(r.URL.Path) && !hers(r.URL.Path)
		f.mu.Unlock()
		switch {
		case down:
			panic(http.ErrAbortHandler)
		case stale:
			http.NotFound(w, r)
			return
		case l != nil && l.to != "":
			http.Redirect(w, r, l.to, http.StatusFound)
			return
		case l != nil && l.status != 0:
			http.Error(w, "by the test", l.status)
			return
		case l != nil && l.half:
			w = &halved{ResponseWriter: w, rest: func() { l.wait(r) }}
		case l != nil:
			l.wait(r)
		}
		next.ServeHTTP(w, r)
	})
}

func (l *rule) wait(r *http.Request) {
	select {
	case <-l.lifted:
	case <-r.Context().Done():
	}
}

// halved waits in the middle of a body.
type halved struct {
	http.ResponseWriter
	left int
	rest func()
}

func (h *halved) WriteHeader(status int) {
	n, _ := strconv.Atoi(h.Header().Get("Content-Length"))
	h.left = n / 2
	h.ResponseWriter.WriteHeader(status)
}

func (h *halved) Write(b []byte) (int, error) {
	if h.left > 0 && h.left <= len(b) {
		n, err := h.ResponseWriter.Write(b[:h.left])
		if err != nil {
			return n, err
		}
		h.ResponseWriter.(http.Flusher).Flush()
		b, h.left = b[n:], 0
		h.rest()
		m, err := h.ResponseWriter.Write(b)
		return n + m, err
	}
	h.left -= len(b)
	return h.ResponseWriter.Write(b)
}

// rule adds one, and gives what ends it.
func (f *front) rule(l *rule) (lift func()) {
	l.lifted = make(chan struct{})
	f.mu.Lock()
	f.rules = append(f.rules, l)
	f.mu.Unlock()
	return sync.OnceFunc(func() {
		f.mu.Lock()
		f.rules = slices.DeleteFunc(f.rules, func(other *rule) bool { return other == l })
		f.mu.Unlock()
		close(l.lifted)
	})
}

// hold keeps files back until they are released, halve stops them in the middle.
func (f *front) hold(paths string) (release func()) {
	return f.rule(&rule{paths: regexp.MustCompile(paths)})
}

func (f *front) halve(paths string) (release func()) {
	return f.rule(&rule{paths: regexp.MustCompile(paths), half: true})
}

// fail answers with a status until that is lifted.
func (f *front) fail(paths string, status int) (lift func()) {
	return f.rule(&rule{paths: regexp.MustCompile(paths), status: status})
}

// failOnce answers the first request alone with a status.
func (f *front) failOnce(paths string, status int) {
	f.rule(&rule{paths: regexp.MustCompile(paths), status: status, once: true})
}

// redirect sends elsewhere, as a proxy does that asks for a login first.
func (f *front) redirect(paths, to string) (lift func()) {
	return f.rule(&rule{paths: regexp.MustCompile(paths), to: to})
}

// requests counts the requests so far.
func (f *front) requests(paths string) (n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, path := range f.asked {
		if regexp.MustCompile(paths).MatchString(path) {
			n++
		}
	}
	return n
}

func (f *front) set(what *bool, to bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	*what = to
}

// The other version has the same program, with another name for each file that is named by content; of what runs
// people's code it is only the renewed file that is not the same in both. Each version knows its own files alone.
var (
	named  = regexp.MustCompile(`/web/([A-Za-z0-9_.-]+(?:/[a-z0-9_.-]+)?)\.([0-9a-f]{12}|other[0-9a-f]{12})\.`)
	itsown = regexp.MustCompile(`shell-[0-9a-f]{12}`) // in the service worker
)

const (
	other   = "other"
	renewed = "runtimes/quickjs.worker"
)

func hers(path string) bool {
	m := named.FindStringSubmatch(path)
	return strings.HasPrefix(m[1], "runtimes/") && m[1] != renewed || strings.HasPrefix(m[2], other)
}

// askAs turns a request to the other version into one to the server.
func (f *front) askAs(r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.younger && r.URL.Path == "/ws" {
		r.Header.Set("Sec-Websocket-Protocol", "tandem.v0")
	}
	if f.other || f.ahead {
		r.URL.Path = strings.Replace(r.URL.Path, "."+other, ".", 1)
		r.Header.Del("Accept-Encoding")
		r.Header.Del("If-None-Match")
	}
}

// answerAs turns the server's answer into the other version's.
func (f *front) answerAs(r *http.Response) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.younger && r.StatusCode == http.StatusSwitchingProtocols {
		r.Header.Set("Sec-Websocket-Protocol", "tandem.v1")
	}
	kind := r.Header.Get("Content-Type")
	if !f.other && !(f.ahead && r.Request.URL.Path == "/") || r.StatusCode != http.StatusOK || strings.HasPrefix(r.Request.URL.Path, "/web/runtimes/") ||
		!strings.Contains(kind, "javascript") && !strings.Contains(kind, "html") && !strings.Contains(kind, "css") && !strings.Contains(kind, "manifest") {
		return nil
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return fmt.Errorf("read what the server answers: %w", err)
	}
	r.Body.Close()
	body = named.ReplaceAllFunc(body, func(name []byte) []byte {
		if bytes.HasPrefix(name, []byte("/web/runtimes/")) && !bytes.HasPrefix(name, []byte("/web/"+renewed+".")) {
			return name
		}
		at := len(name) - len("0123456789ab.")
		return append(append(append([]byte{}, name[:at]...), other...), name[at:]...)
	})
	body = itsown.ReplaceAllFunc(body, func(name []byte) []byte {
		at := len(name) - len("0123456789ab")
		return append(append(append([]byte{}, name[:at]...), other...), name[at:]...)
	})
	r.Header.Del("ETag")
	replaceBody(r, body)
	return nil
}
