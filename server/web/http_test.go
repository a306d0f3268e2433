package web

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"tandem/server/room"
	"tandem/shared/session"
)

// ask sends a request as it stands, without what a client adds, and gives the answer with its body.
func (s *site) ask(method, path string, header ...string) (*http.Response, string) {
	s.t.Helper()
	r, err := http.NewRequest(method, "http://"+s.addr+"/", nil)
	if err != nil {
		s.t.Fatal(err)
	}
	r.URL.Opaque = path
	for i := 0; i < len(header); i += 2 {
		if header[i] == "Host" {
			r.Host = header[i+1]
		}
		r.Header.Set(header[i], header[i+1])
	}
	transport := &http.Transport{DisableCompression: true, DisableKeepAlives: true}
	a, err := transport.RoundTrip(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer a.Body.Close()
	body, err := io.ReadAll(a.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return a, string(body)
}

func TestPages(t *testing.T) {
	s := start(t)
	_, home := s.ask("GET", "/")
	for _, path := range []string{"/s/V1StGXR8_Z5jdHi6B-myT", "/s/x", "/?x=1", "/pad"} {
		if a, body := s.ask("GET", path); a.StatusCode != 200 || body != home {
			t.Errorf("%s: %d, and another page", path, a.StatusCode)
		}
	}
	if a, _ := s.ask("GET", "/s/abc/"); a.StatusCode != http.StatusPermanentRedirect || a.Header.Get("Location") != "/s/abc" {
		t.Errorf("with a slash: %d to %s", a.StatusCode, a.Header.Get("Location"))
	}
	for _, path := range []string{"/s/", "/s/a%20b", "/s/" + strings.Repeat("x", 65), "/nothing", "/s/a/b", "/app.js", "/app.css", "/wasm_exec.js", "/goapp.js", "/manifest.json", "/app.wasm", "/web/", "/web/nothing.js", "/web/../main.go", "/.git/config", "/sandbox/x.html"} {
		if a, _ := s.ask("GET", path); a.StatusCode != http.StatusNotFound && a.StatusCode != http.StatusMovedPermanently && a.StatusCode != http.StatusTemporaryRedirect {
			t.Errorf("%s: %d", path, a.StatusCode)
		}
	}
	for _, want := range []string{`<div class="page skeleton">`, `<style>`, `/web/page.`, `id="app-wasm-loader"`, `rel="manifest"`} {
		if !strings.Contains(home, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	if strings.Contains(home, "viewport-fit=cover") {
		t.Error("the page goes under a phone's notch and rounded corners, and no style of ours makes room for them")
	}
}

// What go-app's own handler does wrong, here done right.
func TestPathIsNotReflected(t *testing.T) {
	s := start(t)
	for _, path := range []string{"/s/x%22%3E%3Cimg%20src=x%20onerror=alert(1)%3E", "/%22%3E%3Cscript%3Ealert(1)%3C/script%3E", "/s/abc?%22%3E%3Cimg"} {
		a, body := s.ask("GET", path)
		for _, bad := range []string{"onerror=alert", "alert(1)", "<img", "og:url"} {
			if strings.Contains(body, bad) {
				t.Errorf("%s: %d with %s in the page", path, a.StatusCode, bad)
			}
		}
	}
}

func TestHostIsNotAsked(t *testing.T) {
	s := start(t)
	asked := start(t) // another server, which must not hear of it
	before := len(asked.log.String())
	for path, status := range map[string]int{"/robots.txt": 200, "/sitemap.xml": 404, "/ads.txt": 404} {
		for range 2 {
			a, body := s.ask("GET", path, "Host", asked.addr)
			if a.StatusCode != status || strings.Contains(body, "<") {
				t.Errorf("%s: %d %q", path, a.StatusCode, body)
			}
		}
	}
	if len(asked.log.String()) != before {
		t.Error("the host was asked")
	}
	for _, evil := range []string{"evil.example; script-src *", "a'b", "x y"} {
		a, _ := s.ask("GET", "/", "Host", evil)
		if csp := a.Header.Get("Content-Security-Policy"); a.StatusCode == 200 && (strings.Contains(csp, "script-src *") || strings.Contains(csp, "a'b")) {
			t.Errorf("host %q: %s", evil, csp)
		}
	}
}

func TestEachFileHasItsETag(t *testing.T) {
	s := start(t)
	_, home := s.ask("GET", "/")
	paths := []string{"/", "/app-worker.js", "/manifest.webmanifest", "/favicon.ico"}
	for _, m := range regexp.MustCompile(`(?:src|href)="(/web/[^"]+)"`).FindAllStringSubmatch(home, -1) {
		paths = append(paths, m[1])
	}
	if len(paths) < 10 {
		t.Fatalf("the page names %v", paths)
	}
	tags := map[string]string{}
	for _, path := range paths {
		for _, encoding := range []string{"", "gzip", "br"} {
			a, body := s.ask("GET", path, "Accept-Encoding", encoding)
			tag := a.Header.Get("ETag")
			if a.StatusCode != 200 || tag == "" || len(body) == 0 {
				t.Fatalf("%s: %d, ETag %q, %d bytes", path, a.StatusCode, tag, len(body))
			}
			if other, ok := tags[tag]; ok && other != body {
				t.Errorf("%s in %q has the ETag of something else: %s", path, encoding, tag)
			}
			tags[tag] = body
			if again, body := s.ask("GET", path, "Accept-Encoding", encoding, "If-None-Match", tag); again.StatusCode != 304 || body != "" {
				t.Errorf("%s, unchanged: %d", path, again.StatusCode)
			}
			if head, body := s.ask("HEAD", path, "Accept-Encoding", encoding); head.StatusCode != 200 || body != "" || head.Header.Get("ETag") != tag {
				t.Errorf("HEAD %s: %d with %d bytes", path, head.StatusCode, len(body))
			}
		}
	}
	page, _ := s.ask("GET", "/")
	for tag := range tags {
		if a, _ := s.ask("GET", "/s/abc", "If-None-Match", tag); (a.StatusCode == 304) != (tag == page.Header.Get("ETag")) {
			t.Errorf("a page, asked for with the ETag %s: %d", tag, a.StatusCode)
		}
	}
	if again, _ := start(t).ask("GET", "/"); again.Header.Get("ETag") != page.Header.Get("ETag") {
		t.Error("after a restart the page has another ETag")
	}
}

func TestFilesAreNamedByContent(t *testing.T) {
	s := start(t)
	wasm := regexp.MustCompile(`/web/app\.[0-9a-f]+\.wasm`).FindString(s.home())
	a, body := s.ask("GET", wasm, "Accept-Encoding", "gzip, deflate, br")
	if a.Header.Get("Content-Type") != "application/wasm" || a.Header.Get("Content-Encoding") != "br" || a.ContentLength != int64(len(body)) ||
		!strings.Contains(a.Header.Get("Cache-Control"), "immutable") || a.Header.Get("Vary") != "Accept-Encoding" {
		t.Errorf("%s: %v", wasm, a.Header)
	}
	if a, _ := s.ask("GET", wasm, "Accept-Encoding", "br;q=0, gzip"); a.Header.Get("Content-Encoding") != "gzip" {
		t.Errorf("without br: %q", a.Header.Get("Content-Encoding"))
	}
	_, worker := s.ask("GET", "/app-worker.js")
	all := regexp.MustCompile(`/web/[\w./-]+\.([0-9a-f]{12})\.\w+`).FindAllStringSubmatch(s.home()+worker, -1)
	if len(all) < 20 {
		t.Fatalf("the page and its worker name %v", all)
	}
	for _, m := range all {
		if strings.Contains(m[0], "/runtimes/") {
			continue // tens of megabytes, packed and named by the same code
		}
		a, body := s.ask("GET", m[0])
		if sum := sha256.Sum256([]byte(body)); !strings.HasPrefix(hex.EncodeToString(sum[:]), m[1]) || a.Header.Get("Content-Encoding") != "" {
			t.Errorf("%s: the content is another, or packed: %v", m[0], a.Header)
		}
		a, packed := s.ask("HEAD", m[0], "Accept-Encoding", "gzip, br")
		if packed != "" || !strings.Contains(a.Header.Get("Cache-Control"), "immutable") ||
			a.Header.Get("Content-Encoding") != "br" && a.ContentLength > 512 && !strings.HasSuffix(m[0], ".png") {
			t.Errorf("%s: %v", m[0], a.Header)
		}
	}
	for _, path := range []string{"/", "/app-worker.js", "/manifest.webmanifest", "/favicon.ico"} {
		if a, _ := s.ask("GET", path); a.Header.Get("Cache-Control") != "no-cache" {
			t.Errorf("%s: %q", path, a.Header.Get("Cache-Control"))
		}
	}
}

func TestOnlyGet(t *testing.T) {
	s := start(t)
	for _, path := range []string{"/", "/s/abc", "/app-worker.js", "/web/x", "/ws", "/robots.txt", "/healthz"} {
		for _, method := range []string{"POST", "PUT", "DELETE", "OPTIONS", "BREW"} {
			if a, _ := s.ask(method, path); a.StatusCode != http.StatusMethodNotAllowed || a.Header.Get("Allow") != "GET, HEAD" {
				t.Errorf("%s %s: %d", method, path, a.StatusCode)
			}
		}
	}
}

func TestNothingFromElsewhere(t *testing.T) {
	s := start(t)
	for _, path := range []string{"/", "/manifest.webmanifest", "/app-worker.js"} {
		_, body := s.ask("GET", path)
		for _, url := range regexp.MustCompile(`https?://[^"'\s)]+`).FindAllString(body, -1) {
			if !strings.HasPrefix(url, "http://www.w3.org/") {
				t.Errorf("%s names %s", path, url)
			}
		}
	}
	_, manifest := s.ask("GET", "/manifest.webmanifest")
	for _, m := range regexp.MustCompile(`"src":\s*"([^"]+)"`).FindAllStringSubmatch(manifest, -1) {
		if a, _ := s.ask("GET", m[1]); a.StatusCode != 200 || !strings.HasPrefix(a.Header.Get("Content-Type"), "image/") {
			t.Errorf("icon %s: %d", m[1], a.StatusCode)
		}
	}
}

func TestSecurityHeaders(t *testing.T) {
	s := start(t)
	for _, path := range []string{"/", "/s/abc", "/nothing", "/web/nothing", "/app-worker.js", "/robots.txt", "/healthz", "/ws"} {
		a, _ := s.ask("GET", path)
		for name, want := range map[string]string{
			"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp",
			"Cross-Origin-Resource-Policy": "same-origin", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
		} {
			if got := a.Header.Get(name); got != want {
				t.Errorf("%s: %s: %q", path, name, got)
			}
		}
		csp := a.Header.Get("Content-Security-Policy")
		script := regexp.MustCompile(`script-src [^;]*`).FindString(csp)
		if !strings.HasPrefix(csp, "default-src 'none'") || strings.Contains(script, "unsafe-inline") || strings.Contains(script, "'unsafe-eval'") {
			t.Errorf("%s: %s", path, csp)
		}
	}
	a, page := s.ask("GET", "/s/abc")
	if n := strings.Count(page, "<script") - strings.Count(page, "<script defer src="); n != 1 {
		t.Errorf("the page holds %d scripts of its own, and its policy allows one", n)
	}
	for _, want := range []string{"require-trusted-types-for 'script'", "frame-src " + s.addr + "/sandbox/;", "frame-ancestors 'none'", "base-uri 'none'"} {
		if csp := a.Header.Get("Content-Security-Policy"); !strings.Contains(csp, want) {
			t.Errorf("the page's policy lacks %s: %s", want, csp)
		}
	}
}

func TestSandboxIsLocked(t *testing.T) {
	s := start(t)
	path := regexp.MustCompile(`/sandbox/[0-9a-f]+\.html`).FindString(s.home())
	a, body := s.ask("GET", path)
	csp := a.Header.Get("Content-Security-Policy")
	for _, want := range []string{"default-src 'none'", "sandbox allow-scripts", "connect-src 'none'", "frame-ancestors 'self'", "worker-src blob:"} {
		if !strings.Contains(csp, want) {
			t.Errorf("%s lacks %s: %s", path, want, csp)
		}
	}
	if strings.Contains(csp, "allow-same-origin") || a.Header.Get("Cross-Origin-Resource-Policy") != "cross-origin" ||
		a.Header.Get("X-Frame-Options") != "" || !strings.HasPrefix(a.Header.Get("Content-Type"), "text/html") || body == "" {
		t.Errorf("%s: %v", path, a.Header)
	}
}

func (s *site) home() string {
	_, home := s.ask("GET", "/")
	return home
}

// TestGlueIsTheToolchains: the browser program only starts with the glue of the Go that compiled it.
func TestGlueIsTheToolchains(t *testing.T) {
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(root)), "lib", "wasm", "wasm_exec.js"))
	if err != nil {
		t.Fatal(err)
	}
	s := start(t)
	path := regexp.MustCompile(`/web/wasm_exec\.[0-9a-f]+\.js`).FindString(s.home())
	if _, got := s.ask("GET", path); !bytes.Equal([]byte(got), want) {
		t.Errorf("%q is not that of this Go: run make build", path)
	}
}

// failing is a journal that nothing can be stored in.
type failing struct{ room.Journal }

func (failing) Healthy() error { return errors.New("the disk is full") }

func TestHealth(t *testing.T) {
	s := start(t)
	for _, path := range []string{"/healthz", "/readyz"} {
		if a, body := s.ask("GET", path); a.StatusCode != 200 {
			t.Errorf("%s: %d %s", path, a.StatusCode, body)
		}
	}
	s.rooms.Close()
	if a, _ := s.ask("GET", "/readyz"); a.StatusCode != 503 {
		t.Errorf("stopping: %d", a.StatusCode)
	}
	full := start(t, func(_ *Config, c *room.Config) { c.Journal = failing{c.Journal} })
	if a, _ := full.ask("GET", "/readyz"); a.StatusCode != 503 {
		t.Errorf("full: %d", a.StatusCode)
	}
	if a, _ := full.ask("GET", "/healthz"); a.StatusCode != 200 {
		t.Errorf("full, but alive: %d", a.StatusCode)
	}
}

// TestSecretsStay: neither the key nor a client's secret id gets into what others receive, or into the log.
func TestSecretsStay(t *testing.T) {
	s := start(t, func(c *Config, _ *room.Config) { c.SessionsPerMinute = 1 })
	ann, bob := s.dial(), s.dial()
	w := ann.create("client-secret-of-ann", "Ann")
	v := bob.join(w.Session, "client-secret-of-bob", "Bob", "")
	ann.request(4, session.TitleChange{Title: "T"})
	want[session.TitleChange](bob)
	again, wrong, late := s.dial(), s.dial(), s.dial()
	again.send(`{"type":"session:join","session":"` + w.Session + `","client":"client-secret-of-bob","name":"Bob","resume":{"epoch":"` + v.Epoch + `","rev":1}}`)
	if r := want[session.Welcome](again); len(r.Events) != 4 {
		t.Errorf("resumed with %d events", len(r.Events))
	}
	wrong.join(w.Session, "client-secret-of-eve", "Eve", "wrong-"+w.Key)
	late.send(`{"type":"session:create","client":"client-secret-of-ann","name":"Ann"}`) // over the limit, which is logged
	late.closed()
	wrong.send(`{"type":"session:join","key":"` + w.Key + `"}`)
	want[session.Refusal](wrong)
	ann.send(`{"type":"session:leave","key":"` + w.Key + `"}`)
	ann.closed()
	want[session.Left](again)
	bob.closed()
	lock := s.fold(w.Session).Lock()
	for who, text := range map[string]string{"Bob": bob.all.String() + again.all.String(), "Eve": wrong.all.String(), "the log": s.log.String()} {
		for what, secret := range map[string]string{"the key": w.Key, "its hash": lock, "a client id": "client-secret"} {
			if strings.Contains(text, secret) {
				t.Errorf("%s got to %s: %s", what, who, text)
			}
		}
	}
	if log := s.log.String(); !strings.Contains(log, "session="+w.Session) || !strings.Contains(log, "person="+v.You.ID) {
		t.Errorf("the log does not say who came where:\n%s", log)
	}
	if !strings.Contains(ann.all.String(), w.Key) {
		t.Error("the creator did not get the key, so this test sees nothing")
	}
}
