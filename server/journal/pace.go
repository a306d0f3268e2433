package journal

import "time"

const (
	gatherFor  = 2 * time.Millisecond // how long the first of a group waits for company: an eye needs twenty times that
	gatherFrom = 300.0                // entries a second from which waiting brings company
)

// pace decides whether a group waits for company before it is sent. At an interview's rates it is the waking up that
// costs, not the work: two entries in one group cost little more than one. A lone typist is not made to wait.
type pace struct {
	last time.Time
	rate float64 // entries a second, smoothed over some 50 ms
}

func (p *pace) gather() {
	if p.rate >= gatherFrom {
		time.Sleep(gatherFor)
	}
}

// sent takes note of a group that goes out now.
func (p *pace) sent(n int) {
	now := time.Now()
	gap := now.Sub(p.last).Seconds()
	p.last = now
	const memory = 0.05
	if gap >= memory {
		p.rate = float64(n) / gap
		return
	}
	p.rate += (float64(n) - p.rate*gap) / memory
}
