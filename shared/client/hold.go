package client

import (
	"slices"

	"tandem/shared/ot"
	"tandem/shared/session"
)

// Held says what of the shown text the others must leave as it is.
type Held uint8

const (
	HeldNothing Held = iota
	HeldLines        // those with one's own selections: an input method composes there
	HeldText         // all of it: a formatter works on it
)

// Hold keeps from the editor what would change what is held, until less is held. Everything else goes on: Text is ahead of
// the editor by that, and what is done in the editor follows it.
func (c *Client) Hold(what Held, now int64) {
	c.tell(now)
	if c.held == HeldNothing {
		c.seen = c.text.Clone()
	}
	if c.held = what; what == HeldNothing {
		c.seen = nil
	}
	c.history.compose(what == HeldLines)
	c.touchCursors() // they are shown in the editor's text
	c.finish()
}

// follow takes an edit of the editor's text, and selections in it, to Text. It changes nothing yet: lacks is what the editor
// lacks after the edit.
func (c *Client) follow(op ot.Op, sel []session.Range) (later, lacks ot.Op, moved []session.Range, err error) {
	if !c.patched {
		return op, c.patch, sel, nil
	}
	later, lacks, err = ot.TransformLarge(op, c.patch)
	return later, lacks, c.ahead(sel), err
}

// ahead takes selections in the editor's text to Text.
func (c *Client) ahead(sel []session.Range) []session.Range {
	if !c.patched || sel == nil {
		return sel
	}
	return session.Carry(clampAll(sel, c.seen.Len()), c.patch, false)
}

// behind is the op that makes the editor's text of Text; ok is false where both are the same.
func (c *Client) behind() (op ot.Op, ok bool) {
	if !c.patched {
		return op, false
	}
	op, err := c.patch.InvertLarge(c.seen)
	return op, err == nil
}

// divide parts what the editor lacks into what may be done now and what is held, which comes after that.
func (c *Client) divide() (now, held ot.Op) {
	back, ok := c.behind()
	if !ok || c.held == HeldText {
		return ot.Op{}, c.patch
	}
	var lines [][2]int
	for _, r := range session.Carry(c.sel, back, false) {
		lines = append(lines, linesOf(c.seen, r))
	}
	var free, kept share
	c.patch.Edits(func(pos, del int, ins string) bool {
		if slices.ContainsFunc(lines, func(l [2]int) bool { return pos <= l[1] && pos+del >= l[0] }) {
			kept.put(pos, del, ins)
		} else {
			free.put(pos, del, ins)
		}
		return true
	})
	now = free.op(c.seen.Len())
	held, _, err := ot.TransformLarge(kept.op(c.seen.Len()), now)
	if err != nil {
		return ot.Op{}, c.patch
	}
	return now, held
}

// share is some of the replacements of an op.
type share struct {
	ot.Builder
	at int
}

func (p *share) put(pos, del int, ins string) {
	p.Keep(pos - p.at)
	p.Insert(ins)
	p.Delete(del)
	p.at = pos + del
}

// op is the share as an op on a text of n units.
func (p *share) op(n int) ot.Op {
	p.Keep(n - p.at)
	return p.Op()
}

// linesOf is where the lines of a selection begin and end, their borders with them.
func linesOf(t *ot.Text, r session.Range) [2]int {
	from, to := min(r[0], r[1]), max(r[0], r[1])
	for from > 0 && t.Slice(from-1, from) != "\n" {
		from--
	}
	for to < t.Len() && t.Slice(to, to+1) != "\n" {
		to++
	}
	return [2]int{from, to}
}
