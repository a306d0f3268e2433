package main

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"tandem/shared/client"
	"tandem/shared/ot"
	"tandem/shared/session"
)

const typingEvery = 100 * time.Millisecond // of one person

var clientNumber atomic.Int64

// A typist is a person's page without the page: the real client over a real socket. After a broken connection it
// tries the next server.
type typist struct {
	t      *testing.T
	name   string
	letter string // what only this one types
	addrs  []string
	every  time.Duration // between letters

	typing atomic.Bool
	typed  atomic.Int64 // letters
	acks   atomic.Int64
	acked  atomic.Int64 // Unix nanoseconds of the last ack
	gap    atomic.Int64 // longest nanoseconds between acks

	mu sync.Mutex
	// Guarded by mu.
	c      *client.Client
	editor *ot.Text
	conn   *websocket.Conn
	err    error

	in   chan arrival
	quit chan struct{}
	done sync.WaitGroup
}

// An arrival is what a connection said, or its end.
type arrival struct {
	conn  *websocket.Conn
	frame []byte
	code  int
}

func newTypist(t *testing.T, name string, addrs []string, id string) *typist {
	n := clientNumber.Add(1)
	y := &typist{t: t, name: name, letter: string(rune('①' + n)), addrs: addrs, every: typingEvery, editor: &ot.Text{}, in: make(chan arrival, 1000), quit: make(chan struct{})}
	y.c = client.New(y, client.Config{Client: fmt.Sprint("typist-", n), Session: id, Name: name, Seed: uint64(n)})
	y.done.Go(y.live)
	t.Cleanup(func() {
		close(y.quit)
		y.done.Wait()
		if y.err != nil {
			t.Errorf("%s: %v", name, y.err)
		}
	})
	return y
}

func clock() int64 { return time.Now().UnixMilli() }

// The client's host. What is called here is called with mu held.

func (y *typist) Send(frame []byte) {
	if y.conn != nil {
		y.conn.WriteMessage(websocket.TextMessage, frame) // its reader notices where that fails
	}
}

func (y *typist) Apply(op ot.Op, _ []session.Range) { y.note(y.editor.Apply(op)) }
func (y *typist) Changed(client.Change)             {}
func (y *typist) Stop(string)                       {}
func (y *typist) Input(string, string)              {}

func (y *typist) note(err error) {
	if err != nil && y.err == nil {
		y.err = err
	}
}

func (y *typist) live() {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	var typed time.Time
	for {
		select {
		case <-y.quit:
			y.mu.Lock()
			y.drop()
			y.mu.Unlock()
			return
		case a := <-y.in:
			y.mu.Lock()
			y.receive(a)
		case <-tick.C:
			y.mu.Lock()
			if y.typing.Load() && time.Since(typed) >= y.every {
				typed = time.Now()
				y.types()
			}
			switch reconnect, stop := y.c.Tick(clock()); {
			case reconnect:
				y.drop()
				y.connect()
			case stop:
				y.drop()
			}
		}
		y.mu.Unlock()
	}
}

func (y *typist) types() {
	n := y.editor.Len()
	op := ot.Splice(n, rand.IntN(n+1), 0, y.letter)
	if y.editor.Apply(op) == nil {
		y.note(y.c.Edit(op, "", nil, clock()))
		y.typed.Add(1)
	}
}

func (y *typist) connect() {
	addr := y.addrs[0]
	y.addrs = append(append([]string{}, y.addrs[1:]...), addr) // the next time another
	dialer := websocket.Dialer{HandshakeTimeout: time.Second}
	conn, _, err := dialer.Dial("ws://"+addr+"/ws", http.Header{"Sec-Websocket-Protocol": {session.Protocol}})
	if err != nil {
		y.c.Closed(websocket.CloseAbnormalClosure, clock())
		return
	}
	y.conn = conn
	y.done.Go(func() {
		for {
			_, frame, err := conn.ReadMessage()
			a := arrival{conn: conn, frame: frame}
			if e, ok := err.(*websocket.CloseError); ok {
				a.code = e.Code
			} else if err != nil {
				a.code = websocket.CloseAbnormalClosure
			}
			select {
			case y.in <- a:
			case <-y.quit:
				return
			}
			if err != nil {
				return
			}
		}
	})
	y.c.Opened(clock())
}

func (y *typist) drop() {
	if y.conn != nil {
		y.conn.NetConn().Close()
		y.conn = nil
	}
}

func (y *typist) receive(a arrival) {
	if a.conn != y.conn {
		return
	}
	if a.code != 0 {
		y.drop()
		y.c.Closed(a.code, clock())
		return
	}
	if strings.HasPrefix(string(a.frame), `{"type":"ack"`) {
		now := time.Now().UnixNano()
		if last := y.acked.Swap(now); last != 0 {
			y.gap.Store(max(y.gap.Load(), now-last))
		}
		y.acks.Add(1)
	}
	if err := y.c.Receive(a.frame, clock()); err != nil {
		y.note(fmt.Errorf("%w: %.200s", err, a.frame))
		y.drop()
	}
}

// gaps tells how long each person waited for an ack since it was last asked.
func gaps(people []*typist) string {
	var all []string
	for _, y := range people {
		all = append(all, time.Duration(y.gap.Swap(0)).Round(time.Millisecond).String())
	}
	return "longest between acks " + strings.Join(all, " ")
}

func locked[T any](y *typist, f func() T) T {
	y.mu.Lock()
	defer y.mu.Unlock()
	return f()
}

func (y *typist) connected() bool {
	return locked(y, func() bool { return y.c.Status().Phase == client.Connected })
}
func (y *typist) status() client.Status {
	return locked(y, y.c.Status)
}
func (y *typist) settled() bool { return locked(y, y.c.Settled) }
func (y *typist) text() string  { return locked(y, y.editor.String) }
func (y *typist) user() string  { return locked(y, y.c.You).ID }

func (y *typist) session() (id, key string) {
	y.mu.Lock()
	defer y.mu.Unlock()
	return y.c.SessionID(), y.c.Key()
}

// shows tells whether somebody is on this one's list of who is here.
func (y *typist) shows(user string) bool {
	return locked(y, func() bool { p := y.c.State().Person(user); return p != nil && p.Here })
}

// fetchLog gets a session's log as the interviewer does.
func fetchLog(t *testing.T, addr, id, key string) string {
	t.Helper()
	r, err := http.NewRequest("GET", "http://"+addr+"/api/sessions/"+id+"/log", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+key)
	a, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	log, err := io.ReadAll(a.Body)
	if err != nil || a.StatusCode != http.StatusOK {
		t.Fatalf("%d %s, %v", a.StatusCode, log, err)
	}
	return string(log)
}

// checkLog compares what everybody shows and typed with what the log says, and tells who left, and how often.
func checkLog(t *testing.T, addr, id, key string, people []*typist) (left map[string]int) {
	t.Helper()
	log := fetchLog(t, addr, id, key)
	state := folded(t, log)
	text := state.Docs[session.DocCode].String()
	for _, p := range people {
		eventually(t, p.name+" shows what the log says", 10*time.Second, func() bool { return p.text() == text })
		if n := strings.Count(text, p.letter); n != int(p.typed.Load()) {
			t.Errorf("%s typed %d letters, and %d are there", p.name, p.typed.Load(), n)
		}
	}
	seen := map[string]int{}
	left = map[string]int{}
	for line := range strings.Lines(log) {
		e, err := session.ParseEvent([]byte(line))
		if err != nil {
			t.Fatal(err)
		}
		if b, ok := e.Body.(session.Left); ok {
			left[b.User]++
		}
		if e.By != "" {
			if at := fmt.Sprint(e.By, " ", e.Seq); seen[at] > 0 {
				t.Errorf("request %s is in the log twice", at)
			} else {
				seen[at]++
			}
		}
	}
	t.Logf("%d events, %d letters", state.Rev, len([]rune(text)))
	return left
}
