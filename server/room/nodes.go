package room

import (
	"sync"
	"time"
)

// How nodes know of each other. A node is one server process; those that share a journal serve any session together.
const (
	beat     = 2 * time.Second       // between signs of life of a node, and between a room's looks at who is where
	silence  = 6 * time.Second       // after which a node counts as gone: with a beat and the grace, its people are within 15 s
	aliveOn  = "nodes"               // the topic of signs of life; no session's id is that short
	hearWait = 20 * time.Millisecond // for what another node appended to be heard
	maxHeard = 4 << 20               // bytes that may wait for a room; beyond it the room reads what it missed
)

// Nodes is how this node hears of the others with which it shares the journal. What is called must not block and may not
// call stop; one goroutine calls it at a time.
type Nodes interface {
	// Follow calls on with what other nodes do to a session's log.
	Follow(session string, on func(Note)) (stop func(), err error)
	// Publish hands a message to every other node that subscribes to the topic. It may be lost.
	Publish(topic string, message []byte) error
	Subscribe(topic string, on func(message []byte)) (stop func(), err error)
}

// A Note tells what another node did to a session's log.
type Note struct {
	Session string
	First   int64    // number of the first of Records
	Records [][]byte // in order; they may be kept
	Missed  bool     // records may have been missed
	Gone    bool     // the session is no more
}

// A census is which nodes live.
type census struct {
	stop chan struct{} // ends the goroutine that gives signs of life; nil where there are no other nodes

	mu sync.Mutex
	// Guarded by mu.
	heard  map[string]time.Time // by node; when it last gave a sign of life
	deafAt time.Time            // when this node was last seen to be cut off
}

// join begins to give signs of life. Where it can't listen for those of others it is tried again.
func (rs *Rooms) join() {
	if rs.cfg.Nodes == nil {
		return
	}
	rs.node = rs.cfg.NewID()
	rs.census.heard = map[string]time.Time{}
	rs.census.stop = make(chan struct{})
	rs.running.Go(rs.live)
}

func (rs *Rooms) live() {
	tick := time.NewTicker(beat)
	defer tick.Stop()
	var unsubscribe func()
	defer func() {
		if unsubscribe != nil {
			unsubscribe()
		}
	}()
	for {
		if unsubscribe == nil {
			var err error
			if unsubscribe, err = rs.cfg.Nodes.Subscribe(aliveOn, func(node []byte) { rs.heardOf(string(node)) }); err != nil {
				rs.cfg.Log.Warn("other nodes are not heard", "error", err)
			}
		}
		// A sign that is lost is one of three.
		_ = rs.cfg.Nodes.Publish(aliveOn, []byte(rs.node))
		rs.deaf() // also where no room looks
		select {
		case <-tick.C:
		case <-rs.census.stop:
			return
		}
	}
}

// heardOf notes a sign of life.
func (rs *Rooms) heardOf(node string) {
	rs.census.mu.Lock()
	defer rs.census.mu.Unlock()
	rs.census.heard[node] = time.Now()
}

// alive tells whether a node gave a sign of life lately.
func (rs *Rooms) alive(node string) bool {
	rs.census.mu.Lock()
	defer rs.census.mu.Unlock()
	at, ok := rs.census.heard[node]
	if ok && time.Since(at) > silence {
		delete(rs.census.heard, node)
		ok = false
	}
	return ok
}

// deaf says that this node itself is cut off, so that others' silence says nothing of them. It notes that for outage.
func (rs *Rooms) deaf() bool {
	if rs.cfg.Journal.Healthy() == nil {
		return false
	}
	rs.census.mu.Lock()
	defer rs.census.mu.Unlock()
	rs.census.deafAt = time.Now()
	return true
}

// outage tells whether this node is cut off, or was it so lately that nobody had the time to come back since.
func (rs *Rooms) outage() bool {
	if rs.deaf() {
		return true
	}
	rs.census.mu.Lock()
	defer rs.census.mu.Unlock()
	return time.Since(rs.census.deafAt) < rs.cfg.Grace
}
