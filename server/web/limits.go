package web

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	"tandem/shared/session"
)

// A bucket holds up to burst tokens and gains rate of them a second.
type bucket struct {
	tokens float64
	at     time.Time
}

// take takes a token; where there is none it tells how long until there is.
func (b *bucket) take(now time.Time, rate, burst float64) time.Duration {
	if b.at.IsZero() {
		b.tokens = burst
	} else {
		b.tokens = min(burst, b.tokens+now.Sub(b.at).Seconds()*rate)
	}
	b.at = now
	if b.tokens < 1 {
		return time.Duration((1-b.tokens)/rate*float64(time.Second)) + 1 // rounded up
	}
	b.tokens--
	return 0
}

// wait takes a token as soon as there is one.
func (b *bucket) wait(rate, burst float64) {
	for left := b.take(time.Now(), rate, burst); left > 0; left = b.take(time.Now(), rate, burst) {
		time.Sleep(left)
	}
}

// maxAddresses is how many addresses a limit remembers before those that were quiet for a minute are forgotten.
const maxAddresses = 10_000

// A limit is so many a minute for each address.
type limit struct {
	perMinute float64

	mu sync.Mutex
	// Guarded by mu.
	buckets map[netip.Prefix]*bucket
	swept   time.Time
}

func (l *limit) allow(from netip.Prefix, now time.Time) bool {
	if l.perMinute <= 0 {
		return true
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.buckets) > maxAddresses && now.Sub(l.swept) > time.Second {
		l.swept = now
		for a, b := range l.buckets {
			if now.Sub(b.at) > time.Minute {
				delete(l.buckets, a) // full again, like one that isn't there
			}
		}
	}
	b := l.buckets[from]
	if b == nil {
		b = &bucket{}
		l.buckets[from] = b
	}
	return b.take(now, l.perMinute/60, l.perMinute) == 0
}

// limits are those that hold for an address.
type limits struct{ sessions, joins *limit }

func newLimits(cfg Config) limits {
	of := func(n int) *limit { return &limit{perMinute: float64(n), buckets: map[netip.Prefix]*bucket{}} }
	return limits{sessions: of(cfg.SessionsPerMinute), joins: of(cfg.JoinsPerMinute)}
}

func (l limits) allow(kind session.Kind, from netip.Prefix) bool {
	if kind == session.KindCreate {
		return l.sessions.allow(from, time.Now())
	}
	return l.joins.allow(from, time.Now())
}

// address is whom limits count: a client's IPv4 address, or its IPv6 network.
func (s *Server) address(r *http.Request) netip.Prefix {
	text, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		text = r.RemoteAddr
	}
	if s.cfg.BehindProxy {
		chain := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",") // each proxy adds to the line, or adds one
		if last := strings.TrimSpace(chain[len(chain)-1]); last != "" {
			text = last
		}
	}
	a, err := netip.ParseAddr(text)
	if err != nil {
		return netip.Prefix{}
	}
	a = a.Unmap().WithZone("")
	bits := 32
	if a.Is6() {
		bits = 64
	}
	p, _ := a.Prefix(bits)
	return p
}
