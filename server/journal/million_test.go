package journal

import (
	"fmt"
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

// TestIdleSessions: stored sessions that nobody looks at cost no goroutine and under a kilobyte each.
func TestIdleSessions(t *testing.T) {
	cfg := Config{Dir: t.TempDir(), Sync: time.Minute}
	// holds reopens what is stored, so that nothing is remembered of how it got there.
	holds := func(more int) (heap float64, goroutines int) {
		s := openDir(t, cfg)
		fill(t, s, fmt.Sprint("s", more, "-"), more, 3)
		must(t, s.Close())
		s = openDir(t, cfg)
		heap, _ = memory()
		goroutines = runtime.NumGoroutine()
		must(t, s.Close())
		return heap, goroutines
	}
	// The storage keeps the file that it read last for some seconds, in a buffer of one of a few sizes: now it is the largest.
	s := openDir(t, cfg)
	must(t, s.Append(bg, "large", 0, [][]byte{make([]byte, 2500<<10), make([]byte, 2500<<10)}))
	must(t, s.Close())
	few, before := holds(500)
	many, after := holds(4000)
	each := (many - few) / 4000
	t.Logf("%.0f bytes each", each)
	if each > 1000 {
		t.Errorf("an idle session costs %.0f bytes", each)
	}
	if after > before+5 {
		t.Errorf("%d goroutines, with a tenth of the sessions it was %d", after, before)
	}
}

// BenchmarkMillion fills a million records into a folder once, then measures what a restart and reading back take. Run it
// with -benchtime=1x: each part is done a few times in itself.
func BenchmarkMillion(b *testing.B) {
	dir := b.TempDir()
	cfg := Config{Dir: dir, Sync: time.Second, Logger: quiet}
	s, err := Open(cfg)
	if err != nil {
		b.Fatal(err)
	}
	start := time.Now()
	fill(b, s, "small", 9900, 100)
	fill(b, s, "large", 1, 10_000)
	b.Logf("a million records stored in %v", time.Since(start).Round(time.Millisecond))
	part := func(name string, times int, f func()) {
		b.Run(name, func(b *testing.B) {
			best, sum := time.Hour, time.Duration(0)
			for range times {
				start := time.Now()
				f()
				took := time.Since(start)
				best, sum = min(best, took), sum+took
			}
			b.ReportMetric(float64(sum.Milliseconds())/float64(times), "mean-ms")
			b.ReportMetric(float64(best.Milliseconds()), "best-ms")
		})
	}
	read := func(session string, after, want int64) func() {
		return func() {
			n := int64(0)
			if err := s.Read(bg, session, after, func(int64, []byte) error { n++; return nil }); err != nil || n != want {
				b.Fatal(n, err)
			}
		}
	}
	part("read/10000 of a million", 5, read("large0", 0, 10_000))
	part("read/100 of a million", 20, read("small77", 0, 100))
	part("read/last 100 of 10000", 20, read("large0", 9900, 100))
	part("read/last 10 of 10000", 20, read("large0", 9990, 10))
	part("snapshot/save 300 KB", 5, func() { s.SaveSnapshot(bg, "large0", 9950, make([]byte, 300<<10)) })
	part("snapshot/load 300 KB and read on", 20, func() {
		n, _, err := s.LoadSnapshot(bg, "large0")
		if err != nil || n != 9950 {
			b.Fatal(n, err)
		}
		read("large0", n, 50)()
	})
	part("last", 100, func() { s.Last(bg, "small5") })
	part("sessions", 3, func() { s.Sessions(bg) })
	part("verify/10000", 3, func() { s.Verify(bg, "large0") })
	part("backup", 1, func() {
		if err := s.Backup(bg, filepath.Join(b.TempDir(), "copy")); err != nil {
			b.Fatal(err)
		}
	})
	part("delete/10000", 1, func() { s.Delete(bg, "large0") })
	reopen := func() {
		if s, err = Open(cfg); err != nil {
			b.Fatal(err)
		}
		if n, err := s.Last(bg, "small9"); n != 100 || err != nil {
			b.Fatal(n, err)
		}
	}
	part("reopen/clean", 3, func() { s.Close(); reopen() })
	s.Close()
	// As after a kill: the storage's index is only right after a clean stop.
	part("reopen/killed", 3, func() { os.Remove(filepath.Join(blocksDir(dir), "index.db")); reopen(); s.Close() })
	out, _ := exec.Command("du", "-sm", dir).Output()
	mb, _ := strconv.Atoi(strings.Fields(string(out))[0])
	_, rss := memory()
	b.Logf("%d MB on the disk, %.0f MB resident", mb, rss/1e6)
}
