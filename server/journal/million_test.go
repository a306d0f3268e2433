package journal

import (
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// fill stores so many sessions of so many records each, many at a time.
func fill(tb testing.TB, s *Store, name string, sessions, records int) {
	var wg sync.WaitGroup
	next := make(chan int)
	for range min(500, sessions) {
		wg.Go(func() {
			for i := range next {
				for n := range int64(records) {
					if err := s.Append(bg, fmt.Sprint(name, i), n, [][]byte{record200}); err != nil {
						tb.Error(err)
						return
					}
				}
			}
		})
	}
	for i := range sessions {
		next <- i
	}
	close(next)
	wg.Wait()
}

// memory is what the heap holds after a collection, and how much of this process is resident.
func memory() (heap, rss float64) {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	status, _ := os.ReadFile("/proc/self/statm")
	var size, resident float64
	fmt.Sscan(string(status), &size, &resident)
	return float64(m.HeapAlloc), resident * float64(os.Getpagesize())
}

const idleCost = 1000 // bytes that a stored session may cost

// TestIdleSessions: stored sessions that nobody looks at cost no goroutine and under a kilobyte each.
func TestIdleSessions(t *testing.T) {
	cfg := Config{Dir: t.TempDir(), Sync: time.Minute}
	// holds reopens what is stored, so that nothing is remembered of how it got there. The storage gives the blocks that it read
	// at the start back some seconds later: it waits until the heap is under a limit, and tells what it is if that does not come.
	holds := func(more int, limit float64) (heap float64, goroutines int) {
		s := openDir(t, cfg)
		fill(t, s, fmt.Sprint("s", more, "-"), more, 3)
		must(t, s.Close())
		s = openDir(t, cfg)
		for end := time.Now().Add(20 * time.Second); ; <-time.After(100 * time.Millisecond) {
			if heap, _ = memory(); heap <= limit || time.Now().After(end) {
				break
			}
		}
		goroutines = runtime.NumGoroutine()
		must(t, s.Close())
		return heap, goroutines
	}
	// The storage keeps the file that it read last for some seconds, in a buffer of one of a few sizes: now it is the largest.
	s := openDir(t, cfg)
	must(t, s.Append(bg, "large", 0, [][]byte{make([]byte, 2500<<10), make([]byte, 2500<<10)}))
	must(t, s.Close())
	sessions := 4000
	if *long {
		sessions = 10_000
	}
	few, before := holds(500, math.Inf(1))
	many, after := holds(sessions, few+float64(sessions)*idleCost)
	each := (many - few) / float64(sessions)
	t.Logf("%d sessions: %.0f bytes each", sessions, each)
	if each > idleCost {
		t.Errorf("an idle session costs %.0f bytes", each)
	}
	if after > before+5 {
		t.Errorf("%d goroutines, with a tenth of the sessions it was %d", after, before)
	}
}

// million is the folder that BenchmarkMillion measures.
type million struct {
	b   *testing.B
	cfg Config
	s   *Store
}

// part measures one thing several times.
func (m *million) part(name string, times int, f func()) {
	m.b.Run(name, func(b *testing.B) {
		best, sum := time.Hour, time.Duration(0)
		cpu := cpuTime()
		for range times {
			start := time.Now()
			f()
			took := time.Since(start)
			best, sum = min(best, took), sum+took
		}
		b.ReportMetric(float64((cpuTime()-cpu).Microseconds())/1e3/float64(times), "cpu-ms")
		b.ReportMetric(float64(sum.Microseconds())/1e3/float64(times), "mean-ms")
		b.ReportMetric(float64(best.Microseconds())/1e3, "best-ms")
	})
}

func (m *million) must(err error) {
	if err != nil {
		m.b.Fatal(err)
	}
}

func (m *million) read(session string, after, want int64) {
	n := int64(0)
	m.must(m.s.Read(bg, session, after, func(int64, []byte) error { n++; return nil }))
	if n != want {
		m.b.Fatalf("read %d records of %d", n, want)
	}
}

func (m *million) open() {
	var err error
	m.s, err = Open(m.cfg)
	m.must(err)
}

// BenchmarkMillion fills a million records into a folder once, then measures what a restart and reading back take. Run it
// with -benchtime=1x: each part is done a few times in itself.
func BenchmarkMillion(b *testing.B) {
	m := &million{b: b, cfg: Config{Dir: b.TempDir(), Sync: time.Second, Logger: quiet}}
	m.open()
	start := time.Now()
	fill(b, m.s, "small", 9900, 100)
	fill(b, m.s, "large", 1, 10_000)
	b.Logf("a million records stored in %v", time.Since(start).Round(time.Millisecond))
	m.part("read/10000 of a million", 5, func() { m.read("large0", 0, 10_000) })
	m.part("read/100 of a million", 20, func() { m.read("small77", 0, 100) })
	m.part("read/last 100 of 10000", 20, func() { m.read("large0", 9900, 100) })
	m.part("read/last 10 of 10000", 20, func() { m.read("large0", 9990, 10) })
	m.part("snapshot/save 300 KB", 5, func() { m.must(m.s.SaveSnapshot(bg, "large0", 9950, make([]byte, 300<<10))) })
	m.part("snapshot/load 300 KB and read on", 20, func() {
		n, _, err := m.s.LoadSnapshot(bg, "large0")
		m.must(err)
		m.read("large0", n, 50)
	})
	m.part("last", 100, func() { _, err := m.s.Last(bg, "small5"); m.must(err) })
	m.part("sessions", 3, func() { _, err := m.s.Sessions(bg); m.must(err) })
	m.part("verify/10000", 3, func() { m.must(m.s.Verify(bg, "large0")) })
	m.part("backup", 1, func() { _, err := m.s.Backup(bg, filepath.Join(b.TempDir(), "copy")); m.must(err) })
	m.part("delete/10000", 1, func() { m.must(m.s.Delete(bg, "large0")) })
	m.part("reopen/clean", 3, func() { m.s.Close(); m.open(); m.read("small9", 0, 100) })
	m.s.Close()
	m.part("reopen/killed", 3, func() { // the storage's index is only right after a clean stop
		os.Remove(filepath.Join(blocksDir(m.cfg.Dir), "index.db"))
		m.open()
		m.read("small9", 0, 100)
		m.s.Close()
	})
	out, _ := exec.Command("du", "-sm", m.cfg.Dir).Output()
	mb, _ := strconv.Atoi(strings.Fields(string(out))[0])
	_, rss := memory()
	b.Logf("%d MB on the disk, %.0f MB resident", mb, rss/1e6)
}
