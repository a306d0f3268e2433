package main

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// serveEcho sends every frame back, by the socket library alone.
func serveEcho() {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(l.Addr())
	up := websocket.Upgrader{ReadBufferSize: 1 << 10, WriteBufferSize: 1 << 10, WriteBufferPool: &sync.Pool{}}
	http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, err := up.Upgrade(w, r, nil)
		if err != nil {
			return
		}
		go func() {
			for {
				kind, frame, err := conn.ReadMessage()
				if err != nil || conn.WriteMessage(kind, frame) != nil {
					conn.Close()
					return
				}
			}
		}()
	}))
}

// echoLoad sends frames of an edit's size and waits for each to come back; the pace is that of edits.
func echoLoad(c *child, conns, rate int, d time.Duration) (*result, error) {
	people := make([]*writer, conns)
	for i := range people {
		var err error
		if people[i], err = dial(c.addr); err != nil {
			return nil, err
		}
		defer people[i].conn.Close()
	}
	before, err := c.cpu()
	if err != nil {
		return nil, err
	}
	began := time.Now()
	errs := make([]error, conns)
	var wg sync.WaitGroup
	for i, p := range people {
		wg.Go(func() { errs[i] = p.echoes(i, conns, rate, began, began.Add(d)) })
	}
	wg.Wait()
	r := &result{took: time.Since(began)}
	after, err := c.cpu()
	r.cpu = after - before
	for _, p := range people {
		r.waits = append(r.waits, p.waits...)
	}
	return r, errors.Join(append(errs, err)...)
}

func (w *writer) echoes(i, conns, rate int, began, end time.Time) error {
	gap, next := time.Duration(0), began
	if rate > 0 {
		gap = time.Second / time.Duration(rate)
		next = began.Add(gap * time.Duration(i) / time.Duration(conns))
	}
	for {
		if gap > 0 {
			time.Sleep(time.Until(next))
			next = next.Add(gap)
		}
		sent := time.Now()
		if !sent.Before(end) {
			return nil
		}
		if err := w.edit(); err != nil {
			return err
		}
		if _, _, err := w.conn.ReadMessage(); err != nil {
			return err
		}
		w.waits = append(w.waits, time.Since(sent))
	}
}
