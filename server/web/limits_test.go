package web

import (
	"testing"
	"testing/synctest"
	"time"
)

// TestRate: over a while a connection gets its rate, not more, beside the burst at its beginning.
func TestRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b bucket
		n := 0
		for end := time.Now().Add(10 * time.Second); time.Now().Before(end); n++ {
			b.wait(100, 200)
		}
		if n < 1195 || n > 1201 {
			t.Fatalf("%d in ten seconds at 100 a second and 200 at once", n)
		}
	})
}
