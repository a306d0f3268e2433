// Package room is the live session: it puts what people do in one order, stores it and hands it to everybody who
// is there. It knows nothing of HTTP; connections come in as Conn.
//
// Each live session has one goroutine, which owns the session's state and waits for the journal and for nothing else.
package room

import (
	"cmp"
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"log/slog"
	"sync"
	"time"

	"tandem/shared/session"
)

// Journal is where a session's log is stored.
type Journal interface {
	// AppendLate stores records as numbers after+1, after+2, … of the session's log, all or none, and returns when they
	// are stored. It calls late at most once, from any goroutine, when it is about to store what that names. An error
	// with Moved() bool says that somebody else appended in between. After any other error it is not known whether the
	// records are stored.
	AppendLate(ctx context.Context, session string, after int64, late func() [][]byte) error
	// Read calls each with every record after the given number, in order.
	Read(ctx context.Context, session string, after int64, each func(n int64, record []byte) error) error
	// Last tells the number of the session's last record; 0 where there is no such session.
	Last(ctx context.Context, session string) (int64, error)
	// Healthy is nil while records can be stored.
	Healthy() error
}

// Config says where rooms keep their logs and how patient they are. Zero values take the defaults named here.
type Config struct {
	Journal   Journal
	Nodes     Nodes         // nil: no other node shares the journal
	NewID     func() string // makes ids and keys that nobody can guess
	Log       *slog.Logger
	MaxPeople int           // connected to one session at a time: session.MaxPeople
	Grace     time.Duration // how long somebody whose connection vanished stays on the list: 4 s
	Idle      time.Duration // how long a room outlives its last person: 1 min
	Patience  time.Duration // how long the journal may take to store or read: 10 s
	RunMS     int           // milliseconds that a run may take, as told to clients: 10,000
}

// closeWithin is how long the journal may still take to store what was asked before a stop. What it didn't store by then
// was not acknowledged, so that clients bring it again.
const closeWithin = 2 * time.Second

// Rooms holds the live sessions of this server.
type Rooms struct {
	cfg     Config
	counts  counts
	node    string // this node's name among the others
	census  census
	running sync.WaitGroup  // the rooms' goroutines
	ctx     context.Context // ends some time after Close
	cancel  context.CancelFunc

	mu sync.Mutex
	// Guarded by mu.
	open    map[string]*Room
	stopped bool
}

var (
	errClosed   = errors.New("the room is closed")
	errStopping = errors.New("the server is stopping")
	errFailed   = errors.New("the room failed")
)

// What callers tell apart.
var (
	ErrNoSession  = errors.New("no such session")
	ErrNotAllowed = errors.New("that is not the interviewer's key")
)

// New makes an empty registry. Close it to end its rooms.
func New(cfg Config) *Rooms {
	cfg.MaxPeople = cmp.Or(cfg.MaxPeople, session.MaxPeople)
	cfg.Grace = cmp.Or(cfg.Grace, 4*time.Second)
	cfg.Idle = cmp.Or(cfg.Idle, time.Minute)
	cfg.Patience = cmp.Or(cfg.Patience, 10*time.Second)
	cfg.RunMS = cmp.Or(cfg.RunMS, 10_000)
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	rs := &Rooms{cfg: cfg, open: map[string]*Room{}}
	rs.ctx, rs.cancel = context.WithCancel(context.Background())
	rs.join()
	return rs
}

// Connect makes a peer of a connection. Its first frame must be a create or a join; allow is asked before one is
// carried out, and says false where this address has had enough of them.
func (rs *Rooms) Connect(conn Conn, allow func(session.Kind) bool) *Peer {
	return &Peer{rooms: rs, conn: conn, allow: allow}
}

// Open tells how many sessions are live.
func (rs *Rooms) Open() int {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	return len(rs.open)
}

// Ready is nil while the journal is healthy and the server is not stopping.
func (rs *Rooms) Ready() error {
	rs.mu.Lock()
	stopped := rs.stopped
	rs.mu.Unlock()
	if stopped {
		return errStopping
	}
	return rs.cfg.Journal.Healthy() // that one session has trouble with its log is not the server's
}

// Close ends every room: what was sent before is stored, everybody is told to come back. Nothing opens afterwards.
func (rs *Rooms) Close() {
	rs.mu.Lock()
	if !rs.stopped {
		rs.stopped = true
		if rs.census.stop != nil {
			close(rs.census.stop)
		}
		for _, r := range rs.open {
			close(r.stop)
		}
	}
	rs.mu.Unlock()
	late := time.AfterFunc(closeWithin, rs.cancel)
	rs.running.Wait()
	late.Stop()
	rs.cancel()
}

// room gives the live room of a session and starts it if need be; whether there is such a session shows when it has
// opened. first begins the log of a new session, and is nil for one that should be there.
func (rs *Rooms) room(id string, first *session.Create) (*Room, error) {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	if rs.stopped {
		return nil, errStopping
	}
	if r := rs.open[id]; r != nil {
		return r, nil
	}
	r := newRoom(rs, id, first)
	rs.open[id] = r
	rs.running.Go(r.run)
	return r, nil
}

// release forgets a room that wants to end. It says false where somebody is on the way in.
func (rs *Rooms) release(r *Room) bool {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	if len(r.inbox()) > 0 {
		return false
	}
	delete(rs.open, r.id)
	return true
}

// forget drops a room that ended.
func (rs *Rooms) forget(r *Room) {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	if rs.open[r.id] == r {
		delete(rs.open, r.id)
	}
}

// newSession makes up a session: the first event of its log, and the interviewer's key.
func (rs *Rooms) newSession(req session.CreateRequest) (first *session.Create, key string) {
	key = rs.cfg.NewID()
	return &session.Create{
		Session:  rs.cfg.NewID(),
		Title:    session.CleanTitle(req.Title),
		Language: cmp.Or(req.Language, session.Languages[0].ID),
		Epoch:    rs.cfg.NewID(),
		Lock:     lockOf(key),
	}, key
}

// lockOf is what the log keeps of a key: enough to recognise it, not to know it.
func lockOf(key string) string {
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:])
}

// opens tells whether a key is the one that the log knows, in a time that says nothing of how near it is.
func opens(key, lock string) bool {
	return key != "" && subtle.ConstantTimeCompare([]byte(lockOf(key)), []byte(lock)) == 1
}

func isMoved(err error) bool {
	var m interface{ Moved() bool }
	return errors.As(err, &m) && m.Moved()
}
