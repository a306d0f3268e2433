package web

import (
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"

	"tandem/assets"
	"tandem/server/journal"
	"tandem/server/room"
	"tandem/shared/session"
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

// TestAddressBehindProxy: what the proxy says of the client counts, not what the client says of itself.
func TestAddressBehindProxy(t *testing.T) {
	for want, lines := range map[string][]string{
		"192.0.2.9/32":      {"192.0.2.9"},
		"192.0.2.8/32":      {"203.0.113.1, 192.0.2.8"},
		"192.0.2.7/32":      {"203.0.113.1", "192.0.2.7"}, // a proxy that adds a line of its own
		"2001:db8:1:2::/64": {"203.0.113.1, 203.0.113.2", "2001:db8:1:2:3:4:5:6"},
		"198.51.100.1/32":   nil,
	} {
		s := &Server{cfg: Config{BehindProxy: true}}
		r := &http.Request{RemoteAddr: "198.51.100.1:1234", Header: http.Header{"X-Forwarded-For": lines}}
		if got := s.address(r).String(); got != want {
			t.Errorf("%q: %s, want %s", lines, got, want)
		}
	}
}

// one is a listener that hands out one connection.
type one struct {
	conn chan net.Conn
	net.Listener
}

func (l one) Accept() (net.Conn, error) {
	if c, ok := <-l.conn; ok {
		return c, nil
	}
	return nil, net.ErrClosed
}
func (l one) Addr() net.Addr { return &net.TCPAddr{} }
func (l one) Close() error   { close(l.conn); return nil }

// TestWhatCounts: the pings of the protocol are frames, too, and a large frame is as many as it has bytes for.
func TestWhatCounts(t *testing.T) {
	files, err := assets.Load()
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		rooms := room.New(room.Config{Journal: journal.NewMemory(), NewID: newID})
		defer rooms.Close()
		server, err := New(Config{Assets: files, Rooms: rooms, FramesPerSecond: 10, Tick: time.Hour})
		if err != nil {
			t.Fatal(err)
		}
		ours, theirs := net.Pipe()
		l := one{conn: make(chan net.Conn, 1)}
		l.conn <- ours
		h := server.HTTPServer()
		go h.Serve(l)
		defer h.Close()
		conn, _, err := websocket.NewClient(theirs, &url.URL{Scheme: "ws", Host: "tandem", Path: "/ws"},
			http.Header{"Sec-Websocket-Protocol": {session.Protocol}}, 0, 0)
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			for err := error(nil); err == nil; _, _, err = conn.NextReader() {
			}
		}()
		large := []byte(`{"type":"ping","t":1,"x":"` + strings.Repeat("x", 10*frameUnit) + `"}`)
		for _, c := range []struct {
			what  string
			times int
			send  func() error // returns when the server has read it
			least time.Duration
		}{
			{"pings", 120, func() error { return conn.WriteControl(websocket.PingMessage, nil, time.Now().Add(time.Hour)) }, 9 * time.Second},
			{"large frames", 10, func() error { return conn.WriteMessage(websocket.TextMessage, large) }, 9 * time.Second},
		} {
			began := time.Now()
			for range c.times {
				if err := c.send(); err != nil {
					t.Fatal(err)
				}
			}
			if took := time.Since(began); took < c.least { // of the bubble's clock
				t.Errorf("%d %s went through in %v, at 10 a second and 20 at once", c.times, c.what, took)
			}
		}
		conn.Close()
		server.Close(t.Context()) // waits for its reader
	})
}
