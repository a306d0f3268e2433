package web

import (
	"net/http"
	"strings"
	"testing"

	"tandem/server/room"
	"tandem/shared/session"
)

func TestSessionLog(t *testing.T) {
	s := start(t)
	ann := s.dial()
	w := ann.create("ann", "Ann")
	ann.request(w.Rev, insert(w.State.Docs["code"].Len(), "x"))
	want[session.Ack](ann)
	path := "/api/sessions/" + w.Session + "/log"
	a, body := s.ask("GET", path, "Authorization", "Bearer "+w.Key)
	if a.StatusCode != http.StatusOK || a.Header.Get("Content-Type") != "application/x-ndjson; charset=utf-8" || a.Header.Get("Cache-Control") != "no-store" {
		t.Fatalf("%d, %v", a.StatusCode, a.Header)
	}
	state := session.NewState()
	for line := range strings.Lines(body) {
		e, err := session.ParseEvent([]byte(line))
		if err == nil {
			err = state.Apply(e)
		}
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
	}
	if code(state) != code(s.fold(w.Session)) || state.Rev != 4 || strings.Contains(body, "lock") {
		t.Fatalf("the log is %s", body)
	}
	for path, want := range map[string]string{w.Session: "{}\n", "nothing": "{\"missing\":true}\n", "no%20id": "{\"missing\":true}\n"} {
		if a, body := s.ask("GET", "/api/sessions/"+path); a.StatusCode != http.StatusOK || a.Header.Get("Cache-Control") != "no-store" || body != want {
			t.Errorf("of session %s it is said: %d %s", path, a.StatusCode, body)
		}
	}
	for _, c := range []struct {
		method, path, auth string
		status             int
	}{
		{"GET", path, "", http.StatusUnauthorized},
		{"GET", path + "?key=" + w.Key, "", http.StatusUnauthorized},
		{"GET", path, "Basic " + w.Key, http.StatusUnauthorized},
		{"GET", path, "Bearer wrong", http.StatusForbidden},
		{"GET", "/api/sessions/nothing/log", "Bearer " + w.Key, http.StatusNotFound},
		{"GET", "/api/sessions/no%20id/log", "Bearer " + w.Key, http.StatusNotFound},
		{"POST", path, "Bearer " + w.Key, http.StatusMethodNotAllowed},
		{"DELETE", "/api/sessions/" + w.Session, "", http.StatusUnauthorized},
		{"DELETE", "/api/sessions/" + w.Session, "Bearer wrong", http.StatusForbidden},
		{"DELETE", "/api/sessions/nothing", "Bearer " + w.Key, http.StatusNotFound},
	} {
		header := []string{}
		if c.auth != "" {
			header = []string{"Authorization", c.auth}
		}
		if a, body := s.ask(c.method, c.path, header...); a.StatusCode != c.status {
			t.Errorf("%s %s with %q: %d %s", c.method, c.path, c.auth, a.StatusCode, body)
		}
	}
	if s.fold(w.Session).Rev != 4 || strings.Contains(s.log.String(), w.Key) {
		t.Error("it was changed, or the key is in the log")
	}
}

func TestDeleteSession(t *testing.T) {
	s := start(t)
	ann, bob := s.dial(), s.dial()
	w := ann.create("ann", "Ann")
	bob.join(w.Session, "bob", "Bob", "")
	if a, body := s.ask("DELETE", "/api/sessions/"+w.Session, "Authorization", "Bearer "+w.Key); a.StatusCode != http.StatusNoContent {
		t.Fatalf("%d %s", a.StatusCode, body)
	}
	if a, b := ann.closed(), bob.closed(); a != session.CloseNoSession || b != session.CloseNoSession {
		t.Fatalf("closed with %d and %d", a, b)
	}
	again := s.dial()
	again.send(`{"type":"session:join","session":"` + w.Session + `","client":"bob","name":"Bob"}`)
	if code := again.closed(); code != session.CloseNoSession {
		t.Fatalf("closed with %d", code)
	}
	if a, _ := s.ask("GET", "/api/sessions/"+w.Session+"/log", "Authorization", "Bearer "+w.Key); a.StatusCode != http.StatusNotFound {
		t.Fatalf("%d", a.StatusCode)
	}
}

func TestGuessingIsLimited(t *testing.T) {
	s := start(t, func(c *Config, _ *room.Config) { c.JoinsPerMinute = 3 })
	for i := range 5 {
		a, _ := s.ask("GET", "/api/sessions/x/log", "Authorization", "Bearer guess")
		if limited := a.StatusCode == http.StatusTooManyRequests; limited != (i >= 3) {
			t.Errorf("attempt %d: %d", i, a.StatusCode)
		}
	}
}

func TestMetrics(t *testing.T) {
	s := start(t)
	ann, bob := s.dial(), s.dial()
	w := ann.create("ann", "Ann")
	bob.join(w.Session, "bob", "Bob", "")
	ann.request(w.Rev, insert(w.State.Docs["code"].Len(), "x"))
	want[session.Ack](ann)
	a, body := s.ask("GET", "/metrics")
	if a.StatusCode != http.StatusOK || !strings.HasPrefix(a.Header.Get("Content-Type"), "text/plain") {
		t.Fatalf("%d, %v", a.StatusCode, a.Header)
	}
	for _, line := range []string{
		"tandem_rooms 1", "tandem_people 2", "tandem_edits_total 1", "tandem_events_total 5", "tandem_queue_overflows_total 0", "tandem_client_faults_total 0", "tandem_journal_errors_total 0",
		"tandem_append_seconds_count 4", `tandem_append_seconds_bucket{le="10"} 4`, "tandem_ready 1",
	} {
		if !strings.Contains(body, "\n"+line+"\n") {
			t.Errorf("no %s in %s", line, body)
		}
	}
	if strings.Contains(body, w.Session) || strings.Contains(body, w.You.ID) {
		t.Error("it tells who is there")
	}
}
