package journal

import (
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// remoteOptions is a server that listens on loopback, as those are that -nats points to.
func remoteOptions(name, dir string, port int) *server.Options {
	return &server.Options{
		ServerName: name, Host: "127.0.0.1", Port: port, NoSigs: true, NoLog: true, MaxPayload: 8 << 20,
		JetStream: true, StoreDir: dir, JetStreamMaxStore: math.MaxInt64 / 4, JetStreamMaxMemory: 64 << 20, DisableJetStreamBanner: true,
	}
}

// TestRemote runs the table against a server reached by its address.
func TestRemote(t *testing.T) {
	testJournal(t, func(t *testing.T) nodes {
		srv, err := server.NewServer(remoteOptions("one", t.TempDir(), -1))
		must(t, err)
		go srv.Start()
		if !srv.ReadyForConnections(10 * time.Second) {
			t.Fatal("the server does not start")
		}
		t.Cleanup(func() { srv.Shutdown(); srv.WaitForShutdown() })
		return func() log { return openDir(t, Config{URL: srv.ClientURL()}) }
	}, true)
}

// childCluster is one of three servers. It ends with its input, or by being killed.
func childCluster() {
	ports := strings.Split(os.Getenv("JOURNAL_PORTS"), ",")
	i, _ := strconv.Atoi(os.Getenv("JOURNAL_INDEX"))
	port := func(k int) int { n, _ := strconv.Atoi(ports[k]); return n }
	opts := remoteOptions(fmt.Sprint("n", i), os.Getenv("JOURNAL_DIR"), port(i))
	opts.Cluster = server.ClusterOpts{Name: "c", Host: "127.0.0.1", Port: port(3 + i)}
	for k := range 3 {
		opts.Routes = append(opts.Routes, &url.URL{Scheme: "nats", Host: "127.0.0.1:" + ports[3+k]})
	}
	srv, err := server.NewServer(opts)
	if err != nil {
		fmt.Println("error", err)
		return
	}
	srv.Start()
	fmt.Println("ready", srv.ReadyForConnections(10*time.Second))
	io.Copy(io.Discard, os.Stdin)
	srv.Shutdown()
}

// cluster starts three servers and gives them with the address of all.
func cluster(t *testing.T) (servers [3]*child, address string) {
	t.Helper()
	var ports, urls []string
	for i := range 6 {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		must(t, err)
		defer l.Close()
		_, port, _ := net.SplitHostPort(l.Addr().String())
		ports = append(ports, port)
		if i < 3 {
			urls = append(urls, "nats://127.0.0.1:"+port)
		}
		l.Close()
	}
	for i := range servers {
		servers[i] = spawn(t, "cluster", "JOURNAL_PORTS="+strings.Join(ports, ","), fmt.Sprint("JOURNAL_INDEX=", i), "JOURNAL_DIR="+t.TempDir())
	}
	for _, c := range servers {
		if line := c.line(t); line != "ready true" {
			t.Fatal(line)
		}
	}
	return servers, strings.Join(urls, ",")
}

// leader tells which of the three decides the order.
func leader(t *testing.T, s *Store) int {
	t.Helper()
	var info struct {
		Cluster struct {
			Leader string `json:"leader"`
		} `json:"cluster"`
	}
	must(t, s.call(bg, "STREAM.INFO."+logStream, nil, &info))
	i, err := strconv.Atoi(strings.TrimPrefix(info.Cluster.Leader, "n"))
	must(t, err)
	return i
}

// person types into a session through a node, as a room would: appends, and when it lost a race or knows nothing of its
// records' fate, reads what is there and goes on from that.
type person struct {
	j       log
	session string
	name    string
	gap     time.Duration // longest wait for a record to be stored
	acked   map[int64]string
}

func (p *person) typing(t *testing.T, quit <-chan struct{}) {
	p.acked = map[int64]string{}
	last := int64(0)
	pace := time.NewTicker(5 * time.Millisecond)
	defer pace.Stop()
	for i := 0; ; i++ {
		content := fmt.Sprintf("%s-%d", p.name, i)
		began := time.Now()
		for done := false; !done; {
			err := p.j.Append(bg, p.session, last, recs(content))
			if err == nil {
				last++
				p.acked[last] = content
				break
			}
			if !errors.Is(err, ErrMoved) && !errors.Is(err, ErrUnavailable) {
				t.Error(err)
				return
			}
			p.j.Read(bg, p.session, last, func(n int64, r []byte) error {
				last = n
				if string(r) == content {
					p.acked[n], done = content, true
				}
				return nil
			})
		}
		p.gap = max(p.gap, time.Since(began))
		select {
		case <-quit:
			return
		case <-pace.C:
		}
	}
}

// TestCluster: two nodes, three sessions with a person on each node, and the storage's leader is killed while they type.
func TestCluster(t *testing.T) {
	t.Parallel()
	servers, address := cluster(t)
	a := openDir(t, Config{URL: address, Replicas: 3})
	b := openDir(t, Config{URL: address, Replicas: 3})
	var people []*person
	for i := range 3 {
		for k, j := range []*Store{a, b} {
			people = append(people, &person{j: j, session: fmt.Sprint("s", i), name: fmt.Sprintf("p%d%d", i, k)})
		}
	}
	f := follow(t, b, "s0")
	quit := make(chan struct{})
	var wg sync.WaitGroup
	for _, p := range people {
		wg.Go(func() { p.typing(t, quit) })
	}
	grown := func(by int64) {
		from, _ := b.Last(bg, "s0")
		eventually(t, "the session grows", 30*time.Second, func() bool {
			n, err := b.Last(bg, "s0")
			return err == nil && n >= from+by
		})
	}
	grown(200)
	old := leader(t, a)
	servers[old].kill()
	eventually(t, "red", 10*time.Second, func() bool { return a.Healthy() != nil || b.Healthy() != nil })
	grown(200)
	eventually(t, "green", 10*time.Second, func() bool { return a.Healthy() == nil && b.Healthy() == nil })
	if now := leader(t, b); now == old {
		t.Fatal("the dead leads")
	}
	close(quit)
	wg.Wait()

	all := acked{}
	for _, p := range people {
		if all[p.session] == nil {
			all[p.session] = map[int64]string{}
		}
		for n, content := range p.acked {
			all[p.session][n] = content
		}
		t.Logf("%s: %d records acknowledged, longest wait %v", p.name, len(p.acked), p.gap.Round(time.Millisecond))
	}
	all.check(t, a)
	all.check(t, b)
	n, err := b.Last(bg, "s0")
	must(t, err)
	f.caughtUp(t, n)
	t.Logf("node a: %+v", a.Stats())
	t.Logf("node b: %+v", b.Stats())
}

// follower keeps up with a session as another node's room does: by notes, and by reading where one is missing.
type follower struct {
	j       *Store
	session string
	mu      sync.Mutex
	last    int64
	heard   int64 // others' records that came by note
	read    int   // times that it had to read
}

func follow(t *testing.T, j *Store, session string) *follower {
	f := &follower{j: j, session: session}
	stop, err := j.Follow(session, func(n Note) {
		f.mu.Lock()
		defer f.mu.Unlock()
		if end := n.First + int64(len(n.Records)) - 1; n.First == f.last+1 {
			f.last = end
			f.heard += int64(len(n.Records))
		}
	})
	must(t, err)
	t.Cleanup(stop)
	return f
}

// caughtUp reads what was not heard: one's own node's records, and what was missed while the connection was lost.
func (f *follower) caughtUp(t *testing.T, end int64) {
	t.Helper()
	eventually(t, "the follower has it all", 10*time.Second, func() bool {
		f.mu.Lock()
		defer f.mu.Unlock()
		must(t, f.j.Read(bg, f.session, f.last, func(n int64, _ []byte) error {
			if n != f.last+1 {
				t.Fatalf("after %d came %d", f.last, n)
			}
			f.last = n
			return nil
		}))
		return f.last >= end
	})
}
