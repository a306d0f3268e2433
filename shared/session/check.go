package session

import (
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"strings"

	"tandem/shared/ot"
)

// Check tells whether a person may do what a request's body says, in the present state; nil if so. An op is
// checked against its text by applying it, not here.
func (s *State) Check(u User, b Body) *Refusal {
	if !MaySend(u.Role, b) {
		return &Refusal{Code: RefusedAccess, Message: "You can't do that in this session."}
	}
	switch b := b.(type) {
	case CodeChange:
		if b.Origin == OriginTemplate || !slices.Contains([]string{"", OriginPaste, OriginUndo, OriginFormat}, b.Origin) {
			return &Refusal{Code: RefusedFrame, Message: "An edit can't be of origin " + cut(b.Origin) + "."}
		}
	case LanguageChange:
		return checkLanguage(b.Language)
	case LimitChange:
		if b.RunMS < MinRunMS || b.RunMS > MaxRunMS {
			return &Refusal{Code: RefusedRun, Message: "A run may take between a second and ten minutes."}
		}
	case RunStart:
		if !ValidID(b.Run) || b.Code < 0 || b.Code > s.Rev {
			return &Refusal{Code: RefusedRun, Message: "That run has no valid id or no code."}
		}
		if s.Run(b.Run) != nil || s.Running(u.ID) != nil {
			return &Refusal{Code: RefusedRun, Message: "You are running the code already."}
		}
		return checkLanguage(b.Language)
	case RunOutput:
		if b.Stream != Stdout && b.Stream != Stderr && b.Stream != Stdin {
			return &Refusal{Code: RefusedRun, Message: "Output is stdout, stderr or stdin."}
		}
		if len(b.Text) == 0 || len(b.Text) > MaxOutputChunk { // pieces of nothing would fill the fold unseen
			return &Refusal{Code: RefusedRun, Message: "Output comes in pieces of 1 byte to 64 KB."}
		}
		r, refusal := s.ownRun(u, b.Run)
		if refusal == nil && (r.Size+len(b.Text) > MaxRunOutput+MaxOutputChunk || r.Lines+strings.Count(b.Text, "\n") > MaxRunLines+MaxOutputChunk) {
			return &Refusal{Code: RefusedRun, Message: "That run has printed more than is kept."}
		}
		return refusal
	case RunEnd:
		if !slices.Contains([]string{ReasonOK, ReasonError, ReasonStopped, ReasonTimeout, ReasonMemory, ReasonCrash, ReasonOutput}, b.Reason) {
			return &Refusal{Code: RefusedRun, Message: "A run can't end for the reason " + cut(b.Reason) + "."}
		}
		if b.Error != nil && len(b.Error.Message) > MaxOutputChunk { // the fold keeps it, and who joins gets it
			return &Refusal{Code: RefusedRun, Message: "That error is too long to be kept."}
		}
		_, refusal := s.ownRun(u, b.Run)
		return refusal
	case CursorChange:
		if len(b.Ranges) > MaxRanges || s.Docs[b.Doc] == nil {
			return &Refusal{Code: RefusedFrame, Message: "Those cursors can't be shown."}
		}
		for _, r := range b.Ranges {
			if min(r[0], r[1]) < 0 || max(r[0], r[1]) > ot.MaxText {
				return &Refusal{Code: RefusedFrame, Message: "Those cursors can't be shown."}
			}
		}
	case RunStop:
		return s.checkRunning(b.Run)
	case RunStdin:
		return s.checkRunning(b.Run)
	}
	return nil
}

func (s *State) ownRun(u User, id string) (*Run, *Refusal) {
	r := s.Run(id)
	if r == nil || r.By != u.ID || r.End != nil {
		return nil, &Refusal{Code: RefusedRun, Message: "That run is not yours, or it is over."}
	}
	return r, nil
}

func (s *State) checkRunning(id string) *Refusal {
	if r := s.Run(id); r == nil || r.End != nil {
		return &Refusal{Code: RefusedRun, Message: "That run is over."}
	}
	return nil
}

func checkLanguage(id string) *Refusal {
	if _, ok := LookupLanguage(id); !ok {
		return &Refusal{Code: RefusedLanguage, Message: "There is no language " + cut(id) + "."}
	}
	return nil
}

// UserID is the id under which others see a client in a session. It tells nothing of the client's secret id, and
// it is the same after a reconnect and a restart.
func UserID(session, client string) string {
	sum := sha256.Sum256([]byte(session + "\x00" + client))
	return base64.RawURLEncoding.EncodeToString(sum[:])[:10]
}

// NextColor is the colour for somebody new: the one least worn by those who are here, then by all.
func (s *State) NextColor() int {
	var worn [Colors + 1]int
	for _, p := range s.Users {
		if worn[p.Color]++; p.Here {
			worn[p.Color] += 1000
		}
	}
	best := 1
	for c := 2; c <= Colors; c++ {
		if worn[c] < worn[best] {
			best = c
		}
	}
	return best
}
