package main

import (
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// A cluster is three servers on three storages, all on this machine.
type cluster struct {
	stores []*child
	nodes  []*child
}

// serveStorage is one of three storages: index and the six ports of all, as in "0 1,2,3,4,5,6". It ends with its input.
func serveStorage(index int, ports []string) error {
	dir, err := os.MkdirTemp("", "tandem-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	port := func(k int) int { n, _ := strconv.Atoi(ports[k]); return n }
	opts := &server.Options{
		ServerName: fmt.Sprint("n", index), Host: "127.0.0.1", Port: port(index), NoSigs: true, NoLog: true, MaxPayload: 8 << 20,
		JetStream: true, StoreDir: dir, JetStreamMaxStore: 1 << 40, JetStreamMaxMemory: 64 << 20, DisableJetStreamBanner: true,
		Cluster: server.ClusterOpts{Name: "bench", Host: "127.0.0.1", Port: port(3 + index)},
	}
	for k := range 3 {
		opts.Routes = append(opts.Routes, &url.URL{Scheme: "nats", Host: "127.0.0.1:" + ports[3+k]})
	}
	srv, err := server.NewServer(opts)
	if err != nil {
		return err
	}
	srv.Start()
	if !srv.ReadyForConnections(10 * time.Second) {
		return errors.New("the storage does not start")
	}
	io.Copy(io.Discard, os.Stdin)
	srv.Shutdown()
	srv.WaitForShutdown()
	return nil
}

func (b *bench) startCluster() (*cluster, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	c := &cluster{}
	var ports, urls []string
	for range 6 {
		addr, err := freeAddr()
		if err != nil {
			return nil, err
		}
		ports = append(ports, addr[strings.LastIndexByte(addr, ':')+1:])
	}
	for i := range 3 {
		urls = append(urls, "nats://127.0.0.1:"+ports[i])
		store := &child{cmd: exec.Command(self, "-storage", strconv.Itoa(i), "-ports", strings.Join(ports, ","))}
		store.cmd.Stderr = os.Stderr
		if store.input, err = store.cmd.StdinPipe(); err == nil {
			err = store.cmd.Start()
		}
		if err != nil {
			c.stop()
			return nil, err
		}
		c.stores = append(c.stores, store)
	}
	for range 3 {
		node, err := b.start(60*time.Second, "-nats", strings.Join(urls, ","), "-replicas", "3")
		if err != nil {
			c.stop()
			return nil, err
		}
		c.nodes = append(c.nodes, node)
	}
	return c, nil
}

func (c *cluster) stop() {
	for _, n := range c.nodes {
		n.stop()
	}
	for _, s := range c.stores {
		s.stop()
	}
	c.nodes, c.stores = nil, nil
}

// clustered measures edits of people of whom no two of a session are on one server.
func (b *bench) clustered() (err error) {
	if b.cluster, err = b.startCluster(); err != nil {
		return err
	}
	defer b.stop()
	return b.loads("3 nodes", meet(b.cluster.nodes), b.cluster.nodes, b.cluster.stores)
}
