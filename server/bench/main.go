// Bench loads the built binary over real sockets and reports what an edit costs, how soon it is seen, and how much
// memory people take. An echo by the bare socket library, with the same frames in the same run, is the floor.
//
//	go run ./server/bench -bin bin/tandem
//
// What the journal costs, alone and in turns, since the machine's own pace changes meanwhile:
//
//	go run ./server/bench -bin bin/tandem -loads saturated,crowded -modes memory,1s,memory,1s
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
	flag.StringVar(&b.modes, "modes", "y-websocket,memory,y-leveldb,1s,always,cluster,stored", "what is measured, separated by commas: memory, always, a -sync time, cluster (three nodes\non three storages), stored (a million events), y-websocket and y-leveldb (another server)")
	flag.StringVar(&b.only, "loads", "echo,paced,many,saturated,crowded,most,idle", "which `loads`, separated by commas: echo, and idle people, once; of each mode, paced and many\n(paced by ten times the people), saturated, crowded (saturated by four times the people), and the most it takes")
	flag.StringVar(&b.peers, "peers", "server/bench/testdata/peers", "the `folder` of the other server")
	storage := flag.Int("storage", -1, "be the storage of this `index` (bench starts itself with this)")
	ports := flag.String("ports", "", "of all storages (likewise)")
	echo := flag.Bool("echo", false, "be the echo server (bench starts itself with this)")
	flag.Parse()
	if *echo {
		serveEcho()
		return
	}
	if *storage >= 0 {
		if err := serveStorage(*storage, strings.Split(*ports, ",")); err != nil {
			fmt.Fprintln(os.Stderr, "bench:", err)
			os.Exit(1)
		}
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
	bin, peers     string
	time           time.Duration
	sessions, rate int
	idle           int
	modes, only    string
	child          *child
	cluster        *cluster
}

func (b *bench) run() error {
	fmt.Printf("%d sessions of two, %v each load; CPU is the server's own, of three nodes with their storage\n\n", b.sessions, b.time)
	fmt.Printf("%-30s %7s %9s %9s %9s %12s\n", "", "edits/s", "p50", "p95", "p99", "CPU an edit")
	if b.wants("echo") {
		if err := b.floor(); err != nil {
			return fmt.Errorf("echo: %w", err)
		}
	}
	for mode := range strings.SplitSeq(b.modes, ",") {
		measure := func() error { return b.edits(mode) }
		switch mode {
		case "cluster":
			measure = b.clustered
		case "stored":
			measure = b.stored
		case "y-websocket", "y-leveldb":
			measure = func() error { return b.yjs(mode) }
		}
		if err := measure(); err != nil {
			return fmt.Errorf("%s: %w", mode, err)
		}
	}
	if !b.wants("idle") {
		return nil
	}
	return b.memory()
}

// wants tells whether a load is among those asked for.
func (b *bench) wants(load string) bool { return slices.Contains(strings.Split(b.only, ","), load) }

func (b *bench) stop() {
	if b.child != nil {
		b.child.stop()
		b.child = nil
	}
	if b.cluster != nil {
		b.cluster.stop()
		b.cluster = nil
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
	return b.loads(mode, meet([]*child{b.child}), []*child{b.child}, nil)
}

const bearable = 100 * time.Millisecond // p99 up to which edits count in the most that a server takes

// loads measures typing at a pace, by few and by many, as fast as answers come, and by ever more people until it gets slow.
func (b *bench) loads(name string, meet meeting, nodes, stores []*child) error {
	for _, l := range []struct {
		load           string
		sessions, rate int
	}{
		{"paced", b.sessions, b.rate},
		{"many", 10 * b.sessions, max(1, b.rate/4)},
		{"saturated", b.sessions, 0},
		{"crowded", 4 * b.sessions, 0}, // so many that the processor is the limit, and not how long an answer takes
	} {
		if !b.wants(l.load) {
			continue
		}
		r, err := editLoad(meet, nodes, stores, l.sessions, l.rate, b.time)
		if err != nil {
			return err
		}
		how := l.load
		if l.rate > 0 {
			how = fmt.Sprintf("%d × %d/s", l.sessions, l.rate)
		}
		r.print(name + ", " + how)
	}
	var most *result
	sessions := 0
	for n := 2 * b.sessions; b.wants("most") && n <= 16*b.sessions; n *= 2 {
		r, err := editLoad(meet, nodes, stores, n, 0, b.time)
		if err != nil {
			return err
		}
		if slices.Sort(r.waits); r.at(0.99) > bearable || most != nil && r.perSecond() < most.perSecond() {
			break
		}
		most, sessions = r, n
	}
	if most != nil {
		most.print(fmt.Sprintf("%s, most: %d sessions", name, sessions))
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
	people, err := meet([]*child{b.child})(b.idle)
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

// at is the wait that a part of all don't exceed; they are sorted.
func (r *result) at(part float64) time.Duration {
	if len(r.waits) == 0 {
		return 0
	}
	return r.waits[min(len(r.waits)-1, int(part*float64(len(r.waits))))]
}

func (r *result) perSecond() float64 { return float64(len(r.waits)) / r.took.Seconds() }

func (r *result) print(name string) {
	slices.Sort(r.waits)
	at := func(part float64) string { return fmt.Sprintf("%.2f ms", ms(r.at(part))) }
	n := len(r.waits)
	fmt.Printf("%-30s %7.0f %9s %9s %9s %9.1f µs\n", name, r.perSecond(), at(0.5), at(0.95), at(0.99),
		float64(r.cpu)/1e3/float64(max(n, 1)))
}
