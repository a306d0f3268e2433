package web

import (
	"errors"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"

	"tandem/server/room"
	"tandem/shared/session"
)

const (
	tick      = 2500 * time.Millisecond // between looks at a connection; one that was silent for a tick is pinged
	maxSilent = 2                       // such ticks in a row: with the room's grace, who vanished is gone within 15 s
	maxIdle   = 5                       // ticks until a connection must have joined a session
	bufSize   = 512                     // bytes of a connection's read buffer: several keystrokes
	burst     = 2                       // seconds' worth of frames that may come at once
	frameUnit = 8 << 10                 // bytes of a frame that count as one: else one connection could fill the disk
)

// A socket is one connection: a goroutine reads it, and whoever wakes it writes.
type socket struct {
	server *Server
	conn   *websocket.Conn
	peer   *room.Peer
	out    outlet
	timer  *time.Timer

	heard  atomic.Bool // something came since the last tick, or was taken by a connection that was full
	turns  bucket      // belongs to the reader
	silent int         // ticks; belongs to the timer
	ticks  int         // belongs to the timer
	closed atomic.Bool
}

// frames holds what is being read.
var frames = sync.Pool{New: func() any { b := make([]byte, 0, 4<<10); return &b }}

func (s *Server) serveSocket(w http.ResponseWriter, r *http.Request) {
	if !s.admit() {
		http.Error(w, "The server is stopping.", http.StatusServiceUnavailable)
		return
	}
	up := websocket.Upgrader{ReadBufferSize: bufSize, WriteBufferSize: bufSize, WriteBufferPool: &writeBuffers, CheckOrigin: s.sameOrigin}
	offered := websocket.Subprotocols(r)
	chosen, known := choose(offered)
	header := http.Header{}
	if chosen != "" {
		header.Set("Sec-Websocket-Protocol", chosen)
	}
	conn, err := up.Upgrade(w, r, header)
	if err != nil {
		s.sockets.Done()
		s.cfg.Log.Debug("no socket", "error", err)
		return
	}
	k := &socket{server: s, conn: conn}
	from := s.address(r)
	k.peer = s.cfg.Rooms.Connect(k, func(kind session.Kind) bool { return s.allow(kind, from) })
	k.out.conn = conn.NetConn()
	k.out.raw = rawConn(conn.NetConn())
	conn.SetPingHandler(func(data string) error {
		k.out.control(websocket.PongMessage, []byte(data))
		k.Wake()
		k.pace(len(data))
		return nil
	})
	conn.SetPongHandler(func(string) error { k.heard.Store(true); k.pace(0); return nil })
	conn.SetCloseHandler(func(int, string) error { return nil })
	k.timer = time.AfterFunc(time.Hour, k.look)
	k.timer.Reset(s.cfg.Tick) // not before look can see it
	s.mu.Lock()
	s.open[k] = struct{}{}
	stopping := s.stopping
	s.mu.Unlock()
	if !known {
		k.peer.End(session.CloseVersion)
	} else if stopping {
		k.peer.End(session.CloseStopping)
	}
	// Leaving the handler gives back the memory that net/http holds for the request.
	go k.read()
}

// admit counts one more connection, unless the server is stopping. Whoever closes it counts it out.
func (s *Server) admit() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.stopping {
		s.sockets.Add(1)
	}
	return !s.stopping
}

// writeBuffers serves gorilla's own writes, which are none but errors of the protocol.
var writeBuffers sync.Pool

// choose picks our protocol from what a client offers. One that speaks another is answered in its own, since a browser
// would not show its page the close code otherwise.
func choose(offered []string) (chosen string, known bool) {
	for _, p := range offered {
		if p == session.Protocol {
			return p, true
		}
	}
	if len(offered) > 0 {
		return offered[0], false
	}
	return "", false
}

func (s *Server) allow(kind session.Kind, from netip.Prefix) bool {
	ok := s.limits.allow(kind, from)
	if !ok {
		s.cfg.Log.Warn("over the limit", "kind", kind, "address", from.String())
	}
	return ok
}

// sameOrigin refuses sockets that a page of somebody else opens. Programs send no Origin.
func (s *Server) sameOrigin(r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if origin == "" {
		return true
	}
	for _, o := range s.cfg.Origins {
		if strings.EqualFold(strings.TrimSuffix(o, "/"), origin) {
			return true
		}
	}
	u, err := url.Parse(origin)
	return err == nil && strings.EqualFold(u.Host, r.Host)
}

// read hands every frame to the peer until the connection ends.
func (k *socket) read() {
	clean := false
	defer func() {
		if v := recover(); v != nil {
			k.server.cfg.Log.Error("connection failed", "panic", v, "stack", string(debug.Stack()))
		}
		k.peer.Gone(clean)
		k.finish()
	}()
	for {
		frame, err := k.next()
		if err != nil {
			var e *websocket.CloseError
			if errors.As(err, &e) {
				clean = e.Code == websocket.CloseNormalClosure || e.Code == websocket.CloseGoingAway
				k.peer.End(session.CloseLeft) // the answer that the other side waits for
			}
			return
		}
		if len(*frame) > session.MaxFrame {
			k.peer.End(session.CloseBadFrame)
		} else {
			k.peer.Receive(*frame)
		}
		size := len(*frame)
		recycle(frame)
		k.pace(size)
	}
}

// pace takes the turns of a frame, but not so many that a stop has to wait for it; the rest waits in the client's own
// connection.
func (k *socket) pace(size int) {
	rate := float64(k.server.cfg.FramesPerSecond)
	for n := min(1+size/frameUnit, int(rate)*burst); n > 0; n-- {
		k.turns.wait(rate, rate*burst)
	}
}

// next reads one frame, and no more than tells that it is too long.
func (k *socket) next() (*[]byte, error) {
	kind, r, err := k.conn.NextReader()
	if err != nil {
		return nil, err
	}
	frame := frames.Get().(*[]byte)
	b := (*frame)[:0]
	for {
		if len(b) == cap(b) {
			b = append(b, 0)[:len(b)]
		}
		n, err := r.Read(b[len(b):cap(b)])
		b = b[:len(b)+n]
		k.heard.Store(true)
		if err == io.EOF || len(b) > session.MaxFrame {
			break
		}
		if err != nil {
			return nil, err
		}
	}
	if kind != websocket.TextMessage {
		b = append(b[:0], "binary"...) // which is not understood
	}
	*frame = b
	return frame, nil
}

func recycle(frame *[]byte) {
	if cap(*frame) <= 64<<10 {
		frames.Put(frame)
	}
}

// look runs at each tick: it pings who is silent and drops who stays so.
func (k *socket) look() {
	if k.closed.Load() {
		return
	}
	k.ticks++
	if k.ticks == maxIdle && !k.peer.Joined() {
		k.peer.End(session.CloseBadFrame)
	}
	if k.heard.Swap(false) {
		k.silent = 0
	} else if k.silent++; k.silent > maxSilent {
		k.conn.NetConn().Close()
		return
	} else {
		k.out.control(websocket.PingMessage, nil)
		k.Wake()
	}
	k.timer.Reset(k.server.cfg.Tick)
}

// finish gives everything back; the reader calls it at its end.
func (k *socket) finish() {
	k.closed.Store(true)
	k.timer.Stop()
	k.closeIdle()
	k.server.mu.Lock()
	delete(k.server.open, k)
	k.server.mu.Unlock()
}
