package session

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"tandem/shared/ot"
)

// ErrFrame is what every frame gives that is no JSON object or has a field of the wrong type.
var ErrFrame = errors.New("frame not understood")

// head holds the fields that stand in a frame beside those of its body.
type head struct {
	Type Kind   `json:"type"`
	Rev  int64  `json:"rev"`
	At   int64  `json:"at"`
	By   string `json:"by"`
	Seq  int64  `json:"seq"`
	Base int64  `json:"base"`
	Hash uint32 `json:"hash"`
}

// ParseEvent reads a record of the log, or any frame that a server sends: then Body may also be a Welcome, an
// Ack, a Refusal or a relayed body. Its errors satisfy errors.Is with ErrFrame.
func ParseEvent(data []byte) (Event, error) {
	h, body, err := parse(data, newServerBody)
	if err != nil {
		return Event{}, err
	}
	if body == nil {
		return Event{}, fmt.Errorf("%w: unknown type %q", ErrFrame, cut(string(h.Type)))
	}
	return Event{Rev: h.Rev, At: h.At, By: h.By, Seq: h.Seq, Hash: h.Hash, Body: body}, nil
}

// ParseRequest reads a client's frame. It gives a *Refusal for an unknown type and for an op that is not one,
// and else an error that satisfies errors.Is with ErrFrame.
func ParseRequest(data []byte) (Request, error) {
	h, body, err := parse(data, newClientBody)
	if err != nil {
		if errors.Is(err, ot.ErrInvalid) {
			return Request{Seq: h.Seq}, &Refusal{RefusedOp, "That edit is not valid: " + cut(err.Error()) + ".", h.Seq}
		}
		return Request{Seq: h.Seq}, err
	}
	if body == nil {
		return Request{Seq: h.Seq}, &Refusal{RefusedFrame, "The server does not know requests of type " + strconv.Quote(cut(string(h.Type))) + ".", h.Seq}
	}
	return Request{Seq: h.Seq, Base: h.Base, Body: body}, nil
}

// parse reads a frame; the body is nil where the type is unknown to newBody.
func parse(data []byte, newBody func(Kind) Body) (head, Body, error) {
	if h, body, ok := scan(data); ok {
		return h, body, nil
	}
	var h head
	if err := json.Unmarshal(data, &h); err != nil {
		return h, nil, fmt.Errorf("%w: %v", ErrFrame, err)
	}
	body := newBody(h.Type)
	if body == nil {
		return h, nil, nil
	}
	body, err := decode(data, body)
	if err != nil && !errors.Is(err, ot.ErrInvalid) {
		err = fmt.Errorf("%w: %v", ErrFrame, err)
	}
	return h, body, err
}

func newClientBody(k Kind) Body {
	switch k {
	case KindCreate:
		return CreateRequest{}
	case KindJoin:
		return JoinRequest{}
	case KindLeave:
		return Leave{}
	case KindWelcome, KindAck, KindError, KindJoined, KindLeft:
		return nil
	}
	return newServerBody(k)
}

func newServerBody(k Kind) Body {
	switch k {
	case KindWelcome:
		return Welcome{}
	case KindAck:
		return Ack{}
	case KindError:
		return Refusal{}
	case KindCreate:
		return Create{}
	case KindJoined:
		return Joined{}
	case KindLeft:
		return Left{}
	case KindCode:
		return CodeChange{}
	case KindLanguage:
		return LanguageChange{}
	case KindTitle:
		return TitleChange{}
	case KindLimit:
		return LimitChange{}
	case KindRunStart:
		return RunStart{}
	case KindOutput:
		return RunOutput{}
	case KindRunEnd:
		return RunEnd{}
	case KindCursor:
		return CursorChange{}
	case KindRunStop:
		return RunStop{}
	case KindStdin:
		return RunStdin{}
	case KindPing:
		return Ping{}
	case KindPong:
		return Pong{}
	}
	return nil
}

// decode fills a body of like's type.
func decode(data []byte, like Body) (Body, error) {
	switch like.(type) {
	case CreateRequest:
		return into[CreateRequest](data)
	case JoinRequest:
		return into[JoinRequest](data)
	case Leave:
		return Leave{}, nil
	case Welcome:
		return into[Welcome](data)
	case Ack:
		return into[Ack](data)
	case Refusal:
		return into[Refusal](data)
	case Create:
		return into[Create](data)
	case Joined:
		return into[Joined](data)
	case Left:
		return into[Left](data)
	case CodeChange:
		return into[CodeChange](data)
	case LanguageChange:
		return into[LanguageChange](data)
	case TitleChange:
		return into[TitleChange](data)
	case LimitChange:
		return into[LimitChange](data)
	case RunStart:
		return into[RunStart](data)
	case RunOutput:
		return into[RunOutput](data)
	case RunEnd:
		return into[RunEnd](data)
	case CursorChange:
		return into[CursorChange](data)
	case RunStop:
		return into[RunStop](data)
	case RunStdin:
		return into[RunStdin](data)
	case Ping:
		return into[Ping](data)
	case Pong:
		return into[Pong](data)
	}
	panic("session: no decoder for " + string(like.Kind()))
}

func into[B Body](data []byte) (Body, error) {
	var b B
	err := json.Unmarshal(data, &b)
	return b, err
}

// AppendEvent appends the JSON form of an event, or of any other frame that a server sends.
func AppendEvent(dst []byte, e Event) []byte {
	dst = appendType(dst, e.Body.Kind())
	if e.Rev != 0 {
		dst = strconv.AppendInt(append(dst, `,"rev":`...), e.Rev, 10)
		dst = strconv.AppendInt(append(dst, `,"at":`...), e.At, 10)
	}
	if e.By != "" {
		dst = appendString(append(dst, `,"by":`...), e.By)
	}
	if e.Seq != 0 {
		dst = strconv.AppendInt(append(dst, `,"seq":`...), e.Seq, 10)
	}
	if e.Hash != 0 {
		dst = strconv.AppendUint(append(dst, `,"hash":`...), uint64(e.Hash), 10)
	}
	return appendBody(dst, e.Body)
}

// AppendRequest appends the JSON form of a client's frame.
func AppendRequest(dst []byte, r Request) []byte {
	dst = appendType(dst, r.Body.Kind())
	if r.Seq != 0 {
		dst = strconv.AppendInt(append(dst, `,"seq":`...), r.Seq, 10)
	}
	if _, ok := r.Body.(CodeChange); ok {
		dst = strconv.AppendInt(append(dst, `,"base":`...), r.Base, 10)
	}
	return appendBody(dst, r.Body)
}

func appendType(dst []byte, k Kind) []byte {
	return append(append(append(dst, `{"type":"`...), k...), '"')
}

// appendBody appends a body's fields and the closing brace.
func appendBody(dst []byte, b Body) []byte {
	switch b := b.(type) {
	case CodeChange:
		dst = appendString(append(dst, `,"doc":`...), b.Doc)
		dst = b.Op.AppendJSON(append(dst, `,"op":`...))
		if b.Origin != "" {
			dst = appendString(append(dst, `,"origin":`...), b.Origin)
		}
		return append(dst, '}')
	case Ack:
		dst = strconv.AppendInt(append(dst, `,"seq":`...), b.Seq, 10)
		dst = strconv.AppendInt(append(dst, `,"rev":`...), b.Rev, 10)
		dst = strconv.AppendInt(append(dst, `,"at":`...), b.At, 10)
		if b.Hash != 0 {
			dst = strconv.AppendUint(append(dst, `,"hash":`...), uint64(b.Hash), 10)
		}
		return append(dst, '}')
	}
	fields, err := json.Marshal(b)
	if err != nil {
		panic("session: " + err.Error()) // every body is plain data
	}
	if len(fields) > 2 {
		dst = append(dst, ',')
	}
	return append(dst, fields[1:]...)
}

// appendString appends a JSON string, fast for ids and the other plain words of the wire.
func appendString(dst []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' || c >= 0x7f || c == '<' || c == '>' || c == '&' {
			quoted, _ := json.Marshal(s)
			return append(dst, quoted...)
		}
	}
	return append(append(append(dst, '"'), s...), '"')
}

// MarshalJSON gives the form of AppendEvent.
func (e Event) MarshalJSON() ([]byte, error) { return AppendEvent(nil, e), nil }

// UnmarshalJSON reads what ParseEvent reads.
func (e *Event) UnmarshalJSON(data []byte) (err error) {
	*e, err = ParseEvent(data)
	return err
}

func cut(s string) string {
	if len(s) > 80 {
		return s[:80] + "…"
	}
	return s
}
