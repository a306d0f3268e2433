package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// A child is a server process that is measured.
type child struct {
	cmd   *exec.Cmd
	addr  string
	data  string    // its folder, removed at the end
	input io.Closer // ends with this, where it is set
}

// startServer starts the built binary, without limits, keeping edits as the mode says, and waits until it rests.
func (b *bench) startServer(mode string) (*child, error) {
	data, err := os.MkdirTemp("", "tandem-bench-")
	if err != nil {
		return nil, err
	}
	args := []string{"-data", data, "-sync", mode}
	if mode == "memory" {
		args = []string{"-data", ""}
	}
	c, err := b.start(10*time.Second, args...)
	if err != nil {
		os.RemoveAll(data)
		return nil, err
	}
	c.data = data
	return c, c.settle()
}

// start starts the built binary, without limits, and waits until it is ready.
func (b *bench) start(within time.Duration, args ...string) (*child, error) {
	addr, err := freeAddr()
	if err != nil {
		return nil, err
	}
	args = append([]string{"-addr", addr, "-rate-sessions", "0", "-rate-joins", "0", "-rate-frames", "0", "-log-level", "warn"}, args...)
	c := &child{cmd: exec.Command(b.bin, args...), addr: addr}
	c.cmd.Stderr = os.Stderr
	if err := c.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s (run make build first): %w", b.bin, err)
	}
	for end := time.Now().Add(within); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if a, err := http.Get("http://" + addr + "/readyz"); err == nil {
			a.Body.Close()
			if a.StatusCode == http.StatusOK {
				http.DefaultClient.CloseIdleConnections()
				return c, nil
			}
		}
	}
	c.stop()
	return nil, errors.New("the server does not get ready")
}

// startEcho starts this program as an echo server.
func startEcho() (*child, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	c := &child{cmd: exec.Command(self, "-echo")}
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	c.cmd.Stderr = os.Stderr
	if err := c.cmd.Start(); err != nil {
		return nil, err
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		c.stop()
		return nil, err
	}
	c.addr = strings.TrimSpace(line)
	return c, nil
}

func (c *child) stop() {
	if c.input != nil {
		c.input.Close()
	} else {
		c.cmd.Process.Signal(syscall.SIGTERM)
	}
	killed := time.AfterFunc(8*time.Second, func() { c.cmd.Process.Kill() })
	c.cmd.Wait()
	killed.Stop()
	if c.data != "" {
		os.RemoveAll(c.data)
	}
}

// cpu is the processor time that processes have used.
func cpu(all []*child) (sum time.Duration, err error) {
	for _, c := range all {
		used, err := c.cpu()
		if err != nil {
			return 0, err
		}
		sum += used
	}
	return sum, nil
}

// cpu is the processor time that the process has used.
func (c *child) cpu() (time.Duration, error) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", c.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(string(data), ") ") // the name may hold spaces
	fields := strings.Fields(rest)
	if len(fields) < 13 {
		return 0, fmt.Errorf("read the accounting of the process: %q", data)
	}
	user, err1 := strconv.ParseInt(fields[11], 10, 64)
	system, err2 := strconv.ParseInt(fields[12], 10, 64)
	const tick = 10 * time.Millisecond // USER_HZ is 100 on every Linux
	return time.Duration(user+system) * tick, errors.Join(err1, err2)
}

// rss is the memory that the process holds, in bytes.
func (c *child) rss() (int64, error) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", c.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	_, rest, ok := strings.Cut(string(data), "VmRSS:")
	if !ok {
		return 0, io.ErrUnexpectedEOF
	}
	kb, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
	return kb << 10, err
}

// settle waits until the process rests: less than a tick of work in half a second.
func (c *child) settle() error {
	last := time.Duration(-1)
	for range 40 {
		now, err := c.cpu()
		if err != nil || now-last <= 20*time.Millisecond && last >= 0 {
			return err
		}
		last = now
		time.Sleep(500 * time.Millisecond)
	}
	return nil
}

func freeAddr() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}
