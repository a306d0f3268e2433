package browser

import (
	"strings"
	"time"
	"unicode/utf8"

	"tandem/shared/client"
	"tandem/shared/session"
)

// What the own program prints, and what it reads.

const (
	gatherTime = 40 * time.Millisecond // output is gathered for this long into one event
	gatherSize = session.MaxOutputChunk / 2
)

// gather collects output for a moment, so that a program that prints byte by byte makes few events.
func (l *Live) gather(stream, text string) {
	r := &l.runner
	if r.stream != stream {
		l.pour()
		r.stream = stream
	}
	room := max(0, session.MaxRunOutput-r.size)
	over := len(text) > room
	text = text[:cutAt(text, room)]
	r.size += len(text)
	r.pending.WriteString(text)
	if over { // with what it was given: what it prints by itself the page's runner limits
		run, ms := r.run, max(0, steady()-r.since)
		l.stopOwn(run)
		l.end(session.RunEnd{Run: run, Exit: 1, MS: ms, Reason: session.ReasonOutput})
	} else if r.pending.Len() >= gatherSize {
		l.pour()
	} else if r.timer == nil {
		r.timer = l.after(gatherTime, l.pour)
	}
}

// pour sends what was gathered.
func (l *Live) pour() {
	r := &l.runner
	if r.timer != nil {
		r.timer.Stop()
		r.timer = nil
	}
	text := r.pending.String()
	r.pending.Reset()
	for len(text) > 0 && l.c != nil && r.run != "" {
		n := cutAt(text, min(len(text), gatherSize))
		l.c.Output(r.run, r.stream, text[:n])
		text = text[n:]
	}
}

// cutAt is the last place up to n where no character is split.
func cutAt(text string, n int) int {
	if n >= len(text) {
		return len(text)
	}
	for n > 0 && !utf8.RuneStart(text[n]) {
		n--
	}
	return n
}

// Give sets what one's own next runs read, in place of asking; empty: they ask.
func (l *Live) Give(text string) {
	if text != "" && !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	l.do(func() { l.given = text })
}

// Input hands a line to a run, also to somebody else's.
func (l *Live) Input(run, line string) {
	l.do(func() {
		if run != l.runner.run {
			l.withClient(func(c *client.Client) { c.SendInput(run, line) })
			return
		}
		l.feed(run, line)
	})
}

// feed gives the own run a line, and tells everybody what was given. The page's runner keeps it until the program asks.
func (l *Live) feed(run, line string) {
	if run != l.runner.run || !l.runner.begun {
		return
	}
	if why := seam("runner").call("input", run, line).str(); why != "" {
		l.notice(why)
		return
	}
	l.gather(session.Stdin, line+"\n")
	l.pour()
	l.runner.needs, l.dirty = false, true
}
