package web

import (
	"encoding/binary"
	"net"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/gorilla/websocket"

	"tandem/shared/session"
)

const (
	writeWait  = 10 * time.Second // for a blocked connection to take …
	writePart  = 64 << 10         // … so many bytes: the state of a long session may take a slow line minutes
	linger     = time.Second      // for the other side to answer a close
	maxControl = 1 << 10          // bytes of pings and pongs that may wait
	keepBuf    = 64 << 10         // larger buffers are not kept for reuse
)

// An outlet writes a connection's frames. It has no goroutine of its own while the connection takes what it is
// given: whoever wakes it writes, as far as that goes without waiting, and only then does a goroutine wait for the
// rest. At an interview's pace waking goroutines is what costs, not the work.
type outlet struct {
	conn  net.Conn
	raw   syscall.RawConn // nil where one can't write without waiting
	state atomic.Int32    // idle, writing, or writing with more to look for

	mu sync.Mutex
	// Guarded by mu.
	controls []byte // frames of pings and pongs

	// The fields below belong to the one who is writing.
	taken [][]byte
	ended bool
}

const (
	idle = iota
	writing
	more
)

var buffers = sync.Pool{New: func() any { b := make([]byte, 0, 4<<10); return &b }}

// Wake writes what waits, or lets the one who is writing know that there is more.
func (k *socket) Wake() {
	o := &k.out
	for {
		switch o.state.Load() {
		case idle:
			if o.state.CompareAndSwap(idle, writing) {
				k.flush()
				return
			}
		case writing:
			if o.state.CompareAndSwap(writing, more) {
				return
			}
		default:
			return
		}
	}
}

// flush writes until nothing waits. The caller has made the state writing, and it is idle again afterwards, unless a
// goroutine was started to wait.
func (k *socket) flush() {
	o := &k.out
	for {
		buf := buffers.Get().(*[]byte)
		*buf = k.gather((*buf)[:0])
		rest := writeNow(o.raw, *buf)
		if len(rest) > 0 {
			go k.wait(buf, rest) // until the connection takes it, or is closed
			return
		}
		put(buf)
		if k.rested() {
			return
		}
	}
}

// wait writes what the connection did not take at once, and whatever came meanwhile.
func (k *socket) wait(buf *[]byte, rest []byte) {
	o := &k.out
	for {
		for len(rest) > 0 {
			n := min(len(rest), writePart)
			o.conn.SetWriteDeadline(time.Now().Add(writeWait))
			if _, err := o.conn.Write(rest[:n]); err != nil {
				o.conn.Close() // and the reader notices
				o.ended = true
				break
			}
			k.heard.Store(true) // a ping waits behind all this, and so would its answer
			rest = rest[n:]
		}
		o.conn.SetWriteDeadline(time.Time{}) // once it has passed, nothing more is written at once
		put(buf)
		if k.rested() {
			return
		}
		buf = buffers.Get().(*[]byte)
		*buf = k.gather((*buf)[:0])
		rest = *buf
	}
}

// rested makes the state idle, unless there is more to write.
func (k *socket) rested() bool {
	if k.out.state.CompareAndSwap(writing, idle) {
		if k.closed.Load() {
			k.closeIdle()
		}
		return true
	}
	k.out.state.Store(writing)
	return false
}

// closeIdle closes the connection if nobody is writing; the one who is does it afterwards.
func (k *socket) closeIdle() {
	if k.out.state.CompareAndSwap(idle, writing) { // for good
		k.out.conn.Close()
		k.server.sockets.Done()
	}
}

// gather appends all that waits, as frames; a close is the last.
func (k *socket) gather(dst []byte) []byte {
	o := &k.out
	o.mu.Lock()
	dst = append(dst, o.controls...)
	o.controls = nil
	o.mu.Unlock()
	var end int
	o.taken, end = k.peer.Take(o.taken[:0])
	if o.ended {
		clear(o.taken)
		return dst[:0]
	}
	for _, f := range o.taken {
		dst = append(appendHeader(dst, websocket.TextMessage, len(f)), f...)
	}
	clear(o.taken)
	if cap(o.taken) > 64 {
		o.taken = nil
	}
	if end != 0 {
		o.ended = true
		message := websocket.FormatCloseMessage(end, session.CloseReason(end))
		dst = append(appendHeader(dst, websocket.CloseMessage, len(message)), message...)
		// The reader waits for the answer, and closes. Closing here might make the kernel drop what we said.
		o.conn.SetReadDeadline(time.Now().Add(linger))
	}
	return dst
}

// control queues a ping or a pong.
func (o *outlet) control(kind int, data []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.controls)+len(data) <= maxControl {
		o.controls = append(appendHeader(o.controls, kind, len(data)), data...)
	}
}

// appendHeader begins a frame from a server: final, not masked.
func appendHeader(dst []byte, kind, size int) []byte {
	dst = append(dst, 0x80|byte(kind))
	switch {
	case size < 126:
		return append(dst, byte(size))
	case size < 1<<16:
		return binary.BigEndian.AppendUint16(append(dst, 126), uint16(size))
	}
	return binary.BigEndian.AppendUint64(append(dst, 127), uint64(size))
}

func put(buf *[]byte) {
	if cap(*buf) <= keepBuf {
		buffers.Put(buf)
	}
}
