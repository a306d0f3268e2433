package browser

import (
	"slices"
	"strings"

	"tandem/shared/session"
)

// A seat is a client through which this device took part in a session, and whose state it may have kept. A tab has one
// in each session; a second tab of the same session has another.
type seat struct {
	client string
	unsent bool // it was saved with something that the server had not taken
}

const (
	keySeats = "tandem.last."   // + session id: the seats, the last used first, those with something unsent marked
	keyTab   = "tandem.client." // + session id, in the tab's own storage: this tab's seat
	maxSeats = 8                // for a session; an older one is forgotten, unless something in it is unsent
)

// seatsIn lists the seats of a session, the last used first.
func seatsIn(id string) []seat { return readSeats(recall(keySeats + id)) }

func readSeats(data string) (all []seat) {
	for _, word := range strings.Fields(data) {
		client, unsent := strings.CutSuffix(word, "*")
		if session.ValidID(client) {
			all = append(all, seat{client, unsent})
		}
	}
	return all
}

func writeSeats(all []seat) string {
	words := make([]string, len(all))
	for i, s := range all {
		if words[i] = s.client; s.unsent {
			words[i] += "*"
		}
	}
	return strings.Join(words, " ")
}

// withSeat puts s in front of the others and gives those that fall off the end.
func withSeat(all []seat, s seat) (now, gone []seat) {
	now = inFront(s, all, func(o seat) bool { return o.client == s.client })
	for i := len(now) - 1; i > 0 && len(now) > maxSeats; i-- {
		if !now[i].unsent {
			gone = append(gone, now[i])
			now = slices.Delete(now, i, i+1)
		}
	}
	return now, gone
}

// takeSeat notes that the client is in the session, and whether it has something unsent.
func takeSeat(id, client string, unsent bool) {
	old := recall(keySeats + id)
	all, gone := withSeat(readSeats(old), seat{client, unsent})
	if now := writeSeats(all); now != old {
		remember(keySeats+id, now)
	}
	tab().try("setItem", keyTab+id, client)
	for _, s := range gone {
		dropSaved(saveKey(id, s.client))
	}
}

// seatIsSent notes that all of a client is at the server; it comes no nearer to the front by that.
func seatIsSent(id, client string) {
	remember(keySeats+id, writeSeats(withoutMark(seatsIn(id), client)))
}

func withoutMark(all []seat, client string) []seat {
	for i := range all {
		if all[i].client == client {
			all[i].unsent = false
		}
	}
	return all
}

// candidates are the clients that somebody who comes to the session may be, in the order to try: this tab's, those
// with something unsent, the last used.
func candidates(id string) (clients []string) {
	own, _ := tab().try("getItem", keyTab+id)
	clients = append(clients, own.str())
	all := seatsIn(id)
	slices.SortStableFunc(all, func(a, b seat) int {
		switch {
		case a.unsent == b.unsent:
			return 0
		case a.unsent:
			return -1
		}
		return 1
	})
	for _, s := range all {
		clients = append(clients, s.client)
	}
	return clients
}

// leaveSeats forgets all that was kept of a session's text.
func leaveSeats(id string) {
	for _, s := range seatsIn(id) {
		dropSaved(saveKey(id, s.client))
	}
	remember(keySeats+id, "")
}

func anyUnsent(all []seat) bool {
	return slices.ContainsFunc(all, func(s seat) bool { return s.unsent })
}
