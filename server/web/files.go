package web

import (
	"net/http"
	"strconv"
	"strings"

	"tandem/assets"
)

// serveAsset serves a file under its own URL.
func (s *Server) serveAsset(w http.ResponseWriter, r *http.Request) {
	a, ok := s.cfg.Assets.Get(r.URL.Path)
	if !ok {
		http.NotFound(w, r)
		return
	}
	if a.Fixed {
		w.Header().Set("Cache-Control", "no-cache")
	} else {
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	sendAsset(w, r, a)
}

// serveNamed serves a file under a fixed path.
func (s *Server) serveNamed(name string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		a, ok := s.cfg.Assets.Get(s.cfg.Assets.URL(name))
		if !ok {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Cache-Control", "no-cache")
		sendAsset(w, r, a)
	}
}

// serveSandbox serves the page in which people's code runs, locked by headers of its own.
func (s *Server) serveSandbox(w http.ResponseWriter, r *http.Request) {
	a, ok := s.cfg.Assets.Get(r.URL.Path)
	if !ok {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Del("X-Frame-Options") // frame-ancestors of its own policy allows our page
	h.Del("Cross-Origin-Opener-Policy")
	for name, value := range s.sandbox {
		h.Set(name, value)
	}
	sendAsset(w, r, a)
}

func sendAsset(w http.ResponseWriter, r *http.Request, a *assets.Asset) {
	for _, encoding := range encodings(r.Header.Get("Accept-Encoding")) {
		if body, ok := a.Body(encoding); ok {
			send(w, r, a.Type, strings.TrimSuffix(a.ETag, `"`)+tag(encoding)+`"`, encoding, body)
			return
		}
	}
	http.NotFound(w, r)
}

// send answers with a body that is there in full, or says that the client has it.
func send(w http.ResponseWriter, r *http.Request, kind, etag, encoding string, body []byte) {
	if head(w, r, kind, etag, encoding, int64(len(body))) {
		_, _ = w.Write(body) // the client went away: nobody to tell
	}
}

// head answers but for the body, and tells whether the client wants that.
func head(w http.ResponseWriter, r *http.Request, kind, etag, encoding string, size int64) bool {
	h := w.Header()
	h.Set("Vary", "Accept-Encoding")
	h.Set("ETag", etag)
	if has(r.Header.Get("If-None-Match"), etag) {
		w.WriteHeader(http.StatusNotModified)
		return false
	}
	h.Set("Content-Type", kind)
	h.Set("Content-Length", strconv.FormatInt(size, 10))
	if encoding != "identity" {
		h.Set("Content-Encoding", encoding)
	}
	return r.Method != http.MethodHead
}

// has tells whether an If-None-Match names the tag.
func has(header, etag string) bool {
	for part := range strings.SplitSeq(header, ",") {
		if strings.TrimPrefix(strings.TrimSpace(part), "W/") == etag {
			return true
		}
	}
	return false
}

func tag(encoding string) string {
	if encoding == "identity" {
		return ""
	}
	return "-" + encoding
}

// encodings lists what a client takes of what we have, the smallest first.
func encodings(accept string) []string {
	var br, gzip bool
	for part := range strings.SplitSeq(accept, ",") {
		name, q, _ := strings.Cut(strings.TrimSpace(part), ";")
		if q = strings.ReplaceAll(q, " ", ""); q == "q=0" || q == "q=0.0" || q == "q=0.00" || q == "q=0.000" {
			continue
		}
		switch strings.TrimSpace(name) {
		case "br":
			br = true
		case "gzip":
			gzip = true
		}
	}
	list := make([]string, 0, 3)
	if br {
		list = append(list, "br")
	}
	if gzip {
		list = append(list, "gzip")
	}
	return append(list, "identity")
}
