package client

import (
	"slices"

	"tandem/shared/session"
)

// Held says what of the shown text the others must leave as it is.
type Held uint8

const (
	HeldNothing Held = iota
	HeldLines        // those with one's own selections: an input method composes there
	HeldText         // all of it: a formatter works on it
)

// Hold keeps from the text what would change what is held, and all that the server says after that, until less is
// held. Own edits go out meanwhile, up to one whose acknowledgement is among that. An error is as one of Receive.
func (c *Client) Hold(what Held, now int64) error {
	c.tell(now)
	c.link.hold = what
	waiting := c.link.waiting
	c.link.waiting = nil
	for i, e := range waiting {
		if c.waits(e) {
			c.link.waiting = waiting[i:]
			break
		}
		if err := c.take(e); err != nil {
			return c.fail(err)
		}
	}
	c.finish()
	return nil
}

// waits tells whether an event has to wait for what is held.
func (c *Client) waits(e session.Event) bool {
	switch e.Body.(type) {
	case session.Ping, session.Pong:
		return false
	}
	if c.link.hold == HeldNothing || len(c.link.waiting) > 0 {
		return c.link.hold != HeldNothing
	}
	switch b := e.Body.(type) {
	case session.Welcome:
		return true
	case session.Refusal: // the text may go back
		return b.Code != session.RefusedSave && b.Code != session.RefusedRate
	case session.CodeChange:
		return c.link.hold == HeldText || c.touches(e, b)
	}
	return false
}

// touches tells whether a change is on a line where one has a selection, or at its border.
func (c *Client) touches(e session.Event, b session.CodeChange) bool {
	if e.By == c.you.ID || b.Doc != session.DocCode {
		return true
	}
	s, err := c.over(b.Op)
	if err != nil {
		return true
	}
	var lines [][2]int
	for _, r := range c.sel {
		lines = append(lines, c.lines(r))
	}
	touched := false
	s.shown.Edits(func(pos, del int, _ string) bool {
		touched = slices.ContainsFunc(lines, func(l [2]int) bool { return pos <= l[1] && pos+del >= l[0] })
		return !touched
	})
	return touched
}

// lines is where the lines of a selection begin and end.
func (c *Client) lines(r session.Range) [2]int {
	from, to := min(r[0], r[1]), max(r[0], r[1])
	for from > 0 && c.text.Slice(from-1, from) != "\n" {
		from--
	}
	for to < c.text.Len() && c.text.Slice(to, to+1) != "\n" {
		to++
	}
	return [2]int{from, to}
}
