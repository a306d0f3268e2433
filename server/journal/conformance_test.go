package journal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// log is what every implementation offers; the conformance table below is its definition.
type log interface {
	Append(ctx context.Context, session string, after int64, records [][]byte) error
	AppendLate(ctx context.Context, session string, after int64, late func() [][]byte) error
	Read(ctx context.Context, session string, after int64, each func(n int64, record []byte) error) error
	Last(ctx context.Context, session string) (int64, error)
	SaveSnapshot(ctx context.Context, session string, n int64, fold []byte) error
	LoadSnapshot(ctx context.Context, session string) (int64, []byte, error)
	Delete(ctx context.Context, session string) error
	Sessions(ctx context.Context) ([]string, error)
	Verify(ctx context.Context, session string) error
	Healthy() error
	Follow(session string, on func(Note)) (stop func(), err error)
	Publish(topic string, msg []byte) error
	Subscribe(topic string, on func(msg []byte)) (stop func(), err error)
	Close() error
}

// nodes opens handles on one journal: each call gives another node's. A test that asks for one gets a fresh journal.
type nodes func() log

var leakOptions []goleak.Option

func TestMain(m *testing.M) {
	if role := childRole(); role != nil {
		role()
		return
	}
	goleak.VerifyTestMain(m, leakOptions...)
}

func TestMemory(t *testing.T) {
	testJournal(t, func(t *testing.T) nodes {
		var first *Memory
		return func() log {
			if first == nil {
				first = NewMemory()
				t.Cleanup(func() { first.Close() })
				return first
			}
			other := first.Join()
			t.Cleanup(func() { other.Close() })
			return other
		}
	}, true)
}

// testJournal is the table that every implementation passes. several: open gives more than one node.
func testJournal(t *testing.T, open func(t *testing.T) nodes, several bool) {
	cases := []struct {
		name string
		many bool // needs several nodes
		run  func(t *testing.T, open nodes)
	}{
		{"append numbers records from 1", false, testAppendNumbers},
		{"append elsewhere than at the end is refused", false, testAppendMoved},
		{"an append of several is all or none", false, testAppendWhole},
		{"a caller may reuse its bytes", false, testAppendCopies},
		{"late records are asked for once", false, testAppendLate},
		{"odd names are refused", false, testNames},
		{"big and empty records", false, testSizes},
		{"read stops where it is told to", false, testReadStops},
		{"read from the middle", false, testReadMiddle},
		{"racing writers don't fork", false, testRace},
		{"snapshots", false, testSnapshots},
		{"delete", false, testDelete},
		{"sessions are listed", false, testSessions},
		{"closed", false, testClosed},
		{"racing nodes don't fork", true, testRaceNodes},
		{"followers see what others do", true, testFollow},
		{"relay reaches the others only", true, testRelay},
	}
	for _, c := range cases {
		if c.many && !several {
			continue
		}
		t.Run(c.name, func(t *testing.T) { c.run(t, open(t)) })
	}
}

var bg = context.Background()

func recs(s ...string) [][]byte {
	out := make([][]byte, len(s))
	for i := range s {
		out[i] = []byte(s[i])
	}
	return out
}

// contents reads a session as "1:a 2:b".
func contents(t *testing.T, j log, session string, after int64) string {
	t.Helper()
	var b strings.Builder
	err := j.Read(bg, session, after, func(n int64, r []byte) error {
		fmt.Fprintf(&b, "%d:%s ", n, r)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSuffix(b.String(), " ")
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantContents(t *testing.T, j log, session string, after int64, want string) {
	t.Helper()
	if got := contents(t, j, session, after); got != want {
		t.Fatalf("session %s after %d: got %q, want %q", session, after, got, want)
	}
}

func wantLast(t *testing.T, j log, session string, want int64) {
	t.Helper()
	if got, err := j.Last(bg, session); err != nil || got != want {
		t.Fatalf("last of %s: got %d, %v; want %d", session, got, err, want)
	}
}

func wantIs(t *testing.T, err, target error) {
	t.Helper()
	if !errors.Is(err, target) {
		t.Fatalf("got error %v, want one that is %v", err, target)
	}
	for _, word := range []string{"nats", "jetstream", "stream", "consumer", "subject"} {
		if strings.Contains(strings.ToLower(err.Error()), word) {
			t.Fatalf("error speaks of %q: %v", word, err)
		}
	}
}

// eventually waits for a condition that others bring about.
func eventually(t *testing.T, what string, within time.Duration, ok func() bool) {
	t.Helper()
	end := time.Now().Add(within)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		if time.Now().After(end) {
			t.Fatalf("after %v still not: %s", within, what)
		}
		<-tick.C
	}
}

func testAppendNumbers(t *testing.T, open nodes) {
	j := open()
	wantLast(t, j, "s1", 0)
	wantContents(t, j, "s1", 0, "")
	must(t, j.Append(bg, "s1", 0, recs("a")))
	must(t, j.Append(bg, "s1", 1, recs("b", "c")))
	must(t, j.Append(bg, "s2", 0, recs("x")))
	must(t, j.Append(bg, "s1", 3, recs("d")))
	wantContents(t, j, "s1", 0, "1:a 2:b 3:c 4:d")
	wantContents(t, j, "s2", 0, "1:x")
	wantLast(t, j, "s1", 4)
	must(t, j.Verify(bg, "s1"))
	must(t, j.Healthy())
}

func testAppendMoved(t *testing.T, open nodes) {
	j := open()
	wantIs(t, j.Append(bg, "s", 1, recs("a")), ErrMoved)
	must(t, j.Append(bg, "s", 0, recs("a", "b")))
	for _, after := range []int64{-1, 0, 1, 3, 1 << 40} {
		wantIs(t, j.Append(bg, "s", after, recs("z")), ErrMoved)
	}
	wantContents(t, j, "s", 0, "1:a 2:b")
	must(t, j.Append(bg, "s", 2, nil))
	wantLast(t, j, "s", 2)
}

func testAppendWhole(t *testing.T, open nodes) {
	j := open()
	must(t, j.Append(bg, "s", 0, recs("a", "b", "c")))
	wantIs(t, j.Append(bg, "s", 1, recs("x", "y", "z")), ErrMoved)
	wantContents(t, j, "s", 0, "1:a 2:b 3:c")
	ended, cancel := context.WithCancel(bg)
	cancel()
	if err := j.Append(ended, "s", 3, recs("late")); !errors.Is(err, context.Canceled) {
		t.Fatalf("append with an ended context: %v", err)
	}
	wantContents(t, j, "s", 2, "3:c")
}

func testAppendLate(t *testing.T, open nodes) {
	j := open()
	asked := 0
	late := func(s ...string) func() [][]byte {
		return func() [][]byte { asked++; return recs(s...) }
	}
	must(t, j.AppendLate(bg, "s", 0, late("a", "b")))
	if asked != 1 {
		t.Fatalf("records were asked for %d times", asked)
	}
	must(t, j.AppendLate(bg, "s", 2, late())) // thought better of it
	must(t, j.AppendLate(bg, "s", 2, late("c")))
	asked = 0
	wantIs(t, j.AppendLate(bg, "s", 2, late("z")), ErrMoved)
	if asked > 1 {
		t.Fatalf("records of an append that was refused were asked for %d times", asked)
	}
	wantContents(t, j, "s", 0, "1:a 2:b 3:c")
}

func testAppendCopies(t *testing.T, open nodes) {
	j := open()
	r := []byte("abc")
	must(t, j.Append(bg, "s", 0, [][]byte{r}))
	copy(r, "xyz")
	wantContents(t, j, "s", 0, "1:abc")
}

func testNames(t *testing.T, open nodes) {
	j := open()
	for _, name := range []string{"", ">", "*", "a.b", "a b", "é", "../x", strings.Repeat("x", 65)} {
		wantIs(t, j.Append(bg, name, 0, recs("a")), ErrName)
		_, err := j.Last(bg, name)
		wantIs(t, err, ErrName)
		wantIs(t, j.Read(bg, name, 0, nil), ErrName)
		wantIs(t, j.Delete(bg, name), ErrName)
	}
	must(t, j.Append(bg, "V1StGXR8_Z5jdHi6B-myT", 0, recs("a")))
}

func testSizes(t *testing.T, open nodes) {
	j := open()
	big := bytes.Repeat([]byte{0, 1, 254, 255}, 150<<10) // 600 KB: the largest frame and then some
	must(t, j.Append(bg, "s", 0, [][]byte{big, {}, big}))
	var got [][]byte
	must(t, j.Read(bg, "s", 0, func(_ int64, r []byte) error {
		got = append(got, bytes.Clone(r))
		return nil
	}))
	if len(got) != 3 || !bytes.Equal(got[0], big) || len(got[1]) != 0 || !bytes.Equal(got[2], big) {
		t.Fatal("big records came back changed")
	}
}

func testReadStops(t *testing.T, open nodes) {
	j := open()
	must(t, j.Append(bg, "s", 0, recs("a", "b", "c")))
	stop := errors.New("enough")
	calls := 0
	err := j.Read(bg, "s", 0, func(int64, []byte) error { calls++; return stop })
	if calls != 1 || !errors.Is(err, stop) {
		t.Fatalf("%d calls, %v", calls, err)
	}
	wantContents(t, j, "s", 3, "")
	wantContents(t, j, "s", 99, "")
	wantContents(t, j, "s", -5, "1:a 2:b 3:c")
}

func testReadMiddle(t *testing.T, open nodes) {
	j := open()
	// Two sessions interleaved, appends of one to four records: numbers and storage places drift apart.
	var n [2]int64
	for i := range 300 {
		s := i % 2
		var some [][]byte
		for k := range i%4 + 1 {
			some = append(some, fmt.Appendf(nil, "%d", n[s]+int64(k)+1))
		}
		must(t, j.Append(bg, fmt.Sprint("s", s), n[s], some))
		n[s] += int64(len(some))
	}
	for _, after := range []int64{0, 1, 2, 3, 57, 150, 151, 152, 153, n[1] - 1, n[1]} {
		next := after
		must(t, j.Read(bg, "s1", after, func(k int64, r []byte) error {
			next++
			if k != next || string(r) != fmt.Sprint(k) {
				t.Fatalf("after %d: got %d %q, want %d", after, k, r, next)
			}
			return nil
		}))
		if next != n[1] {
			t.Fatalf("after %d: read to %d of %d", after, next, n[1])
		}
	}
}

func testSnapshots(t *testing.T, open nodes) {
	j := open()
	n, fold, err := j.LoadSnapshot(bg, "s")
	if n != 0 || fold != nil || err != nil {
		t.Fatalf("snapshot of nothing: %d %q %v", n, fold, err)
	}
	must(t, j.Append(bg, "s", 0, recs("a", "b", "c")))
	wantIs(t, j.SaveSnapshot(bg, "s", 4, []byte("abcd")), ErrMoved)
	must(t, j.SaveSnapshot(bg, "s", 2, []byte("ab")))
	must(t, j.Append(bg, "s", 3, recs("d")))
	if n, fold, err = j.LoadSnapshot(bg, "s"); n != 2 || string(fold) != "ab" || err != nil {
		t.Fatalf("got %d %q %v", n, fold, err)
	}
	wantContents(t, j, "s", n, "3:c 4:d")
	big := bytes.Repeat([]byte("0123456789abcdef"), 200<<10) // 3.2 MB
	for i := range big {
		big[i] ^= byte(i * i >> 7)
	}
	must(t, j.SaveSnapshot(bg, "s", 4, big))
	if n, fold, err = j.LoadSnapshot(bg, "s"); n != 4 || !bytes.Equal(fold, big) || err != nil {
		t.Fatalf("big snapshot: %d, %d bytes, %v", n, len(fold), err)
	}
	must(t, j.SaveSnapshot(bg, "s", 3, []byte("older")))
	if n, _, err = j.LoadSnapshot(bg, "s"); n != 4 || err != nil {
		t.Fatalf("an older snapshot replaced a newer: %d, %v", n, err)
	}
}

func testDelete(t *testing.T, open nodes) {
	j := open()
	must(t, j.Append(bg, "s", 0, recs("a", "b")))
	must(t, j.Append(bg, "other", 0, recs("x")))
	must(t, j.SaveSnapshot(bg, "s", 2, []byte("ab")))
	must(t, j.Delete(bg, "s"))
	must(t, j.Delete(bg, "never"))
	wantLast(t, j, "s", 0)
	wantContents(t, j, "s", 0, "")
	if n, _, err := j.LoadSnapshot(bg, "s"); n != 0 || err != nil {
		t.Fatalf("the snapshot outlived its session: %d %v", n, err)
	}
	wantIs(t, j.Append(bg, "s", 2, recs("c")), ErrMoved)
	wantContents(t, j, "other", 0, "1:x")
	must(t, j.Append(bg, "s", 0, recs("again")))
	wantContents(t, j, "s", 0, "1:again")
}

func testSessions(t *testing.T, open nodes) {
	j := open()
	var want []string
	for i := range 30 {
		name := fmt.Sprintf("s%02d", i)
		must(t, j.Append(bg, name, 0, recs("a")))
		want = append(want, name)
	}
	got, err := j.Sessions(bg)
	if err != nil || !slices.Equal(got, want) {
		t.Fatalf("got %v %v", got, err)
	}
}

func testClosed(t *testing.T, open nodes) {
	j := open()
	must(t, j.Append(bg, "s", 0, recs("a")))
	must(t, j.Close())
	must(t, j.Close())
	wantIs(t, j.Append(bg, "s", 1, recs("b")), ErrUnavailable)
	wantIs(t, j.Read(bg, "s", 0, nil), ErrUnavailable)
	wantIs(t, j.Healthy(), ErrUnavailable)
	_, err := j.Last(bg, "s")
	wantIs(t, err, ErrUnavailable)
}
