package room

import (
	"strings"
	"testing"

	"tandem/shared/ot"
	"tandem/shared/session"
)

// TestLargeStateIsNoLag: whoever comes into a session whose state alone is larger than what may wait for a peer is not
// cut for what comes behind it.
func TestLargeStateIsNoLag(t *testing.T) {
	tell(t, func(s *story) {
		ann := s.creates("Ann")
		rev := s.clear(ann)
		for i := range 4 {
			ann.types(rev+int64(i), i*200<<10, i*200<<10, strings.Repeat("é", 200<<10))
		}
		bob := s.joins("Bob")
		for _, p := range []*person{ann, bob} {
			p.sends(session.Request{Body: session.CursorChange{Doc: session.DocCode, Base: rev + 4, Ranges: []session.Range{{1, 1}}}})
		}
		carl := s.joins("Carl")
		if code := carl.code(); code != 0 {
			t.Fatalf("closed with %d", code)
		}
		ann.does(rev+4, session.CodeChange{Doc: session.DocCode, Op: ot.Splice(800<<10, 0, 0, "y")})
		carl.got(`11 ["y",819200] by Ann`)
		// One who asks for the state again and again and takes nothing is cut all the same.
		carl.slow = true
		for range 3 {
			carl.does(0, session.CodeChange{Doc: session.DocCode, Op: ot.Splice(1, 0, 0, "z")})
		}
		carl.slow = false
		carl.Wake()
		carl.closed(session.CloseTooSlow)
	})
}
