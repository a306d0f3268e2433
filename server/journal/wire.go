package journal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
)

// The names in the storage. One stream holds all records, one subject a session; the other holds snapshots, newest only.
const (
	logStream    = "TANDEM_LOG"
	snapStream   = "TANDEM_SNAP"
	logPrefix    = "tandem.log."   // + session: its entries
	keyPrefix    = "tandem.key."   // + session: what its entries and snapshots are sealed with
	snapPrefix   = "tandem.snap."  // + session + "." + part
	feedPrefix   = "tandem.feed."  // + session: entries once stored, to whoever follows; an empty message: gone
	relayPrefix  = "tandem.relay." // + topic: not kept
	probeSubject = "tandem.probe"  // in the log's stream: is it writable?
)

const (
	expectHeader = "Nats-Expected-Last-Subject-Sequence"
	seqHeader    = "Nats-Sequence"
)

const apiTimeout = 5 * time.Second // an answer that takes longer is not coming: the storage does these in milliseconds

// The storage's answers that the package branches on.
const (
	codeNoMessage   = 10037
	codeNoStream    = 10059
	codeStreamInUse = 10058
	codeWrongLast   = 10071
	codeWrongLastC  = 10164
)

// apiError is a refusal by the storage. Its text may be logged but is not shown.
type apiError struct {
	Code        int    `json:"code"`
	ErrCode     int    `json:"err_code"`
	Description string `json:"description"`
}

func (e *apiError) Error() string { return fmt.Sprintf("%s (%d)", e.Description, e.ErrCode) }

func isCode(err error, code int) bool {
	var e *apiError
	return errors.As(err, &e) && e.ErrCode == code
}

// plain puts a failure of the storage into words that a user may read; the vendor's own go to the log.
func (s *Store) plain(err error) error {
	if err == nil {
		return nil
	}
	for _, ours := range []error{ErrUnavailable, ErrBroken, ErrMoved, ErrName, ErrTooLarge} {
		if errors.Is(err, ours) {
			return err
		}
	}
	var why string
	var api *apiError
	switch {
	case errors.Is(err, nats.ErrTimeout), errors.Is(err, context.DeadlineExceeded), errors.Is(err, errNoAnswer):
		why = "no answer in time"
	case errors.Is(err, context.Canceled):
		return err
	case errors.Is(err, nats.ErrNoResponders):
		why = "nobody is in charge of it just now"
	case errors.Is(err, nats.ErrConnectionClosed), errors.Is(err, nats.ErrReconnectBufExceeded), errors.Is(err, nats.ErrDisconnected),
		errors.Is(err, nats.ErrConnectionReconnecting), errors.Is(err, nats.ErrBadSubscription), errors.Is(err, nats.ErrNoServers):
		why = "the connection is lost"
	case errors.Is(err, nats.ErrMaxPayload):
		return ErrTooLarge
	case errors.As(err, &api):
		why = "it refused"
	default:
		why = "it failed"
	}
	s.log.Debug("journal storage", "error", err)
	return fmt.Errorf("%w: %s", ErrUnavailable, why)
}

// call asks the storage's management API and unpacks the answer into out, which may be nil.
func (s *Store) call(ctx context.Context, what string, in, out any) error {
	return request(ctx, s.nc, "$JS.API."+what, in, out)
}

// request asks in JSON, or with nothing where in is nil, and unpacks the answer into out, which may be nil.
func request(ctx context.Context, nc *nats.Conn, subject string, in, out any) error {
	var body []byte
	if in != nil {
		var err error
		if body, err = json.Marshal(in); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithTimeout(ctx, apiTimeout)
	defer cancel()
	msg, err := nc.RequestWithContext(ctx, subject, body)
	if err != nil {
		return err
	}
	var answer struct {
		Error *apiError `json:"error"`
	}
	if err := json.Unmarshal(msg.Data, &answer); err != nil {
		return fmt.Errorf("unreadable answer: %w", err)
	}
	if answer.Error != nil {
		return answer.Error
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(msg.Data, out)
}

// stored is a message as the storage's leader has it.
type stored struct {
	Subject string    `json:"subject"`
	Seq     uint64    `json:"seq"`
	Data    []byte    `json:"data"`
	Time    time.Time `json:"time"`
}

type getRequest struct {
	Seq      uint64 `json:"seq,omitempty"`
	LastFor  string `json:"last_by_subj,omitempty"`
	NextFor  string `json:"next_by_subj,omitempty"`
	Batch    int    `json:"batch,omitempty"`
	MaxBytes int    `json:"max_bytes,omitempty"`
}

// get asks the leader for one message; nil where there is none. Replicas may lag, so whatever decides an order asks here.
func (s *Store) get(ctx context.Context, stream string, req getRequest) (*stored, error) {
	var answer struct {
		Message *stored `json:"message"`
	}
	ctx, cancel := context.WithTimeout(ctx, apiTimeout)
	defer cancel()
	for {
		try, done := context.WithTimeout(ctx, s.attempt())
		err := s.call(try, "STREAM.MSG.GET."+stream, req, &answer)
		done()
		if isCode(err, codeNoMessage) {
			return nil, nil
		}
		if err == nil {
			return answer.Message, nil
		}
		if !s.again(ctx, err) {
			return nil, err
		}
	}
}

// attempt is how long to wait for one answer. A cluster's server that has just died, or has lost its leader, never
// answers, while the next one would at once.
func (s *Store) attempt() time.Duration {
	if s.engine == nil {
		return ackTimeout
	}
	return apiTimeout
}

// again says whether asking a cluster once more may help, after a moment; ctx bounds the whole.
func (s *Store) again(ctx context.Context, err error) bool {
	if s.engine != nil || s.closed.Load() {
		return false
	}
	var api *apiError
	if errors.As(err, &api) && api.Code != 503 {
		return false
	}
	select {
	case <-time.After(retryPause):
		return true
	case <-ctx.Done():
		return false
	}
}

// peek asks any replica for a subject's last message; nil where there is none. It may be behind, and is cheap for large ones.
func (s *Store) peek(ctx context.Context, stream, subject string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, apiTimeout)
	defer cancel()
	msg, err := s.nc.RequestWithContext(ctx, "$JS.API.DIRECT.GET."+stream+"."+subject, nil)
	if err != nil {
		return nil, err
	}
	switch status := msg.Header.Get("Status"); status {
	case "":
		return msg.Data, nil
	case "404":
		return nil, nil
	default:
		return nil, &apiError{Description: status + " " + msg.Header.Get("Description")}
	}
}

const (
	batchMessages = 1000    // messages a request, so that an answer fits any buffer
	batchBytes    = 8 << 20 // bytes a request
)

// scan calls each with the messages of a subject from seq on, in order, until it says enough or there are no more.
// Any replica may answer, so the end may be missing; the caller knows how far it must come.
func (s *Store) scan(ctx context.Context, stream, subject string, seq uint64, batch int, each func(seq uint64, data []byte) (more bool, err error)) error {
	sub, err := s.nc.SubscribeSync(s.nc.NewInbox())
	if err != nil {
		return err
	}
	defer sub.Unsubscribe()
	if err := sub.SetPendingLimits(batchMessages+2, 4*batchBytes); err != nil {
		return err
	}
	for {
		body, err := json.Marshal(getRequest{Seq: max(seq, 1), NextFor: subject, Batch: batch, MaxBytes: batchBytes})
		if err != nil {
			return err
		}
		if err := s.nc.PublishRequest("$JS.API.DIRECT.GET."+stream, sub.Subject, body); err != nil {
			return err
		}
		got := 0
		for {
			msg, err := nextMessage(ctx, sub, s.attempt())
			if err != nil {
				return err
			}
			status := msg.Header.Get("Status")
			if status == "204" {
				break // end of the batch
			}
			if status == "404" {
				return nil
			}
			if status != "" {
				return &apiError{Description: status + " " + msg.Header.Get("Description")}
			}
			got++
			at, err := strconv.ParseUint(msg.Header.Get(seqHeader), 10, 64)
			if err != nil {
				return fmt.Errorf("unreadable answer: %w", err)
			}
			seq = at + 1
			if more, err := each(at, msg.Data); err != nil || !more {
				return err
			}
		}
		if got == 0 {
			return nil
		}
	}
}

func nextMessage(ctx context.Context, sub *nats.Subscription, within time.Duration) (*nats.Msg, error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	return sub.NextMsgWithContext(ctx)
}
