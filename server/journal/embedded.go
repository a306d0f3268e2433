package journal

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

const (
	startTimeout = 60 * time.Second // ten million records after a kill take ten
	maxPayload   = 8 << 20          // bytes of one entry: several of the largest frames
)

// engine is the embedded storage: it listens nowhere and is reached through InProcessConn. It can be restarted
// under a living connection, which is how the journal gets over a disk that was full.
type engine struct {
	dir  string
	sync time.Duration
	log  *slog.Logger
	lock *os.File
	fail func() // called when the storage reports an error; it may not block

	failed atomic.Bool // it reported an error since it was started

	mu  sync.Mutex
	srv *server.Server
}

// newEngine takes dir for this process alone and checks that it can be written.
func newEngine(dir string, syncEvery time.Duration, log *slog.Logger, fail func()) (*engine, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("%w: the data folder can't be made: %w", ErrUnavailable, err)
	}
	lock, err := lockDir(dir)
	if err != nil {
		return nil, err
	}
	e := &engine{dir: dir, sync: syncEvery, log: log, lock: lock, fail: fail}
	if err := e.writable(); err != nil {
		lock.Close()
		return nil, err
	}
	return e, nil
}

// writable tries the folder itself; the storage would only say so at its first record.
func (e *engine) writable() error {
	probe := filepath.Join(e.dir, "probe")
	err := os.WriteFile(probe, []byte("can this folder be written?\n"), 0o600)
	if err == nil {
		err = os.Remove(probe)
	}
	if err != nil {
		return fmt.Errorf("%w: the data folder can't be written: %w", ErrUnavailable, err)
	}
	return nil
}

func (e *engine) start() error {
	opts := &server.Options{
		ServerName: "tandem", DontListen: true, NoSigs: true, NoLog: true, NoSystemAccount: false,
		JetStream: true, StoreDir: e.dir, MaxPayload: maxPayload, DisableJetStreamBanner: true,
		JetStreamMaxStore: math.MaxInt64 / 4, JetStreamMaxMemory: 64 << 20, // the disk is the limit, and health.go watches it
		SyncInterval: e.sync,
	}
	srv, err := server.NewServer(opts)
	if err != nil {
		return fmt.Errorf("%w: its storage can't be set up: %s", ErrUnavailable, oneLine(err))
	}
	e.failed.Store(false)
	srv.SetLogger(engineLog{e}, false, false)
	started := make(chan struct{})
	go func() { srv.Start(); close(started) }()
	if !srv.ReadyForConnections(startTimeout) || !srv.JetStreamEnabled() {
		srv.Shutdown()
		<-started
		srv.WaitForShutdown()
		return fmt.Errorf("%w: its storage does not start on %s", ErrUnavailable, e.dir)
	}
	<-started
	e.mu.Lock()
	e.srv = srv
	e.mu.Unlock()
	return nil
}

func (e *engine) stop() {
	e.mu.Lock()
	srv := e.srv
	e.srv = nil
	e.mu.Unlock()
	if srv != nil {
		srv.Shutdown()
		srv.WaitForShutdown()
	}
}

// close stops the storage and frees the folder.
func (e *engine) close() {
	e.stop()
	e.lock.Close()
}

// broken says whether the storage has given up by itself.
func (e *engine) broken() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.srv == nil || !e.srv.JetStreamEnabled()
}

// InProcessConn is how the client library reaches whichever server runs now.
func (e *engine) InProcessConn() (net.Conn, error) {
	e.mu.Lock()
	srv := e.srv
	e.mu.Unlock()
	if srv == nil {
		return nil, errors.New("the storage is stopped")
	}
	return srv.InProcessConn()
}

func oneLine(err error) string { return strings.ReplaceAll(err.Error(), "\n", "; ") }

// engineLog passes on what matters of the storage's own log.
type engineLog struct{ *engine }

func (l engineLog) say(level slog.Level, f string, v []any) {
	l.log.Log(context.Background(), level, "journal storage", "says", fmt.Sprintf(f, v...))
}
func (l engineLog) Noticef(f string, v ...any) { l.say(slog.LevelDebug, f, v) }
func (l engineLog) Warnf(f string, v ...any)   { l.say(slog.LevelWarn, f, v) }
func (l engineLog) Fatalf(f string, v ...any)  { l.say(slog.LevelError, f, v) }
func (l engineLog) Errorf(f string, v ...any) {
	l.say(slog.LevelError, f, v)
	l.failed.Store(true)
	l.fail() // it does not answer whom it can't serve
}
func (l engineLog) Debugf(f string, v ...any) {}
func (l engineLog) Tracef(f string, v ...any) {}
