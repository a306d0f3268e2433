package journal

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"github.com/nats-io/nats.go"
)

const earBuffer = 64 << 10 // messages waiting for followers; beyond it they are told that they missed some

// ears are all who follow or subscribe through one Store: one goroutine and one buffer for all of them,
// since a subscription with a goroutine of its own would cost every open session some.
type ears struct {
	in   chan *nats.Msg
	wake chan struct{} // 1 deep
	quit chan struct{}

	mu     sync.Mutex
	m      map[string]map[*ear]struct{} // by subject; the session's or the relay's
	subs   map[string]*nats.Subscription
	notes  []Note // of our own making: Missed and Gone
	closed bool
}

// ear is one Follow or Subscribe.
type ear struct {
	subject string
	note    func(Note)
	relay   func([]byte)

	mu      sync.Mutex // held while it is called, so that stop can wait for that
	stopped bool
}

func (es *ears) init(buffer int) {
	es.in = make(chan *nats.Msg, buffer)
	es.wake = make(chan struct{}, 1)
	es.quit = make(chan struct{})
	es.m = map[string]map[*ear]struct{}{}
	es.subs = map[string]*nats.Subscription{}
}

// Follow calls on with what other nodes do to the session ("" = to any), one note at a time, until stop. on must not
// block: it is called by the one goroutine that serves all followers. It may not call stop.
// Follow first, then Read: notes that overlap with what was read have numbers that are known already.
func (s *Store) Follow(session string, on func(Note)) (stop func(), err error) {
	subject := feedPrefix + "*"
	if session != "" {
		if err := checkName(session); err != nil {
			return nil, fmt.Errorf("follow session %s: %w", session, err)
		}
		subject = feedPrefix + session
	}
	stop, err = s.listen(&ear{subject: subject, note: on})
	if err != nil {
		return nil, fmt.Errorf("follow session %s: %w", session, s.plain(err))
	}
	return stop, nil
}

// Publish hands msg to every other node that subscribes to topic. Nothing is kept; who is not there misses it.
func (s *Store) Publish(topic string, msg []byte) error {
	err := s.ready(topic)
	if err == nil && s.engine == nil { // an embedded journal has no other nodes
		err = s.nc.Publish(relayPrefix+topic, msg)
	}
	if err != nil {
		return fmt.Errorf("relay on %s: %w", topic, s.plain(err))
	}
	return nil
}

// Subscribe calls on with what other nodes publish on topic, one message at a time, until stop. The rules of Follow's on hold.
func (s *Store) Subscribe(topic string, on func(msg []byte)) (stop func(), err error) {
	err = checkName(topic)
	if err == nil {
		stop, err = s.listen(&ear{subject: relayPrefix + topic, relay: on})
	}
	if err != nil {
		return nil, fmt.Errorf("subscribe to %s: %w", topic, s.plain(err))
	}
	return stop, nil
}

func (s *Store) listen(e *ear) (func(), error) {
	es := &s.ears
	remote := s.engine == nil
	if err := es.add(e, remote, s.nc); err != nil {
		return nil, err
	}
	if remote {
		// The server must know of it before anything is read, else a record could fall between. No lock is held: the others
		// go on hearing.
		if err := s.nc.FlushTimeout(apiTimeout); err != nil {
			es.remove(e)
			return nil, err
		}
	}
	return func() { es.remove(e) }, nil
}

// add has e called from now on, for what arrives by a subscription where the storage is remote.
func (es *ears) add(e *ear, remote bool, nc *nats.Conn) error {
	es.mu.Lock()
	defer es.mu.Unlock()
	if es.closed {
		return errClosed
	}
	if es.m[e.subject] == nil {
		if remote {
			sub, err := nc.ChanSubscribe(e.subject, es.in)
			if err != nil {
				return err
			}
			es.subs[e.subject] = sub
		}
		es.m[e.subject] = map[*ear]struct{}{}
	}
	es.m[e.subject][e] = struct{}{}
	return nil
}

// remove returns when e is not being called and never will be again.
func (es *ears) remove(e *ear) {
	es.mu.Lock()
	if set := es.m[e.subject]; set != nil {
		delete(set, e)
		if len(set) == 0 {
			delete(es.m, e.subject)
			if sub := es.subs[e.subject]; sub != nil {
				sub.Unsubscribe()
				delete(es.subs, e.subject)
			}
		}
	}
	es.mu.Unlock()
	e.mu.Lock()
	e.stopped = true
	e.mu.Unlock()
}

func (es *ears) close() {
	es.mu.Lock()
	defer es.mu.Unlock()
	if es.closed {
		return
	}
	es.closed = true
	close(es.quit)
	for _, sub := range es.subs {
		sub.Unsubscribe()
	}
}

// runEars hands everything over, in the order of its arrival.
func (s *Store) runEars() {
	es := &s.ears
	for {
		select {
		case <-es.quit:
			return
		case <-es.wake:
			es.mu.Lock()
			notes := es.notes
			es.notes = nil
			es.mu.Unlock()
			for _, n := range notes {
				es.tell(n)
			}
		case msg := <-es.in:
			s.hear(msg)
		}
	}
}

// hear opens one message, for the ears of the subscription that it came by. What this node stored itself is dropped: it knows.
func (s *Store) hear(msg *nats.Msg) {
	list := s.ears.at(msg.Sub.Subject)
	if strings.HasPrefix(msg.Subject, relayPrefix) {
		for _, e := range list {
			e.call(func() { e.relay(msg.Data) })
		}
		return
	}
	note := Note{Session: strings.TrimPrefix(msg.Subject, feedPrefix)}
	if len(msg.Data) == 0 {
		s.tails.forget(note.Session)
		note.Gone = true
	} else if e, err := unseal(msg.Data); err == nil && e.writer == s.writer {
		return
	} else if err = s.openNote(&e, note.Session, err); err != nil {
		s.log.Warn("journal: an unreadable record arrived", "session", note.Session, "error", err)
		note.Missed = true
	} else {
		note.First, note.Records = e.first, e.records
		if seq, err := strconv.ParseUint(msg.Header.Get(seqHeader), 10, 64); err == nil {
			s.tails.mark(note.Session, markHeard, place{n: e.last(), seq: seq, sum: e.sum}) // saves asking when this node appends next
		}
	}
	for _, e := range list {
		e.call(func() { e.note(note) })
	}
}

// openNote opens an entry that arrived, unless reading it has failed before.
func (s *Store) openNote(e *entry, session string, err error) error {
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(s.ctx, ackTimeout)
	defer cancel()
	key, err := s.key(ctx, session)
	if err == nil && key == nil {
		err = fmt.Errorf("%w: it was deleted meanwhile", ErrMoved)
	}
	if err != nil {
		return s.plain(err)
	}
	return e.open(key)
}

// at lists the ears on a subject.
func (es *ears) at(subject string) []*ear {
	es.mu.Lock()
	defer es.mu.Unlock()
	set := es.m[subject]
	list := make([]*ear, 0, len(set))
	for e := range set {
		list = append(list, e)
	}
	return list
}

// tell calls who follows the session and who follows all; a note without session is for everyone.
func (es *ears) tell(n Note) {
	var list []*ear
	if n.Session == "" {
		es.mu.Lock()
		for subject, set := range es.m {
			if strings.HasPrefix(subject, feedPrefix) {
				for e := range set {
					list = append(list, e)
				}
			}
		}
		es.mu.Unlock()
	} else {
		list = append(es.at(feedPrefix+n.Session), es.at(feedPrefix+"*")...)
	}
	for _, e := range list {
		if n.Session == "" {
			n.Session = strings.TrimSuffix(strings.TrimPrefix(e.subject, feedPrefix), "*")
			e.call(func() { e.note(n) })
			n.Session = ""
			continue
		}
		e.call(func() { e.note(n) })
	}
}

func (e *ear) call(f func()) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.stopped {
		f()
	}
}

// note queues a note of our own for run.
func (es *ears) note(n Note) {
	es.mu.Lock()
	es.notes = append(es.notes, n)
	es.mu.Unlock()
	poke(es.wake)
}

// missed tells every follower that records may have passed unheard: the connection was lost, or the buffer ran over.
func (es *ears) missed() {
	es.mu.Lock()
	already := false
	for _, n := range es.notes {
		already = already || n.Session == "" && n.Missed
	}
	es.mu.Unlock()
	if !already {
		es.note(Note{Missed: true})
	}
}

// missed is what to do where notes may have passed unheard, deletions among them.
func (s *Store) missed() {
	s.tails.forgetKeys()
	s.ears.missed()
}

// gone tells followers here and on other nodes that a session is no more.
func (s *Store) gone(session string) {
	s.tails.forget(session)
	s.ears.note(Note{Session: session, Gone: true})
	if s.engine == nil {
		if err := s.nc.Publish(feedPrefix+session, nil); err != nil && !errors.Is(err, nats.ErrConnectionClosed) {
			s.log.Warn("journal: other nodes were not told that a session is gone", "session", session, "error", err)
		}
	}
}
