package journal

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func testRace(t *testing.T, open nodes) {
	j := open()
	race(t, []log{j, j, j, j}, 50)
}

func testRaceNodes(t *testing.T, open nodes) {
	race(t, []log{open(), open(), open()}, 40)
}

// race lets each writer append its own numbers to one session, retrying when it loses, and checks that each is there once, in its order.
func race(t *testing.T, writers []log, each int) {
	t.Helper()
	var moved atomic.Int64
	var wg sync.WaitGroup
	for w, j := range writers {
		wg.Go(func() {
			for i := range each {
				for {
					last, err := j.Last(bg, "race")
					if err == nil {
						err = j.Append(bg, "race", last, recs(fmt.Sprintf("%d/%d", w, i), "+"))
					}
					if err == nil {
						break
					}
					if !errors.Is(err, ErrMoved) {
						t.Error(err)
						return
					}
					moved.Add(1)
				}
			}
		})
	}
	wg.Wait()
	next := make([]int, len(writers))
	total := 0
	must(t, writers[0].Read(bg, "race", 0, func(n int64, r []byte) error {
		if total++; n != int64(total) {
			t.Fatalf("record %d has number %d", total, n)
		}
		if n%2 == 0 {
			return nil
		}
		var w, i int
		fmt.Sscanf(string(r), "%d/%d", &w, &i)
		if i != next[w] {
			t.Fatalf("writer %d: got %d, want %d", w, i, next[w])
		}
		next[w]++
		return nil
	}))
	if total != 2*each*len(writers) {
		t.Fatalf("%d records, want %d", total, 2*each*len(writers))
	}
	must(t, writers[0].Verify(bg, "race"))
	t.Logf("%d appends, %d retried", each*len(writers), moved.Load())
}

// heard collects notes as "s 3:c 4:d".
type heard struct {
	mu    sync.Mutex
	lines []string
}

func (h *heard) note(n Note) {
	var b strings.Builder
	b.WriteString(n.Session)
	for i, r := range n.Records {
		fmt.Fprintf(&b, " %d:%s", n.First+int64(i), r)
	}
	if n.Missed {
		b.WriteString(" missed")
	}
	if n.Gone {
		b.WriteString(" gone")
	}
	h.add(b.String())
}

func (h *heard) add(line string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.lines = append(h.lines, line)
}

func (h *heard) all() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.lines)
}

func (h *heard) want(t *testing.T, lines ...string) {
	t.Helper()
	eventually(t, fmt.Sprint("heard ", lines), 5*time.Second, func() bool { return len(h.all()) >= len(lines) })
	if got := h.all(); !slices.Equal(got, lines) {
		t.Fatalf("heard %q, want %q", got, lines)
	}
}

func testFollow(t *testing.T, open nodes) {
	a, b := open(), open()
	var one, all heard
	stop, err := a.Follow("s", one.note)
	must(t, err)
	stopAll, err := a.Follow("", all.note)
	must(t, err)
	defer stopAll()
	must(t, a.Append(bg, "s", 0, recs("mine")))
	must(t, b.Append(bg, "other", 0, recs("x")))
	must(t, b.Append(bg, "s", 1, recs("b", "c")))
	one.want(t, "s 2:b 3:c")
	must(t, b.Append(bg, "s", 3, recs("d")))
	must(t, b.Delete(bg, "s"))
	one.want(t, "s 2:b 3:c", "s 4:d", "s gone")
	all.want(t, "other 1:x", "s 2:b 3:c", "s 4:d", "s gone")
	stop()
	must(t, b.Append(bg, "s", 0, recs("unheard")))
	all.want(t, "other 1:x", "s 2:b 3:c", "s 4:d", "s gone", "s 1:unheard")
	if len(one.all()) != 3 {
		t.Fatalf("heard after stop: %q", one.all())
	}
}

func testRelay(t *testing.T, open nodes) {
	a, b, c := open(), open(), open()
	var ears [3]heard
	for i, j := range []log{a, b, c} {
		stop, err := j.Subscribe("s", func(m []byte) { ears[i].add(string(m)) })
		must(t, err)
		defer stop()
	}
	must(t, a.Publish("s", []byte("1")))
	must(t, a.Publish("elsewhere", []byte("x")))
	must(t, a.Publish("s", []byte("2")))
	ears[1].want(t, "1", "2")
	ears[2].want(t, "1", "2")
	must(t, b.Publish("s", []byte("3")))
	ears[0].want(t, "3")
	ears[2].want(t, "1", "2", "3")
	ears[1].want(t, "1", "2")
}
