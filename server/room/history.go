package room

import "tandem/shared/session"

// How much of the log a room keeps at hand, to transform late edits and to let people resume without the whole state.
// Whoever lags further gets the state.
const (
	maxEvents = 4096    // an hour of typing away; transforming over them takes under a millisecond
	maxBytes  = 1 << 20 // of their frames
)

// A history is the latest events of a log, without gaps.
type history struct {
	events []session.Event // the oldest first
	sizes  []int           // of their frames
	bytes  int
	last   int64 // rev of the newest, or of the state from which the room began
}

// add keeps one more event, whose frame has size bytes.
func (h *history) add(e session.Event, size int) {
	h.events, h.sizes = append(h.events, e), append(h.sizes, size)
	h.bytes += size
	h.last = e.Rev
	if len(h.events) <= maxEvents && h.bytes <= maxBytes {
		return
	}
	// Dropped in lumps, so that keeping costs little per event. The newest stays, however large.
	drop := 0
	for drop < len(h.events)-1 && (len(h.events)-drop > maxEvents*3/4 || h.bytes > maxBytes*3/4) {
		h.bytes -= h.sizes[drop]
		drop++
	}
	h.events = append(h.events[:0:0], h.events[drop:]...)
	h.sizes = append(h.sizes[:0:0], h.sizes[drop:]...)
}

// since gives the events after rev, and false where they are not all at hand.
func (h *history) since(rev int64) ([]session.Event, bool) {
	n := h.last - rev
	if rev < 0 || n < 0 || n > int64(len(h.events)) {
		return nil, false
	}
	return h.events[len(h.events)-int(n):], true
}
