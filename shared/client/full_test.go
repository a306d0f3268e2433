//go:build !race

package client

import (
	"fmt"
	"strings"
	"testing"

	"tandem/shared/ot"
	"tandem/shared/session"
)

// Stories of a text that is full, and of edits that are larger than what may be sent: a minute each under the race detector,
// which has nothing to find in one goroutine.

// lines is a text of n units in lines, so that texts are compared by them.
func lines(n int) string {
	var b strings.Builder
	for i := 0; b.Len() < n; i++ {
		fmt.Fprintf(&b, "line %06d ....................\n", i)
	}
	return b.String()[:n]
}

func TestTypedIntoATextThatOthersFill(t *testing.T) {
	const room = 10
	text := lines(ot.MaxText - room)
	mine, theirs := strings.Repeat("a", 20), strings.Repeat("b", room)
	for name, c := range map[string]struct{ before, after []move }{
		"while away":                   {[]move{cut("a"), edit("a", 0, mine[:8]), edit("a", 8, mine[8:room]), edit("b", 0, theirs), send("b")}, []move{open("a")}},
		"while away, without its save": {[]move{cut("a"), edit("a", 0, mine[:room]), edit("b", 0, theirs), send("b"), refresh("a")}, []move{open("a")}},
		"behind a snapshot":            {[]move{forget(1), cut("a"), edit("a", 0, mine[:room]), edit("b", 0, theirs[:5]), send("b"), hear("b"), edit("b", 0, theirs[5:]), send("b")}, []move{open("a")}},
		"at the same time":             {[]move{edit("a", 0, mine[:4]), edit("a", 4, mine[4:room]), edit("b", 0, theirs), send("b")}, nil},
		"sent, and lost":               {[]move{edit("a", 0, mine[:room]), cut("a"), edit("b", 0, theirs), send("b")}, []move{open("a")}},
	} {
		// Deletion by oneself, and by others.
		for _, who := range []string{"a", "b"} {
			t.Run(name+", "+who+" deletes", func(t *testing.T) {
				script := append([]move{edit("a", 0, ""), edit("b", 0, "")}, c.before...)
				script = append(append(script, c.after...), settleFor("a", "b"),
					check("a sees what both typed", func(s *stage) bool {
						seen := s.actor("a").editor.String()
						return strings.Count(seen, mine[:room]) == 1 && strings.Count(seen, theirs) == 1
					}),
					check("a is told", func(s *stage) bool {
						st := s.actor("a").client.Status()
						return st.Full && !st.Saved && strings.Contains(st.Message, "full")
					}),
					check("more of it is refused, as it is in any full text", func(s *stage) bool {
						a := s.actor("a")
						return a.client.Edit(ot.Splice(a.editor.Len(), 0, 0, "x"), "", nil, s.now) == ot.ErrLimit
					}),
					refresh("a"), open("a"), settleFor("a", "b"), erase(who, ot.MaxText-1000, 30), wait(lateWithin), settle(),
					check("a is told no more", func(s *stage) bool { st := s.actor("a").client.Status(); return !st.Full && st.Saved }))
				s := play(t, text, script...)
				if got := s.server.text(); len(got) != ot.MaxText-room-30+2*room || strings.Count(got, mine[:room]) != 1 || strings.Count(got, theirs) != 1 {
					t.Errorf("%d units, %q…", len(got), got[:60])
				}
			})
		}
	}
}

// What is in the way is not the text that one typed last: a part of one's own edits that fits is saved.
func TestOnlyWhatDoesNotFitWaits(t *testing.T) {
	s := play(t, lines(ot.MaxText-10), edit("b", 0, ""), cut("a"), edit("a", 0, "12345"), paste("a", 0, "67890"), edit("b", 0, "bbbbb"), send("b"), open("a"), settleFor("a", "b"))
	if got := s.server.text(); !strings.Contains(got, "12345") || strings.Contains(got, "67890") || !s.actor("a").client.Status().Full {
		t.Errorf("%q…, %+v", got[:40], s.actor("a").client.Status())
	}
}

// Other requests wait behind the edit that has no room, and keep their order.
func TestRequestsBehindAFullText(t *testing.T) {
	s := play(t, lines(ot.MaxText-10), edit("b", 0, ""), cut("a"), edit("a", 0, "12345"), title("a", "first"), edit("a", 5, "67"), title("a", "second"), edit("b", 0, "bbbbbb"), send("b"),
		open("a"), settleFor("a", "b"), erase("a", 100, 20), settle())
	if s.server.state.Title != "second" || !strings.Contains(s.server.text(), "1234567") {
		t.Errorf("the title is %q in %q…", s.server.state.Title, s.server.text()[:30])
	}
}

func TestUndoThatHasNoRoom(t *testing.T) {
	text := lines(ot.MaxText)
	refused := func(why string, turn func(*Client, int64) bool) move {
		return check(why, func(s *stage) bool {
			a := s.actor("a")
			before := a.client.text.Clone()
			return !turn(a.client, s.now) && a.client.text.Equal(before) && strings.Contains(a.client.Status().Message, "no room")
		})
	}
	play(t, text, edit("a", 0, ""), edit("b", 0, ""), erase("a", 0, 100), wait(1000), erase("a", 0, 50), settle(), edit("b", 0, strings.Repeat("b", 120)), settle(),
		refused("no room for either", (*Client).Undo), undo("a"), erase("b", 0, 30), settle(),
		undo("a"), refused("room for the last one only", (*Client).Undo), erase("b", 0, 90), settle(), undo("a"), want(text), redo("a"), redo("a"), settle(),
		edit("b", 0, strings.Repeat("b", 60)), settle(), undo("a"), refused("no room for the other", (*Client).Undo), check("one of the two is back", func(s *stage) bool {
			return s.actor("a").client.CanUndo() && s.actor("a").client.CanRedo()
		}), erase("b", 0, 60), settle(), undo("a"), want(text))
	// The step forth stays as well.
	full := strings.Repeat("b", 100)
	play(t, text[100:], edit("b", 0, ""), paste("a", 0, strings.Repeat("a", 100)), undo("a"), settle(), edit("b", 0, full), settle(),
		refused("no room", (*Client).Redo), erase("b", 0, 100), settle(), redo("a"), want(strings.Repeat("a", 100)+text[100:]))
}

// everywhere is one edit in each of n words of four units.
func (a *actor) everywhere(n, at int, ins string, del int) {
	var all ot.Builder
	for range n {
		all.Keep(at)
		all.Insert(ins)
		all.Delete(del)
		all.Keep(4 - at - del)
	}
	all.Keep(a.editor.Len() - 4*n)
	a.edit(all.Op(), "")
}

// What others did within a replacement in very many places makes more parts of the step back than an op may have.
func TestUndoOfMoreThanAnOpCanSay(t *testing.T) {
	s := newStage(strings.Repeat("foo;", maxHits))
	a, b := s.actor("a"), s.actor("b")
	a.everywhere(maxHits, 0, "bar", 3)
	s.settle()
	b.everywhere(maxHits, 1, "_", 0)
	s.settle()
	if !a.client.Undo(s.now) {
		t.Fatal("nothing to undo")
	}
	s.settle()
	if got := s.server.text(); s.problem != "" || strings.Count(got, "foo_;")+strings.Count(got, "_foo;") != maxHits {
		t.Errorf("after undo %q…; %s", got[:60], s.problem)
	}
	if !a.client.Redo(s.now) {
		t.Fatal("nothing to redo")
	}
	s.settle()
	if got := s.server.text(); s.problem != "" || strings.Count(got, "b_ar;") != maxHits {
		t.Errorf("after redo %q…; %s", got[:60], s.problem)
	}
}

// Steps back that wait under very much that others did are not lost either, nor by a reload.
func TestUndoUnderMoreThanAnOpCanSay(t *testing.T) {
	const words = 6000
	s := newStage(strings.Repeat("foo;", words))
	a, b := s.actor("a"), s.actor("b")
	for range 2 {
		a.edit(ot.Splice(a.editor.Len(), a.editor.Len(), 0, "mine"), "")
		s.now += 1000
	}
	s.settle()
	for at := range 3 {
		var all ot.Builder
		for range words {
			all.Keep(2 * at)
			all.Insert("_")
			all.Keep(4 - at)
		}
		all.Keep(b.editor.Len() - words*(4+at))
		b.edit(all.Op(), "")
		s.settle()
		a.client.CanUndo() // what others did so far goes down to the next step
	}
	a.reload(a.client.Save())
	for range 2 {
		if !a.client.Undo(s.now) {
			t.Fatal("nothing to undo")
		}
	}
	if s.settle(); s.problem != "" || strings.Contains(s.server.text(), "mine") || len(s.server.text()) != 7*words {
		t.Errorf("%d units; %s", len(s.server.text()), s.problem)
	}
}

// What takes from one end and puts at the other never needs more room than there is.
func TestMoveWithinAFullText(t *testing.T) {
	text := lines(ot.MaxText)
	const n = 600_000
	s := play(t, text, many("a", hit{0, 0, text[ot.MaxText-n:]}, hit{ot.MaxText - n, n, ""}), want(text[ot.MaxText-n:]+text[:ot.MaxText-n]), undo("a"), want(text))
	if len(s.server.faults) > 0 {
		t.Errorf("the server heard of %q", s.server.faults)
	}
}

// What was sent is cut only when it can't arrive any more on the connection on which it was sent; the server here hears that
// for longer than any does.
func TestSentIsCutOnceItCannotArrive(t *testing.T) {
	for _, arrives := range []bool{true, false} {
		s := newStage(strings.Repeat("foo;", maxHits))
		s.server.lax = true
		a, b := s.actor("a"), s.actor("b")
		s.settle()
		a.everywhere(maxHits, 0, "bar", 3)
		a.cut()
		b.everywhere(maxHits, 1, "_", 0)
		s.quiet()
		a.open()
		a.send(all)
		a.hear(all)
		if hits := a.client.measure(a.client.queue[0].body.(session.CodeChange).Op).hits; hits <= maxHits {
			t.Fatalf("%d replacements fit: this test would prove nothing", hits)
		}
		if arrives {
			s.perform([]move{wait(lateWithin - 100), late("a")})
		}
		s.settle()
		if got := s.server.text(); s.problem != "" || strings.Count(got, "bar") != maxHits {
			t.Errorf("late %v: %d of %d are in %q…; %s", arrives, strings.Count(got, "bar"), maxHits, got[:60], s.problem)
		}
	}
}

// A client whose text was damaged such that not even its edits stand on it any more still keeps them.
func TestHealsWhatNothingStandsOn(t *testing.T) {
	s := play(t, "abc\n", edit("a", 4, "1"), settle(), cut("a"), edit("a", 5, "2"), edit("b", 0, "B"), check("a's text is damaged", func(s *stage) bool {
		code := s.actor("a").client.code()
		return code.Apply(ot.Splice(code.Len(), 1, 1, "")) == nil
	}))
	// What is confirmed is not what the edit stands on, so no check of the stage holds until it is mended.
	a := s.actor("a")
	for range 20 {
		s.now += 400
		for _, p := range s.order {
			p.tick()
			p.send(all)
		}
		for len(a.down) > 0 {
			f := a.down[0]
			a.down = a.down[1:]
			if a.client.Receive(f, s.now) != nil {
				s.server.drop(a.conn)
				a.unplug()
			}
		}
		s.actor("b").hear(all)
	}
	if got := s.server.text(); !strings.HasPrefix(got, "B") || strings.Count(got, "2") != 1 || s.problem != "" || a.client.Text() != got || a.editor.String() != got {
		t.Errorf("the server has %q, a %q and sees %q; %s", got, a.client.Text(), a.editor, s.problem)
	}
}
