package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gorilla/websocket"

	"tandem/server/journal"
	"tandem/shared/session"
)

// does runs a command as main does.
func does(t *testing.T, args ...string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	err := run(context.Background(), args, func(string) string { return "" }, &out, output(t))
	return out.String(), err
}

func folded(t *testing.T, log string) *session.State {
	t.Helper()
	state := session.NewState()
	for line := range strings.Lines(log) {
		e, err := session.ParseEvent([]byte(line))
		if err == nil {
			err = state.Apply(e)
		}
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
	}
	return state
}

// TestCommands: the same answers from the process that serves and from the folder after it, and from a copy.
func TestCommands(t *testing.T) {
	data, copied := t.TempDir(), filepath.Join(t.TempDir(), "copy")
	addr, stop := running(t, data)
	conn, w := ask(t, addr, `{"type":"session:create","client":"ann","name":"Ann"}`)
	if err := conn.WriteMessage(websocket.TextMessage, []byte(`{"type":"title:change","seq":1,"title":"Kept"}`)); err != nil {
		t.Fatal(err)
	}
	if _, ack, err := conn.ReadMessage(); err != nil {
		t.Fatalf("%s, %v", ack, err)
	}
	if info, err := os.Stat(filepath.Join(data, adminSocket)); err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("the socket: %v, %v", info, err)
	}
	try := func(where, data string) {
		log, err := does(t, "export", "-data", data, w.Session)
		if state := folded(t, log); err != nil || state.Title != "Kept" || strings.Contains(log, "lock") {
			t.Errorf("%s: export: %s, %v", where, log, err)
		}
		if log, err := does(t, "export", "-data", data, "nothing"); log != "" || err == nil || !strings.Contains(err.Error(), "no such session") {
			t.Errorf("%s: export of nothing: %s, %v", where, log, err)
		}
		if said, err := does(t, "verify", "-data", data); err != nil || !strings.Contains(said, "1 sessions, ") || !strings.HasSuffix(said, " 0 not as they were stored\n") {
			t.Errorf("%s: verify: %s, %v", where, said, err)
		}
	}
	try("serving", data)
	if said, err := does(t, "backup", "-data", data, copied); err != nil || said != "copied to "+copied+"\n" {
		t.Fatalf("backup: %s, %v", said, err)
	}
	if _, err := does(t, "backup", "-data", data, copied); err == nil || !strings.Contains(err.Error(), "not empty") {
		t.Errorf("a second backup into it: %v", err)
	}
	stop()
	try("stopped", data)
	try("copied", copied)
	if _, err := does(t, "verify", "-data", filepath.Join(data, "nowhere")); err == nil {
		t.Error("it verifies what is not there")
	}
}

// TestVerifyTellsOfDamage: a session whose log can't be folded is named, and the others are not.
func TestVerifyTellsOfDamage(t *testing.T) {
	data := t.TempDir()
	addr, stop := running(t, data)
	_, w := ask(t, addr, `{"type":"session:create","client":"ann","name":"Ann"}`)
	_, other := ask(t, addr, `{"type":"session:create","client":"ann","name":"Ann"}`)
	stop()
	s := settings{data: data, sync: "always"}
	log, err := s.logger(output(t))
	if err == nil {
		t.Fatal("a log of no form")
	}
	s.logFormat = "text"
	if log, err = s.logger(output(t)); err != nil {
		t.Fatal(err)
	}
	store, err := s.journal(log)
	if err != nil {
		t.Fatal(err)
	}
	last, err := store.Last(t.Context(), w.Session)
	if err != nil {
		t.Fatal(err)
	}
	// What the storage itself can't notice: a record that was stored in order and says what can't be.
	bad := session.Event{Rev: last + 2, At: 1, Body: session.TitleChange{Title: "forged"}}
	if err := store.AppendLate(t.Context(), w.Session, last, func() [][]byte { return [][]byte{session.AppendEvent(nil, bad)} }); err != nil {
		t.Fatal(err)
	}
	store.Close()
	said, err := does(t, "verify", "-data", data)
	if err == nil || !strings.Contains(said, w.Session+": record ") || strings.Contains(said, other.Session) || !strings.Contains(said, "2 sessions, ") || !strings.Contains(said, " 1 not as") {
		t.Errorf("verify: %s, %v", said, err)
	}
}

// TestDeleteDamaged: where nothing can show that somebody has a session's key, they are told so, and the operator deletes it.
func TestDeleteDamaged(t *testing.T) {
	data := t.TempDir()
	addr, stop := running(t, data)
	_, hurt := ask(t, addr, `{"type":"session:create","client":"ann","name":"Ann"}`)
	conn, whole := ask(t, addr, `{"type":"session:create","client":"ann","name":"Ann"}`)
	stop()
	conn.Close()
	files, err := filepath.Glob(filepath.Join(data, "jetstream", "*", "streams", "TANDEM_LOG", "msgs", "*.blk"))
	if err != nil || len(files) != 1 {
		t.Fatal(files, err)
	}
	b, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	b[bytes.Index(b, []byte("tandem.log."+hurt.Session))+100] ^= 1
	if err := os.WriteFile(files[0], b, 0o600); err != nil {
		t.Fatal(err)
	}
	if said, err := does(t, "backup", "-data", data, filepath.Join(t.TempDir(), "copy")); !errors.Is(err, errBroken) || !strings.Contains(said, hurt.Session) || strings.Contains(said, whole.Session) {
		t.Errorf("backup: %s, %v", said, err)
	}
	addr, stop = running(t, data)
	status := func(w session.Welcome) (int, string) {
		t.Helper()
		r, err := http.NewRequest("DELETE", "http://"+addr+"/api/sessions/"+w.Session, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+w.Key)
		a, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		defer a.Body.Close()
		body, _ := io.ReadAll(a.Body)
		return a.StatusCode, string(body)
	}
	if code, said := status(hurt); code != http.StatusInternalServerError || !strings.Contains(said, "damaged") {
		t.Errorf("%d %s", code, said)
	}
	conn, _ = ask(t, addr, `{"type":"session:join","client":"ann","name":"Ann","session":"`+whole.Session+`"}`)
	for _, id := range []string{hurt.Session, whole.Session} {
		if said, err := does(t, "delete", "-data", data, id); err != nil || said != "deleted\n" {
			t.Errorf("delete: %s, %v", said, err)
		}
	}
	for err = nil; err == nil; {
		_, _, err = conn.ReadMessage()
	}
	if !websocket.IsCloseError(err, session.CloseNoSession) {
		t.Errorf("who is in it: %v", err)
	}
	if code, said := status(hurt); code != http.StatusNotFound {
		t.Errorf("%d %s", code, said)
	}
	http.DefaultTransport.(*http.Transport).CloseIdleConnections()
	stop()
	for _, id := range []string{hurt.Session, "no id"} {
		if said, err := does(t, "delete", "-data", data, id); err == nil || !strings.Contains(err.Error(), "no such session") {
			t.Errorf("delete: %s, %v", said, err)
		}
	}
	if said, err := does(t, "verify", "-data", data); err != nil || !strings.HasPrefix(said, "0 sessions") {
		t.Errorf("verify: %s, %v", said, err)
	}
}

// away is a journal that lists a session and then can't be reached.
type away struct{ *journal.Memory }

func (away) Sessions(context.Context) ([]string, error) { return []string{"s1"}, nil }
func (away) Verify(context.Context, string) error       { return journal.ErrUnavailable }

func TestVerifyTellsAnAbsentJournalFromDamage(t *testing.T) {
	var out bytes.Buffer
	if err := (local{away{journal.NewMemory()}}).verify(context.Background(), &out); !errors.Is(err, journal.ErrUnavailable) || out.Len() > 0 {
		t.Errorf("it ends with %v and says %q", err, out.String())
	}
}
