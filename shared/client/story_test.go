package client

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"tandem/shared/ot"
	"tandem/shared/session"
)

// Stories of edits on lines that break. In each, "a" and "b" join when they first do something.

func TestTwoType(t *testing.T) {
	play(t, "abc", edit("a", 0, "X"), edit("b", 3, "Y"), send("b"), send("a"), want("XabcY"))
}

func TestLaterGoesLeft(t *testing.T) {
	play(t, "", edit("a", 0, "A"), edit("b", 0, "B"), send("a"), send("b"), want("BA"))
}

func TestAckIsLost(t *testing.T) {
	play(t, "abc", edit("a", 0, "X"), send("a"), cut("a"), status("a", Reconnecting, false), edit("a", 1, "Y"), want("XYabc"))
}

func TestEditArrivesAfterTheDrop(t *testing.T) {
	play(t, "abc", edit("a", 0, "X"), cut("a"), edit("b", 0, "Y"), send("b"), late("a"), open("a"), send("a"), hear("a"), sees("a", "XYabc"), want("XYabc"))
}

// The server still hears the old connection after the next one resumed and sent the same again.
func TestEditArrivesTwice(t *testing.T) {
	play(t, "abc", lax(), edit("a", 0, "X"), cut("a"), open("a"), sendOne("a"), hear("a"), edit("b", 0, "Y"), send("b"), late("a"), send("a"), hear("a"),
		sees("a", "XYabc"), want("XYabc"))
	play(t, "abc", lax(), edit("a", 0, "X"), cut("a"), open("a"), send("a"), hear("a"), send("a"), late("a"), hear("a"), edit("a", 1, "Z"), want("XZabc"))
}

// The same where what was sent again is refused: it keeps its number until the first can't arrive any more.
func TestRefusedEditArrivesAfterAll(t *testing.T) {
	play(t, "abc", lax(), edit("a", 0, "X"), cut("a"), refuse(1), open("a"), send("a"), hear("a"), send("a"), edit("a", 4, "Y"), late("a"), hear("a"), want("XabcY"))
}

// The same after a snapshot: what others did took the edit on another way there than here.
func TestEditArrivesAfterASnapshot(t *testing.T) {
	play(t, "abc", lax(), forget(1), edit("b", 2, "X"), erase("a", 1, 1), undo("a"), send("a"), hear("a"), send("a"), cut("b"), open("b"), sendOne("b"),
		late("b"), want("aXbc"))
}

func TestServerRestarts(t *testing.T) {
	play(t, "abc", edit("a", 0, "X"), send("a"), edit("b", 4, "Y"), restart(), edit("a", 1, "Z"), want("XZabcY"))
}

func TestPendingIsOneOp(t *testing.T) {
	play(t, "", edit("a", 0, "1"), edit("a", 1, "2"), edit("a", 2, "3"), edit("a", 1, "-"), underway("a", 2),
		erase("a", 0, 4), underway("a", 2), send("a"), hear("a"), underway("a", 1), want(""))
}

// What was sent is never composed into, also after the drop: another form of it may be in the log.
func TestSentDoesNotChange(t *testing.T) {
	play(t, "", edit("a", 0, "1"), cut("a"), edit("a", 1, "2"), underway("a", 2), late("a"), want("12"))
}

func TestTypedAndDeletedIsNotSent(t *testing.T) {
	s := play(t, "", edit("a", 0, "1"), edit("a", 1, "2"), erase("a", 1, 1), settle())
	if n := len(s.server.log); n != 3 {
		t.Errorf("the log has %d events, want create, joined and one edit", n)
	}
}

func TestNotSaved(t *testing.T) {
	play(t, "", noSave(2), edit("a", 0, "X"), send("a"), hear("a"), status("a", Connected, false), edit("a", 1, "Y"),
		wait(100), check("a waits", func(s *stage) bool { return !strings.Contains(string(bytes.Join(s.actor("a").up, nil)), "code:change") }), underway("a", 2), want("XY"), status("a", Connected, true))
	play(t, "", unsure(1), edit("a", 0, "X"), send("a"), edit("a", 1, "Y"), hear("a"), want("XY"))
}

func TestRefusedOp(t *testing.T) {
	play(t, "abc", edit("a", 0, "X"), edit("a", 4, "Y"), edit("b", 1, "B"), send("b"), refuse(1), send("a"), hear("a"),
		sees("a", "XaBbcY"), check("a is told of nothing that is lost", func(s *stage) bool { return s.actor("a").client.Status().Message == "" }), want("XaBbcY"))
	s := play(t, "abc", edit("a", 0, ""), wait(lateWithin), refuse(3), edit("a", 0, "X"), settle(), want("Xabc"))
	if seq := s.server.log[len(s.server.log)-1].Seq; seq != 4 {
		t.Errorf("a number that was refused is used again: %d", seq)
	}
}

func TestSnapshotInsteadOfResume(t *testing.T) {
	play(t, "one\ntwo\n", forget(1), edit("a", 3, "1"), send("a"), cut("a"), edit("a", 8, "2"), edit("b", 0, "B"), edit("b", 1, "C"),
		send("b"), hear("b"), send("b"), open("a"), send("a"), hear("a"), sees("a", "BCone1\ntwo2\n"), want("BCone1\ntwo2\n"))
}

// What is typed and deleted in the middle stays there when others changed both ends, and can be undone.
func TestSnapshotKeepsPlaces(t *testing.T) {
	play(t, "one\ntwo\nthree\n", forget(1), edit("b", 0, ""), cut("a"), replace("a", 4, 2, "TW"), paste("a", 7, "!"),
		edit("b", 0, "0\n"), send("b"), hear("b"), edit("b", 16, ".."), send("b"), hear("b"), edit("b", 0, "-"), send("b"), open("a"), send("a"), hear("a"), sees("a", "-0\none\nTWo!\nthree\n.."),
		want("-0\none\nTWo!\nthree\n.."), undo("a"), undo("a"), want("-0\none\ntwo\nthree\n.."))
}

func TestAnotherLog(t *testing.T) {
	play(t, "abc", edit("a", 3, "1"), settle(), another("abc"), edit("a", 4, "2"), want("abc2"))
	// What was missed of another log is nothing to go on from.
	s := play(t, "abc", edit("a", 0, "X"), settle(), cut("a"), open("a"))
	c := s.actor("a").client
	other := session.Welcome{Session: "s1", Epoch: "other", Rev: c.base.Rev, You: c.you, Acked: c.acked}
	if err := c.Receive(session.AppendEvent(nil, session.Event{Body: other}), s.now); err != errState {
		t.Errorf("it goes on: %v", err)
	}
}

func TestPrivateEventsLeaveGaps(t *testing.T) {
	play(t, "abc", private(3), edit("a", 0, "X"), edit("b", 3, "Y"), settle(), edit("b", 0, "Z"), cut("a"), want("ZXabcY"))
}

func TestTypedBeforeTheWelcome(t *testing.T) {
	s := newStage("abc")
	a := s.newcomer("a")
	a.edit(ot.Splice(0, 0, 0, "first "), "")
	s.settle()
	if s.problem != "" || s.server.text() != "first abc" {
		t.Errorf("the text is %q %s", s.server.text(), s.problem)
	}
}

func TestCreate(t *testing.T) {
	s := newStage("abc")
	a := s.newcomer("a")
	a.client = New(a, Config{Client: "client-a", Name: "a"})
	if s.settle(); s.problem != "" || a.client.SessionID() != "s1" || a.client.Key() != "key" || a.client.You().Name != "a" {
		t.Errorf("created %q with key %q as %v %s", a.client.SessionID(), a.client.Key(), a.client.You(), s.problem)
	}
}

func TestReload(t *testing.T) {
	play(t, "abc", edit("a", 0, "X"), send("a"), wait(600), edit("a", 1, "Y"), refresh("a"), sees("a", "XYabc"), edit("b", 4, "B"), want("XYabcB"),
		undo("a"), undo("a"), want("abcB"), refresh("a"), redo("a"), want("XabcB"))
}

// The page was saved before its pending edits were sent, and more was typed since: the log knows their number.
func TestReloadFromAnOldSave(t *testing.T) {
	play(t, "", edit("a", 0, "1"), edit("a", 1, "2"), save("a", "old"), edit("a", 2, "3"), settle(), edit("a", 3, "4"), settle(),
		edit("b", 0, "B"), settle(), reload("a", "old"), sees("a", "12"), want("B1234"))
	play(t, "", forget(1), edit("a", 0, "1"), edit("a", 1, "2"), save("a", "old"), settle(), edit("b", 0, "B"), settle(),
		reload("a", "old"), want("B12"))
	// Stored under another number than the saved one, as the first was refused.
	play(t, "", edit("a", 0, "1"), save("a", "old"), refuse(1), settle(), reload("a", "old"), want("1"))
}

// What is typed on a page that was opened from an old save has numbers of its own, although the log holds the next ones.
func TestTypedAfterAnOldSave(t *testing.T) {
	play(t, "", edit("a", 0, "1"), settle(), save("a", "old"), edit("a", 1, "2"), settle(),
		reload("a", "old"), sees("a", "1"), edit("a", 1, "3"), sees("a", "13"), want("132"))
	// It doesn't join what waited at the save either.
	play(t, "", edit("a", 0, "1"), edit("a", 1, "2"), save("a", "old"), settle(),
		reload("a", "old"), edit("a", 2, "3"), underway("a", 3), want("123"))
	// The server gives the whole state.
	play(t, "", forget(1), edit("a", 0, "1"), settle(), save("a", "old"), edit("a", 1, "2"), settle(), edit("b", 0, "B"), settle(),
		edit("b", 0, "C"), settle(), reload("a", "old"), edit("a", 1, "3"), want("CB132"))
	// The page is opened again before the server is there.
	play(t, "", edit("a", 0, "1"), settle(), save("a", "old"), edit("a", 1, "2"), settle(),
		reload("a", "old"), edit("a", 1, "3"), save("a", "offline"), reload("a", "offline"), sees("a", "13"), edit("a", 2, "4"), underway("a", 1), want("1342"))
}

func TestSavedBytesOfAnother(t *testing.T) {
	s := play(t, "abc", edit("a", 0, "X"), edit("b", 0, "Y"), settle())
	a, b := s.actor("a"), s.actor("b")
	if _, err := Restore(b, b.config(), a.client.Save()); err != ErrSaved {
		t.Errorf("b took a's: %v", err)
	}
	other := a.config()
	other.Session = "s2"
	if _, err := Restore(a, other, a.client.Save()); err != ErrSaved {
		t.Errorf("another session took it: %v", err)
	}
	if _, err := Restore(a, a.config(), a.client.Save()[1:]); err != ErrSaved {
		t.Errorf("damaged bytes: %v", err)
	}
}

// A client that differs notices by the next hash, fetches the text anew, keeps what is typed, and says so: to its page
// and to the server.
func TestHeals(t *testing.T) {
	s := play(t, "abc", edit("a", 3, "1"), settle(), corrupt("a"), sees("a", "?bc1"), edit("a", 4, "2"), settleOthers("b", 110), settle(),
		check("a healed", func(s *stage) bool { return s.actor("a").client.Status().Healed == 1 }))
	if len(s.server.faults) != 1 || s.server.faults[0] != errDiffers.Error() {
		t.Errorf("the server was told %q", s.server.faults)
	}
	if text := s.server.text(); !strings.HasPrefix(text, "abc1") || strings.Count(text, "2") != 1 {
		t.Errorf("the text is %q", text)
	}
}

// An editor that shows something else than its client has is found out, and so is a client that shows something else than it
// knows. Both go on from the server's text; the server is told once.
func TestShows(t *testing.T) {
	s := play(t, "abc", edit("a", 3, "1"), edit("b", 0, ""), settle())
	a := s.actor("a")
	shows := func() bool { return a.client.Shows(a.editor.Len(), a.editor.Hash(), s.now) }
	if !shows() || a.client.Status().Healed != 0 {
		t.Fatal("it is found out where there is nothing")
	}
	a.edit(ot.Splice(4, 4, 0, "2"), "")
	damaged := []func() *ot.Text{func() *ot.Text { return a.editor }, func() *ot.Text { return a.client.text }, func() *ot.Text { return a.editor }}
	for i, text := range damaged {
		if err := text().Apply(ot.Splice(text().Len(), 1, 1, "?")); err != nil {
			t.Fatal(err)
		}
		if shows() {
			t.Errorf("damage %d is not found out", i)
		}
		a.editor = a.client.text.Clone() // the page sets it to Text
		if s.settle(); s.problem != "" || s.server.text() != "abc12" || a.client.Text() != "abc12" {
			t.Errorf("damage %d: the text is %q, a has %q %s", i, s.server.text(), a.client.Text(), s.problem)
		}
	}
	if n := a.client.Status().Healed; n != len(damaged) || len(s.server.faults) != 1 || s.server.faults[0] != errShown.Error() {
		t.Errorf("%d times healed, the server was told %q", n, s.server.faults)
	}
}

// settleOthers lets somebody make n edits, one by one, with a hearing of them.
func settleOthers(name string, n int) move {
	return verb("settleOthers", func(s *stage) {
		for range n {
			b := s.actor(name)
			b.edit(ot.Splice(b.editor.Len(), b.editor.Len(), 0, "."), "")
			for range 2 {
				s.now += 400
				s.quiet()
				for _, a := range s.order {
					if reconnect, _ := a.client.Tick(s.now); reconnect {
						a.dial()
					}
				}
			}
		}
	})
}

func TestHold(t *testing.T) {
	play(t, "abc", sel("a", 3, 3), hold("a"), edit("a", 3, "n"), edit("b", 0, "B"), send("b"), hear("b"), hear("a"), sees("a", "abcn"),
		replace("a", 3, 1, "ni"), send("a"), hear("a"), sees("a", "abcni"), replace("a", 3, 2, "你"), release("a"), sees("a", "Babc你"), want("Babc你"))
	// Other lines change all the while, also behind what waits, and what is composed is seen by others, and saved.
	play(t, "one\ntwo\nabc", sel("a", 11, 11), hold("a"), edit("a", 11, "n"), send("a"), edit("b", 0, "1"), send("b"), hear("b"), hear("a"), sees("a", "1one\ntwo\nabcn"),
		edit("b", 8, "2"), send("b"), hear("b"), hear("a"), sees("a", "1one\ntwo2\nabcn"), at("a", 14, 14), replace("a", 13, 1, "ni"), send("a"), hear("b"), sees("b", "1one\ntwo2\nabcni"),
		edit("b", 12, "|"), send("b"), hear("b"), edit("b", 0, "0"), send("b"), hear("b"), hear("a"), sees("a", "01one\ntwo2\nabcni"), status("a", Connected, true),
		replace("a", 14, 2, "你"), send("a"), hear("a"), sees("a", "01one\ntwo2\nabc你"), status("a", Connected, true), at("a", 15, 15), release("a"), sees("a", "01one\ntwo2\nab|c你"), at("a", 16, 16), want("01one\ntwo2\nab|c你"))
	// What joins the line to another changes it; what ends the line before it doesn't.
	play(t, "one\ntwo", sel("a", 5, 5), hold("a"), edit("b", 3, "!"), send("b"), hear("b"), hear("a"), sees("a", "one!\ntwo"), erase("b", 4, 1), send("b"), hear("b"), hear("a"), sees("a", "one!\ntwo"),
		release("a"), sees("a", "one!two"))
	play(t, "one\ntwo", sel("a", 5, 5), hold("a"), edit("b", 7, "!"), send("b"), hear("a"), sees("a", "one\ntwo"), want("one\ntwo!"))
	// A line that others cut in two is one as long as one composes in it.
	play(t, "one\ntwo", sel("a", 7, 7), hold("a"), edit("b", 5, "\n"), send("b"), hear("b"), edit("b", 4, "!"), send("b"), hear("b"), hear("a"), edit("a", 7, "x"), sees("a", "one\ntwox"), want("one\n!t\nwox"))
	// The line is gone, and what one composed in it stays.
	play(t, "one\ntwo\nsix", sel("a", 6, 6), hold("a"), edit("a", 6, "n"), erase("b", 2, 8), send("b"), hear("b"), hear("a"), sees("a", "one\ntwno\nsix"), replace("a", 6, 1, "你"), release("a"), want("on你x"))
	// The whole state may come meanwhile.
	play(t, "one\ntwo", forget(1), sel("a", 7, 7), cut("a"), edit("b", 0, "1"), send("b"), hear("b"), edit("b", 8, "2"), send("b"), hear("b"), edit("b", 0, "0"), send("b"), hold("a"), edit("a", 7, "n"), open("a"), send("a"), hear("a"),
		sees("a", "01one\ntwon"), status("a", Connected, false), replace("a", 9, 1, "你"), settleFor("a", "b"), sees("a", "01one\ntwo你"), release("a"), sees("a", "01one\ntwo你2"), want("01one\ntwo你2"))
	// The others' cursors are where the text is that one sees.
	play(t, "one\ntwo", sel("a", 7, 7), hold("a"), sel("b", 4, 4), edit("b", 4, "22"), settleFor("a", "b"), sees("a", "one\ntwo"), cursor("a", "b", session.Range{4, 4}), sel("a", 6, 6), settleFor("a", "b"), cursor("b", "a", session.Range{8, 8}),
		release("a"), sees("a", "one\n22two"), cursor("a", "b", session.Range{6, 6}), at("a", 8, 8), settle())
	// A formatter needs the whole text to stay.
	play(t, "one\ntwo", sel("a", 5, 5), holdAll("a"), edit("b", 0, "!"), send("b"), hear("b"), hear("a"), sees("a", "one\ntwo"), hold("a"), sees("a", "!one\ntwo"), want("!one\ntwo"))
	// What can't be done sets the editor to all there is.
	s := play(t, "one", sel("a", 3, 3), hold("a"), edit("b", 0, "!"), settleFor("a", "b"), sees("a", "one"))
	a := s.actor("a")
	if err := a.client.Edit(ot.Splice(9, 0, 0, "?"), "", nil, s.now); err != ot.ErrBase || a.client.Text() != "!one" {
		t.Errorf("%v, the text is %q", err, a.client.Text())
	}
	a.editor = a.client.text.Clone()
	s.perform([]move{edit("a", 4, "n"), sees("a", "!onen"), want("!onen")})
	if s.problem != "" {
		t.Error(s.problem)
	}
}

func TestEditOverALimitIsCut(t *testing.T) {
	long := strings.Repeat("界", 200_000) // 600 KB in a frame of 512 KiB
	s := play(t, "ab", paste("a", 1, long), settle())
	if s.server.text() != "a"+long+"b" {
		t.Error("the paste did not arrive whole")
	}
	twice := strings.Repeat("😀\n", 200_000) // to delete it all is more than one inverse insert may hold
	s = play(t, twice, erase("a", 0, 600_000), want(""), undo("a"), want(twice), redo("a"), want(""))
	if a := s.actor("a"); a.client.CanRedo() || !a.client.CanUndo() {
		t.Error("the parts of the edit are not one step")
	}
	// Small to take away, too large for a frame to bring back.
	play(t, long, erase("a", 0, 200_000), want(""), undo("a"), want(long), redo("a"), want(""), undo("a"), want(long))
	// An insert of one byte a unit fits a frame, and is more than an op may insert.
	line := strings.Repeat("x", ot.MaxInsert+1)
	play(t, "ab", paste("a", 1, line), want("a"+line+"b"), undo("a"), want("ab"))
}

// An op of very many replacements leaves room for what others do to them.
func TestReplaceAllUnderTyping(t *testing.T) {
	for _, words := range []int{maxHits, 6666, 20_000} {
		s := newStage(strings.Repeat("foo;", words))
		a, b := s.actor("a"), s.actor("b")
		var all ot.Builder
		for range words {
			all.Insert("bar")
			all.Delete(3)
			all.Keep(1)
		}
		for at := range 100 {
			b.edit(ot.Splice(b.editor.Len(), 1+5*at, 0, "B"), "")
		}
		b.send(1 << 30)
		a.edit(all.Op(), "")
		s.settle()
		if got := s.server.text(); s.problem != "" || strings.Count(got, "bar") != words || strings.Count(got, "B") != 100 {
			t.Errorf("%d words: %s; %q…", words, s.problem, got[:min(len(got), 80)])
		}
	}
}

// Somebody comes back to a text that was changed in more places than one op can say.
func TestSnapshotOfManyPlaces(t *testing.T) {
	var before, after strings.Builder
	for i := range 460 {
		fmt.Fprintf(&before, "same%d\nu%d=", i, i)
		fmt.Fprintf(&after, "same%d\nu%d=", i, i)
		for k := range 24 {
			fmt.Fprintf(&before, "%c;", 'a'+k)
			fmt.Fprintf(&after, "%c ;", 'a'+k)
		}
		before.WriteString("\n")
		after.WriteString("\n")
	}
	n := before.Len()
	s := play(t, before.String(), forget(1), cut("a"), edit("a", n, "typed while away\n"), replace("b", 0, n, ""), edit("b", 0, after.String()), send("b"), hear("b"),
		edit("b", 0, "."), send("b"), hear("b"), settle())
	if got := s.server.text(); !strings.Contains(got, "typed while away") {
		t.Errorf("what a typed is not in the text, and a is told %q", s.actor("a").client.Status().Message)
	}
}

// Two people replace the same words, and one of them was away: what that one did is more than an op can say by now.
func TestSnapshotUnderAReplaceAll(t *testing.T) {
	const lines, words = 250, maxHits / 250 // in each
	var before strings.Builder
	for i := range lines {
		fmt.Fprintf(&before, "%03d\n%s\n", i, strings.Repeat("foo;", words))
	}
	s := newStage(before.String())
	a, b := s.actor("a"), s.actor("b")
	everywhere := func(p *actor, at int, ins string, del int) {
		var all ot.Builder
		for range lines {
			all.Keep(4)
			for range words {
				all.Keep(at)
				all.Insert(ins)
				all.Delete(del)
				all.Keep(4 - at - del)
			}
			all.Keep(1)
		}
		p.edit(all.Op(), "")
	}
	s.server.keep = 1
	a.cut()
	everywhere(a, 0, "bar", 3)
	everywhere(b, 1, "_", 0)
	s.quiet()
	b.edit(ot.Splice(b.editor.Len(), 0, 0, "."), "")
	s.settle()
	if got := s.server.text(); s.problem != "" || strings.Count(got, "bar_;") != lines*words {
		t.Errorf("%q…, %s; a is told %q", got[:60], s.problem, a.client.Status().Message)
	}
}

func TestEditThatDoesNotFit(t *testing.T) {
	a := play(t, "a😀", edit("a", 0, "X"), settle()).actor("a")
	full := strings.Repeat("x", ot.MaxText)
	for name, op := range map[string]ot.Op{
		"another length": ot.Splice(3, 0, 0, "x"),
		"half a pair":    ot.Splice(4, 3, 1, ""),
		"over the limit": ot.Splice(4, 0, 0, full),
	} {
		if err := a.client.Edit(op, "", nil, 1); err == nil || a.client.Text() != "Xa😀" || !a.client.Settled() {
			t.Errorf("%s: %v, the text is %q", name, err, a.client.Text())
		}
	}
}

func TestPasteKeepsItsOrigin(t *testing.T) {
	s := play(t, "", edit("a", 0, "1"), paste("a", 1, "22"), edit("a", 3, "3"), undo("a"), want("122"))
	var origins []string
	for _, e := range s.server.log {
		if b, ok := e.Body.(session.CodeChange); ok {
			origins = append(origins, b.Origin)
		}
	}
	if got := strings.Join(origins, ","); got != ",paste,,undo" {
		t.Errorf("origins are %q", got)
	}
}
