package web

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gorilla/websocket"

	"tandem/server/room"
	"tandem/shared/session"
)

// TestBadFrames sends every frame that a client could send wrong: each gets its error or its close code, and leaves
// the session as it was.
func TestBadFrames(t *testing.T) {
	n := len(session.Languages[0].Starter)
	cases := []struct {
		name, frame string
		refusal     string // the code of the error frame
		close       int    // 0: the connection goes on
	}{
		{"not JSON", `hello`, session.RefusedFrame, session.CloseBadFrame},
		{"half JSON", `{"type":"code:change","seq":1`, session.RefusedFrame, session.CloseBadFrame},
		{"an array", `[1,2]`, session.RefusedFrame, session.CloseBadFrame},
		{"empty", ``, session.RefusedFrame, session.CloseBadFrame},
		{"unknown type", `{"type":"session:explode"}`, session.RefusedFrame, 0},
		{"no type", `{}`, session.RefusedFrame, 0},
		{"a server's type", `{"type":"user:left","seq":1,"user":"x"}`, session.RefusedFrame, 0},
		{"type is a number", `{"type":7}`, session.RefusedFrame, session.CloseBadFrame},
		{"seq is a string", `{"type":"language:change","seq":"1","language":"python"}`, session.RefusedFrame, session.CloseBadFrame},
		{"seq is a fraction", `{"type":"language:change","seq":1.5,"language":"python"}`, session.RefusedFrame, session.CloseBadFrame},
		{"seq is missing", `{"type":"language:change","language":"javascript"}`, session.RefusedFrame, 0},
		{"language is an object", `{"type":"language:change","seq":1,"language":{}}`, session.RefusedFrame, session.CloseBadFrame},
		{"ranges are strings", `{"type":"cursor:change","base":4,"doc":"code","ranges":["a"]}`, session.RefusedFrame, session.CloseBadFrame},
		{"op is no array", `{"type":"code:change","seq":1,"base":4,"doc":"code","op":7}`, session.RefusedOp, 0},
		{"op is missing", `{"type":"code:change","seq":1,"base":4,"doc":"code"}`, session.RefusedOp, 0},
		{"op is too short", `{"type":"code:change","seq":1,"base":4,"doc":"code","op":["x"]}`, session.RefusedOp, 0},
		{"op is too long", fmt.Sprintf(`{"type":"code:change","seq":1,"base":4,"doc":"code","op":[%d]}`, n+1), session.RefusedOp, 0},
		{"op is not canonical", fmt.Sprintf(`{"type":"code:change","seq":1,"base":4,"doc":"code","op":[1,%d]}`, n-1), session.RefusedOp, 0},
		{"op has a fraction", `{"type":"code:change","seq":1,"base":4,"doc":"code","op":[1.5]}`, session.RefusedOp, 0},
		{"op overflows", `{"type":"code:change","seq":1,"base":4,"doc":"code","op":[9223372036854775807,-9223372036854775807]}`, session.RefusedOp, 0},
		{"op has half a pair", fmt.Sprintf(`{"type":"code:change","seq":1,"base":4,"doc":"code","op":["\ud83d",%d]}`, n), session.RefusedOp, 0},
		{"op has a carriage return", fmt.Sprintf(`{"type":"code:change","seq":1,"base":4,"doc":"code","op":["a\r\n",%d]}`, n), session.RefusedOp, 0},
		{"a base from the future", fmt.Sprintf(`{"type":"code:change","seq":1,"base":5,"doc":"code","op":["x",%d]}`, n), session.RefusedBase, 0},
		{"a negative base", fmt.Sprintf(`{"type":"code:change","seq":1,"base":-1,"doc":"code","op":["x",%d]}`, n), session.RefusedBase, 0},
		{"another text", fmt.Sprintf(`{"type":"code:change","seq":1,"base":4,"doc":"notes","op":["x",%d]}`, n), session.RefusedAccess, 0},
		{"an origin of the server's", fmt.Sprintf(`{"type":"code:change","seq":1,"base":4,"doc":"code","op":["x",%d],"origin":"template"}`, n), session.RefusedFrame, 0},
		{"no such language", `{"type":"language:change","seq":1,"language":"<b>cobol</b>"}`, session.RefusedLanguage, 0},
		{"a candidate's title", `{"type":"title:change","seq":1,"title":"Mine"}`, session.RefusedAccess, 0},
		{"somebody else's run", `{"type":"run:end","seq":1,"run":"r1","reason":"ok"}`, session.RefusedRun, 0},
		{"a run of code to come", `{"type":"run:start","seq":1,"run":"r1","language":"python","code":99}`, session.RefusedRun, 0},
		{"joining again", `{"type":"session:join","session":"x","client":"c","name":"n"}`, session.RefusedAccess, 0},
	}
	s := start(t)
	ann := s.dial()
	w := ann.create("ann-client", "Ann")
	for i, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			bob := s.dial()
			bob.t = t
			bob.join(w.Session, fmt.Sprint("bob-", i), "Bob", "")
			frame := strings.ReplaceAll(c.frame, `"base":4,`, fmt.Sprintf(`"base":%d,`, 4+2*i))
			frame = strings.ReplaceAll(frame, `"base":5,`, fmt.Sprintf(`"base":%d,`, 5+2*i))
			bob.send(frame)
			refusal := want[session.Refusal](bob)
			if refusal.Code != c.refusal || refusal.Message == "" {
				t.Errorf("refused with %+v", refusal)
			}
			if c.close != 0 {
				if code := bob.closed(); code != c.close {
					t.Errorf("close code %d", code)
				}
				leave := s.dial() // so that the next case begins with as many events
				leave.join(w.Session, fmt.Sprint("bob-", i), "Bob", "")
				leave.send(`{"type":"session:leave"}`)
				leave.closed()
			} else {
				if c.refusal == session.RefusedOp || c.refusal == session.RefusedBase {
					if again := want[session.Welcome](bob); again.State == nil {
						t.Error("no state follows")
					}
				}
				bob.send(`{"type":"session:leave"}`)
				bob.closed()
			}
			want[session.Left](ann)
			state := s.fold(w.Session)
			if code(state) != session.Languages[0].Starter || state.Language != "python" || state.Title != "" || len(state.Runs) != 0 || state.Rev != int64(5+2*i) {
				t.Fatalf("the session is not as it was: %+v", state)
			}
		})
	}
}

func TestBeforeJoining(t *testing.T) {
	cases := []struct {
		name, frame string
		close       int
	}{
		{"an edit", `{"type":"code:change","seq":1,"base":0,"doc":"code","op":["x"]}`, session.CloseBadFrame},
		{"not JSON", `x`, session.CloseBadFrame},
		{"no such session", `{"type":"session:join","session":"nothing","client":"c","name":"n"}`, session.CloseNoSession},
		{"no id at all", `{"type":"session:join","session":"../../etc","client":"c","name":"n"}`, session.CloseNoSession},
		{"no client", `{"type":"session:create","name":"n"}`, session.CloseBadFrame},
		{"a client that is no id", `{"type":"session:create","client":"a b","name":"n"}`, session.CloseBadFrame},
		{"a client of 10 KB", `{"type":"session:create","client":"` + strings.Repeat("x", 10<<10) + `","name":"n"}`, session.CloseBadFrame},
	}
	s := start(t)
	for _, c := range cases {
		g := s.dial()
		g.send(c.frame)
		if code := g.closed(); code != c.close {
			t.Errorf("%s: close code %d, want %d", c.name, code, c.close)
		}
	}
	g := s.dial()
	g.send(`{"type":"session:create","client":"c","name":"n","language":"cobol"}`)
	if r := want[session.Refusal](g); r.Code != session.RefusedLanguage {
		t.Errorf("%+v", r)
	}
	if names, _ := s.store.Sessions(t.Context()); len(names) != 0 {
		t.Errorf("sessions were made: %v", names)
	}
	g.create("c", "n") // the connection is as good as before
}

func TestNamesAndTitlesAreCleaned(t *testing.T) {
	s := start(t)
	ann := s.dial()
	w := ann.create("ann-client", "Ann")
	long := strings.Repeat("n", 10<<10)
	for name, shown := range map[string]string{
		"":                             "Guest",
		" \t\n ":                       "Guest",
		"\x00\x1b[31m\u202eevil\u2066": "[31mevil",
		long:                           long[:session.MaxName],
		"<img src=x onerror=1>":        "<img src=x onerror=1>", // text, which nobody takes for HTML
		"Zoë 👩‍💻":                      "Zoë 👩‍💻",
	} {
		g := s.dial()
		if got := g.join(w.Session, "c-"+newID(), name, "").You.Name; got != shown {
			t.Errorf("%.40q is shown as %q", name, got)
		}
	}
	ann.request(0, session.TitleChange{Title: "a\nb\x00" + long})
	want[session.Ack](ann)
	if title := s.fold(w.Session).Title; len([]rune(title)) != session.MaxTitle || !strings.HasPrefix(title, "a b") {
		t.Errorf("title %q", title)
	}
}

func TestFrameLimit(t *testing.T) {
	s := start(t)
	ann := s.dial()
	w := ann.create("ann-client", "Ann")
	fits := `{"type":"nonsense","x":"` + strings.Repeat("x", session.MaxFrame-26) + `"}`
	if len(fits) != session.MaxFrame {
		t.Fatal(len(fits))
	}
	ann.send(fits)
	want[session.Refusal](ann)
	ann.send(fits + " ")
	if code := ann.closed(); code != session.CloseBadFrame {
		t.Errorf("close code %d", code)
	}
	bob := s.dial()
	bob.join(w.Session, "bob-client", "Bob", "")
	bob.conn.WriteMessage(websocket.BinaryMessage, []byte(`{"type":"ping","t":1}`))
	if code := bob.closed(); code != session.CloseBadFrame {
		t.Errorf("a binary frame: close code %d", code)
	}
}

func TestRepeatOverTheSocket(t *testing.T) {
	s := start(t)
	ann := s.dial()
	w := ann.create("ann-client", "Ann")
	b := insert(len(session.Languages[0].Starter), "x")
	ann.request(3, b)
	ack := want[session.Ack](ann)
	ann.seq = 0
	ann.request(3, b)
	if again := want[session.Ack](ann); again != ack {
		t.Errorf("acknowledged as %+v, then as %+v", ack, again)
	}
	if got := s.fold(w.Session).Rev; got != 4 {
		t.Errorf("%d events", got)
	}
}

func TestOneClientTwice(t *testing.T) {
	s := start(t)
	ann, again := s.dial(), s.dial()
	w := ann.create("ann-client", "Ann")
	again.join(w.Session, "ann-client", "Ann", w.Key)
	if code := ann.closed(); code != session.CloseReplaced {
		t.Errorf("close code %d", code)
	}
	if n := s.fold(w.Session).Rev; n != 3 {
		t.Errorf("%d events", n)
	}
}

func TestOrigin(t *testing.T) {
	s := start(t, func(c *Config, _ *room.Config) { c.Origins = []string{"https://tandem.example"} })
	for origin, ok := range map[string]bool{
		"":                           true, // no browser
		"http://" + s.addr:           true,
		"https://tandem.example":     true,
		"http://evil.example":        false,
		"null":                       false, // the sandbox, or a file
		"https://tandem.example.net": false,
		"http://127.0.0.1:1":         false,
	} {
		header := []string{}
		if origin != "" {
			header = []string{"Origin", origin}
		}
		_, err := s.tryDial(header...)
		if ok != (err == nil) {
			t.Errorf("from %q: %v", origin, err)
		}
	}
}

func TestAnotherProtocol(t *testing.T) {
	s := start(t)
	for _, offered := range []string{"tandem.v2", "chat, superchat"} {
		g := s.dial("Sec-Websocket-Protocol", offered)
		if got := g.conn.Subprotocol(); !strings.HasPrefix(offered, got) || got == "" {
			t.Errorf("chose %q of %q", got, offered)
		}
		if code := g.closed(); code != session.CloseVersion {
			t.Errorf("%s: close code %d", offered, code)
		}
	}
	if g := s.dial("Sec-Websocket-Protocol", "tandem.v2, "+session.Protocol); g.conn.Subprotocol() != session.Protocol {
		t.Errorf("chose %q", g.conn.Subprotocol())
	}
}

func TestLimitOfSessions(t *testing.T) {
	s := start(t, func(c *Config, _ *room.Config) { c.SessionsPerMinute, c.JoinsPerMinute = 5, 3 })
	var w session.Welcome
	for i := range 5 {
		w = s.dial().create(fmt.Sprint("c", i), "n")
	}
	g := s.dial()
	g.send(`{"type":"session:create","client":"c9","name":"n"}`)
	if r := want[session.Refusal](g); r.Code != session.RefusedRate {
		t.Errorf("%+v", r)
	}
	if code := g.closed(); code != session.CloseLimit {
		t.Errorf("close code %d", code)
	}
	for i := range 3 {
		s.dial().join(w.Session, fmt.Sprint("d", i), "n", "")
	}
	g = s.dial()
	g.send(`{"type":"session:join","session":"` + w.Session + `","client":"d9","name":"n"}`)
	if code := g.closed(); code != session.CloseLimit {
		t.Errorf("close code %d", code)
	}
	if names, _ := s.store.Sessions(t.Context()); len(names) != 5 {
		t.Errorf("%d sessions", len(names))
	}
}

// TestFloodWaits: who sends too many frames gets them all done, later, and nobody else notices.
func TestFloodWaits(t *testing.T) {
	s := start(t, func(c *Config, _ *room.Config) { c.FramesPerSecond = 50 })
	ann := s.dial()
	ann.create("ann-client", "Ann")
	const n = 130 // 100 at once, and then 50 a second
	for i := range n {
		ann.send(fmt.Sprintf(`{"type":"ping","t":%d}`, i))
	}
	for i := range n {
		if p := want[session.Pong](ann); p.T != int64(i) {
			t.Fatalf("pong %d in the place of %d", p.T, i)
		}
	}
}
