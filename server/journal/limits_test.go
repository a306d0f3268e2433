package journal

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// childLimited keeps a journal in a folder that gets into trouble, and tells what it notices. It does what its input says.
func childLimited() {
	signal.Ignore(syscall.SIGXFSZ) // the write fails instead
	var s *Store
	n := int64(0)
	fail := func(err error) string {
		if err == nil {
			return "ok"
		}
		return fmt.Sprint(errors.Is(err, ErrUnavailable), " ", err)
	}
	wait := func(healthy bool) string {
		tick := time.NewTicker(10 * time.Millisecond)
		defer tick.Stop()
		for end := time.Now().Add(15 * time.Second); time.Now().Before(end); <-tick.C {
			if err := s.Healthy(); (err == nil) == healthy {
				return fail(err)
			}
		}
		return "nothing changed"
	}
	in := bufio.NewScanner(os.Stdin)
	for in.Scan() {
		switch word, arg, _ := strings.Cut(in.Text(), " "); word {
		case "open":
			var err error
			s, err = Open(Config{Dir: os.Getenv("JOURNAL_DIR"), Logger: quiet})
			if err == nil {
				n, err = s.Last(bg, "s")
			}
			fmt.Println(fail(err))
		case "append": // one record
			err := s.Append(bg, "s", n, recs(fmt.Sprint("s-", n)))
			if err == nil {
				n++
				fmt.Println("s", n, fmt.Sprint("s-", n-1))
			}
			fmt.Println(fail(err))
		case "fill": // until it fails
			for {
				content := fmt.Sprint(strings.Repeat("x", 10_000), "-", n)
				if err := s.Append(bg, "s", n, recs(content)); err != nil {
					fmt.Println(fail(err))
					break
				}
				n++
				fmt.Println("s", n, content)
			}
		case "files": // may grow no larger than so many bytes
			var lim syscall.Rlimit
			syscall.Getrlimit(syscall.RLIMIT_FSIZE, &lim)
			lim.Cur = lim.Max
			if arg != "" {
				fmt.Sscan(arg, &lim.Cur)
			}
			fmt.Println(fail(syscall.Setrlimit(syscall.RLIMIT_FSIZE, &lim)))
		case "red":
			fmt.Println(wait(false))
		case "green":
			fmt.Println(wait(true))
			n, _ = s.Last(bg, "s")
		case "read":
			fmt.Println(fail(s.Read(bg, "s", 0, func(int64, []byte) error { return nil })))
		case "close":
			fmt.Println(fail(s.Close()))
			return
		}
	}
}

// ask sends a word and returns what the child answers, after the acknowledged records that it reports on the way.
func (c *child) ask(t *testing.T, all acked, word string) string {
	t.Helper()
	fmt.Fprintln(c.in, word)
	for {
		line := c.line(t)
		if !strings.HasPrefix(line, "s ") {
			return line
		}
		all.add(t, []string{line})
	}
}

func (c *child) want(t *testing.T, all acked, word, answer string) {
	t.Helper()
	if got := c.ask(t, all, word); !strings.Contains(got, answer) {
		t.Fatalf("%s: got %q, want %q", word, got, answer)
	}
}

// TestFileTooLarge: the storage's writes fail in the middle, which it can't get over without a restart. The journal goes red,
// keeps reading, restarts it when there is room again, and has all that it acknowledged.
func TestFileTooLarge(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	all := acked{}
	c := spawn(t, "limited", "JOURNAL_DIR="+dir)
	c.want(t, all, "open", "ok")
	c.want(t, all, "append", "ok")
	for range 2 {
		st, err := os.Stat(newestBlock(t, dir))
		must(t, err)
		c.want(t, all, fmt.Sprint("files ", st.Size()+205_000), "ok")
		c.want(t, all, "fill", "true append to session s after")
		c.want(t, all, "red", "true the journal is not available")
		c.want(t, all, "append", "true append to session s after")
		c.want(t, all, "files", "ok")
		c.want(t, all, "green", "ok")
		c.want(t, all, "append", "ok")
		c.want(t, all, "read", "ok")
	}
	c.want(t, all, "close", "ok")
	c.kill()
	if len(all["s"]) < 30 {
		t.Fatalf("only %d records", len(all["s"]))
	}
	all.check(t, openDir(t, Config{Dir: dir}))
}

// TestDiskFull: on a real file system of a few megabytes, where mounting one is allowed; the journal stops before the last block is taken.
func TestDiskFull(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := exec.Command("mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", dir).Run(); err != nil {
		t.Logf("no file system of its own (%v): the reserve is tested with a file of figures only", err)
		return
	}
	t.Cleanup(func() { exec.Command("umount", dir).Run() })
	all := acked{}
	data := filepath.Join(dir, "data")
	c := spawn(t, "limited", "JOURNAL_DIR="+data)
	c.want(t, all, "open", "ok")
	ballast := filepath.Join(dir, "ballast")
	for range 2 {
		must(t, os.WriteFile(ballast, make([]byte, 4<<20), 0o600))
		c.want(t, all, "fill", "true append to session s after")
		c.want(t, all, "red", "disk is full")
		c.want(t, all, "append", "disk is full")
		c.want(t, all, "read", "ok")
		must(t, os.Remove(ballast))
		c.want(t, all, "green", "ok")
		c.want(t, all, "append", "ok")
	}
	c.want(t, all, "close", "ok")
	c.kill()
	s := openDir(t, Config{Dir: data})
	all.check(t, s)
	must(t, s.Close())
}

// TestReadOnly: a folder that can't be written is said to be so, at the start and later, and all is well when it can be again.
func TestReadOnly(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	must(t, os.Mkdir(dir, 0o500))
	cmd := exec.Command("/proc/self/exe")
	if os.Getuid() == 0 { // root may write everywhere; the child is somebody else
		for at := dir; at != "/"; at = filepath.Dir(at) {
			st, err := os.Stat(at)
			must(t, err)
			must(t, os.Chmod(at, st.Mode()|0o555))
		}
		must(t, os.Chown(dir, 65534, 65534))
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	}
	must(t, os.Chmod(dir, 0o500))
	all := acked{}
	c := start(t, cmd, "limited", "JOURNAL_DIR="+dir)
	c.want(t, all, "open", "true open the journal: the journal is not available: the data folder can't be written")
	must(t, os.Chmod(dir, 0o700))
	c.want(t, all, "open", "ok")
	c.want(t, all, "append", "ok")
	must(t, os.Chmod(dir, 0o500))
	c.want(t, all, "append", "ok") // the storage has its files open; the next one it can't make
	c.want(t, all, "red", "the data folder can't be written")
	c.want(t, all, "append", "true append")
	c.want(t, all, "read", "ok")
	must(t, os.Chmod(dir, 0o700))
	c.want(t, all, "green", "ok")
	c.want(t, all, "append", "ok")
	c.want(t, all, "close", "ok")
	c.kill()
	all.check(t, openDir(t, Config{Dir: dir}))
}
