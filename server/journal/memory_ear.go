package journal

import "sync"

// tell queues a note for every other handle's ears. The caller holds s.mu, so notes arrive in the order of the log.
func (s *memoryStore) tell(from *Memory, relay bool, n Note) {
	for e := range s.followers {
		if e.owner == from || e.relay != relay || e.session != "" && e.session != n.Session {
			continue
		}
		e.mu.Lock()
		e.queue = append(e.queue, n)
		e.mu.Unlock()
		select {
		case e.wake <- struct{}{}:
		default: // awake already
		}
	}
}

// listen starts an ear and the goroutine that empties it; the returned stop waits for that goroutine.
func (m *Memory) listen(session string, relay bool, on func(Note)) (func(), error) {
	e := &memoryEar{
		owner: m, session: session, relay: relay,
		wake: make(chan struct{}, 1), quit: make(chan struct{}), done: make(chan struct{}),
	}
	m.mu.Lock()
	if m.closed {
		m.mu.Unlock()
		return nil, errClosed
	}
	id := m.nextID
	m.nextID++
	var once sync.Once
	stop := func() {
		once.Do(func() {
			m.store.mu.Lock()
			delete(m.store.followers, e)
			m.store.mu.Unlock()
			close(e.quit)
			m.mu.Lock()
			delete(m.stops, id)
			m.mu.Unlock()
		})
		<-e.done
	}
	m.stops[id] = stop
	m.mu.Unlock()

	m.store.mu.Lock()
	m.store.followers[e] = struct{}{}
	m.store.mu.Unlock()
	go e.run(on)
	return stop, nil
}

func (e *memoryEar) run(on func(Note)) {
	defer close(e.done)
	for {
		select {
		case <-e.quit:
			return
		case <-e.wake:
		}
		e.mu.Lock()
		queue := e.queue
		e.queue = nil
		e.mu.Unlock()
		for _, n := range queue {
			select {
			case <-e.quit:
				return
			default:
				on(n)
			}
		}
	}
}
