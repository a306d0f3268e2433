package room

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"tandem/shared/session"
)

// AppendBounds are the upper ends, in seconds, of the classes in which Stats counts how long appends took.
var AppendBounds = [...]float64{.0001, .0003, .001, .003, .01, .03, .1, .3, 1, 3, 10}

// Stats is what the rooms of this server did since it started, and hold now.
type Stats struct {
	Rooms, People int
	Edits         uint64                        // stored, by people of this server
	Events        uint64                        // stored by this server, edits among them
	Overflows     uint64                        // people cut because their queue ran over
	Faults        uint64                        // clients that started anew, as their text was not the server's or the like
	Errors        uint64                        // appends, reads and deletions that failed
	Races         uint64                        // appends that somebody on another node was faster than
	Appends       [len(AppendBounds) + 1]uint64 // that were stored, by how long it took
	AppendTime    time.Duration                 // of all of them
}

// counts is where rooms count; each may be added to by any goroutine.
type counts struct {
	edits, events, overflows, faults, errors, races atomic.Uint64

	appends [len(AppendBounds) + 1]atomic.Uint64
	time    atomic.Int64 // nanoseconds
}

// appended counts an append that ended.
func (c *counts) appended(took time.Duration, err error) {
	if err != nil {
		if isMoved(err) {
			c.races.Add(1)
		} else {
			c.errors.Add(1)
		}
		return
	}
	i := 0
	for i < len(AppendBounds) && took.Seconds() > AppendBounds[i] {
		i++
	}
	c.appends[i].Add(1)
	c.time.Add(int64(took))
}

// failed counts a call of the journal that did; that the one who asked hung up, or others were faster, is no failure.
func (c *counts) failed(err error) error {
	if err != nil && !isMoved(err) && !errors.Is(err, context.Canceled) {
		c.errors.Add(1)
	}
	return err
}

// edited counts what was stored.
func (c *counts) edited(entries []entry) {
	edits := uint64(0)
	for i := range entries {
		if entries[i].peer != nil && entries[i].event.Body.Kind() == session.KindCode {
			edits++
		}
	}
	c.events.Add(uint64(len(entries)))
	c.edits.Add(edits)
}

// Edits is Stats.Edits alone, for who asks often: it does not look at each room.
func (rs *Rooms) Edits() uint64 { return rs.counts.edits.Load() }

// Stats gives the figures for the metrics page.
func (rs *Rooms) Stats() Stats {
	c := &rs.counts
	s := Stats{
		Edits: rs.Edits(), Events: c.events.Load(), Overflows: c.overflows.Load(), Faults: c.faults.Load(), Errors: c.errors.Load(), Races: c.races.Load(),
		AppendTime: time.Duration(c.time.Load()),
	}
	for i := range c.appends {
		s.Appends[i] = c.appends[i].Load()
	}
	rs.mu.Lock()
	defer rs.mu.Unlock()
	s.Rooms = len(rs.open)
	for _, r := range rs.open {
		s.People += int(r.here.Load())
	}
	return s
}
