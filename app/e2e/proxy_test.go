package e2e

import (
	"bytes"
	"fmt"
	"net"
	"sync"
	"time"
)

// A proxy stands between a browser and a server on the loopback, and makes the network as bad as a test wants.
type proxy struct {
	addr, target string
	listener     net.Listener
	wg           sync.WaitGroup

	mu       sync.Mutex
	delay    time.Duration // each way
	refusing bool          // connections are reset as they come
	deaf     bool          // WebSockets are reset as they come, pages pass
	silent   bool          // nothing passes any more, and nobody is told
	garble   [2]string     // once, the first is replaced by the second on its way to the browser
	pieces   int           // > 0: cut all after so many more pieces of traffic
	links    map[*link]bool
	changed  chan struct{} // closed and replaced when silent changes
}

func startProxy(target string) (*proxy, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("start a proxy: %w", err)
	}
	p := &proxy{addr: l.Addr().String(), target: target, listener: l, links: map[*link]bool{}, changed: make(chan struct{})}
	p.wg.Go(p.accept)
	return p, nil
}

func (p *proxy) stop() {
	p.listener.Close()
	p.heal()
	p.cut()
	p.wg.Wait()
}

// heal makes the network good again.
func (p *proxy) heal() {
	p.slow(0)
	p.spoil("", "")
	p.refuse(false)
	p.refuseSockets(false)
	p.vanish(false)
	p.cutAfter(0)
}

func (p *proxy) accept() {
	for {
		near, err := p.listener.Accept()
		if err != nil {
			return
		}
		p.mu.Lock()
		refusing := p.refusing
		p.mu.Unlock()
		if refusing {
			reset(near)
			continue
		}
		far, err := net.Dial("tcp", p.target)
		if err != nil {
			reset(near)
			continue
		}
		p.mu.Lock()
		l := &link{near: near, far: far}
		p.links[l] = true
		p.mu.Unlock()
		p.wg.Go(func() { p.pipe(l, far, near) })
		p.wg.Go(func() { p.pipe(l, near, far) })
	}
}

// A link is one connection through the proxy.
type link struct {
	near, far    net.Conn // to the browser, to the server
	socket, late bool     // guarded by the proxy's mu: it is a WebSocket's; what is under way to the server comes late
}

type piece struct {
	due  time.Time
	data []byte
}

// pipe copies one way. Reading goes on while pieces wait for their time, so the delay takes no bandwidth.
func (p *proxy) pipe(l *link, to, from net.Conn) {
	waiting := make(chan piece, 4096)
	p.wg.Go(func() {
		defer p.drop(l, to)
		for w := range waiting {
			wait(time.Until(w.due))
			if p.isLate(l) {
				wait(lateness)
			}
			if !p.pass() {
				return
			}
			if _, err := to.Write(w.data); err != nil {
				return
			}
		}
	})
	defer close(waiting)
	defer p.drop(l, from)
	buf := make([]byte, 32<<10)
	for {
		n, err := from.Read(buf)
		if n > 0 {
			if bytes.HasPrefix(buf[:n], []byte("GET /ws")) && p.socket(l) {
				return
			}
			data := append([]byte(nil), buf[:n]...)
			p.mu.Lock()
			due := time.Now().Add(p.delay)
			if i := bytes.Index(data, []byte(p.garble[0])); from == l.far && p.garble[0] != "" && i >= 0 {
				copy(data[i:], p.garble[1])
				p.garble = [2]string{}
			}
			p.mu.Unlock()
			waiting <- piece{due, data}
		}
		if err != nil {
			return
		}
	}
}

// socket notes that a connection is a WebSocket's, and tells whether it has to be refused.
func (p *proxy) socket(l *link) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	l.socket = true
	if p.deaf {
		reset(l.near)
	}
	return p.deaf
}

// pass waits while the network is silent, and counts down to a cut. It tells whether the piece may go on.
func (p *proxy) pass() bool {
	for {
		p.mu.Lock()
		silent, changed := p.silent, p.changed
		cut := false
		if !silent && p.pieces > 0 {
			p.pieces--
			cut = p.pieces == 0
		}
		p.mu.Unlock()
		if cut {
			p.cut()
			return false
		}
		if !silent {
			return true
		}
		<-changed
	}
}

func (p *proxy) drop(l *link, c net.Conn) {
	p.mu.Lock()
	if c == l.far { // the last to be dropped: what is late still has to go there
		delete(p.links, l)
	}
	p.mu.Unlock()
	c.Close()
}

// lateness is longer than a browser takes to come back.
const lateness = 600 * time.Millisecond

func (p *proxy) isLate(l *link) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return l.late
}

func wait(d time.Duration) {
	timer := time.NewTimer(d)
	<-timer.C
}

func reset(c net.Conn) {
	if tcp, ok := c.(*net.TCPConn); ok {
		tcp.SetLinger(0)
	}
	c.Close()
}

// spoil replaces a text by one of the same length, once, on its way to the browser.
func (p *proxy) spoil(text, by string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.garble = [2]string{text, by}
}

// slow sets the delay of each way.
func (p *proxy) slow(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.delay = d
}

// cut resets every connection at once; what was under way is lost. New ones are welcome.
func (p *proxy) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.pieces = 0
	for l := range p.links {
		reset(l.near)
		reset(l.far)
	}
}

// cutLate cuts the browser's ends. What was under way to the server still comes there, when the browser may have come
// back by another connection.
func (p *proxy) cutLate() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for l := range p.links {
		if l.socket {
			l.late = true
			reset(l.near)
		}
	}
}

// cutAfter cuts when n more pieces of traffic, of either direction, have come; the last of them is lost.
func (p *proxy) cutAfter(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.pieces = n
}

// refuse cuts and resets all that comes, until refuse(false).
func (p *proxy) refuse(on bool) {
	p.mu.Lock()
	p.refusing = on
	p.mu.Unlock()
	if on {
		p.cut()
	}
}

// refuseSockets cuts the WebSockets and resets new ones, until refuseSockets(false). Pages still load.
func (p *proxy) refuseSockets(on bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.deaf = on
	for l := range p.links {
		if on && l.socket {
			reset(l.near)
			reset(l.far)
		}
	}
}

// vanish lets nothing pass any more and tells nobody, as when a laptop loses its network.
func (p *proxy) vanish(on bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.silent = on
	close(p.changed)
	p.changed = make(chan struct{})
}
