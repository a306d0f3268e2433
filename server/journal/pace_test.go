package journal

import (
	"testing"
	"time"
)

// TestPace plays arrivals on a clock of its own: who waits, and whether it brought company.
func TestPace(t *testing.T) {
	play := func(groups int, gap time.Duration, company int) (waits int) {
		var p pace
		now := time.Unix(1, 0)
		for range groups {
			n := 1
			if p.wait() {
				waits++
				n += company
			}
			now = now.Add(gap)
			p.sent(n, now)
		}
		return waits
	}
	if n := play(100, 50*time.Millisecond, 0); n != 0 {
		t.Errorf("one typist waited %d times", n)
	}
	if n := play(1000, time.Millisecond, 3); n < 900 {
		t.Errorf("a busy hundred waited only %d times of 1000", n)
	}
	if n := play(1000, time.Millisecond, 0); n > 40 {
		t.Errorf("one fast writer waited in vain %d times of 1000", n)
	}
}
