package web

import (
	"net/http"
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
