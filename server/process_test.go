package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// TestMain lets the test's own binary be the processes that a test kills.
func TestMain(m *testing.M) {
	switch os.Getenv("CLUSTER_ROLE") {
	case "storage":
		storageProcess()
	case "node":
		nodeProcess()
	default:
		goleak.VerifyTestMain(m)
	}
}

// nodeProcess is the server as main runs it.
func nodeProcess() {
	signal.Ignore(syscall.SIGXFSZ) // a file that may not grow is an error like any other
	ctx, cancel := context.WithCancel(context.Background())
	go func() { io.Copy(io.Discard, os.Stdin); cancel() }()
	if err := run(ctx, os.Args[1:], func(string) string { return "" }, io.Discard, os.Stdout); err != nil {
		fmt.Println("error", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// A process is one of these, and what it says.
type process struct {
	cmd *exec.Cmd
	in  io.WriteCloser

	mu    sync.Mutex
	lines []string
	ended chan struct{}
}

func spawn(t *testing.T, role string, env []string, args ...string) *process {
	t.Helper()
	return spawnAs(t, nil, role, env, args...)
}

// spawnAs is spawn by another user, where who is not nil.
func spawnAs(t *testing.T, who *syscall.Credential, role string, env []string, args ...string) *process {
	t.Helper()
	p := &process{cmd: exec.Command("/proc/self/exe", args...), ended: make(chan struct{})}
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Credential: who}
	p.cmd.Env = append(append(os.Environ(), "CLUSTER_ROLE="+role), env...)
	p.cmd.Stderr = os.Stderr
	in, err := p.cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := p.cmd.StdoutPipe()
	if err == nil {
		err = p.cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	p.in = in
	go func() {
		defer close(p.ended)
		for scan := bufio.NewScanner(out); scan.Scan(); {
			p.mu.Lock()
			p.lines = append(p.lines, scan.Text())
			p.mu.Unlock()
		}
	}()
	t.Cleanup(func() {
		p.kill()
		if t.Failed() {
			t.Logf("%s said\n%s", role, strings.Join(p.said(), "\n"))
		}
	})
	return p
}

func (p *process) said() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.lines
}

// kill is -9.
func (p *process) kill() {
	p.cmd.Process.Kill()
	<-p.ended
	p.in.Close()
	p.cmd.Wait()
}

// says waits for a line and gives what the pattern's group holds.
func (p *process) says(t *testing.T, pattern string) (found string) {
	t.Helper()
	re := regexp.MustCompile(pattern)
	eventually(t, "a process says "+pattern, 30*time.Second, func() bool {
		for _, line := range p.said() {
			if m := re.FindStringSubmatch(line); m != nil {
				found = m[1]
				return true
			}
		}
		return false
	})
	return found
}

func eventually(t *testing.T, what string, within time.Duration, is func() bool) time.Duration {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for began := time.Now(); ; <-tick.C {
		if is() {
			return time.Since(began)
		}
		if time.Since(began) > within {
			t.Fatalf("not within %v: %s", within, what)
		}
	}
}
