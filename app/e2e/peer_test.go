package e2e

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"tandem/shared/session"
)

// A sight is what a fresh client is told of a session when it joins.
type sight struct {
	raw   string // the whole frame
	Type  string
	Rev   int64
	Key   string
	State struct {
		Title    string
		Language string
		Docs     map[string]string
		Users    []struct {
			ID, Name, Role string
			Here           bool
		}
		Runs  []*session.Run
		RunMS int
	}
}

func (s sight) Text() string { return s.State.Docs["code"] }

// role is the role of somebody who is there.
func (s sight) role(name string) string {
	for _, u := range s.State.Users {
		if u.Name == name && u.Here {
			return u.Role
		}
	}
	return "not there"
}

// look joins a session by a bare WebSocket, without any of the product's code, reads what the server holds at this
// moment, and leaves. It goes to the server itself, whatever lies between that and the browsers.
func look(t testing.TB, id string) sight {
	t.Helper()
	return lookAt(t, rig.server, id)
}

// joinAs asks by a bare socket to be let in as somebody.
func joinAs(t testing.TB, s *server, id, client, name string) *websocket.Conn {
	t.Helper()
	dialer := websocket.Dialer{Subprotocols: []string{"tandem.v1"}, HandshakeTimeout: 10 * time.Second}
	conn, _, err := dialer.Dial("ws://"+s.addr+"/ws", http.Header{"Origin": {"http://" + s.addr}})
	if err != nil {
		t.Fatalf("join %s by a bare socket: %v", id, err)
	}
	conn.SetReadDeadline(time.Now().Add(10 * time.Second))
	if err := conn.WriteJSON(map[string]any{"type": "session:join", "session": id, "client": client, "name": name}); err != nil {
		t.Fatalf("join %s by a bare socket: %v", id, err)
	}
	return conn
}

func lookAt(t testing.TB, s *server, id string) sight {
	t.Helper()
	conn := joinAs(t, s, id, "onlooker-of-the-tests", "Onlooker")
	defer conn.Close()
	_, frame, err := conn.ReadMessage()
	if err != nil {
		t.Fatalf("join %s by a bare socket: %v", id, err)
	}
	seen := sight{raw: string(frame)}
	if err := json.Unmarshal(frame, &seen); err != nil || seen.Type != "session:joined" {
		t.Fatalf("join %s by a bare socket: the server answers %.300s (%v)", id, frame, err)
	}
	if strings.Contains(seen.Text(), "\r") {
		t.Errorf("the text that the server holds has carriage returns")
	}
	conn.WriteMessage(websocket.CloseMessage, websocket.FormatCloseMessage(1000, ""))
	return seen
}
