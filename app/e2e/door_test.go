package e2e

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
)

// A frontDoor stands before a server as a proxy of the web does: it knows requests, where proxy knows only bytes. It counts
// what comes of the page's own files, and can let the page load the editor late.
type frontDoor struct {
	addr   string
	assets atomic.Int64 // bytes of bodies of the page's files
	late   atomic.Bool  // the editor's script comes after the Go program on a session's page too, as it does on the home page
	server *http.Server
	done   chan struct{}
}

// beside is where the boot script decides that the editor comes first.
var beside = regexp.MustCompile(`\b\w+==="session"`)

func openFrontDoor(t testing.TB, target string) *frontDoor {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	d := &frontDoor{addr: l.Addr().String(), done: make(chan struct{})}
	d.server = &http.Server{Handler: &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(&url.URL{Scheme: "http", Host: target})
			r.Out.Host = r.In.Host
			if d.rewrites(r.In.URL.Path) {
				r.Out.Header.Del("Accept-Encoding")
			}
		},
		ModifyResponse: d.pass,
		ErrorHandler:   func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) },
	}}
	go func() {
		defer close(d.done)
		d.server.Serve(l)
	}()
	t.Cleanup(d.close)
	return d
}

func (d *frontDoor) rewrites(path string) bool {
	return d.late.Load() && strings.HasPrefix(path, "/s/")
}

func (d *frontDoor) close() {
	d.server.Close()
	<-d.done
	http.DefaultTransport.(*http.Transport).CloseIdleConnections()
}

func (d *frontDoor) pass(r *http.Response) error {
	path := r.Request.URL.Path
	switch {
	case d.rewrites(path):
		page, err := io.ReadAll(r.Body)
		if err != nil {
			return err
		}
		if n := len(beside.FindAll(page, -1)); n != 1 {
			return fmt.Errorf("the boot script decides in %d places whether the editor comes first", n)
		}
		replaceBody(r, beside.ReplaceAll(page, []byte("false")))
	case strings.HasPrefix(path, "/web/") || strings.HasPrefix(path, "/sandbox/") || strings.HasSuffix(path, ".webmanifest"):
		r.Body = &counted{r.Body, &d.assets}
	}
	return nil
}

type counted struct {
	io.ReadCloser
	n *atomic.Int64
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.ReadCloser.Read(p)
	c.n.Add(int64(n))
	return n, err
}

var (
	bootScript = regexp.MustCompile(`(?s)<script id="boot">(.*?)</script>`)
	scriptHash = regexp.MustCompile(`'sha256-[^']*'`)
)

// replaceBody puts another body into a response. The policy of a page names the script that is in it.
func replaceBody(r *http.Response, body []byte) {
	if script := bootScript.FindSubmatch(body); script != nil {
		const policy = "Content-Security-Policy"
		sum := sha256.Sum256(script[1])
		r.Header.Set(policy, scriptHash.ReplaceAllString(r.Header.Get(policy), "'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"'"))
	}
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	r.Header.Set("Content-Length", strconv.Itoa(len(body)))
}
