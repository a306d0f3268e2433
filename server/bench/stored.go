package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"tandem/server/journal"
	"tandem/shared/ot"
	"tandem/shared/session"
)

const (
	storedSessions = 9_000   // as many as are filled before
	storedEvents   = 100     // in each
	longEvents     = 100_000 // in the one that is typed
	typedAhead     = 500     // edits on their way at once
)

// stored measures how soon a server with a million stored events serves again, and a session of 100,000 of them opens.
func (b *bench) stored() error {
	fmt.Println()
	data, err := os.MkdirTemp("", "tandem-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(data)
	if err := fill(data); err != nil {
		return fmt.Errorf("fill: %w", err)
	}
	serve := func(after string) error {
		began := time.Now()
		if b.child, err = b.start(60*time.Second, "-data", data, "-sync", "1s"); err != nil {
			return err
		}
		took := time.Since(began)
		rss, err := b.child.rss()
		fmt.Printf("start after %-46s %6.0f ms, %.0f MB\n", after, ms(took), float64(rss)/1e6)
		return err
	}
	if err := serve(fmt.Sprintf("a clean stop, %d events", storedSessions*storedEvents)); err != nil {
		return err
	}
	id, err := long(b.child.addr)
	if err != nil {
		return err
	}
	opens := func(when string) error {
		took, err := opening(b.child.addr, id)
		fmt.Printf("join a session of %d events, %-28s %6.0f ms\n", longEvents, when, ms(took))
		return err
	}
	if err := opens("in memory"); err != nil {
		return err
	}
	b.child.cmd.Process.Kill()
	b.child.cmd.Wait()
	total := storedSessions*storedEvents + longEvents
	if err := serve(fmt.Sprintf("kill -9, %d events", total)); err != nil {
		return err
	}
	if err := opens("after a kill -9"); err != nil {
		return err
	}
	began := time.Now()
	b.stop()
	fmt.Printf("stop %-53s %6.0f ms\n", "", ms(time.Since(began)))
	if err := serve(fmt.Sprintf("a clean stop, %d events", total)); err != nil {
		return err
	}
	defer b.stop()
	return opens("after a clean stop")
}

func ms(d time.Duration) float64 { return float64(d) / 1e6 }

// fill stores sessions event by event, as typing does.
func fill(data string) error {
	j, err := journal.Open(journal.Config{Dir: data, Sync: time.Second})
	if err != nil {
		return err
	}
	defer j.Close()
	var wg sync.WaitGroup
	errs := make([]error, storedSessions)
	next := make(chan int)
	for range 500 {
		wg.Go(func() {
			for i := range next {
				errs[i] = fillOne(j, fmt.Sprint("stored-", i))
			}
		})
	}
	for i := range storedSessions {
		next <- i
	}
	close(next)
	wg.Wait()
	return errors.Join(errs...)
}

func fillOne(j *journal.Store, id string) error {
	body := session.Body(session.Create{Session: id, Title: "Stored", Language: "python", Epoch: id})
	for n := range int64(storedEvents) {
		e := session.Event{Rev: n + 1, At: 1, Body: body}
		if err := j.Append(context.Background(), id, n, [][]byte{session.AppendEvent(nil, e)}); err != nil {
			return err
		}
		body = session.CodeChange{Doc: session.DocCode, Op: ot.Splice(int(n), 0, 0, "x")}
	}
	return nil
}

// long has one person type a session of longEvents, and gives its id.
func long(addr string) (id string, err error) {
	w, err := dial(addr)
	if err != nil {
		return "", err
	}
	defer w.conn.Close()
	welcome, err := w.ask(`{"type":"session:create","client":"typist","name":"Ann"}`)
	if err != nil {
		return "", err
	}
	if err := w.knows(welcome); err != nil {
		return "", err
	}
	heard := make(chan error, 1)
	go func() { heard <- w.listen(w) }()
	for range longEvents {
		if len(w.ahead) == cap(w.ahead) {
			select {
			case <-w.acks:
				<-w.ahead
			case err := <-heard:
				return "", errors.Join(errors.New("the connection ended"), err)
			}
		}
		w.ahead <- struct{}{}
		if err := w.edit(); err != nil {
			return "", err
		}
	}
	for range len(w.ahead) {
		<-w.acks
	}
	return text(welcome, `"session":"`), nil
}

// opening is the time from the first byte of a connection to the whole state.
func opening(addr, id string) (time.Duration, error) {
	began := time.Now()
	w, err := dial(addr)
	if err != nil {
		return 0, err
	}
	defer w.conn.Close()
	welcome, err := w.ask(fmt.Sprintf(`{"type":"session:join","session":"%s","client":"guest","name":"Bob"}`, id))
	took := time.Since(began)
	if err == nil && (number(welcome, `"rev":`) < longEvents || !bytes.Contains(welcome, bytes.Repeat([]byte("x"), longEvents))) {
		err = errors.New("the session is not whole")
	}
	w.conn.WriteMessage(websocket.TextMessage, []byte(`{"type":"session:leave"}`))
	return took, err
}
