package journal

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// childRole is what this test binary does when a test started it as a child; nil where it is the test itself.
func childRole() func() {
	switch os.Getenv("JOURNAL_CHILD") {
	case "write":
		return childWrite
	case "cluster":
		return childCluster
	case "limited":
		return childLimited
	}
	return nil
}

// child is a process of a test's own, with lines going both ways.
type child struct {
	cmd   *exec.Cmd
	in    io.WriteCloser
	lines chan string // closed at the end
}

// spawn runs this test binary in a role. It is killed at the test's end at the latest.
func spawn(t *testing.T, role string, env ...string) *child {
	t.Helper()
	return start(t, exec.Command(os.Args[0]), role, env...)
}

func start(t *testing.T, cmd *exec.Cmd, role string, env ...string) *child {
	t.Helper()
	cmd.Env = append(append(os.Environ(), "JOURNAL_CHILD="+role), env...)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	must(t, err)
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	c := &child{cmd: cmd, in: in, lines: make(chan string, 1<<20)}
	go func() {
		defer close(c.lines)
		scan := bufio.NewScanner(out)
		for scan.Scan() {
			c.lines <- scan.Text()
		}
	}()
	t.Cleanup(func() { c.kill() })
	return c
}

// kill is -9; it returns all lines not read yet.
func (c *child) kill() []string {
	c.in.Close()
	c.cmd.Process.Kill()
	var rest []string
	for line := range c.lines {
		rest = append(rest, line)
	}
	c.cmd.Wait()
	return rest
}

func (c *child) line(t *testing.T) string {
	t.Helper()
	select {
	case line, ok := <-c.lines:
		if !ok {
			t.Fatal("the child ended")
		}
		return line
	case <-time.After(20 * time.Second):
		t.Fatal("the child says nothing")
	}
	return ""
}

// childWrite appends from several writers, each to a session of its own and all to one that they share, and prints what is
// acknowledged: "session number content". It ends by being killed, or with its input.
func childWrite() {
	every, _ := time.ParseDuration(os.Getenv("JOURNAL_SYNC"))
	s, err := Open(Config{Dir: os.Getenv("JOURNAL_DIR"), URL: os.Getenv("JOURNAL_URL"), Sync: every, Replicas: 3, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		fmt.Println("error", err)
		os.Exit(1)
	}
	fmt.Println("ready")
	round := os.Getenv("JOURNAL_ROUND")
	writers, _ := strconv.Atoi(os.Getenv("JOURNAL_WRITERS"))
	quit := make(chan struct{})
	go func() { io.Copy(io.Discard, os.Stdin); close(quit) }()
	var wg sync.WaitGroup
	for w := range writers {
		for _, session := range []string{fmt.Sprint("own", w), "shared"} {
			wg.Go(func() { childWriter(s, session, fmt.Sprintf("%s-%d-%s", round, w, session), quit) })
		}
	}
	wg.Wait()
	s.Close()
	fmt.Println("closed")
}

func childWriter(s *Store, session, who string, quit chan struct{}) {
	for i := 0; ; i++ {
		unsure := false
		one, two := fmt.Sprintf("%s-%d", who, i), fmt.Sprintf("%s-%d+", who, i)
		for {
			select {
			case <-quit:
				return
			default:
			}
			last, err := s.Last(bg, session)
			if err == nil {
				// After ErrUnavailable the records may be there all the same: look before appending again.
				if unsure && isThere(s, session, last, one) {
					break
				}
				err = s.Append(bg, session, last, recs(one, two))
			}
			if err == nil {
				fmt.Printf("%s %d %s\n%s %d %s\n", session, last+1, one, session, last+2, two)
				break
			}
			unsure = unsure || errors.Is(err, ErrUnavailable)
			if !errors.Is(err, ErrMoved) && !errors.Is(err, ErrUnavailable) {
				fmt.Println("error", err)
				os.Exit(1)
			}
		}
	}
}

// isThere looks for a record among a session's last hundred.
func isThere(s *Store, session string, last int64, record string) bool {
	found := false
	s.Read(bg, session, last-100, func(_ int64, r []byte) error {
		found = found || string(r) == record
		return nil
	})
	return found
}

// acked is all that children reported as stored: session → number → content.
type acked map[string]map[int64]string

func (a acked) add(t *testing.T, lines []string) (n int) {
	t.Helper()
	for _, line := range lines {
		f := strings.Fields(line)
		if len(f) != 3 {
			if strings.HasPrefix(line, "error") {
				t.Fatal("child: ", line)
			}
			continue // ready, or cut off by the kill
		}
		k, err := strconv.ParseInt(f[1], 10, 64)
		must(t, err)
		if a[f[0]] == nil {
			a[f[0]] = map[int64]string{}
		}
		a[f[0]][k] = f[2]
		n++
	}
	return n
}

// check reads everything back: all acknowledged records are there, with their number, once; each writer's are in its order; the chain holds.
func (a acked) check(t *testing.T, j log) {
	t.Helper()
	for session, want := range a {
		seen := map[string]int64{}
		last := map[string]int{}
		have := 0
		must(t, j.Read(bg, session, 0, func(n int64, r []byte) error {
			content := string(r)
			if before, twice := seen[content]; twice {
				t.Fatalf("%s: %q is both %d and %d", session, content, before, n)
			}
			seen[content] = n
			if w, ok := want[n]; ok {
				if have++; w != content {
					t.Fatalf("%s: record %d is %q, acknowledged was %q", session, n, content, w)
				}
			}
			cut := strings.LastIndexByte(content, '-')
			i, err := strconv.Atoi(strings.TrimSuffix(content[cut+1:], "+"))
			must(t, err)
			if i < last[content[:cut]] {
				t.Fatalf("%s: %q comes after %d", session, content, last[content[:cut]])
			}
			last[content[:cut]] = i
			return nil
		}))
		if have != len(want) {
			t.Fatalf("%s: %d of %d acknowledged records are there", session, have, len(want))
		}
		must(t, j.Verify(bg, session))
	}
}
