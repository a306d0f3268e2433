package main

import (
	"tandem/server/journal"
	"tandem/server/room"
)

// nodes is how rooms hear of the other servers on the same cluster: by the journal, in a room's words.
type nodes struct{ *journal.Store }

func (n nodes) Follow(session string, on func(room.Note)) (stop func(), err error) {
	return n.Store.Follow(session, func(note journal.Note) { on(room.Note(note)) })
}
