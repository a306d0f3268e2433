// Package journal is the durable log of every session: records in one order, numbered from 1, kept until
// the session expires or is deleted. A record is opaque bytes; the package knows nothing of events.
//
// Order is decided by append-after: whoever appends says after which record, and of two who say the same one
// is stored and the other is told ErrMoved. That is all that several servers need to serve one session together.
//
// Several nodes on one session: each follows it (Follow before Read, so that nothing falls between), applies the notes whose First is its last
// record's number plus one, ignores those it knows, and Reads after its last when a number is missing or a note says Missed. An Append that
// ends with ErrMoved changed nothing: Read what came before it, transform, Append again. After ErrUnavailable or an ended context the records may
// be there or may still turn up: Read, look for one's own, and only then go on; an Append after the right number settles it.
//
// There are two implementations: Memory, which forgets, and Open, which keeps (a NATS JetStream stream, embedded or remote).
// Nothing of the vendor is in this package's API or in its errors.
package journal

import (
	"errors"
	"fmt"
)

// ErrMoved says that the session's log does not end where the caller thought: somebody else appended, or the
// session was deleted. Read what follows, transform again, retry. It has Moved() bool for those who may not import this package.
var ErrMoved error = movedError{}

// ErrUnavailable says that nothing can be stored or read just now: disk full or read-only, no leader, connection lost.
// Whether the records of a failed Append will turn up is not known, so Read before appending again.
// It has Unavailable() bool for those who may not import this package.
var ErrUnavailable error = unavailableError{}

// ErrBroken says that what is stored is not what was once appended. It has Broken() bool for those who may not import this
// package.
var ErrBroken error = brokenError{}

// ErrName says that a session's name can't be one: names are 1 to 64 of A–Z a–z 0–9 _ -.
var ErrName = errors.New("not a session's name")

var errClosed = fmt.Errorf("%w: it is closed", ErrUnavailable)

type movedError struct{}

func (movedError) Error() string { return "the session's log moved on" }
func (movedError) Moved() bool   { return true }

type unavailableError struct{}

func (unavailableError) Error() string     { return "the journal is not available" }
func (unavailableError) Unavailable() bool { return true }

type brokenError struct{}

func (brokenError) Error() string { return "the log is damaged" }
func (brokenError) Broken() bool  { return true }

// Note tells a follower what others did to a session.
type Note struct {
	Session string
	First   int64    // number of the first of Records
	Records [][]byte // stored by another node, in order; they may be kept
	Missed  bool     // records may have been missed: Read after the last that you know
	Gone    bool     // the session was deleted or has expired
}

const maxName = 64 // bytes: three nanoids' worth

// checkName keeps names within what a subject's token and a file's name can hold on any system.
func checkName(session string) error {
	if len(session) == 0 || len(session) > maxName {
		return ErrName
	}
	for i := range len(session) {
		c := session[i]
		if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_' || c == '-') {
			return ErrName
		}
	}
	return nil
}
