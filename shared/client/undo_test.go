package client

import (
	"strings"
	"testing"

	"tandem/shared/ot"
	"tandem/shared/session"
)

// What undo does while others write: the table of the research, and how edits are grouped.
func TestUndo(t *testing.T) {
	for name, script := range map[string][]move{
		"inside one's own":  {edit("a", 0, "hello"), settle(), edit("b", 2, "XX"), settle(), undo("a"), want("XX"), redo("a"), want("heXXllo")},
		"others deleted it": {edit("a", 0, "abc"), settle(), erase("b", 1, 1), settle(), undo("a"), want(""), redo("a"), want("ac")},
		"others deleted all of it": {edit("a", 0, "abc"), settle(), erase("b", 0, 3), settle(),
			check("nothing to undo", func(s *stage) bool { return !s.actor("a").client.CanUndo() && !s.actor("a").client.Undo(0) }), want("")},
		"a deletion where others wrote": {edit("b", 0, "hello world!"), settle(), erase("a", 6, 5), settle(), edit("b", 6, "X"), settle(),
			undo("a"), want("hello worldX!")},
		"others replaced it":    {edit("b", 0, "foo"), settle(), replace("a", 0, 3, "bar"), settle(), edit("b", 3, "2"), settle(), undo("a"), want("foo2")},
		"others typed it again": {edit("b", 0, "base"), settle(), erase("a", 0, 4), settle(), edit("b", 0, "base"), settle(), undo("a"), want("basebase")},
		"while offline":         {edit("a", 0, "abc"), settle(), cut("a"), undo("a"), sees("a", ""), edit("b", 1, "X"), want("X"), redo("a"), want("abcX")},
		"the chain breaks": {edit("a", 0, "1"), wait(1000), edit("a", 1, "2"), wait(1000), edit("a", 2, "3"), settle(), erase("b", 1, 1), settle(),
			undo("a"), want("1"), undo("a"), want(""), redo("a"), want("1"), redo("a"), want("13")},
		"an edit ends redo": {edit("a", 0, "1"), undo("a"), edit("a", 0, "2"), redo("a"), want("2")},
	} {
		t.Run(name, func(t *testing.T) { play(t, "", script...) })
	}
}

func TestUndoGroups(t *testing.T) {
	for name, script := range map[string][]move{
		"a burst":           {typing("a", "hello"), undo("a"), want("")},
		"a pause":           {typing("a", "ab"), wait(600), typing("a", "cd"), undo("a"), want("ab")},
		"another place":     {typing("a", "ab"), sel("a", 0, 0), typing("a", "c"), undo("a"), want("ab")},
		"inside brackets":   {edit("a", 0, "()"), sel("a", 1, 1), typing("a", "xy"), undo("a"), want("")},
		"a replacement":     {edit("a", 0, "abc"), wait(600), sel("a", 0, 3), typing("a", "xyz"), undo("a"), want("abc")},
		"backspaces":        {edit("a", 0, "abcd"), wait(600), erase("a", 3, 1), erase("a", 2, 1), undo("a"), want("abcd")},
		"forward deletions": {edit("a", 0, "abcd"), wait(600), erase("a", 1, 1), erase("a", 1, 1), undo("a"), want("abcd")},
		"typing, deleting":  {typing("a", "abc"), erase("a", 2, 1), undo("a"), want("abc")},
		"a composition":     {edit("a", 0, "n"), replace("a", 0, 1, "ni"), replace("a", 0, 2, "你"), undo("a"), want("")},
		"a slow composition": {edit("a", 0, "x"), wait(1000), sel("a", 1, 1), hold("a"), edit("a", 1, "n"), wait(1000), replace("a", 1, 1, "ni"), edit("b", 0, "B"), settleFor("a", "b"), wait(1000),
			replace("a", 1, 2, "你"), release("a"), wait(600), edit("a", 3, "!"), undo("a"), want("Bx你"), undo("a"), want("Bx")},
		"a slow composition in a burst": {typing("a", "x"), hold("a"), edit("a", 1, "n"), wait(1000), replace("a", 1, 1, "你"), release("a"), undo("a"), want("")},
		"a paste":                       {typing("a", "ab"), paste("a", 2, "cd"), sel("a", 4, 4), typing("a", "e"), undo("a"), want("abcd"), undo("a"), want("ab")},
		"several cursors":               {edit("a", 0, "1\n2"), wait(600), many("a", hit{1, 0, "x"}, hit{3, 0, "x"}), many("a", hit{2, 0, "y"}, hit{5, 0, "y"}), undo("a"), want("1\n2")},
		"others elsewhere": {edit("b", 0, "B"), settle(), typing("a", "ab"), send("a"), hear("b"), edit("b", 3, "B"), send("b"), hear("a"),
			typing("a", "cd"), undo("a"), want("BB")},
		"others before": {edit("b", 0, ""), typing("a", "ab"), times(3, send("a"), hear("a")), hear("b"), edit("b", 0, "B"), send("b"), hear("a"),
			sees("a", "Bab"), typing("a", "cd"), undo("a"), want("B")},
		"others within, and one's own there": {edit("b", 0, ""), typing("a", "ab"), times(3, send("a"), hear("a")), hear("b"), edit("b", 1, "B"), send("b"), hear("a"),
			sees("a", "aBb"), sel("a", 2, 2), typing("a", "c"), undo("a"), want("aBb")},
		"others within": {edit("a", 0, "ab"), send("a"), hear("a"), hear("b"), edit("b", 1, "B"), send("b"), hear("a"), sel("a", 3, 3), edit("a", 3, "c"), undo("a"), want("aBb")},
	} {
		t.Run(name, func(t *testing.T) { play(t, "", script...) })
	}
}

func TestUndoPutsTheCursorBack(t *testing.T) {
	play(t, "one two", sel("a", 4, 7), typing("a", "xyz"), at("a", 7, 7), undo("a"), at("a", 4, 7), redo("a"), at("a", 7, 7),
		undo("a"), settle(), edit("b", 0, "B"), settle(), at("a", 5, 8), redo("a"), sees("a", "Bone xyz"), undo("a"), at("a", 5, 8))
	play(t, "one two", sel("a", 4, 7), typing("a", "xyz"), settle(), edit("b", 0, "B"), settle(), undo("a"), at("a", 5, 8), want("Bone two"))
}

// Of very many steps the oldest are one, so undo of everything takes everything back, and redo brings it again.
func TestUndoRemembersSoMuch(t *testing.T) {
	s := play(t, "start", edit("b", 0, "B"), settle())
	a := s.actor("a")
	for i := range 2000 {
		s.now += 1000
		a.typeAtCaret("x")
		if i%300 == 299 {
			s.perform([]move{settle(), edit("b", i/2, "b"), settle()})
		}
	}
	s.settle()
	all := s.server.text()
	n := 0
	for a.client.Undo(s.now) {
		n++
	}
	if n < maxHistory || n > maxHistory+maxHistory/4 {
		t.Errorf("undid %d steps, want about %d", n, maxHistory)
	}
	s.settle()
	if got := s.server.text(); got != strings.ReplaceAll(all, "x", "") || s.problem != "" {
		t.Errorf("after undo of everything the text is %q; %s", got, s.problem)
	}
	for a.client.Redo(s.now) {
		n--
	}
	if s.settle(); n != 0 || s.server.text() != all || s.problem != "" {
		t.Errorf("after redo of everything, but for %d steps, the text is %q; %s", n, s.server.text(), s.problem)
	}
}

// Stories about cursors.

func TestOwnCaretStaysLeft(t *testing.T) {
	play(t, "ab", sel("a", 1, 1), edit("b", 1, "XY"), settle(), at("a", 1, 1), edit("b", 0, "Z"), settle(), at("a", 2, 2))
	play(t, "abcd", sel("a", 1, 3), edit("b", 1, "X"), settle(), at("a", 2, 4), edit("b", 4, "Y"), settle(), at("a", 2, 4), edit("b", 3, "Z"), settle(), at("a", 2, 5))
	play(t, "abcd", sel("a", 3, 1), edit("b", 1, "X"), settle(), at("a", 4, 2))
	play(t, "abcd", sel("a", 1, 3), replace("b", 1, 2, "X"), settle(), at("a", 2, 2))
}

// An edit of several steps whose first one others took back is undone alone.
func TestUndoOfARestOfAnEdit(t *testing.T) {
	long := strings.Repeat("y", ot.MaxInsert+1)
	script := []move{edit("a", 0, "x"), wait(1000), paste("a", 1, long), settle(), erase("b", 1, maxPiece/2), settle()}
	play(t, "", append(script, undo("a"), want("x"), undo("a"), want(""))...)
	play(t, "", append(script, refresh("a"), undo("a"), want("x"), undo("a"), want(""))...)
}

// cursor checks where one person sees another's.
func cursor(name, whose string, ranges ...session.Range) move {
	return verb("cursor", func(s *stage) {
		for _, c := range s.actor(name).client.Cursors() {
			if c.User == session.UserID("s1", "client-"+whose) {
				if len(c.Ranges) != len(ranges) || len(ranges) > 0 && c.Ranges[0] != ranges[0] {
					s.fail("%s sees %s's cursor at %v, want %v", name, whose, c.Ranges, ranges)
				}
				return
			}
		}
		if len(ranges) > 0 {
			s.fail("%s does not see %s's cursor", name, whose)
		}
	})
}

func TestCursorsOfOthers(t *testing.T) {
	r := func(a, b int) session.Range { return session.Range{a, b} }
	play(t, "abcd", edit("b", 0, ""), sel("a", 1, 3), settle(), cursor("b", "a", r(1, 3)),
		edit("b", 1, "X"), cursor("b", "a", r(2, 4)), edit("b", 4, "Y"), cursor("b", "a", r(2, 4)), // one's own pending
		settle(), cursor("b", "a", r(2, 4)), sel("a", 0, 0), settle(), edit("b", 0, "Z"), cursor("b", "a", r(0, 0)),
		check("a leaves the editor", func(s *stage) bool { s.actor("a").client.Select(nil, s.now+1000); return true }), settle(), cursor("b", "a"))
	// A cursor that comes with an old base moves over what came since, and what is pending.
	play(t, "abcd", edit("b", 0, ""), edit("a", 0, ""), edit("b", 0, "BB"), send("b"), hear("b"), edit("b", 0, "P"), wait(100), sel("a", 2, 2), send("a"), hear("b"), cursor("b", "a", r(5, 5)))
	// So it does where a practice pad's other tab tells, which moves nothing on the way.
	play(t, "abcd", edit("b", 0, ""), edit("c", 0, ""), settle(), edit("c", 0, "CC"), settle(), check("b hears of a late cursor of c", func(s *stage) bool {
		old := session.Event{By: s.actor("c").client.you.ID, Body: session.CursorChange{Doc: session.DocCode, Base: s.server.state.Rev - 1, Ranges: []session.Range{r(3, 3)}}}
		return s.actor("b").client.Receive(session.AppendEvent(nil, old), s.now) == nil
	}), cursor("b", "c", r(2, 2)))
	// The whole state may come without cursors: those that were known go along.
	play(t, "abcd", edit("b", 0, ""), edit("c", 0, ""), sel("a", 2, 2), settle(), forget(1), cut("b"), edit("c", 0, "YY"), send("c"), hear("c"), edit("c", 0, "Z"), send("c"), hear("c"),
		check("the server forgets the cursors", func(s *stage) bool { clear(s.server.cursors); return true }), open("b"), send("b"), hear("b"), cursor("b", "a", r(5, 5)))
	// Who types is where they type, without a frame that says so.
	s := play(t, "abcd", edit("b", 0, ""), sel("a", 2, 2), settle(), typing("a", "xy"), send("a"), hear("a"), send("a"), hear("b"), cursor("b", "a", r(4, 4)))
	for _, f := range s.actor("a").up {
		t.Errorf("a still sends %s", f)
	}
}

// Who has no selection any more says so, also where somebody came meanwhile, or the page was opened again.
func TestNoCursorAnyMore(t *testing.T) {
	play(t, "abcd", erase("c", 3, 1), sel("c", 1, 2), settle(), edit("b", 0, ""), undo("c"), settle(), cursor("b", "c")) // to where there was none
	play(t, "abcd", edit("b", 0, ""), save("b", "old"), edit("a", 0, ""), sel("b", 1, 3), settle(), cursor("a", "b", session.Range{1, 3}), reload("b", "old"), settle(), cursor("a", "b"))
}

func TestCursorWaitsForTheText(t *testing.T) {
	s := play(t, "abcd", sel("a", 0, 0), settle(), edit("a", 0, "x"), sel("a", 3, 3))
	a := s.actor("a")
	for _, f := range a.up {
		if string(f[:15]) == `{"type":"cursor` {
			t.Errorf("sent %s while an edit is under way", f)
		}
	}
	s.perform([]move{edit("b", 0, ""), settle(), cursor("b", "a", session.Range{3, 3})})
	if s.problem != "" {
		t.Error(s.problem)
	}
}
