package browser

import (
	"encoding/json"
	"errors"
	"strings"

	"tandem/shared/session"
)

// A journal is the log of a practice pad, shared by all tabs of this device. Its answers come later, at any time.
type journal interface {
	// read gives what follows a rev: the records, and a fold to begin with if they don't go so far back.
	read(after int64, done func(padLog, error))
	// append stores records behind a rev; not stored: that rev is not the last any more.
	append(after int64, records []string, done func(stored bool, err error))
	// fold puts a state in place of all records up to its rev.
	fold(rev int64, state string)
	// relay hands a frame to the other tabs.
	relay(frame string)
	close()
}

type padLog struct {
	Fold   *session.State  `json:"fold"`
	Events []session.Event `json:"log"`

	size int // bytes of Events, about
}

func readLog(data string) (l padLog, err error) {
	err = json.Unmarshal([]byte(data), &l)
	l.size = len(data)
	return l, err
}

var errJournal = errors.New("the page's database does not answer")

// shelf is the journal in the page's database: see assets/page/journal.js.
type shelf struct {
	handle object
	heard  callback
}

// openShelf opens the journal of a pad; hear is told what other tabs relay, and nothing at all when they append.
func openShelf(id string, hear func(frame string)) *shelf {
	s := &shelf{heard: listen(func(args []object) { hear(first(args).str()) })}
	s.handle = seam("journal").call("open", id, s.heard)
	return s
}

func (s *shelf) read(after int64, done func(padLog, error)) {
	s.handle.call("read", after).then(func(v object) {
		if !v.isString() {
			done(padLog{}, errJournal)
			return
		}
		done(readLog(v.str()))
	})
}

func (s *shelf) append(after int64, records []string, done func(stored bool, err error)) {
	s.handle.call("append", after, strings.Join(records, "\n")).then(func(v object) {
		if !v.isString() {
			done(false, errJournal)
			return
		}
		done(v.str() == "stored", nil)
	})
}

func (s *shelf) fold(rev int64, state string) { s.handle.call("fold", rev, state) }
func (s *shelf) relay(frame string)           { s.handle.call("relay", frame) }

func (s *shelf) close() {
	s.handle.call("close")
	s.heard.release()
}

// memory is the journal where the browser has no database for us: it lasts as long as the page.
type memory struct {
	base    int64 // rev of the state
	state   string
	records []string
	others  []func(frame string)
}

func (m *memory) read(after int64, done func(padLog, error)) {
	fold, records := "null", m.records
	if after < m.base {
		fold = m.state
	} else {
		records = records[min(after-m.base, int64(len(records))):]
	}
	done(readLog(`{"fold":` + fold + `,"log":[` + strings.Join(records, ",") + `]}`))
}

func (m *memory) append(after int64, records []string, done func(stored bool, err error)) {
	if after != m.base+int64(len(m.records)) {
		done(false, nil)
		return
	}
	m.records = append(m.records, records...)
	done(true, nil)
}

func (m *memory) fold(rev int64, state string) {
	if rev > m.base {
		m.records = m.records[rev-m.base:]
		m.base, m.state = rev, state
	}
}

func (m *memory) relay(string) {}
func (m *memory) close()       {}
