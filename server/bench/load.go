package main

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// A writer is one person of a load: what they type at the start of the text goes to the other one of their session.
// Every edit inserts one unit, so the length of the text follows from the rev.
type writer struct {
	wire  wire
	conn  *websocket.Conn
	id    string // user id
	base  int64  // the rev up to which this person has the text
	off   int64  // length of the text minus rev
	seq   int64
	acks  chan struct{}
	ahead chan struct{} // one for each edit under way, where several may be

	mu    sync.Mutex
	sent  []time.Time // by seq
	waits []time.Duration
}

// A wire is how a server is spoken to. A writer's lock is held during both.
type wire interface {
	// edit is the message that types one unit.
	edit(w *writer) (kind int, frame []byte)
	// read takes a message: the edit that it is about, and whether that is w's own; 0 if it is about none.
	read(w *writer, frame []byte) (seq int64, own bool, err error)
}

// A meeting brings two people into each of n sessions.
type meeting func(n int) ([]*writer, error)

// meet brings them together on a server of ours, on two where there are several.
func meet(nodes []*child) meeting {
	return func(n int) ([]*writer, error) {
		return pairs(n, func(i int) (a, b *writer, err error) {
			return pair(nodes[i%len(nodes)].addr, nodes[(i+1)%len(nodes)].addr, i)
		})
	}
}

func pairs(n int, pair func(i int) (a, b *writer, err error)) ([]*writer, error) {
	people := make([]*writer, 2*n)
	errs := make([]error, n)
	var wg sync.WaitGroup
	gate := make(chan struct{}, 16)
	for i := range n {
		gate <- struct{}{}
		wg.Go(func() {
			people[2*i], people[2*i+1], errs[i] = pair(i)
			<-gate
		})
	}
	wg.Wait()
	return people, errors.Join(errs...)
}

func pair(here, there string, i int) (a, b *writer, err error) {
	if a, err = dial(here); err != nil {
		return nil, nil, err
	}
	if b, err = dial(there); err != nil {
		return nil, nil, err
	}
	welcome, err := a.ask(fmt.Sprintf(`{"type":"session:create","client":"a-%d","name":"Ann"}`, i))
	if err != nil {
		return nil, nil, err
	}
	id := text(welcome, `"session":"`)
	if welcome, err = b.ask(fmt.Sprintf(`{"type":"session:join","session":"%s","client":"b-%d","name":"Bob"}`, id, i)); err != nil {
		return nil, nil, err
	}
	if _, _, err = a.conn.ReadMessage(); err != nil { // that Bob joined
		return nil, nil, err
	}
	if err := b.knows(welcome); err != nil {
		return nil, nil, err
	}
	a.base, a.off = b.base, b.off
	return a, b, nil
}

// knows takes from a welcome how long the text is, and at which rev.
func (w *writer) knows(welcome []byte) error {
	_, starter, _ := bytes.Cut(welcome, []byte(`"docs":{"code":`))
	starter, _, _ = bytes.Cut(starter, []byte(`},"users"`))
	code, err := strconv.Unquote(string(starter))
	if err != nil {
		return fmt.Errorf("read the welcome %s: %w", welcome, err)
	}
	w.base = number(welcome, `"rev":`)
	w.off = int64(len(code)) - w.base
	return nil
}

func dial(addr string) (*writer, error) {
	return connect(tandem{}, "ws://"+addr+"/ws", "tandem.v1")
}

func connect(as wire, url string, subprotocols ...string) (*writer, error) {
	d := websocket.Dialer{Subprotocols: subprotocols, ReadBufferSize: 1 << 10, WriteBufferSize: 1 << 10}
	conn, _, err := d.Dial(url, nil)
	return &writer{wire: as, conn: conn, acks: make(chan struct{}, 1<<16), ahead: make(chan struct{}, typedAhead), sent: make([]time.Time, 1, 1<<10)}, err
}

func (w *writer) ask(frame string) ([]byte, error) {
	if err := w.conn.WriteMessage(websocket.TextMessage, []byte(frame)); err != nil {
		return nil, err
	}
	_, answer, err := w.conn.ReadMessage()
	if err == nil && !bytes.Contains(answer, []byte(`"session:joined"`)) {
		err = fmt.Errorf("%s was answered by %s", frame, answer)
	}
	_, you, _ := bytes.Cut(answer, []byte(`"you":{`))
	w.id = text(you, `"id":"`)
	return answer, err
}

// tandem is our own wire.
type tandem struct{}

func (tandem) edit(w *writer) (int, []byte) {
	return websocket.TextMessage, fmt.Appendf(nil, `{"type":"code:change","seq":%d,"base":%d,"doc":"code","op":["x",%d]}`, w.seq, w.base, w.off+w.base)
}

func (tandem) read(w *writer, frame []byte) (seq int64, own bool, err error) {
	own = bytes.HasPrefix(frame, []byte(`{"type":"ack"`))
	if !own && !bytes.HasPrefix(frame, []byte(`{"type":"code:change"`)) {
		return 0, false, fmt.Errorf("unexpected frame %s", frame)
	}
	w.base = number(frame, `"rev":`)
	return number(frame, `"seq":`), own, nil
}

// edit types one unit.
func (w *writer) edit() error {
	w.mu.Lock()
	w.seq++
	kind, frame := w.wire.edit(w)
	w.sent = append(w.sent, time.Now())
	w.mu.Unlock()
	return w.conn.WriteMessage(kind, frame)
}

// listen reads what comes to w, until the connection closes; other is the one it is from.
func (w *writer) listen(other *writer) error {
	for {
		_, frame, err := w.conn.ReadMessage()
		if err != nil {
			return nil
		}
		now := time.Now()
		w.mu.Lock()
		seq, own, err := w.wire.read(w, frame)
		w.mu.Unlock()
		switch {
		case err != nil:
			return err
		case own:
			w.acks <- struct{}{}
		case seq > 0:
			other.mu.Lock()
			wait := now.Sub(other.sent[seq])
			other.mu.Unlock()
			w.waits = append(w.waits, wait)
		}
	}
}

// editLoad lets both people of each session type, rate edits a second in each session, or each the next when the last
// is acknowledged.
func editLoad(meet meeting, nodes, stores []*child, sessions, rate int, d time.Duration) (*result, error) {
	people, err := meet(sessions)
	if err != nil {
		return nil, err
	}
	var listening, typing sync.WaitGroup
	failed := make(chan error, 4*sessions)
	for i, p := range people {
		listening.Go(func() { failed <- p.listen(people[i^1]) })
	}
	for _, c := range nodes { // storages never rest, and nodes with many people hardly
		if err := c.settle(); err != nil {
			return nil, err
		}
	}
	all := slices.Concat(nodes, stores)
	before, err := cpu(all)
	if err != nil {
		return nil, err
	}
	began := time.Now()
	for i, p := range people {
		typing.Go(func() { failed <- p.work(i, len(people), rate, began, began.Add(d)) })
	}
	typing.Wait()
	after, err := cpu(all)
	took := time.Since(began)
	for _, p := range people {
		p.conn.Close()
	}
	listening.Wait()
	close(failed)
	for e := range failed {
		err = errors.Join(err, e)
	}
	r := &result{took: took, cpu: after - before}
	for _, p := range people {
		r.waits = append(r.waits, p.waits...)
	}
	return r, err
}

// work types until end: at its pace, spread evenly over the people, or at once after each answer.
func (w *writer) work(i, people, rate int, began, end time.Time) error {
	gap := time.Duration(0)
	next := began
	if rate > 0 {
		gap = 2 * time.Second / time.Duration(rate) // the two of a session share its rate
		next = began.Add(gap * time.Duration(i) / time.Duration(people))
	}
	for n := 0; ; n++ {
		if gap > 0 {
			time.Sleep(time.Until(next))
			next = next.Add(gap)
		}
		if !time.Now().Before(end) {
			return nil
		}
		if err := w.edit(); err != nil {
			return err
		}
		select {
		case <-w.acks:
		case <-time.After(10 * time.Second):
			return errors.New("an edit was not acknowledged within 10 s")
		}
	}
}

func text(frame []byte, before string) string {
	_, rest, _ := bytes.Cut(frame, []byte(before))
	value, _, _ := bytes.Cut(rest, []byte(`"`))
	return string(value)
}

func number(frame []byte, before string) (n int64) {
	i := bytes.Index(frame, []byte(before))
	if i < 0 {
		return 0
	}
	for _, c := range frame[i+len(before):] {
		if c < '0' || c > '9' {
			break
		}
		n = n*10 + int64(c-'0')
	}
	return n
}
