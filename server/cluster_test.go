package main

import (
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
)

// storageProcess is one of three JetStream servers. It ends with its input, or by being killed.
func storageProcess() {
	ports := strings.Split(os.Getenv("CLUSTER_PORTS"), ",")
	i, _ := strconv.Atoi(os.Getenv("CLUSTER_INDEX"))
	port := func(k int) int { n, _ := strconv.Atoi(ports[k]); return n }
	opts := &server.Options{
		ServerName: fmt.Sprint("n", i), Host: "127.0.0.1", Port: port(i), NoSigs: true, NoLog: true, MaxPayload: 8 << 20,
		JetStream: true, StoreDir: os.Getenv("CLUSTER_DIR"), JetStreamMaxStore: 1 << 40, JetStreamMaxMemory: 64 << 20, DisableJetStreamBanner: true,
		Cluster: server.ClusterOpts{Name: "c", Host: "127.0.0.1", Port: port(3 + i)},
	}
	for k := range 3 {
		opts.Routes = append(opts.Routes, &url.URL{Scheme: "nats", Host: "127.0.0.1:" + ports[3+k]})
	}
	srv, err := server.NewServer(opts)
	if err != nil {
		fmt.Println("error", err)
		os.Exit(1)
	}
	srv.Start()
	fmt.Println("ready", srv.ReadyForConnections(10*time.Second))
	io.Copy(io.Discard, os.Stdin)
	os.Exit(0)
}

// storage starts three JetStream servers and gives the address of all.
func storage(t *testing.T) (servers []*process, address string) {
	t.Helper()
	var ports, urls []string
	for i := range 6 {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close() // all six at once, so that they differ
		_, port, _ := net.SplitHostPort(l.Addr().String())
		ports = append(ports, port)
		if i < 3 {
			urls = append(urls, "nats://127.0.0.1:"+port)
		}
		l.Close()
	}
	for i := range 3 {
		servers = append(servers, spawn(t, "storage", []string{"CLUSTER_PORTS=" + strings.Join(ports, ","), fmt.Sprint("CLUSTER_INDEX=", i), "CLUSTER_DIR=" + t.TempDir()}))
	}
	for _, p := range servers {
		if ready := p.says(t, `^ready (.*)`); ready != "true" {
			t.Fatal("the storage does not start")
		}
	}
	return servers, strings.Join(urls, ",")
}

// leader tells which of the storage's servers decides the order of the log.
func leader(t *testing.T, address string) int {
	t.Helper()
	nc, err := nats.Connect(address)
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	js, err := nc.JetStream()
	if err != nil {
		t.Fatal(err)
	}
	for name := range js.StreamNames() {
		if info, err := js.StreamInfo(name); err == nil && len(info.Config.Subjects) == 3 { // the log's, the keys', the probe's
			i, err := strconv.Atoi(strings.TrimPrefix(info.Cluster.Leader, "n"))
			if err != nil {
				t.Fatal(err)
			}
			return i
		}
	}
	t.Fatal("there is no log")
	return 0
}

// electionLimit is twice the 8 s in which people carry on where nothing else keeps the machine busy: this is a test of what is
// kept, and a busy machine's election takes longer.
const electionLimit = 16 * time.Second

// TestCluster: three servers on a cluster of three, two people on each typing at once. One server is killed, then the
// storage's leader: nothing that was acknowledged is lost, people carry on elsewhere, and who does not come back leaves the list once.
func TestCluster(t *testing.T) {
	stores, address := storage(t)
	var servers []*process
	var addrs []string
	for range 3 {
		servers = append(servers, spawn(t, "node", nil, "-addr", "127.0.0.1:0", "-nats", address, "-replicas", "3", "-rate-joins", "0", "-log-level", "info"))
	}
	for _, p := range servers {
		addrs = append(addrs, p.says(t, `http://(127\.0\.0\.1:\d+)`))
	}
	gone := newTypist(t, "gone", addrs[:1], "") // creates the session, and does not come back
	eventually(t, "there is a session", 20*time.Second, gone.connected)
	id, key := gone.session()
	var people []*typist
	for i := range 6 {
		p := newTypist(t, fmt.Sprint(i), append(append([]string{}, addrs[i/2:]...), addrs[:i/2]...), id)
		people = append(people, p)
	}
	eventually(t, "all are there", 20*time.Second, each(people, (*typist).connected))
	typing(people, true)
	eventually(t, "they type", 20*time.Second, each(people, func(p *typist) bool { return p.acks.Load() >= 20 }))
	t.Logf("before: %s", gaps(people))

	servers[0].kill()
	killed := time.Now()
	took := eventually(t, "the killed server's people carry on through another", 3*time.Second, since(people, killed))
	t.Logf("a server killed: all type on after %v", took.Round(time.Millisecond))
	more(t, people, 20)
	eventually(t, "who did not come back is off the list", time.Until(killed.Add(15*time.Second)), each(people, func(p *typist) bool { return !p.shows(gone.user()) }))
	t.Logf("off the list after %v", time.Since(killed).Round(100*time.Millisecond))
	t.Logf("a server killed: %s", gaps(people))

	first := leader(t, address)
	stores[first].kill()
	lost := time.Now()
	took = eventually(t, "typing is stored again after the leader's death", electionLimit, since(people, lost))
	t.Logf("the leader killed: all are acknowledged again after %v", took.Round(time.Millisecond))
	more(t, people, 10)
	t.Logf("the leader killed: %s", gaps(people))

	typing(people, false)
	eventually(t, "all is saved", 20*time.Second, each(people, (*typist).settled))
	if left := checkLog(t, addrs[1], id, key, people); left[gone.user()] != 1 || len(left) != 1 {
		t.Errorf("who left, and how often: %v; it was %s, once", left, gone.user())
	}
	if said, err := does(t, "verify", "-nats", address); err != nil || !strings.Contains(said, " 0 not as") {
		t.Errorf("verify: %s, %v", said, err)
	}
}

// more lets everybody type until so many more edits of each are stored.
func more(t *testing.T, people []*typist, n int64) {
	t.Helper()
	var from []int64
	for _, p := range people {
		from = append(from, p.acks.Load())
	}
	for i, p := range people {
		eventually(t, "typing goes on", 20*time.Second, func() bool { return p.acks.Load() >= from[i]+n })
	}
}
