package journal

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

var long = flag.Bool("long", false, "fifty rounds of kill -9 instead of five, and 10,000 idle sessions")

// TestKill: a process that writes is killed at a random moment, again and again on the same folder. What it was told is stored is there, once, in order.
func TestKill(t *testing.T) {
	rounds := 5
	if *long {
		rounds = 50
	}
	for _, mode := range []string{"0", "1s"} {
		t.Run("sync="+mode, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			all := acked{}
			total := 0
			for round := range rounds {
				c := spawn(t, "write", "JOURNAL_DIR="+dir, "JOURNAL_SYNC="+mode, "JOURNAL_WRITERS=4", fmt.Sprint("JOURNAL_ROUND=r", round))
				if line := c.line(t); line != "ready" {
					t.Fatal(line)
				}
				lines := []string{c.line(t)} // it is at work
				timer := time.NewTimer(time.Duration(50+rand.IntN(400)) * time.Millisecond)
				<-timer.C
				total += all.add(t, append(lines, c.kill()...))
				if round%10 == 4 || round == rounds-1 {
					s := openDir(t, Config{Dir: dir})
					all.check(t, s)
					s.Close()
				}
			}
			t.Logf("%d rounds, %d acknowledged records", rounds, total)
		})
	}
}
