package client

import (
	"maps"
	"slices"

	"tandem/shared/session"
)

// State is what the page shows: what the server confirmed, with one's own requests done at once. It shares its parts
// with the client: read it, don't keep it.
func (c *Client) State() *session.State {
	v := *c.base
	v.Docs = maps.Clone(c.base.Docs)
	v.Docs[session.DocCode] = c.text
	cloned := false
	for _, q := range c.queue {
		if _, ok := q.code(); ok {
			continue
		}
		if q.run() != "" && !cloned {
			v.Runs, cloned = cloneRuns(v.Runs), true
		}
		// Seq stays 0: the fold notes the others in a map that is base's. An error is the server's to give.
		_ = v.Apply(session.Event{Rev: v.Rev + 1, At: c.now + c.skew, By: c.you.ID, Body: q.body})
	}
	v.Rev = c.base.Rev
	return &v
}

// Person finds somebody who is or was in the session; nil if there is no such person. It is as in State, but costs
// nothing.
func (c *Client) Person(id string) *session.Person { return c.base.Person(id) }

// cloneRuns copies what further events change of runs.
func cloneRuns(runs []*session.Run) []*session.Run {
	out := make([]*session.Run, len(runs))
	for i, r := range runs {
		n := *r
		n.Output = slices.Clone(n.Output)
		out[i] = &n
	}
	return out
}
