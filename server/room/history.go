package room

import (
	"bytes"
	"fmt"
	"slices"

	"tandem/shared/session"
)

// How much of the log a room keeps at hand, to transform late edits and to let people resume without the whole state.
// Whoever lags further gets the state.
const (
	maxEvents = 4096         // an hour of typing away; reading and transforming over them takes some milliseconds
	maxBytes  = 1 << 20      // of their frames
	maxRecent = 2 * joinOver // events kept as values; half of them go at a time, and an edit that joins a batch needs no more
)

// A history is the latest events of a log, without gaps. The newest, which edits are moved over, are at hand as they are.
// All are kept as their frames, in one piece: as values they would take twice the memory, and the garbage collector
// would go over every one of them again and again.
type history struct {
	recent []session.Event // the newest, the oldest of them first
	frames []byte          // of all, the oldest first
	ends   []int           // of each within frames
	last   int64           // rev of the newest, or of the state from which the room began
}

// add keeps one more event. It does not keep its frame.
func (h *history) add(e session.Event, frame []byte) {
	if len(h.recent) == maxRecent { // dropped in lumps, so that keeping costs little per event
		h.recent = slices.Delete(h.recent, 0, maxRecent/2)
	}
	h.recent = append(h.recent, e)
	h.frames = append(h.frames, frame...)
	h.ends = append(h.ends, len(h.frames))
	h.last = e.Rev
	if len(h.ends) > maxEvents || len(h.frames) > maxBytes {
		h.shorten()
	}
}

// shorten drops the oldest quarter. The newest stays, however large.
func (h *history) shorten() {
	drop, cut := 0, 0
	for drop < len(h.ends)-1 && (len(h.ends)-drop > maxEvents*3/4 || len(h.frames)-cut > maxBytes*3/4) {
		cut = h.ends[drop]
		drop++
	}
	h.frames = slices.Delete(h.frames, 0, cut)
	h.ends = slices.Delete(h.ends, 0, drop)
	for i := range h.ends {
		h.ends[i] -= cut
	}
	if len(h.recent) > len(h.ends) {
		h.recent = slices.Delete(h.recent, 0, len(h.recent)-len(h.ends))
	}
}

// since gives the events after rev, and false where they are not all at hand. They are good until the next add.
func (h *history) since(rev int64) ([]session.Event, bool) {
	n := h.last - rev
	if rev < 0 || n < 0 || n > int64(len(h.ends)) {
		return nil, false
	}
	if n <= int64(len(h.recent)) {
		return h.recent[len(h.recent)-int(n):], true
	}
	events := make([]session.Event, 0, n)
	for i := len(h.ends) - int(n); i < len(h.ends)-len(h.recent); i++ {
		e, err := session.ParseEvent(h.frame(i))
		if err != nil {
			return nil, false
		}
		events = append(events, e)
	}
	return append(events, h.recent...), true
}

// find gives the event that a person asked for with their request seq, and false where it is not at hand.
func (h *history) find(by string, seq int64) (session.Event, bool) {
	named := fmt.Appendf(nil, `,"seq":%d,`, seq) // reading all of them would take as long as a thousand edits
	for i := len(h.ends) - 1; i >= 0; i-- {
		if !bytes.Contains(h.frame(i), named) {
			continue
		}
		if e, err := session.ParseEvent(h.frame(i)); err == nil && e.By == by && e.Seq == seq {
			return e, true
		}
	}
	return session.Event{}, false
}

// frame is that of the ith event at hand.
func (h *history) frame(i int) []byte {
	from := 0
	if i > 0 {
		from = h.ends[i-1]
	}
	return h.frames[from:h.ends[i]]
}
