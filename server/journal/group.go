package journal

import (
	"bytes"
	"encoding/json"
	"errors"
	"sync"

	"github.com/nats-io/nats.go"
)

// group is entries sent together. Of entries in a row only the first and the last are answered where that tells of all:
// their numbers differ by as much as if everything between them was stored.
type group struct {
	id    uint64
	items []*pending
	sent  []int // indexes of those that went out, in their order
	size  int   // bytes of their data

	mu   sync.Mutex
	res  []result
	left int
	full chan struct{}
}

// answer notes what became of entry i.
func (g *group) answer(i int, r result) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.res == nil || g.left == 0 || i >= len(g.res) || g.res[i].err != errNoAnswer {
		return
	}
	g.res[i] = r
	if g.left--; g.left == 0 {
		close(g.full)
	}
}

// mayBeStored says whether who is told this may find the entry where it belongs, once it is settled.
func mayBeStored(err error) bool { return err == nil || err == errUnsure }

// results ends the group and gives what became of each entry; later answers are too late.
func (g *group) results() []result {
	g.mu.Lock()
	defer g.mu.Unlock()
	res := g.res
	g.res = nil
	if len(g.sent) < 3 {
		return res
	}
	first, last := res[g.sent[0]], res[g.sent[len(g.sent)-1]]
	all := first.err == nil && last.err == nil && last.seq-first.seq == uint64(len(g.sent)-1)
	for k, i := range g.sent {
		switch {
		case res[i].err != errUnsure:
		case all:
			res[i] = result{seq: first.seq + uint64(k)}
		case !isAnswer(last.err):
			res[i].err = errNoAnswer // it may still be on its way
		}
	}
	return res
}

// isAnswer tells what the storage says from what is wrong with the way to it.
func isAnswer(err error) bool {
	var refusal *apiError
	return err == nil || err == errConflict || errors.As(err, &refusal)
}

var seqField = []byte(`"seq":`)

// parseAnswer reads {"stream":"…","seq":123} by hand, and anything else by the book.
func parseAnswer(msg *nats.Msg) result {
	if len(msg.Data) == 0 && msg.Header.Get("Status") == "503" {
		return result{err: nats.ErrNoResponders}
	}
	if !bytes.Contains(msg.Data, []byte(`"error"`)) {
		if _, rest, ok := bytes.Cut(msg.Data, seqField); ok {
			var seq uint64
			for _, d := range rest {
				if d < '0' || d > '9' {
					break
				}
				seq = seq*10 + uint64(d-'0')
			}
			if seq > 0 {
				return result{seq: seq}
			}
		}
	}
	var answer struct {
		Error *apiError `json:"error"`
		Seq   uint64    `json:"seq"`
	}
	if err := json.Unmarshal(msg.Data, &answer); err != nil {
		return result{err: err}
	}
	if answer.Error != nil {
		if answer.Error.ErrCode == codeWrongLast || answer.Error.ErrCode == codeWrongLastC {
			return result{err: errConflict}
		}
		return result{err: answer.Error}
	}
	return result{seq: answer.Seq}
}
