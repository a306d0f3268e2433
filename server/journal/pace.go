package journal

import "time"

const (
	gatherFor  = 3 * time.Millisecond // how long the first of a group waits for company: an eye needs ten times that
	gatherSync = 6 * time.Millisecond // … where the group shares an fsync, which costs as much as a dozen entries
	gatherFrom = 300.0                // entries a second from which waiting may bring company
	gatherMax  = 64                   // entries that are company enough
	gatherVain = 4                    // waits without company after which …
	gatherRest = 200                  // … so many groups are sent without waiting: it is one writer, who waits for each
)

// pace decides whether a group waits for company before it is sent. At an interview's rates it is the waking up that
// costs, not the work: two entries in one group cost little more than one. A lone writer is not made to wait.
type pace struct {
	last   time.Time
	rate   float64 // entries a second, smoothed over some 50 ms
	waited bool    // the group now being sent
	vain   int
	rest   int
}

// wait says whether to wait for company now.
func (p *pace) wait() bool {
	p.waited = p.rate >= gatherFrom && p.rest == 0
	return p.waited
}

// sent takes note of a group of n that goes out.
func (p *pace) sent(n int, now time.Time) {
	switch {
	case p.rest > 0:
		p.rest--
	case p.waited && n == 1:
		if p.vain++; p.vain == gatherVain {
			p.vain, p.rest = 0, gatherRest
		}
	default:
		p.vain = 0
	}
	gap := now.Sub(p.last).Seconds()
	p.last = now
	const memory = 0.05
	if gap >= memory {
		p.rate = float64(n) / gap
		return
	}
	p.rate += (float64(n) - p.rate*gap) / memory
}
