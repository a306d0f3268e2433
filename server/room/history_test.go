package room

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"tandem/shared/ot"
	"tandem/shared/session"
)

// A history gives what a plain list of the same events would, whatever it has dropped.
func TestHistory(t *testing.T) {
	for _, c := range []struct {
		name string
		size int // units inserted by the largest events
		n    int
		keep int // events that must be at hand at the end, at the least
	}{
		{"few", 1, maxRecent - 1, maxRecent - 1},
		{"many small", 1, 3 * maxEvents, maxEvents * 3 / 4},
		{"some large", 10 << 10, 2 * maxRecent, 10},
		{"over the bound by itself", ot.MaxInsert, 5, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := history{last: 10}
			var all []session.Event
			for i := range c.n {
				text := "x"
				if i%3 == 1 {
					text = strings.Repeat("\x01", c.size) // six bytes each in a frame
				}
				e := session.Event{Rev: 11 + int64(i), At: 1, By: fmt.Sprint("p", i%2), Seq: int64(i/2 + 1), Body: session.CodeChange{Doc: "code", Op: ot.Splice(0, 0, 0, text)}}
				h.add(e, session.AppendEvent(nil, e))
				all = append(all, e)
				if i%251 == 0 {
					sameHistory(t, &h, all, 1+len(all)/20)
				}
			}
			if len(h.ends) < c.keep {
				t.Errorf("%d of %d events are at hand, want %d", len(h.ends), c.n, c.keep)
			}
			if len(h.ends) > maxEvents || len(h.frames) > maxBytes && len(h.ends) > 1 || len(h.recent) > min(maxRecent, len(h.ends)) {
				t.Errorf("%d events of %d bytes are kept, %d as values", len(h.ends), len(h.frames), len(h.recent))
			}
			sameHistory(t, &h, all, 1+len(all)/200)
			sameHistory(t, &h, all[max(0, len(all)-3*maxRecent):], 1)
		})
	}
}

// sameHistory holds a history against all there were, each step-th reach into the past.
func sameHistory(t *testing.T, h *history, all []session.Event, step int) {
	t.Helper()
	newest := all[len(all)-1].Rev
	for k := 0; k <= len(all); k += step {
		want := all[len(all)-k:]
		got, ok := h.since(newest - int64(k))
		if ok != (k <= len(h.ends)) {
			t.Fatalf("the latest %d of %d: at hand is %v, with %d kept", k, len(all), ok, len(h.ends))
		}
		if ok && (len(got) != k || k > 0 && !reflect.DeepEqual(got[0], want[0]) || k > 1 && !reflect.DeepEqual(got[k-1], want[k-1])) {
			t.Fatalf("the latest %d of %d are not what was added", k, len(all))
		}
		if k == 0 {
			continue
		}
		if e, found := h.find(want[0].By, want[0].Seq); found != ok || found && !reflect.DeepEqual(e, want[0]) {
			t.Fatalf("event %d is found: %v, at hand: %v", want[0].Rev, found, ok)
		}
	}
	for _, rev := range []int64{-1, newest + 1} {
		if _, ok := h.since(rev); ok {
			t.Errorf("there is something since rev %d", rev)
		}
	}
	if _, found := h.find("nobody", 1); found {
		t.Error("somebody else's request is found")
	}
}
