package session

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"tandem/shared/ot"
)

func op(t testing.TB, s string) ot.Op {
	t.Helper()
	o, err := ot.Parse([]byte(s))
	if err != nil {
		t.Fatalf("op %s: %v", s, err)
	}
	return o
}

// samples holds one event of every kind that a log or a server's stream may hold.
func samples(t testing.TB) []Event {
	ada := User{ID: "k3v9x1q0aa", Name: "Ada <b>", Role: Candidate, Color: 2}
	return []Event{
		{Rev: 1, At: 1795410000000, Body: Create{Session: "s1", Title: "Phone screen", Language: "python", Epoch: "e1"}},
		{Rev: 2, At: 1795410000001, Body: CodeChange{Doc: DocCode, Op: op(t, `["print(1)\n"]`), Origin: OriginTemplate}},
		{Rev: 3, At: 1795410000002, By: ada.ID, Body: Joined{User: ada}},
		{Rev: 18, At: 1795410000003, By: ada.ID, Seq: 4, Body: CodeChange{Doc: DocCode, Op: op(t, `[5,"x",-2,2]`)}},
		{Rev: 100, At: 1795410000004, By: ada.ID, Seq: 5, Hash: 4294967295, Body: CodeChange{Doc: DocCode, Op: op(t, `[1,"\"\n\u0001😀",8]`), Origin: OriginPaste}},
		{Rev: 101, At: 1795410000005, By: ada.ID, Seq: 6, Body: LanguageChange{"javascript"}},
		{Rev: 102, At: 1795410000006, By: ada.ID, Seq: 7, Body: TitleChange{"Zweiter “Teil”"}},
		{Rev: 103, At: 1795410000006, By: ada.ID, Seq: 8, Body: LimitChange{30_000}},
		{Rev: 103, At: 1795410000007, By: ada.ID, Seq: 8, Body: RunStart{Run: "r1", Language: "python", Code: 101}},
		{Rev: 104, At: 1795410000008, By: ada.ID, Seq: 9, Body: RunOutput{Run: "r1", Stream: Stdout, Text: "1\n"}},
		{Rev: 105, At: 1795410000009, By: ada.ID, Seq: 10, Body: RunEnd{Run: "r1", Exit: 1, MS: 18, Reason: ReasonError, Error: &RunError{"TypeError", 3, 1}}},
		{Rev: 106, At: 1795410000010, By: ada.ID, Body: Left{User: ada.ID}},
		{By: ada.ID, Body: CursorChange{Doc: DocCode, Base: 18, Ranges: []Range{{1, 4}, {9, 9}}}},
		{By: ada.ID, Body: RunStop{Run: "r1"}},
		{By: ada.ID, Body: RunStdin{Run: "r1", Text: "42"}},
		{Body: Ping{T: 7}},
		{Body: Pong{T: 7}},
		{Body: Ack{Seq: 4, Rev: 18, At: 1795410000003, Hash: 9}},
		{Body: Refusal{Code: RefusedOp, Message: "no", Seq: 3}},
	}
}

// The wire is fixed: its form is compared byte by byte with a file. Rewrite the file with UPDATE=1.
func TestWireIsAsWritten(t *testing.T) {
	var got bytes.Buffer
	for _, e := range samples(t) {
		got.Write(AppendEvent(nil, e))
		got.WriteByte('\n')
	}
	for _, r := range []Request{
		{Body: CreateRequest{Client: "c", Name: "Mika", Language: "python"}},
		{Body: JoinRequest{Session: "s1", Client: "c", Name: "Ada", Key: "k", Resume: &Resume{Epoch: "e1", Rev: 9}}},
		{Body: JoinRequest{Session: "s1", Client: "c", Name: "Ada", Fault: "the text is not the server's"}},
		{Seq: 4, Base: 17, Body: CodeChange{Doc: DocCode, Op: op(t, `[5,"x",-2,2]`)}},
		{Seq: 5, Body: LanguageChange{"python"}},
		{Body: CursorChange{Doc: DocCode, Base: 3, Ranges: []Range{{1, 1}}}},
		{Body: Leave{}},
	} {
		got.Write(AppendRequest(nil, r))
		got.WriteByte('\n')
	}
	file := filepath.Join("testdata", "wire.jsonl")
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile(file, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got.Bytes(), want) {
		t.Errorf("the wire changed:\n%s\nwant\n%s", got.Bytes(), want)
	}
}

func TestEventsSurviveTheWire(t *testing.T) {
	for _, e := range samples(t) {
		data := AppendEvent(nil, e)
		if !json.Valid(data) {
			t.Errorf("%s: not JSON", data)
		}
		back, err := ParseEvent(data)
		if err != nil {
			t.Errorf("%s: %v", data, err)
			continue
		}
		if ack, ok := e.Body.(Ack); ok { // an ack's fields stand in the head as well
			e = Event{Seq: ack.Seq, Rev: ack.Rev, At: ack.At, Hash: ack.Hash, Body: ack}
		}
		if refusal, ok := e.Body.(Refusal); ok {
			e.Seq = refusal.Seq
		}
		if again := AppendEvent(nil, e); !reflect.DeepEqual(back.Body.Kind(), e.Body.Kind()) || back.Rev != e.Rev || back.Seq != e.Seq || back.By != e.By || back.Hash != e.Hash {
			t.Errorf("%s came back as %s", data, again)
		}
		if again := AppendEvent(nil, Event{Rev: back.Rev, At: back.At, By: back.By, Seq: back.Seq, Hash: back.Hash, Body: back.Body}); e.Body.Kind() != KindAck && e.Body.Kind() != KindError && !bytes.Equal(again, data) {
			t.Errorf("%s came back as %s", data, again)
		}
	}
}

// The fast way and encoding/json must read the same out of every frame.
func TestScanAgreesWithTheSlowWay(t *testing.T) {
	taken := 0
	for _, e := range samples(t) {
		data := AppendEvent(nil, e)
		h, body, ok := scan(data)
		if !ok {
			continue
		}
		taken++
		var slow head
		if err := json.Unmarshal(data, &slow); err != nil {
			t.Fatal(err)
		}
		slowBody, err := decode(data, newServerBody(slow.Type))
		if err != nil {
			t.Fatal(err)
		}
		if h.Type == KindCursor {
			slow.Base = h.Base
		}
		if h != slow || !bytes.Equal(appendBody(nil, body), appendBody(nil, slowBody)) {
			t.Errorf("%s: scan %+v %+v, slow %+v %+v", data, h, body, slow, slowBody)
		}
	}
	if taken < 5 {
		t.Errorf("the fast way took %d frames only", taken)
	}
}

func TestHostileFrames(t *testing.T) {
	deep := strings.Repeat("[", 20_000)
	for _, tt := range []struct {
		name, frame string
		code        string // of the Refusal; "" means ErrFrame
	}{
		{"nothing", ``, ""},
		{"not JSON", `hello`, ""},
		{"an array", `[1]`, ""},
		{"a number", `7`, ""},
		{"cut short", `{"type":"code:change","seq":1`, ""},
		{"deep", `{"type":"code:change","op":` + deep, ""},
		{"a type that is a number", `{"type":7}`, ""},
		{"no type", `{}`, RefusedFrame},
		{"unknown type", `{"type":"session:destroy","seq":9}`, RefusedFrame},
		{"what only a server sends", `{"type":"user:joined","user":{"id":"x"}}`, RefusedFrame},
		{"a welcome", `{"type":"session:joined"}`, RefusedFrame},
		{"seq as text", `{"type":"code:change","seq":"1","base":1,"doc":"code","op":["a"]}`, ""},
		{"seq too large", `{"type":"code:change","seq":99999999999999999999,"base":1,"doc":"code","op":["a"]}`, ""},
		{"name as a number", `{"type":"session:create","client":"c","name":5}`, ""},
		{"ranges of one", `{"type":"cursor:change","base":1,"doc":"code","ranges":[["a"]]}`, ""},
		{"op as text", `{"type":"code:change","seq":1,"base":1,"doc":"code","op":"a"}`, RefusedOp},
		{"op with a fraction", `{"type":"code:change","seq":1,"base":1,"doc":"code","op":[1.5]}`, RefusedOp},
		{"op with a lone surrogate", `{"type":"code:change","seq":1,"base":1,"doc":"code","op":["\ud83d"]}`, RefusedOp},
		{"op not canonical", `{"type":"code:change","seq":1,"base":1,"doc":"code","op":[1,1]}`, RefusedOp},
		{"op with CR", `{"type":"code:change","seq":1,"base":1,"doc":"code","op":["\r\n"]}`, RefusedOp},
	} {
		_, err := ParseRequest([]byte(tt.frame))
		var refusal *Refusal
		switch {
		case err == nil:
			t.Errorf("%s: taken", tt.name)
		case tt.code == "":
			if !errors.Is(err, ErrFrame) {
				t.Errorf("%s: %v, want ErrFrame", tt.name, err)
			}
		case !errors.As(err, &refusal) || refusal.Code != tt.code:
			t.Errorf("%s: %v, want %s", tt.name, err, tt.code)
		}
	}
}

func TestUnknownFieldsAreIgnored(t *testing.T) {
	r, err := ParseRequest([]byte(`{"type":"code:change","new":{"a":[1,"}"]},"seq":3,"base":2,"doc":"code","op":["a"]}`))
	if err != nil || r.Seq != 3 || r.Base != 2 {
		t.Errorf("got %+v, %v", r, err)
	}
}

func FuzzParseRequest(f *testing.F) {
	for _, e := range samples(f) {
		f.Add(AppendEvent(nil, e))
	}
	f.Add([]byte(`{"type":"code:change","seq":1,"base":1,"doc":"code","op":[1,"\ud83d",-1]}`))
	f.Add([]byte(`{"type":"session:join","session":"s","client":"c","name":"\u202e","resume":{"epoch":"","rev":-1}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := ParseRequest(data)
		if err != nil {
			var refusal *Refusal
			if !errors.Is(err, ErrFrame) && !errors.As(err, &refusal) {
				t.Fatalf("%v is neither ErrFrame nor a Refusal", err)
			}
			return
		}
		again, err := ParseRequest(AppendRequest(nil, r))
		if err != nil || again.Seq != r.Seq && r.Seq > 0 || again.Body.Kind() != r.Body.Kind() {
			t.Fatalf("%s reads as %+v, and again as %+v, %v", data, r, again, err)
		}
		if h, body, ok := scan(data); ok { // what the fast way takes, the slow way takes alike
			slow, err := decode(data, newServerBody(h.Type))
			if err != nil || !bytes.Equal(appendBody(nil, body), appendBody(nil, slow)) {
				t.Fatalf("%s: scan %+v, slow %+v, %v", data, body, slow, err)
			}
		}
	})
}

func BenchmarkParseKeystroke(b *testing.B) {
	data := []byte(`{"type":"code:change","seq":123,"base":456,"doc":"code","op":[1234,"a",3766]}`)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ParseRequest(data); err != nil {
			b.Fatal(err)
		}
	}
}
