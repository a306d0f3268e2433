// Package web is Tandem over HTTP: the page and its files, and the sockets that lead into the rooms.
package web

import (
	"cmp"
	"context"
	"log/slog"
	"maps"
	"net/http"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"tandem/assets"
	"tandem/server/room"
	"tandem/shared/session"
)

// Config says what is served and how much one address may ask for. A limit of 0 is none.
type Config struct {
	Rooms   *room.Rooms
	Assets  *assets.Set
	Log     *slog.Logger
	Origins []string // other origins from which sockets may come, as https://host; a page of this server always may

	SessionsPerMinute int  // that one address may create
	JoinsPerMinute    int  // that one address may attempt
	FramesPerSecond   int  // of one connection, up to frameUnit each; whoever sends more waits
	BehindProxy       bool // the address of a client is the last of X-Forwarded-For

	Wheels string // the operator's folder of Python packages; empty: none

	Tick time.Duration // between looks at a connection, 0 = tick
}

// Server answers HTTP requests and holds the open sockets.
type Server struct {
	cfg     Config
	mux     *http.ServeMux
	page    *page
	sandbox map[string]string // headers of the sandbox page
	wheels  *wheels
	limits  limits

	sockets sync.WaitGroup // connections that are not closed yet

	mu sync.Mutex
	// Guarded by mu.
	open     map[*socket]struct{}
	stopping bool // no more are added to sockets
}

// New makes a server; it fails where the embedded files are not what it needs.
func New(cfg Config) (*Server, error) {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	cfg.Tick = cmp.Or(cfg.Tick, tick)
	s := &Server{cfg: cfg, mux: http.NewServeMux(), open: map[*socket]struct{}{}, limits: newLimits(cfg)}
	var err error
	if s.page, err = newPage(cfg.Assets); err != nil {
		return nil, err
	}
	if s.sandbox, err = sandboxHeaders(cfg.Assets); err != nil {
		return nil, err
	}
	if s.wheels, err = loadWheels(cfg.Wheels, cfg.Log.Warn); err != nil {
		return nil, err
	}
	s.routes()
	return s, nil
}

func (s *Server) routes() {
	get := func(pattern string, h http.HandlerFunc) { s.mux.HandleFunc(pattern, onlyGet(h)) }
	get("/", s.servePage)
	get("/web/", s.serveAsset)
	get("/sandbox/", s.serveSandbox)
	get("/wheels.json", s.serveWheelList)
	get("/wheels/", s.serveWheel)
	get("/app-worker.js", s.serveAsset)
	get("/manifest.webmanifest", s.serveAsset)
	get("/favicon.ico", s.serveNamed("icons/192.png"))
	get("/robots.txt", func(w http.ResponseWriter, _ *http.Request) {
		text(w, http.StatusOK, "User-agent: *\nDisallow: /s/\n")
	})
	get("/sitemap.xml", http.NotFound)
	get("/ads.txt", http.NotFound)
	get("/healthz", func(w http.ResponseWriter, _ *http.Request) { text(w, http.StatusOK, "ok\n") })
	get("/readyz", s.serveReady)
	get("/ws", s.serveSocket)
	get("/metrics", s.metricsHandler())
	get("/api/sessions/{id}", s.seekSession)
	get("/api/sessions/{id}/log", s.serveLog)
	s.mux.HandleFunc("DELETE /api/sessions/{id}", s.deleteSession)
}

// ServeHTTP sets the headers that every response has, and keeps a fault in one request from the others.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	defer func() {
		if v := recover(); v != nil {
			if v == http.ErrAbortHandler {
				panic(v)
			}
			s.cfg.Log.Error("request failed", "path", r.URL.Path, "panic", v, "stack", string(debug.Stack()))
			http.Error(w, "Something went wrong.", http.StatusInternalServerError)
		}
	}()
	secure(w.Header())
	s.mux.ServeHTTP(w, r)
}

// Close ends what Rooms.Close left open: it gives the connections the time to say goodbye, then closes them.
func (s *Server) Close(ctx context.Context) {
	s.mu.Lock()
	s.stopping = true
	left := slices.Collect(maps.Keys(s.open))
	s.mu.Unlock()
	for _, k := range left { // who never joined anything; the others know already
		k.peer.End(session.CloseStopping)
	}
	gone := make(chan struct{})
	go func() {
		s.sockets.Wait()
		close(gone)
	}()
	select {
	case <-gone:
		return
	case <-ctx.Done():
	}
	s.mu.Lock()
	for k := range s.open {
		k.conn.NetConn().Close()
	}
	s.mu.Unlock()
	<-gone
}

func (s *Server) serveReady(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	if err := s.cfg.Rooms.Ready(); err != nil {
		s.cfg.Log.Warn("not ready", "error", err)
		text(w, http.StatusServiceUnavailable, "not ready\n")
		return
	}
	text(w, http.StatusOK, "ready\n")
}

func text(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(body)) // the client went away: nobody to tell
}

func onlyGet(h http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "Only GET works here.", http.StatusMethodNotAllowed)
			return
		}
		h(w, r)
	}
}

// HTTPServer wraps the server with the time-outs of one that faces the world.
func (s *Server) HTTPServer() *http.Server {
	return &http.Server{
		Handler:           s,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       time.Minute,
		WriteTimeout:      10 * time.Minute, // a Python runtime over a slow line
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          slog.NewLogLogger(quiet{s.cfg.Log.Handler()}, slog.LevelDebug),
	}
}

// quiet drops what net/http says of clients that hang up in the middle.
type quiet struct{ slog.Handler }

func (q quiet) Handle(ctx context.Context, r slog.Record) error {
	if strings.Contains(r.Message, "TLS handshake error") || strings.Contains(r.Message, "EOF") {
		return nil
	}
	return q.Handler.Handle(ctx, r)
}
