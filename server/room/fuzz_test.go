package room

import (
	"bytes"
	"context"
	"fmt"
	"sync"
	"testing"

	"tandem/server/journal"
	"tandem/shared/session"
)

// A sink is a connection that keeps what it is sent.
type sink struct {
	peer *Peer

	mu     sync.Mutex
	frames [][]byte
}

func (k *sink) Wake() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.frames, _ = k.peer.Take(k.frames)
}

// FuzzServerFrame sends arbitrary frames into a live room: whatever they are, each is answered or ends the
// connection, the log can be read, and its fold is the text that the room has.
func FuzzServerFrame(f *testing.F) {
	for _, frames := range []string{
		`{"type":"code:change","seq":1,"base":4,"doc":"code","op":["x",70]}` + "\n" + `{"type":"code:change","seq":2,"base":5,"doc":"code","op":[1,-70]}`,
		`{"type":"code:change","seq":1,"base":3,"doc":"code","op":[70,"\ud83d\ude00"]}` + "\n" + `{"type":"code:change","seq":2,"base":5,"doc":"code","op":[71,-1]}`,
		`{"type":"language:change","seq":1,"language":"javascript"}` + "\n" + `{"type":"language:change","seq":2,"language":"python"}`,
		`{"type":"run:start","seq":1,"run":"r","language":"python","code":4}` + "\n" + `{"type":"run:output","seq":2,"run":"r","stream":"stdout","text":"hi\n"}` + "\n" + `{"type":"run:end","seq":3,"run":"r","exit":0,"ms":3,"reason":"ok"}`,
		`{"type":"cursor:change","base":4,"doc":"code","ranges":[[0,70]]}` + "\n" + `{"type":"session:leave"}`,
		`{"type":"run:stdin","run":"r","text":"x"}` + "\n" + `{"type":"ping","t":1}` + "\n" + `[]`,
	} {
		f.Add([]byte(frames))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		n := 0
		store := journal.NewMemory()
		rooms := New(Config{Journal: store, NewID: func() string { n++; return fmt.Sprint("id", n) }})
		defer rooms.Close()
		k, watcher := &sink{}, &sink{}
		k.peer, watcher.peer = rooms.Connect(k, nil), rooms.Connect(watcher, nil)
		k.peer.Receive([]byte(`{"type":"session:create","client":"a","name":"Ann"}`))
		watcher.peer.Receive([]byte(`{"type":"session:join","session":"id2","client":"b","name":"Bob"}`))
		for frame := range bytes.SplitSeq(data, []byte("\n")) {
			k.peer.Receive(frame)
		}
		r := k.peer.room
		var text string
		var rev int64
		seen := make(chan struct{})
		r.send(message{do: func() { r.commit(); text, rev = r.state.Docs[session.DocCode].String(), r.state.Rev; close(seen) }})
		select {
		case <-seen:
		case <-r.done:
			t.Fatal("the room failed")
		}
		fold := session.NewState()
		err := store.Read(context.Background(), r.id, 0, func(_ int64, record []byte) error {
			e, err := session.ParseEvent(record)
			if err != nil {
				return err
			}
			return fold.Apply(e)
		})
		if err != nil {
			t.Fatal(err)
		}
		if got := fold.Docs[session.DocCode].String(); got != text || fold.Rev != rev {
			t.Fatalf("the log says %d %q, the room %d %q", fold.Rev, got, rev, text)
		}
		watcher.Wake() // the room may not have come to it yet
		watcher.mu.Lock()
		defer watcher.mu.Unlock()
		watched := session.NewState()
		for _, frame := range watcher.frames {
			e, err := session.ParseEvent(frame)
			if err != nil {
				t.Fatalf("frame %s: %v", frame, err)
			}
			if w, ok := e.Body.(session.Welcome); ok {
				watched = w.State
			} else if e.Rev > 0 {
				if err := watched.Apply(e); err != nil {
					t.Fatal(err)
				}
			}
		}
		if got := watched.Docs[session.DocCode].String(); got != text {
			t.Fatalf("the other one shows %q, the room has %q", got, text)
		}
	})
}
