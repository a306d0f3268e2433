package room

import (
	"errors"
	"sync"
	"time"

	"tandem/shared/session"
)

// maxQueue is how many bytes may wait for a peer: some seconds of a busy session over a slow line. A peer that lags
// further is cut and catches up by resuming. The largest frame does not count: it may be the state of a long session.
const maxQueue = 1 << 20

// A Conn is a peer's connection.
type Conn interface {
	// Wake says that there is something for Peer.Take. It is called by any goroutine and must not block.
	Wake()
}

// A Peer is one connection to a session and the person behind it.
type Peer struct {
	rooms *Rooms
	conn  Conn
	allow func(session.Kind) bool

	room *Room // belongs to Receive's goroutine; nil until joined

	// The fields below belong to the room's goroutine.
	user     session.User
	cursor   session.CursorChange // where the person's cursors are; empty Doc: not known
	waiting  bool                 // something was queued since the last Wake
	since    int64                // Unix milliseconds; when the peer came in
	resyncs  int                  // whole states for what did not fit, since resynced
	resynced time.Time

	mu sync.Mutex
	// Guarded by mu.
	queue [][]byte
	size  int  // bytes in queue
	most  int  // bytes of the largest frame in it
	end   int  // the close code, once the connection is to end
	in    bool // it joined a session
}

// Take gives the frames that wait, in order, appended to dst, and the code with which to close the connection after
// them, 0 while it goes on.
func (p *Peer) Take(dst [][]byte) (frames [][]byte, end int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	dst = append(dst, p.queue...)
	clear(p.queue)
	if p.queue = p.queue[:0]; cap(p.queue) > 64 {
		p.queue = nil
	}
	p.size, p.most = 0, 0
	return dst, p.end
}

// End closes the connection with a code, after what is queued. The first code counts.
func (p *Peer) End(code int) {
	p.finish(code)
	p.conn.Wake()
}

func (p *Peer) finish(code int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.end == 0 {
		p.end = code
	}
}

// push queues a frame; it does not wake the connection. It tells whether the peer lags too far and is cut.
func (p *Peer) push(frame []byte) (cut bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.end != 0 {
		return false
	}
	if p.size-p.most > maxQueue {
		p.queue, p.size, p.end = nil, 0, session.CloseTooSlow
		return true
	}
	p.queue = append(p.queue, frame)
	p.size += len(frame)
	p.most = max(p.most, len(frame))
	return false
}

// Joined tells whether the peer has come into a session.
func (p *Peer) Joined() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.in
}

func (p *Peer) ended() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.end != 0
}

// say queues a frame from outside of the room and sends it on.
func (p *Peer) say(b session.Body) {
	p.push(session.AppendEvent(nil, session.Event{Body: b}))
	p.conn.Wake()
}

// reject ends the connection for a reason that the person reads.
func (p *Peer) reject(refusal *session.Refusal, code int) {
	p.say(*refusal)
	p.End(code)
}

// Receive takes one frame from the connection. One goroutine calls it, frame by frame; it waits while the room has
// too much to do. It keeps nothing of frame.
func (p *Peer) Receive(frame []byte) {
	if p.ended() {
		return
	}
	req, err := session.ParseRequest(frame)
	var refusal *session.Refusal
	if err != nil && !errors.As(err, &refusal) {
		p.reject(&session.Refusal{Code: session.RefusedFrame, Message: "The server did not understand that."}, session.CloseBadFrame)
		return
	}
	switch b := req.Body.(type) {
	case session.Ping:
		p.say(session.Pong(b))
		return
	case session.Pong:
		return
	}
	if p.room != nil {
		p.room.send(message{peer: p, req: req, size: len(frame), refusal: refusal})
		return
	}
	if refusal != nil {
		p.say(*refusal)
		return
	}
	switch b := req.Body.(type) {
	case session.CreateRequest:
		p.create(b)
	case session.JoinRequest:
		p.join(b)
	default:
		p.reject(&session.Refusal{Code: session.RefusedFrame, Message: "Join a session first."}, session.CloseBadFrame)
	}
}

func (p *Peer) create(b session.CreateRequest) {
	if b.Language != "" {
		if _, ok := session.LookupLanguage(b.Language); !ok {
			p.say(session.Refusal{Code: session.RefusedLanguage, Message: "There is no such language."})
			return
		}
	}
	if !p.mayEnter(session.KindCreate, b.Client) {
		return
	}
	first, key := p.rooms.newSession(b)
	p.enter(session.JoinRequest{Session: first.Session, Client: b.Client, Name: b.Name, Key: key}, first)
}

func (p *Peer) join(b session.JoinRequest) {
	if !session.ValidID(b.Session) {
		p.End(session.CloseNoSession)
		return
	}
	if p.mayEnter(session.KindJoin, b.Client) {
		p.enter(b, nil)
	}
}

func (p *Peer) mayEnter(kind session.Kind, client string) bool {
	if !session.ValidID(client) {
		p.reject(&session.Refusal{Code: session.RefusedFrame, Message: "That client has no valid id."}, session.CloseBadFrame)
		return false
	}
	if p.allow != nil && !p.allow(kind) {
		p.reject(&session.Refusal{Code: session.RefusedRate, Message: session.CloseReason(session.CloseLimit)}, session.CloseLimit)
		return false
	}
	return true
}

// enter brings the peer into the room, a new one where first says so.
func (p *Peer) enter(b session.JoinRequest, first *session.Create) {
	for {
		r, err := p.rooms.room(b.Session, first)
		if err == nil {
			err = r.admit(p, b, first != nil)
		}
		switch {
		case err == nil:
			p.room = r
			p.mu.Lock()
			p.in = true
			p.mu.Unlock()
		case errors.Is(err, errClosed):
			continue // it ended for want of people just now: open it again
		case errors.Is(err, ErrNoSession):
			p.End(session.CloseNoSession)
		case errors.Is(err, errStopping):
			p.End(session.CloseStopping)
		case IsDamaged(err): // trying again does not help
			p.reject(&session.Refusal{Code: session.RefusedSave, Message: "This session is damaged where it is stored, and can't be opened. " +
				"Whoever runs the server may be able to bring it back."}, session.CloseNotAllowed)
		default:
			p.reject(&session.Refusal{Code: session.RefusedSave, Message: "The session can't be opened just now."}, session.CloseStopping)
		}
		return
	}
}

// Gone says that the connection is no more; clean if the other side closed it on purpose. Receive's goroutine calls
// it, once, after its last Receive.
func (p *Peer) Gone(clean bool) {
	p.finish(session.CloseLeft)
	if p.room != nil {
		p.room.send(message{do: func() { p.room.gone(p, clean) }})
	}
}
