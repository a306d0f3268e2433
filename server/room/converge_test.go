package room

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"tandem/shared/client"
	"tandem/shared/ot"
	"tandem/shared/session"
)

// A typist is the browser's side as it is: the real client, an editor that is a text, and a line that breaks.
type typist struct {
	s      *story
	rnd    *rand.Rand
	c      *client.Client
	editor *ot.Text
	line   *line // nil while there is none
	err    error
}

// A line is one connection. What is on it when it breaks arrives in part.
type line struct {
	peer *Peer
	up   chan []byte

	mu   sync.Mutex
	down [][]byte
	end  int
	news chan struct{} // 1 deep
}

func (l *line) Wake() {
	l.mu.Lock()
	l.down, l.end = l.peer.Take(l.down)
	l.mu.Unlock()
	select {
	case l.news <- struct{}{}:
	default: // it is awake already
	}
}

// carry hands what is sent to the server, after a delay, until the line is cut.
func (l *line) carry() {
	for frame := range l.up {
		<-time.After(time.Duration(len(frame)%40) * time.Millisecond)
		l.peer.Receive(frame)
	}
	l.peer.Gone(false)
}

func (y *typist) Send(frame []byte) {
	if y.line != nil {
		y.line.up <- bytes.Clone(frame)
	}
}

func (y *typist) Apply(op ot.Op, _ []session.Range) {
	if err := y.editor.Apply(op); err != nil && y.err == nil {
		y.err = err
	}
}
func (y *typist) Changed(client.Change)    {}
func (y *typist) Stop(string)              {}
func (y *typist) Input(_ string, _ string) {}

func now() int64 { return time.Now().UnixMilli() }

func (y *typist) connect() {
	l := &line{up: make(chan []byte, 1000), news: make(chan struct{}, 1)}
	l.peer = y.s.rooms.Connect(l, nil)
	y.line = l
	go l.carry()
	y.c.Opened(now())
}

func (y *typist) cut() {
	close(y.line.up)
	y.line = nil
	y.c.Closed(1006, now())
}

// receive takes what has come, and notices the end.
func (y *typist) receive() {
	y.line.mu.Lock()
	down, end := y.line.down, y.line.end
	y.line.down = nil
	y.line.mu.Unlock()
	for _, frame := range down {
		if err := y.c.Receive(frame, now()); err != nil && y.err == nil {
			y.err = fmt.Errorf("%w: %s", err, frame)
		}
	}
	if end != 0 {
		close(y.line.up)
		y.line = nil
		y.c.Closed(end, now())
	}
}

// live lets time pass up to an hour: it receives, reconnects when the client says so, and cuts the line now and then.
func (y *typist) live(d time.Duration) {
	for end := time.Now().Add(d); time.Now().Before(end); {
		var news chan struct{}
		if y.line != nil {
			news = y.line.news
		}
		select {
		case <-news:
			y.receive()
		case <-time.After(min(100*time.Millisecond, time.Until(end))):
		}
		switch reconnect, stop := y.c.Tick(now()); {
		case stop && y.line != nil:
			y.cut()
		case reconnect:
			y.connect()
		}
	}
}

// work types, deletes and loses the line at random, then goes on until all is saved.
func (y *typist) work(steps int, done *atomic.Int32, all int32) {
	for range steps {
		y.live(time.Duration(y.rnd.IntN(150)) * time.Millisecond)
		n := y.editor.Len()
		at := y.rnd.IntN(n + 1)
		del := min(y.rnd.IntN(3), n-at)
		op := ot.Splice(n, at, del, strings.Repeat(string(rune('a'+y.rnd.IntN(26))), 1+y.rnd.IntN(3)))
		if y.editor.Apply(op) == nil { // the shown text has no pairs to cut, but may be empty
			if err := y.c.Edit(op, "", nil, now()); err != nil && y.err == nil {
				y.err = err
			}
		}
		if y.line != nil && y.rnd.IntN(15) == 0 {
			y.cut()
		}
	}
	for first := true; !y.c.Settled() || done.Load() < all; {
		y.live(time.Second)
		if first && y.c.Settled() {
			first = false
			done.Add(1)
		}
	}
	y.live(10 * time.Second) // for what the others did last
	y.cut()
}

// TestConverge lets several people type at once over lines that break, on a journal that fails and is overtaken:
// in the end all show what the log says, and everything that was typed is in it.
func TestConverge(t *testing.T) {
	for seed := range uint64(16) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			tellTrouble(t, func(s *story, j *trouble) {
				const people = 3
				began := time.Now()
				ann := s.creates("Ann")
				ann.leaves()
				rnd := rand.New(rand.NewPCG(seed, 1))
				var mu sync.Mutex
				s.troubles(j, rnd, &mu)
				var done atomic.Int32
				var wg sync.WaitGroup
				typists := make([]*typist, people)
				for i := range typists {
					y := &typist{s: s, rnd: rand.New(rand.NewPCG(seed, uint64(i)+2)), editor: &ot.Text{}}
					y.c = client.New(y, client.Config{Client: fmt.Sprint("client-", i), Session: s.id, Name: fmt.Sprint("Typist ", i), Seed: uint64(i)})
					typists[i] = y
					wg.Go(func() {
						y.c.Tick(now())
						y.connect()
						y.work(80, &done, people)
					})
				}
				wg.Wait()
				synctest.Wait()
				want := s.text()
				for i, y := range typists {
					if y.err != nil {
						t.Errorf("typist %d: %v", i, y.err)
					}
					if got := y.editor.String(); got != want || y.c.Text() != want {
						t.Errorf("typist %d shows\n%q, the client\n%q, the log says\n%q", i, got, y.c.Text(), want)
					}
				}
				t.Logf("%d events, %d units, %v", s.fold().Rev, len(want), time.Since(began))
				edits := map[string]int{}
				s.store.Read(context.Background(), s.id, 0, func(_ int64, record []byte) error {
					e, err := session.ParseEvent(record)
					if e.Seq > 0 {
						edits[fmt.Sprint(e.By, e.Seq)]++
					}
					return err
				})
				for id, n := range edits {
					if n != 1 && !strings.HasPrefix(id, "stranger") {
						t.Errorf("request %s is in the log %d times", id, n)
					}
				}
			})
		})
	}
}

// troubles makes the journal fail, lose its answer, take its time, or be overtaken now and then.
func (s *story) troubles(j *trouble, rnd *rand.Rand, mu *sync.Mutex) {
	j.before = func(after int64) error {
		mu.Lock()
		wait := time.Duration(max(0, rnd.IntN(20)-10)) * 10 * time.Millisecond
		mu.Unlock()
		time.Sleep(wait) // for its turn: what comes meanwhile goes with it
		mu.Lock()
		defer mu.Unlock()
		switch rnd.IntN(30) {
		case 0:
			return errDisk
		case 1:
			n := s.fold().Docs[session.DocCode].Len()
			s.elsewhere(j, session.CodeChange{Doc: session.DocCode, Op: ot.Splice(n, rnd.IntN(n+1), 0, "Z")})
		}
		return nil
	}
	j.after = func() error {
		mu.Lock()
		defer mu.Unlock()
		if rnd.IntN(30) == 0 {
			return errDisk
		}
		return nil
	}
}
