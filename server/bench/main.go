// Bench loads the built binary over real sockets and reports what an edit costs, how soon it is seen, and how much
// memory people take. An echo by the bare socket library, with the same frames in the same run, is the floor.
//
//	go run ./server/bench -bin bin/tandem
package main

import (
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
	"time"
)

func main() {
	b := &bench{}
	flag.StringVar(&b.bin, "bin", "bin/tandem", "the built `binary`")
	flag.DurationVar(&b.time, "time", 5*time.Second, "how long each load lasts")
	flag.IntVar(&b.sessions, "sessions", 50, "sessions of two people each")
	flag.IntVar(&b.rate, "rate", 20, "edits a second in each session, in the paced loads")
	flag.IntVar(&b.idle, "idle", 1000, "idle sessions of two people each")
	flag.StringVar(&b.modes, "modes", "memory,1s,always", "how edits are kept, separated by commas: memory, always or a -sync time")
	echo := flag.Bool("echo", false, "be the echo server (bench starts itself with this)")
	flag.Parse()
	if *echo {
		serveEcho()
		return
	}
	interrupted := make(chan os.Signal, 1)
	signal.Notify(interrupted, os.Interrupt)
	go func() {
		<-interrupted
		b.stop()
		os.Exit(1)
	}()
	if err := b.run(); err != nil {
		b.stop()
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// A bench is what is measured, and the server that runs just now.
type bench struct {
	bin            string
	time           time.Duration
	sessions, rate int
	idle           int
	modes          string
	child          *child
}

func (b *bench) run() error {
	fmt.Printf("%d sessions of two, %v each load; CPU is the server process's own\n\n", b.sessions, b.time)
	fmt.Printf("%-26s %11s %9s %9s %9s %12s\n", "", "edits/s", "p50", "p95", "p99", "CPU an edit")
	if err := b.floor(); err != nil {
		return fmt.Errorf("echo: %w", err)
	}
	for mode := range strings.SplitSeq(b.modes, ",") {
		if err := b.edits(mode); err != nil {
			return fmt.Errorf("edits, %s: %w", mode, err)
		}
	}
	return b.memory()
}

func (b *bench) stop() {
	if b.child != nil {
		b.child.stop()
		b.child = nil
	}
}

// floor measures the echo.
func (b *bench) floor() (err error) {
	if b.child, err = startEcho(); err != nil {
		return err
	}
	defer b.stop()
	for _, rate := range []int{b.rate, 0} {
		r, err := echoLoad(b.child, b.sessions, rate, b.time)
		if err != nil {
			return err
		}
		r.print("echo, " + pace(rate*b.sessions))
	}
	return nil
}

// edits measures one way of keeping them.
func (b *bench) edits(mode string) (err error) {
	if b.child, err = b.startServer(mode); err != nil {
		return err
	}
	defer b.stop()
	for _, rate := range []int{b.rate, 0} {
		r, err := editLoad(b.child, b.sessions, rate, b.time)
		if err != nil {
			return err
		}
		r.print(mode + ", " + pace(rate*b.sessions))
	}
	return nil
}

// memory measures what the server takes at its start and for people who do nothing.
func (b *bench) memory() (err error) {
	fmt.Println()
	if b.child, err = b.startServer("always"); err != nil {
		return err
	}
	defer b.stop()
	before, err := b.child.rss()
	if err != nil {
		return err
	}
	people, err := meet(b.child.addr, b.idle)
	if err != nil {
		return err
	}
	defer func() {
		for _, p := range people {
			p.conn.Close()
		}
	}()
	if err := b.child.settle(); err != nil {
		return err
	}
	after, err := b.child.rss()
	if err != nil {
		return err
	}
	fmt.Printf("RSS at start %.1f MB; with %d idle sessions of two %.1f MB: %.1f KB a person\n",
		float64(before)/1e6, b.idle, float64(after)/1e6, float64(after-before)/1e3/float64(2*b.idle))
	return nil
}

func pace(rate int) string {
	if rate == 0 {
		return "saturated"
	}
	return fmt.Sprintf("%d/s", rate)
}

// A result is what a load came to.
type result struct {
	took  time.Duration
	cpu   time.Duration
	waits []time.Duration // from the key to the other person, each
}

func (r *result) print(name string) {
	slices.Sort(r.waits)
	at := func(part float64) string {
		if len(r.waits) == 0 {
			return "-"
		}
		d := r.waits[min(len(r.waits)-1, int(part*float64(len(r.waits))))]
		return fmt.Sprintf("%.2f ms", float64(d)/1e6)
	}
	n := len(r.waits)
	fmt.Printf("%-26s %11.0f %9s %9s %9s %9.1f µs\n", name, float64(n)/r.took.Seconds(), at(0.5), at(0.95), at(0.99),
		float64(r.cpu)/1e3/float64(max(n, 1)))
}
