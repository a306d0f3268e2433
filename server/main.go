// Tandem is a server for live coding interviews: `tandem -h` explains its settings.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"
	"time"

	nanoid "github.com/matoous/go-nanoid/v2"

	"tandem/assets"
	"tandem/server/journal"
	"tandem/server/room"
	"tandem/server/web"
)

// How long a clean stop may take: of what people are connected to, then of commands, and then of the journal, whose disk may
// hang. Together it is under 5 s.
const (
	stopWithin  = 2700 * time.Millisecond
	adminWithin = 400 * time.Millisecond
	closeWithin = 1500 * time.Millisecond
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(garbageAtRest)
	}
	if err := run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return
		}
		fmt.Fprintln(os.Stderr, "tandem:", err)
		os.Exit(1)
	}
}

// settings are what flags and the environment say.
type settings struct {
	command *command // nil: serve
	args    []string // of command

	addr      string
	data      string
	nats      string
	sync      string
	retain    time.Duration
	replicas  int
	origins   string
	proxy     bool
	sessions  int
	joins     int
	frames    int
	people    int
	grace     time.Duration
	idle      time.Duration
	runLimit  time.Duration
	wheels    string
	logFormat string
	logLevel  slog.Level
}

func (s *settings) flags(out *os.File) *flag.FlagSet {
	f := flag.NewFlagSet("tandem", flag.ContinueOnError)
	f.SetOutput(out)
	f.StringVar(&s.addr, "addr", ":8080", "`address` to serve on")
	f.StringVar(&s.data, "data", "data", "`folder` that keeps the sessions; empty: in memory, until the server stops")
	f.StringVar(&s.nats, "nats", "", "keep the sessions in a NATS JetStream cluster instead, at this `address`: nats://a:4222,nats://b:4222")
	f.StringVar(&s.sync, "sync", "always", "`when` what is stored is synced to the disk: always, before it counts as saved; or every so often, as 1s,\nwhich a power cut may take (never a crash of the server); for -data only")
	f.DurationVar(&s.retain, "retain", 720*time.Hour, "`time` after which a session that nobody touched is deleted, 0 = never")
	f.IntVar(&s.replicas, "replicas", 1, "`copies` in the cluster, when it is first used; for -nats only")
	f.StringVar(&s.origins, "origins", "", "other `origins` from which pages may connect, as https://host, separated by commas")
	f.BoolVar(&s.proxy, "proxy", false, "the server is behind a proxy: take a client's address from the end of X-Forwarded-For")
	f.IntVar(&s.sessions, "rate-sessions", 30, "sessions that one address may create a minute, 0 = any `number`")
	f.IntVar(&s.joins, "rate-joins", 300, "joins that one address may attempt a minute, 0 = any `number`")
	f.IntVar(&s.frames, "rate-frames", 100, "frames of up to 8 KB that one connection may send a second, 0 = any `number`; a larger one counts as several, and what is more waits")
	f.IntVar(&s.people, "max-people", 50, "`people` connected to one session at a time; the interviewer gets in beyond that")
	f.DurationVar(&s.grace, "grace", 4*time.Second, "`time` that somebody whose connection broke stays on the list")
	f.DurationVar(&s.idle, "idle", time.Minute, "`time` that a session stays in memory after its last person left")
	f.DurationVar(&s.runLimit, "run-limit", 10*time.Second, "`time` that a run of the code may be at work; the interviewer may set another")
	f.StringVar(&s.wheels, "wheels", "", "`folder` of wheels that Python programs may import: pure ones, and those built for Pyodide")
	f.StringVar(&s.logFormat, "log", "text", "`form` of the log: text or json")
	f.TextVar(&s.logLevel, "log-level", slog.LevelInfo, "least `level` that is logged: debug, info, warn or error")
	f.Usage = func() { usage(f) }
	return f
}

// parse reads the environment first, then the flags, which win.
func parse(args []string, env func(string) string, out *os.File) (settings, error) {
	var s settings
	f := s.flags(out)
	var err error
	f.VisitAll(func(one *flag.Flag) {
		name := "TANDEM_" + strings.ToUpper(strings.ReplaceAll(one.Name, "-", "_"))
		if v := env(name); v != "" && err == nil {
			if e := one.Value.Set(v); e != nil {
				err = fmt.Errorf("%s=%q: %w", name, v, e)
			}
		}
	})
	if err != nil {
		return s, err
	}
	if len(args) > 0 {
		if s.command = lookup(args[0]); s.command != nil {
			args = args[1:]
		}
	}
	if err := f.Parse(args); err != nil {
		return s, err
	}
	s.args = f.Args()
	if s.command != nil {
		if err := s.command.check(s.args); err != nil {
			return s, err
		}
	} else if len(s.args) > 0 {
		return s, fmt.Errorf("what is %q? See tandem -h", s.args[0])
	}
	if s.retain < 0 {
		return s, fmt.Errorf("-retain %v: it is a time like 720h, or 0", s.retain)
	}
	return s, nil
}

func (s *settings) logger(out *os.File) (*slog.Logger, error) {
	o := &slog.HandlerOptions{Level: s.logLevel}
	switch s.logFormat {
	case "text":
		return slog.New(slog.NewTextHandler(out, o)), nil
	case "json":
		return slog.New(slog.NewJSONHandler(out, o)), nil
	}
	return nil, fmt.Errorf("-log %q: it is text or json", s.logFormat)
}

// A store is a journal that is opened and closed here.
type store interface {
	room.Journal
	Close() error
}

func (s *settings) journal(log *slog.Logger) (store, error) {
	if s.data == "" && s.nats == "" {
		return journal.NewMemory(), nil
	}
	cfg := journal.Config{Dir: s.data, URL: s.nats, Retain: s.retain, Replicas: s.replicas, Logger: log}
	if s.nats != "" {
		cfg.Dir = ""
	}
	if s.sync != "always" {
		every, err := time.ParseDuration(s.sync)
		if err != nil || every <= 0 {
			return nil, fmt.Errorf("-sync %q: it is always, or a time like 1s", s.sync)
		}
		cfg.Sync = every
	}
	return journal.Open(cfg)
}

// run serves until ctx ends, then stops in order: no new people, everybody told to come back, the journal last.
func run(ctx context.Context, args []string, env func(string) string, stdout io.Writer, out *os.File) error {
	s, err := parse(args, env, out)
	if err != nil {
		return err
	}
	log, err := s.logger(out)
	if err != nil {
		return err
	}
	if s.command != nil {
		return s.order(ctx, stdout, log)
	}
	files, err := assets.Load()
	if err != nil {
		return err
	}
	store, err := s.journal(log)
	if err != nil {
		return err
	}
	defer closeJournal(store, log)
	if s.data != "" && s.nats == "" {
		defer serveAdmin(ctx, s.data, local{store}, log)()
	}
	cfg := room.Config{
		Journal: store, NewID: func() string { return nanoid.Must() }, Log: log,
		MaxPeople: s.people, Grace: s.grace, Idle: s.idle, RunMS: int(s.runLimit.Milliseconds()),
	}
	kept, _ := store.(*journal.Store)
	if kept != nil && s.nats != "" {
		cfg.Nodes = nodes{kept}
	}
	rooms := room.New(cfg)
	defer tendGarbage(ctx, env, rooms.Edits)()
	if kept != nil && s.nats == "" {
		unfollow, err := kept.Follow("", func(n journal.Note) {
			if n.Gone {
				rooms.Gone(n.Session)
			}
		})
		if err != nil {
			return err
		}
		defer unfollow()
	}
	server, err := web.New(web.Config{
		Rooms: rooms, Assets: files, Log: log, Origins: split(s.origins), BehindProxy: s.proxy,
		SessionsPerMinute: s.sessions, JoinsPerMinute: s.joins, FramesPerSecond: s.frames, Wheels: s.wheels,
	})
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", s.addr)
	if err != nil {
		return fmt.Errorf("serve on %s: %w", s.addr, err)
	}
	log.Info("serving", "address", "http://"+listener.Addr().String(), "version", files.Version())
	return serve(ctx, listener, server, rooms, log)
}

// closeJournal waits for the journal only so long: what it has not stored by then was not acknowledged.
func closeJournal(store io.Closer, log *slog.Logger) {
	closed := make(chan error, 1)
	go func() { closed <- store.Close() }()
	select {
	case err := <-closed:
		if err != nil {
			log.Error("close the journal", "error", err)
		}
	case <-time.After(closeWithin):
		log.Warn("the journal does not close, its storage does not answer")
	}
}

func serve(ctx context.Context, listener net.Listener, server *web.Server, rooms *room.Rooms, log *slog.Logger) error {
	h := server.HTTPServer()
	failed := make(chan error, 1)
	go func() { failed <- h.Serve(listener) }()
	select {
	case err := <-failed:
		rooms.Close()
		return err
	case <-ctx.Done():
	}
	log.Info("stopping")
	within, cancel := context.WithTimeout(context.Background(), stopWithin)
	defer cancel()
	rooms.Close()
	server.Close(within)
	if err := h.Shutdown(within); err != nil {
		h.Close() // a download that takes too long
	}
	if err := <-failed; !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	log.Info("stopped")
	return nil
}

func split(list string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' })
}
