package journal

import (
	"bytes"
	"context"
	"fmt"
	"sort"
	"sync"
)

// Memory is a journal that is forgotten with the process. NewMemory makes one; Join gives another node's view of it.
type Memory struct {
	store *memoryStore

	mu     sync.Mutex
	closed bool
	stops  map[int]func()
	nextID int
}

// memoryStore is what all handles of one Memory share.
type memoryStore struct {
	mu        sync.Mutex
	sessions  map[string]*memorySession
	followers map[*memoryEar]struct{}
}

type memorySession struct {
	records  [][]byte
	snapshot []byte
	at       int64 // the record that snapshot stands for
}

// memoryEar is one Follow or Subscribe: notes wait in a queue for its goroutine, so that nobody is called under a lock.
type memoryEar struct {
	owner   *Memory
	session string // "" hears all
	relay   bool

	mu    sync.Mutex
	queue []Note
	wake  chan struct{} // 1 deep
	quit  chan struct{}
	done  chan struct{}
}

// NewMemory gives an empty journal.
func NewMemory() *Memory {
	return newMemoryHandle(&memoryStore{sessions: map[string]*memorySession{}, followers: map[*memoryEar]struct{}{}})
}

func newMemoryHandle(s *memoryStore) *Memory { return &Memory{store: s, stops: map[int]func(){}} }

// Join gives a second handle on the same records, as another node would have it: each follows what the other does.
func (m *Memory) Join() *Memory { return newMemoryHandle(m.store) }

func (m *Memory) ready(session string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return errClosed
	}
	return checkName(session)
}

// Append stores records as numbers after+1, after+2, … of the session's log, all or none.
func (m *Memory) Append(ctx context.Context, session string, after int64, records [][]byte) error {
	return m.AppendLate(ctx, session, after, func() [][]byte { return records })
}

// AppendLate is Append. Here, nothing waits for its turn.
func (m *Memory) AppendLate(ctx context.Context, session string, after int64, late func() [][]byte) error {
	if err := m.ready(session); err != nil {
		return fmt.Errorf("append to session %s: %w", session, err)
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("append to session %s: %w", session, err)
	}
	records := late()
	s := m.store
	s.mu.Lock()
	defer s.mu.Unlock()
	log := s.sessions[session]
	last := int64(0)
	if log != nil {
		last = int64(len(log.records))
	}
	if after != last {
		return fmt.Errorf("append to session %s after %d, where it ends at %d: %w", session, after, last, ErrMoved)
	}
	if len(records) == 0 {
		return nil
	}
	if log == nil {
		log = &memorySession{}
		s.sessions[session] = log
	}
	kept := make([][]byte, len(records))
	for i, r := range records {
		kept[i] = bytes.Clone(r)
	}
	log.records = append(log.records, kept...)
	s.tell(m, false, Note{Session: session, First: after + 1, Records: kept})
	return nil
}

// Read calls each with every record after the given number, in order.
func (m *Memory) Read(ctx context.Context, session string, after int64, each func(n int64, record []byte) error) error {
	if err := m.ready(session); err != nil {
		return fmt.Errorf("read session %s: %w", session, err)
	}
	m.store.mu.Lock()
	var records [][]byte
	if log := m.store.sessions[session]; log != nil {
		records = log.records
	}
	m.store.mu.Unlock()
	for n := max(after, 0) + 1; n <= int64(len(records)); n++ {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("read session %s: %w", session, err)
		}
		if err := each(n, bytes.Clone(records[n-1])); err != nil {
			return err
		}
	}
	return nil
}

// Last tells the number of the session's last record; 0 where there is no such session.
func (m *Memory) Last(_ context.Context, session string) (int64, error) {
	if err := m.ready(session); err != nil {
		return 0, fmt.Errorf("find the end of session %s: %w", session, err)
	}
	m.store.mu.Lock()
	defer m.store.mu.Unlock()
	if log := m.store.sessions[session]; log != nil {
		return int64(len(log.records)), nil
	}
	return 0, nil
}

// SaveSnapshot keeps the fold of the session's records up to number n. The newest replaces those before.
func (m *Memory) SaveSnapshot(_ context.Context, session string, n int64, fold []byte) error {
	if err := m.ready(session); err != nil {
		return fmt.Errorf("save a snapshot of session %s: %w", session, err)
	}
	m.store.mu.Lock()
	defer m.store.mu.Unlock()
	log := m.store.sessions[session]
	if log == nil || n < 1 || n > int64(len(log.records)) {
		return fmt.Errorf("save a snapshot of session %s at %d: there is no such record: %w", session, n, ErrMoved)
	}
	if n >= log.at {
		log.snapshot, log.at = bytes.Clone(fold), n
	}
	return nil
}

// LoadSnapshot gives the newest fold and the number of the record it stands for; 0 where there is none.
func (m *Memory) LoadSnapshot(_ context.Context, session string) (int64, []byte, error) {
	if err := m.ready(session); err != nil {
		return 0, nil, fmt.Errorf("load the snapshot of session %s: %w", session, err)
	}
	m.store.mu.Lock()
	defer m.store.mu.Unlock()
	log := m.store.sessions[session]
	if log == nil || log.at == 0 {
		return 0, nil, nil
	}
	return log.at, bytes.Clone(log.snapshot), nil
}

// Delete forgets the session at once, here and on every node.
func (m *Memory) Delete(_ context.Context, session string) error {
	if err := m.ready(session); err != nil {
		return fmt.Errorf("delete session %s: %w", session, err)
	}
	m.store.mu.Lock()
	defer m.store.mu.Unlock()
	delete(m.store.sessions, session)
	m.store.tell(nil, false, Note{Session: session, Gone: true}) // its own followers too
	return nil
}

// Sessions lists the names of all that is stored, sorted.
func (m *Memory) Sessions(context.Context) ([]string, error) {
	m.store.mu.Lock()
	defer m.store.mu.Unlock()
	names := make([]string, 0, len(m.store.sessions))
	for name := range m.store.sessions {
		names = append(names, name)
	}
	sort.Strings(names)
	return names, nil
}

// Verify reports whether the session's records are what was appended; memory can't tell otherwise.
func (m *Memory) Verify(_ context.Context, session string) error { return m.ready(session) }

// Healthy is nil while records can be stored.
func (m *Memory) Healthy() error { return m.ready("x") }

// Follow calls on with what other nodes do to the session ("" = to any), one note at a time, until stop.
func (m *Memory) Follow(session string, on func(Note)) (stop func(), err error) {
	if session != "" {
		if err := checkName(session); err != nil {
			return nil, fmt.Errorf("follow session %s: %w", session, err)
		}
	}
	return m.listen(session, false, on)
}

// Publish hands msg to every other node that subscribes to topic. Nothing is kept; who is not there misses it.
func (m *Memory) Publish(topic string, msg []byte) error {
	if err := m.ready(topic); err != nil {
		return fmt.Errorf("relay on %s: %w", topic, err)
	}
	m.store.mu.Lock()
	defer m.store.mu.Unlock()
	m.store.tell(m, true, Note{Session: topic, Records: [][]byte{bytes.Clone(msg)}})
	return nil
}

// Subscribe calls on with what other nodes publish on topic, one message at a time, until stop.
func (m *Memory) Subscribe(topic string, on func(msg []byte)) (stop func(), err error) {
	if err := checkName(topic); err != nil {
		return nil, fmt.Errorf("subscribe to %s: %w", topic, err)
	}
	return m.listen(topic, true, func(n Note) { on(n.Records[0]) })
}

// Close ends the handle and everything that follows through it. The records stay for handles that joined.
func (m *Memory) Close() error {
	m.mu.Lock()
	m.closed = true
	stops := m.stops
	m.stops = map[int]func(){}
	m.mu.Unlock()
	for _, stop := range stops {
		stop()
	}
	return nil
}
