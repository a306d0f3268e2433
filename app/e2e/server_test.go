package e2e

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"
)

const (
	startLimit = 60 * time.Second // from the start of the process to /readyz, on a busy machine
	stopLimit  = 15 * time.Second // from SIGTERM to the end of the process
)

// A server is one process of the built binary.
type server struct {
	addr string // host:port
	dir  string // its -data, removed by stop
	args []string
	log  *logbook

	cmd  *exec.Cmd
	done chan error // gives what the process ended with, once
}

// logbook keeps what a process writes, and copies it to a file for later reading.
type logbook struct {
	file *os.File // nil: kept in memory only
	mu   sync.Mutex
	text bytes.Buffer // guarded by mu
}

func (l *logbook) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file != nil {
		if _, err := l.file.Write(p); err != nil {
			return 0, err
		}
	}
	return l.text.Write(p)
}

func (l *logbook) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// binary finds the program under test.
func binary() (string, error) {
	path := os.Getenv("TANDEM_BIN")
	if path == "" {
		path = filepath.Join(root, "bin", "tandem")
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return "", fmt.Errorf("find the binary: %w", err)
	}
	if _, err := os.Stat(path); err != nil {
		return "", fmt.Errorf("there is no binary at %s: run `make build` first, or name one in TANDEM_BIN", path)
	}
	return path, nil
}

// startServer starts the binary with data of its own and waits until it is ready.
func startServer(logFile string, args ...string) (*server, error) {
	dir, err := os.MkdirTemp("", "tandem-e2e-")
	if err != nil {
		return nil, fmt.Errorf("make the data folder: %w", err)
	}
	addr, err := freeAddr()
	if err != nil {
		return nil, err
	}
	s := &server{addr: addr, dir: dir, args: args, log: &logbook{}}
	if logFile != "" {
		if s.log.file, err = os.OpenFile(logFile, os.O_CREATE|os.O_TRUNC|os.O_APPEND|os.O_WRONLY, 0o644); err != nil {
			return nil, fmt.Errorf("open the server's log: %w", err)
		}
	}
	return s, s.start()
}

// freeAddr gives an address that nobody listens on.
func freeAddr() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("find a free port: %w", err)
	}
	defer l.Close()
	return l.Addr().String(), nil
}

// start runs the process, again after stop or kill, on the same address and data.
func (s *server) start() error {
	path, err := binary()
	if err != nil {
		return err
	}
	args := append([]string{"-addr", s.addr, "-data", s.dir, "-rate-sessions", "0", "-rate-joins", "0"}, s.args...)
	s.cmd = exec.Command(path, args...)
	s.cmd.Stdout, s.cmd.Stderr = s.log, s.log
	if err := s.cmd.Start(); err != nil {
		return fmt.Errorf("start the server: %w", err)
	}
	s.done = make(chan error, 1)
	go func() { s.done <- s.cmd.Wait() }()
	return s.ready()
}

func (s *server) ready() error {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	limit := time.After(startLimit)
	for {
		select {
		case err := <-s.done:
			return fmt.Errorf("the server ended at once (%v); it wrote:\n%s", err, s.log)
		case <-limit:
			s.kill()
			return fmt.Errorf("the server was not ready within %v; it wrote:\n%s", startLimit, s.log)
		case <-tick.C:
			if status, _ := get("http://" + s.addr + "/readyz"); status == http.StatusOK {
				return nil
			}
		}
	}
}

// files limits how large the process's files may grow: with 0 it is as if the disk were full.
func (s *server) files(t *testing.T, bytes string) {
	t.Helper()
	if out, err := exec.Command("prlimit", fmt.Sprint("--pid=", s.cmd.Process.Pid), "--fsize="+bytes+":unlimited").CombinedOutput(); err != nil {
		t.Fatalf("limit the server's files: %v: %s", err, out)
	}
}

// stop ends the process as an administrator would, and tells if it did not end well.
func (s *server) stop() error {
	defer http.DefaultClient.CloseIdleConnections()
	defer s.clean()
	if err := s.end(); err != nil {
		return err
	}
	return nil
}

// end sends SIGTERM and waits; the data stays.
func (s *server) end() error {
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return fmt.Errorf("stop the server: %w", err)
	}
	select {
	case err := <-s.done:
		if err != nil {
			return fmt.Errorf("the server did not stop cleanly: %w; it wrote:\n%s", err, s.log)
		}
		return nil
	case <-time.After(stopLimit):
		s.kill()
		return fmt.Errorf("the server did not stop within %v of SIGTERM; it wrote:\n%s", stopLimit, s.log)
	}
}

// kill ends the process as a crash would.
func (s *server) kill() {
	if err := s.cmd.Process.Kill(); err == nil || errors.Is(err, os.ErrProcessDone) {
		<-s.done
	}
}

func (s *server) clean() {
	os.RemoveAll(s.dir)
	if s.log.file != nil {
		s.log.file.Close()
	}
}

// ownServer is for a test that stops or restarts it. It may be stopped or not when the test ends.
func ownServer(t testing.TB, args ...string) *server {
	t.Helper()
	s, err := startServer("", args...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		s.kill0()
		s.clean()
		if t.Failed() {
			t.Logf("the server wrote:\n%s", s.log)
		}
	})
	return s
}

// kill0 is kill for a process that may be gone already, with its end already taken from done.
func (s *server) kill0() {
	if s.cmd.ProcessState == nil {
		s.kill()
	}
}

// get fetches a page from outside the browser.
func get(url string) (status int, body string) {
	resp, err := http.Get(url)
	if err != nil {
		return 0, err.Error()
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0, err.Error()
	}
	return resp.StatusCode, string(data)
}
