package journal

import (
	"net"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// TestOutage: the server goes away and comes back, on the same address with the same data. Appends fail in plain words,
// readiness follows, and followers are told that they may have missed something.
func TestOutage(t *testing.T) {
	t.Parallel()
	opts := remoteOptions("one", t.TempDir(), -1)
	run := func() *server.Server {
		srv, err := server.NewServer(opts)
		must(t, err)
		go srv.Start()
		if !srv.ReadyForConnections(10 * time.Second) {
			t.Fatal("the server does not start")
		}
		return srv
	}
	srv := run()
	_, port, _ := net.SplitHostPort(srv.Addr().String())
	opts.Port, _ = strconv.Atoi(port)
	a := openDir(t, Config{URL: srv.ClientURL()})
	b := openDir(t, Config{URL: srv.ClientURL()})
	var h heard
	stop, err := b.Follow("s", h.note)
	must(t, err)
	defer stop()
	must(t, a.Append(bg, "s", 0, recs("a")))
	h.want(t, "s 1:a")

	srv.Shutdown()
	srv.WaitForShutdown()
	eventually(t, "both are red", 10*time.Second, func() bool { return a.Healthy() != nil && b.Healthy() != nil })
	wantIs(t, a.Healthy(), ErrUnavailable)
	_, err = a.Last(bg, "s")
	wantIs(t, err, ErrUnavailable)
	wantIs(t, a.Publish("s", []byte("x")), ErrUnavailable)
	// Who begins to follow now waits, and holds up no one else who follows.
	followed := make(chan struct{})
	go func() {
		defer close(followed)
		if stop, err := b.Follow("other", h.note); err == nil {
			stop()
		}
	}()
	defer func() { <-followed }()
	eventually(t, "one more begins to follow", 3*time.Second, func() bool { return len(b.ears.at(feedPrefix+"other")) > 0 })
	// An append that is under way when the server comes back is stored: it has patience.
	stored := make(chan error, 1)
	go func() { stored <- a.Append(bg, "s", 1, recs("b")) }()
	srv = run()
	defer func() { srv.Shutdown(); srv.WaitForShutdown() }()
	eventually(t, "both are green", 10*time.Second, func() bool { return a.Healthy() == nil && b.Healthy() == nil })
	must(t, <-stored)
	wantContents(t, b, "s", 0, "1:a 2:b")
	eventually(t, "the follower is told", 5*time.Second, func() bool { return slices.Contains(h.all(), "s missed") })
	must(t, a.Append(bg, "s", 2, recs("c")))
	eventually(t, "the follower hears again", 5*time.Second, func() bool { return slices.Contains(h.all(), "s 3:c") })
}

// TestLostAnswer: an entry that was stored though its answer was lost is known again, also when others have appended since; one
// that was not is stored once.
func TestLostAnswer(t *testing.T) {
	s := openDir(t, Config{Dir: t.TempDir(), Sync: time.Minute})
	must(t, s.Append(bg, "s", 0, recs("a")))
	t0, err := s.tails.hold(bg, "s")
	must(t, err)
	before := t0.end
	s.tails.release(t0)
	deadline := time.Now().Add(time.Second)
	mine := entry{writer: s.writer, attempt: s.serial.Load() + 1}
	if _, state, err := s.fate(bg, "s", before.seq, &mine, deadline); state != fateAbsent || err != nil {
		t.Fatal(state, err)
	}
	must(t, s.Append(bg, "s", 1, recs("b"))) // this is mine
	must(t, s.Append(bg, "s", 2, recs("c")))
	if seq, state, err := s.fate(bg, "s", before.seq, &mine, deadline); state != fateStored || seq == 0 || err != nil {
		t.Fatal(seq, state, err)
	}
	other := mine
	other.writer[0] ^= 1
	if _, state, err := s.fate(bg, "s", before.seq, &other, deadline); state != fateMoved || err != nil {
		t.Fatal(state, err)
	}
}

// TestHeard: a node that follows appends after what it heard without asking where the session ends.
func TestHeard(t *testing.T) {
	srv, err := server.NewServer(remoteOptions("one", t.TempDir(), -1))
	must(t, err)
	go srv.Start()
	if !srv.ReadyForConnections(10 * time.Second) {
		t.Fatal("the server does not start")
	}
	defer func() { srv.Shutdown(); srv.WaitForShutdown() }()
	a, b := openDir(t, Config{URL: srv.ClientURL()}), openDir(t, Config{URL: srv.ClientURL()})
	must(t, a.Append(bg, "s", 0, recs("a0")))
	var ha, hb heard
	for _, f := range []struct {
		j *Store
		h *heard
	}{{a, &ha}, {b, &hb}} {
		stop, err := f.j.Follow("s", f.h.note)
		must(t, err)
		defer stop()
	}
	asked := func() int64 {
		for range 2 { // the server counts what it has read before it reads on
			must(t, a.nc.Flush())
			must(t, b.nc.Flush())
		}
		v, err := srv.Varz(nil)
		must(t, err)
		return v.InMsgs
	}
	for i := range 10 {
		n := int64(i*2 + 1)
		must(t, b.Append(bg, "s", n, recs("b")))
		eventually(t, "a heard b", 5*time.Second, func() bool { return len(ha.all()) == i+1 })
		must(t, a.Append(bg, "s", n+1, recs("a")))
		eventually(t, "b heard a", 5*time.Second, func() bool { return len(hb.all()) == i+1 })
	}
	before := asked()
	must(t, b.Append(bg, "s", 21, recs("b")))
	if n := asked() - before; n != 1 {
		t.Fatalf("an append after what was heard took %d messages", n)
	}
	must(t, a.Verify(bg, "s"))
}
