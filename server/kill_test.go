package main

import (
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"tandem/shared/client"
)

var long = flag.Bool("long", false, "fifty rounds of kill -9 instead of five")

// pairs brings two people into each of n sessions.
func pairs(t *testing.T, addr string, n int) (people []*typist) {
	t.Helper()
	for i := range n {
		a := newTypist(t, fmt.Sprint("a", i), []string{addr}, "")
		eventually(t, "there is a session", 20*time.Second, a.connected)
		id, _ := a.session()
		people = append(people, a, newTypist(t, fmt.Sprint("b", i), []string{addr}, id))
	}
	eventually(t, "all are there", 20*time.Second, each(people, (*typist).connected))
	return people
}

func each(people []*typist, is func(p *typist) bool) func() bool {
	return func() bool {
		for _, p := range people {
			if !is(p) {
				return false
			}
		}
		return true
	}
}

// since is whether everybody's typing was acknowledged after a time.
func since(people []*typist, t0 time.Time) func() bool {
	return each(people, func(p *typist) bool { return p.acked.Load() > t0.UnixNano() })
}

func typing(people []*typist, on bool) {
	for _, p := range people {
		p.typing.Store(on)
	}
}

// wantSaved ends the typing and compares what people typed, what they see and what is stored.
func wantSaved(t *testing.T, addr string, people []*typist) {
	t.Helper()
	typing(people, false)
	eventually(t, "all is saved", 30*time.Second, each(people, (*typist).settled))
	for i := 0; i < len(people); i += 2 {
		id, key := people[i].session()
		checkLog(t, addr, id, key, people[i:i+2])
	}
}

// fixedAddr is an address that a server can come back to.
func fixedAddr(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// TestKill: the server is killed at random moments while people type, and started again on the same folder. They come back by
// themselves, and in the end everything that they typed is there once, in order, and they all see the same.
func TestKill(t *testing.T) {
	rounds := 5
	if *long {
		rounds = 50
	}
	for _, mode := range []string{"always", "1s"} {
		t.Run("sync="+mode, func(t *testing.T) {
			t.Parallel()
			addr, data := fixedAddr(t), t.TempDir()
			start := func() *process {
				p := spawn(t, "node", nil, "-addr", addr, "-data", data, "-sync", mode, "-rate-joins", "0", "-log-level", "info")
				p.says(t, `http://(127\.0\.0\.1:\d+)`)
				return p
			}
			server := start()
			people := pairs(t, addr, 3)
			for _, p := range people {
				p.every = 20 * time.Millisecond
			}
			typing(people, true)
			for range rounds {
				began := time.Now()
				eventually(t, "they type", 30*time.Second, since(people, began))
				<-time.After(time.Duration(rand.IntN(400)) * time.Millisecond)
				server.kill()
				server = start()
			}
			back := time.Now()
			eventually(t, "they type on", 30*time.Second, since(people, back))
			wantSaved(t, addr, people)
			server.kill()
			if said, err := does(t, "verify", "-data", data); err != nil || !strings.Contains(said, "3 sessions, ") || !strings.Contains(said, " 0 not as") {
				t.Errorf("verify: %s, %v", said, err)
			}
		})
	}
}

// A folder is where a server keeps its data, and how to get it into trouble and out again.
type folder struct {
	data       string
	hurt, mend func()
	runs       *syscall.Credential
}

// fullDisk is a small file system that fills up. It is nil where one can't be mounted.
func fullDisk(t *testing.T) *folder {
	dir := t.TempDir()
	if err := exec.Command("mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", dir).Run(); err != nil {
		t.Skipf("no file system of its own: %v", err)
	}
	t.Cleanup(func() { exec.Command("umount", dir).Run() })
	ballast := filepath.Join(dir, "ballast")
	return &folder{
		data: filepath.Join(dir, "data"),
		hurt: func() {
			var st syscall.Statfs_t
			if err := syscall.Statfs(dir, &st); err != nil {
				t.Fatal(err)
			}
			// The server writes at the same time: where it was first, the disk is as full as it should be.
			if err := os.WriteFile(ballast, make([]byte, int64(st.Bavail)*st.Bsize), 0o600); err != nil && !errors.Is(err, syscall.ENOSPC) {
				t.Fatal(err)
			}
		},
		mend: func() { os.Remove(ballast) },
	}
}

// readOnly is a folder that may not be written any more. Root may write everywhere, so its server is somebody else's.
func readOnly(t *testing.T) *folder {
	data := filepath.Join(t.TempDir(), "data")
	mode := func(m os.FileMode) {
		if err := os.Chmod(data, m); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(data, 0o700); err != nil {
		t.Fatal(err)
	}
	f := &folder{data: data, hurt: func() { mode(0o500) }, mend: func() { mode(0o700) }}
	if os.Getuid() == 0 {
		const nobody = 65534
		for at := filepath.Dir(data); at != "/"; at = filepath.Dir(at) {
			if st, err := os.Stat(at); err != nil || os.Chmod(at, st.Mode()|0o555) != nil {
				t.Fatal("the folder can't be opened to somebody else")
			}
		}
		if err := os.Chown(data, nobody, nobody); err != nil {
			t.Fatal(err)
		}
		f.runs = &syscall.Credential{Uid: nobody, Gid: nobody}
	}
	return f
}

// TestTrouble: while nothing can be stored the server says so, to who watches it and to who types; nothing is lost, people type
// on, and all is well by itself when the cause is gone.
func TestTrouble(t *testing.T) {
	for name, make := range map[string]func(*testing.T) *folder{"full disk": fullDisk, "read-only folder": readOnly} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := make(t)
			p := spawnAs(t, f.runs, "node", nil, "-addr", "127.0.0.1:0", "-data", f.data, "-rate-joins", "0")
			addr := p.says(t, `http://(127\.0\.0\.1:\d+)`)
			people := pairs(t, addr, 1)
			typing(people, true)
			for range 2 {
				more(t, people, 5)
				f.hurt()
				eventually(t, "it says that it is not ready", 15*time.Second, func() bool { return !ready(t, addr) })
				eventually(t, "people are told", 15*time.Second, each(people, func(p *typist) bool {
					s := p.status()
					return s.Phase == client.Connected && !s.Saved && s.Unsaved
				}))
				typed := people[0].typed.Load()
				eventually(t, "they type on", 5*time.Second, func() bool { return people[0].typed.Load() > typed+3 })
				id, key := people[0].session()
				folded(t, fetchLog(t, addr, id, key)) // what is stored can be read
				f.mend()
				mended := time.Now()
				eventually(t, "it is ready again", 15*time.Second, func() bool { return ready(t, addr) })
				eventually(t, "typing is stored again", 15*time.Second, since(people, mended))
			}
			wantSaved(t, addr, people)
		})
	}
}

func ready(t *testing.T, addr string) bool {
	t.Helper()
	a, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(get(t, "http://"+addr+"/readyz"))
	if err != nil {
		t.Fatal(err)
	}
	a.Body.Close()
	return a.StatusCode == http.StatusOK
}

func get(t *testing.T, url string) *http.Request {
	t.Helper()
	r, err := http.NewRequest("GET", url, nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}
