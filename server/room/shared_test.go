package room

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"tandem/server/journal"
	"tandem/shared/session"
)

// shared is a node's part of a journal that several nodes have. A node can be cut off from what others tell.
type shared struct {
	*journal.Memory
	mu   sync.Mutex
	deaf bool         // hears nothing
	mute bool         // tells nothing
	sick bool         // is not Healthy
	tell func(Note)   // the last who followed
	lag  atomic.Int64 // nanoseconds before an append
	slow atomic.Int64 // nanoseconds until it is answered
}

func (n *shared) AppendLate(ctx context.Context, id string, after int64, late func() [][]byte) error {
	<-time.After(time.Duration(n.lag.Load()))
	err := n.Memory.AppendLate(ctx, id, after, late)
	<-time.After(time.Duration(n.slow.Load()))
	return err
}

func (n *shared) is(what *bool) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return *what
}

func (n *shared) set(what *bool, v bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	*what = v
}

func (n *shared) Healthy() error {
	if n.is(&n.sick) {
		return errors.New("cut off")
	}
	return nil
}

func (n *shared) Follow(id string, on func(Note)) (func(), error) {
	n.mu.Lock()
	n.tell = on
	n.mu.Unlock()
	return n.Memory.Follow(id, func(note journal.Note) {
		if !n.is(&n.deaf) {
			on(Note(note))
		}
	})
}

func (n *shared) Publish(topic string, m []byte) error {
	if n.is(&n.mute) {
		return errors.New("nobody listens")
	}
	return n.Memory.Publish(topic, m)
}

func (n *shared) Subscribe(topic string, on func([]byte)) (func(), error) {
	return n.Memory.Subscribe(topic, func(m []byte) {
		if !n.is(&n.deaf) {
			on(m)
		}
	})
}

// tellNodes runs a story on three nodes; each is the same story with rooms of its own.
func tellNodes(t *testing.T, f func(a, b, c *story, nodes []*shared)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		first := journal.NewMemory()
		nodes := []*shared{{Memory: first}, {Memory: first.Join()}, {Memory: first.Join()}}
		var stories []*story
		ids := 0
		var mu sync.Mutex
		newID := func() string {
			mu.Lock()
			defer mu.Unlock()
			ids++
			return fmt.Sprintf("made-up-%d", ids)
		}
		for _, n := range nodes {
			s := &story{t: t, names: map[string]string{}, store: n}
			if len(stories) > 0 {
				s.names = stories[0].names
			}
			s.rooms = New(Config{Journal: n, Nodes: n, NewID: newID})
			stories = append(stories, s)
			defer func() {
				s.rooms.Close()
				n.Close()
			}()
		}
		synctest.Wait()
		f(stories[0], stories[1], stories[2], nodes)
	})
}

// visits makes the stories of one session.
func (s *story) visits(others ...*story) {
	for _, o := range others {
		o.id, o.key, o.owner = s.id, s.key, s.owner
	}
}

// lefts counts how often somebody left, by the log.
func (s *story) lefts(name string) int {
	s.t.Helper()
	n := 0
	if err := s.store.Read(s.t.Context(), s.id, 0, func(_ int64, record []byte) error {
		e, err := session.ParseEvent(record)
		if left, ok := e.Body.(session.Left); ok && s.names[left.User] == name {
			n++
		}
		return err
	}); err != nil {
		s.t.Fatal(err)
	}
	return n
}
