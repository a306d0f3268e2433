package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"io"
	"log/slog"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"

	"tandem/shared/session"
)

func TestSettings(t *testing.T) {
	out := output(t)
	env := map[string]string{"TANDEM_ADDR": "1.2.3.4:5", "TANDEM_RATE_SESSIONS": "7", "TANDEM_GRACE": "9s"}
	s, err := parse([]string{"-addr", ":1", "-max-people", "3"}, func(k string) string { return env[k] }, out)
	if err != nil {
		t.Fatal(err)
	}
	if s.addr != ":1" || s.sessions != 7 || s.grace != 9*time.Second || s.people != 3 {
		t.Errorf("%+v", s)
	}
	for _, bad := range [][]string{{"-nothing"}, {"serve"}, {"-grace", "soon"}, {"-retain", "-1h"}, {"export"}, {"export", "a", "b"}, {"verify", "x"}, {"-data", "d", "verify"}} {
		if _, err := parse(bad, os.Getenv, out); err == nil {
			t.Errorf("%v was taken", bad)
		}
	}
	if _, err := parse(nil, func(k string) string { return map[string]string{"TANDEM_GRACE": "soon"}[k] }, out); err == nil || !strings.Contains(err.Error(), "TANDEM_GRACE") {
		t.Errorf("a bad environment: %v", err)
	}
	if _, err := parse([]string{"-h"}, os.Getenv, out); !errors.Is(err, flag.ErrHelp) {
		t.Errorf("-h: %v", err)
	}
	help := read(t, out)
	(&settings{}).flags(out).VisitAll(func(f *flag.Flag) {
		if f.Usage == "" || !strings.Contains(help, "\n  -"+f.Name) {
			t.Errorf("-h does not explain -%s", f.Name)
		}
	})
}

func output(t *testing.T) *os.File {
	t.Helper()
	out, err := os.CreateTemp(t.TempDir(), "out")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { out.Close() })
	return out
}

func read(t *testing.T, f *os.File) string {
	t.Helper()
	data, err := os.ReadFile(f.Name())
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// running starts the server as main does, and gives its address and how to stop it.
func running(t *testing.T, data string, flags ...string) (addr string, stop func() time.Duration) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	out := output(t)
	ended := make(chan error, 1)
	go func() {
		ended <- run(ctx, append([]string{"-addr", "127.0.0.1:0", "-data", data}, flags...), func(string) string { return "" }, io.Discard, out)
	}()
	serving := regexp.MustCompile(`http://(127\.0\.0\.1:\d+)`)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(20 * time.Second); addr == ""; <-tick.C {
		if m := serving.FindStringSubmatch(read(t, out)); m != nil {
			addr = m[1]
		} else if time.Now().After(end) {
			t.Fatalf("it does not start: %s", read(t, out))
		}
	}
	return addr, func() time.Duration {
		began := time.Now()
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("it stopped with %v", err)
		}
		if !strings.Contains(read(t, out), "msg=stopped") {
			t.Error("it did not stop in order")
		}
		return time.Since(began)
	}
}

func ask(t *testing.T, addr, frame string) (*websocket.Conn, session.Welcome) {
	t.Helper()
	conn, _, err := websocket.DefaultDialer.Dial("ws://"+addr+"/ws", http.Header{"Sec-Websocket-Protocol": {session.Protocol}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.WriteMessage(websocket.TextMessage, []byte(frame)); err != nil {
		t.Fatal(err)
	}
	_, answer, err := conn.ReadMessage()
	if err != nil {
		t.Fatal(err)
	}
	e, err := session.ParseEvent(answer)
	w, ok := e.Body.(session.Welcome)
	if err != nil || !ok {
		t.Fatalf("%s: %v", answer, err)
	}
	return conn, w
}

// TestStopAndStart: what was acknowledged before a stop is there after it, and whoever comes back resumes.
func TestStopAndStart(t *testing.T) {
	data := t.TempDir()
	addr, stop := running(t, data)
	conn, w := ask(t, addr, `{"type":"session:create","client":"ann","name":"Ann"}`)
	if err := conn.WriteMessage(websocket.TextMessage, []byte(`{"type":"title:change","seq":1,"title":"Kept"}`)); err != nil {
		t.Fatal(err)
	}
	if _, ack, err := conn.ReadMessage(); err != nil || !bytes.HasPrefix(ack, []byte(`{"type":"ack","seq":1`)) {
		t.Fatalf("%s, %v", ack, err)
	}
	if took := stop(); took > 5*time.Second {
		t.Errorf("the stop took %v", took)
	}
	_, _, err := conn.ReadMessage()
	if !websocket.IsCloseError(err, session.CloseStopping) {
		t.Errorf("the connection ended with %v", err)
	}
	addr, stop = running(t, data)
	_, again := ask(t, addr, `{"type":"session:join","session":"`+w.Session+`","client":"ann","name":"Ann","key":"`+w.Key+`","resume":{"epoch":"`+w.Epoch+`","rev":3}}`)
	if again.Rev != 4 || len(again.Events) != 1 || again.Acked != 1 || again.You != w.You {
		t.Errorf("resumed with %+v", again)
	}
	stop()
}

// TestExpires: who is in a session when it expires is told so, and not only with the next thing that they do.
func TestExpires(t *testing.T) {
	addr, stop := running(t, t.TempDir(), "-retain", "2s")
	defer stop()
	conn, _ := ask(t, addr, `{"type":"session:create","client":"ann","name":"Ann"}`)
	conn.SetReadDeadline(time.Now().Add(10 * time.Second))
	if _, got, err := conn.ReadMessage(); !websocket.IsCloseError(err, session.CloseNoSession) {
		t.Errorf("got %s, %v", got, err)
	}
}

// A journal whose disk hangs does not keep the process.
func TestCloseJournal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hangs, began := make(chan error), time.Now()
		closeJournal(closer(func() error { return <-hangs }), slog.New(slog.DiscardHandler))
		if took := time.Since(began); took != closeWithin || stopWithin+adminWithin+closeWithin >= 5*time.Second {
			t.Errorf("it took %v, after up to %v", took, stopWithin)
		}
		hangs <- nil
	})
}

type closer func() error

func (c closer) Close() error { return c() }
