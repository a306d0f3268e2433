package journal

import (
	"fmt"
	"sort"
	"sync"
	"syscall"
	"testing"
	"time"
)

// cpuTime is what this process has used, both kinds.
func cpuTime() time.Duration {
	var ru syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &ru)
	return time.Duration(ru.Utime.Nano() + ru.Stime.Nano())
}

var record200 = make([]byte, 200)

// reportAppends gives what b.N appends took: each one's CPU, and how long the slowest hundredth waited.
func reportAppends(b *testing.B, took []time.Duration, cpu time.Duration, j log) {
	sort.Slice(took, func(i, k int) bool { return took[i] < took[k] })
	b.ReportMetric(float64(cpu.Microseconds())/float64(len(took)), "cpu-µs/append")
	b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-µs")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-µs")
	b.ReportMetric(float64(len(took))/b.Elapsed().Seconds(), "appends/s")
	if s, ok := j.(*Store); ok {
		st := s.Stats()
		b.ReportMetric(float64(st.Appends)/float64(max(st.Groups, 1)), "appends/group")
	}
}

// benchModes runs with each way of syncing, and in memory: what is measured there is the measuring.
func benchModes(b *testing.B, run func(b *testing.B, s log)) {
	for _, m := range []struct {
		name string
		sync time.Duration
	}{{"always", 0}, {"1s", time.Second}} {
		b.Run("sync="+m.name, func(b *testing.B) {
			s, err := Open(Config{Dir: b.TempDir(), Sync: m.sync, Logger: quiet})
			if err != nil {
				b.Fatal(err)
			}
			defer s.Close()
			run(b, s)
		})
	}
	b.Run("memory", func(b *testing.B) { run(b, NewMemory()) })
}

// BenchmarkAppend: writers, each on a session of its own, as fast as they can.
func BenchmarkAppend(b *testing.B) {
	for _, writers := range []int{1, 10, 100, 1000} {
		b.Run(fmt.Sprint("writers=", writers), func(b *testing.B) {
			benchModes(b, func(b *testing.B, s log) {
				each := max(1, b.N/writers)
				took := make([]time.Duration, each*writers)
				var wg sync.WaitGroup
				cpu := cpuTime()
				b.ResetTimer()
				for w := range writers {
					wg.Go(func() {
						for i := range each {
							start := time.Now()
							if err := s.Append(bg, fmt.Sprint("s", w), int64(i), [][]byte{record200}); err != nil {
								b.Error(err)
								return
							}
							took[w*each+i] = time.Since(start)
						}
					})
				}
				wg.Wait()
				b.StopTimer()
				reportAppends(b, took, cpuTime()-cpu, s)
			})
		})
	}
}

// BenchmarkPaced: sessions that append at a steady rate, as people who type do. Run it with -benchtime=1x: it lasts three seconds.
func BenchmarkPaced(b *testing.B) {
	for _, p := range []struct{ sessions, rate int }{{50, 5}, {50, 20}, {500, 5}, {500, 10}} {
		b.Run(fmt.Sprintf("%dx%d", p.sessions, p.rate), func(b *testing.B) {
			benchModes(b, func(b *testing.B, s log) {
				each := 3 * p.rate
				took := make([]time.Duration, each*p.sessions)
				every := time.Second / time.Duration(p.rate)
				var wg sync.WaitGroup
				cpu := cpuTime()
				b.ResetTimer()
				for w := range p.sessions {
					wg.Go(func() {
						<-time.After(every * time.Duration(w) / time.Duration(p.sessions))
						tick := time.NewTicker(every)
						defer tick.Stop()
						for i := range each {
							start := time.Now()
							if err := s.Append(bg, fmt.Sprint("s", w), int64(i), [][]byte{record200}); err != nil {
								b.Error(err)
								return
							}
							took[w*each+i] = time.Since(start)
							<-tick.C
						}
					})
				}
				wg.Wait()
				b.StopTimer()
				reportAppends(b, took, cpuTime()-cpu, s)
			})
		})
	}
}
