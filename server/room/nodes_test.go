package room

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tandem/shared/ot"
	"tandem/shared/session"
)

func TestNodesShareASession(t *testing.T) {
	tellNodes(t, func(a, b, _ *story, _ []*shared) {
		ann := a.creates("Ann")
		a.visits(b)
		bob := b.joins("Bob")
		ann.got("4 joined: Bob")
		rev := a.clear(ann)
		bob.got(fmt.Sprintf("5 [%d] by Ann", -size))
		ann.types(rev, 0, 0, "ann")
		bob.types(rev, 0, 0, "bob") // not knowing of Ann's
		ann.got("ack of 2 at 6", `7 ["bob",3] by Bob`)
		bob.got(`6 ["ann"] by Ann`, "ack of 1 at 7")
		if a.text() != "bobann" {
			t.Fatalf("text %q", a.text())
		}
		bob.leaves()
		ann.got("8 left: Bob")
	})
}

func TestNodesFillGaps(t *testing.T) {
	tellNodes(t, func(a, b, _ *story, nodes []*shared) {
		ann := a.creates("Ann")
		a.visits(b)
		bob := b.joins("Bob")
		rev := a.clear(ann)
		bob.events()
		nodes[1].set(&nodes[1].deaf, true)
		ann.types(rev, 0, 0, "one")
		bob.got()
		nodes[1].set(&nodes[1].deaf, false)
		ann.types(rev+1, 3, 3, "two")
		bob.got(`6 ["one"] by Ann`, `7 [3,"two"] by Ann`)
		// What was not heard is found by the next who appends.
		ann.events()
		nodes[1].set(&nodes[1].deaf, true)
		ann.types(rev+2, 6, 0, "x")
		bob.types(rev+2, 6, 6, "y")
		pass(2 * hearWait)
		bob.got(`8 ["x",6] by Ann`, "ack of 1 at 9")
		ann.got("ack of 4 at 8", `9 [7,"y"] by Bob`)
	})
}

func TestNodesRelay(t *testing.T) {
	tellNodes(t, func(a, b, c *story, _ []*shared) {
		ann := a.creates("Ann")
		a.visits(b, c)
		bob := b.joins("Bob")
		carl := c.joins("Carl")
		bob.does(5, session.RunStart{Run: "r1", Language: "python", Code: 5})
		ann.events()
		bob.events()
		carl.events()
		ann.sends(session.Request{Body: session.CursorChange{Doc: "code", Base: 6, Ranges: []session.Range{{3, 5}}}})
		ann.sends(session.Request{Body: session.RunStdin{Run: "r1", Text: "hi"}})
		carl.sends(session.Request{Body: session.RunStop{Run: "r1"}})
		bob.got("cursor [[3 5]] at 6 by Ann", "stdin hi by Ann", "run:stop by Carl")
		carl.got("cursor [[3 5]] at 6 by Ann")
		ann.got()
		bob.types(6, size, 0, "ab")
		dora := b.connects("Dora")
		dora.asksToJoin("", nil)
		dora.got("welcome at 8, acked 0, with the state", "cursor [[5 7]] at 8 by Ann")
		ann.leaves()
		eve := b.connects("Eve")
		eve.asksToJoin("", nil)
		eve.got("welcome at 10, acked 0, with the state")
	})
}

func TestNodeVanishes(t *testing.T) {
	tellNodes(t, func(a, b, c *story, nodes []*shared) {
		ann := a.creates("Ann")
		a.visits(b, c)
		bob := b.joins("Bob")
		carl := c.joins("Carl")
		ann.does(5, session.RunStart{Run: "r1", Language: "python", Code: 5})
		pass(time.Minute) // nobody is taken for gone while all live
		bob.events()
		carl.events()
		if n := a.lefts("Ann") + a.lefts("Bob") + a.lefts("Carl"); n != 0 {
			t.Fatalf("%d left", n)
		}
		nodes[0].set(&nodes[0].mute, true) // as far as the others can tell
		nodes[0].set(&nodes[0].deaf, true)
		nodes[0].Close()
		pass(7 * time.Second)
		bob.got()
		pass(8 * time.Second)
		bob.got("7 run ends: crash", "8 left: Ann")
		carl.got("7 run ends: crash", "8 left: Ann")
		if n := b.lefts("Ann"); n != 1 {
			t.Fatalf("Ann left %d times", n)
		}
	})
}

func TestPersonMovesToAnotherNode(t *testing.T) {
	tellNodes(t, func(a, b, c *story, nodes []*shared) {
		ann := a.creates("Ann")
		a.visits(b, c)
		bob := b.joins("Bob")
		ann.events()
		// The first connection does not know of its end yet.
		pass(time.Second)
		again := c.joins("Bob")
		bob.closed(session.CloseReplaced)
		bob.vanishes()
		pass(time.Minute)
		ann.got()
		again.types(4, size, 0, "x")
		ann.got(fmt.Sprintf(`5 ["x",%d] by Bob`, size))
		// And once more, with nobody left on the node that it comes from to say so.
		nodes[2].set(&nodes[2].mute, true)
		again.vanishes()
		pass(2 * time.Second)
		b.joins("Bob")
		pass(time.Minute)
		ann.got()
		if n := a.lefts("Bob"); n != 0 {
			t.Fatalf("Bob left %d times", n)
		}
	})
}

func TestBelievedGoneComesBack(t *testing.T) {
	tellNodes(t, func(a, b, _ *story, nodes []*shared) {
		ann := a.creates("Ann")
		a.visits(b)
		bob := b.joins("Bob")
		ann.events()
		nodes[1].set(&nodes[1].mute, true)
		pass(15 * time.Second)
		nodes[1].set(&nodes[1].mute, false)
		pass(4 * time.Second)
		got := ann.events()
		if len(got) < 2 || a.line(got[0]) != "5 left: Bob" || a.line(got[len(got)-1]) != fmt.Sprintf("%d joined: Bob", 4+len(got)) {
			t.Fatalf("%v", got)
		}
		bob.events()
		pass(time.Minute)
		ann.got()
		bob.got()
	})
}

func TestCutOffNodeTakesNobodyForGone(t *testing.T) {
	tellNodes(t, func(a, b, _ *story, nodes []*shared) {
		a.creates("Ann")
		a.visits(b)
		b.joins("Bob")
		for _, n := range nodes[:2] {
			n.set(&n.deaf, true)
			n.set(&n.mute, true)
			n.set(&n.sick, true)
		}
		pass(time.Minute)
		for _, n := range nodes[:2] {
			n.set(&n.deaf, false)
			n.set(&n.mute, false)
			n.set(&n.sick, false)
		}
		pass(time.Minute)
		if n := a.lefts("Ann") + a.lefts("Bob"); n != 0 {
			t.Fatalf("%d left", n)
		}
	})
}

func TestOutageGivesTimeToComeBack(t *testing.T) {
	tellNodes(t, func(a, b, _ *story, nodes []*shared) {
		a.creates("Ann")
		a.visits(b)
		bob, carl := b.joins("Bob"), b.joins("Carl")
		outage := func(is bool) {
			for _, n := range nodes {
				n.set(&n.sick, is)
			}
		}
		outage(true)
		bob.vanishes()
		carl.vanishes()
		pass(time.Minute)
		outage(false)
		pass(3 * time.Second)
		a.joins("Bob") // there was no way to any node before
		pass(15 * time.Second)
		if bobs, carls := a.lefts("Bob"), a.lefts("Carl"); bobs != 0 || carls != 1 {
			t.Fatalf("Bob left %d times, Carl %d times", bobs, carls)
		}
	})
}

func TestRoomOpensBesideOthers(t *testing.T) {
	tellNodes(t, func(a, b, c *story, nodes []*shared) {
		ann := a.creates("Ann")
		a.joins("Bob")
		pass(time.Minute)
		a.visits(b, c)
		carl := b.joins("Carl")
		pass(time.Minute)
		carl.got()
		if n := a.lefts("Ann") + a.lefts("Bob"); n != 0 {
			t.Fatal("who is on another node was taken for gone")
		}
		ann.got("4 joined: Bob", "5 joined: Carl")
		// Whoever is alone with a dead node's people says that they are gone.
		nodes[0].set(&nodes[0].mute, true)
		nodes[1].set(&nodes[1].mute, true)
		dora := c.joins("Dora")
		pass(15 * time.Second)
		if got := dora.events(); len(got) < 3 {
			t.Fatalf("%v", got)
		}
	})
}

func TestDeletedOnAnotherNode(t *testing.T) {
	tellNodes(t, func(a, b, c *story, _ []*shared) {
		ann := a.creates("Ann")
		a.visits(b, c)
		bob := b.joins("Bob")
		if err := c.rooms.Delete(t.Context(), a.id, a.key); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		ann.closed(session.CloseNoSession)
		bob.closed(session.CloseNoSession)
	})
}

func TestResumeFromAheadOfThisNode(t *testing.T) {
	tellNodes(t, func(a, b, _ *story, nodes []*shared) {
		ann := a.creates("Ann")
		a.visits(b)
		b.joins("Bob")
		rev := a.clear(ann)
		nodes[1].set(&nodes[1].deaf, true)
		ann.types(rev, 0, 0, "x")
		// Ann's line breaks; her next node has not heard of what she typed.
		again := b.connects("Ann")
		again.asksToJoin(a.key, &session.Resume{Epoch: a.fold().Epoch, Rev: rev + 1})
		again.got("welcome at 6, acked 2, with 0 events")
		again.sends(session.Request{Seq: 2, Base: rev, Body: session.CodeChange{Doc: "code", Op: ot.Splice(0, 0, 0, "x")}})
		again.got("ack of 2 at 6")
		if a.text() != "x" {
			t.Fatalf("text %q", a.text())
		}
	})
}

// TestNodesTypeAtOnce: three people on three nodes type at once without waiting for each other.
func TestNodesTypeAtOnce(t *testing.T) {
	tellNodes(t, func(a, b, c *story, nodes []*shared) {
		ann := a.creates("Ann")
		a.visits(b, c)
		people := []*person{ann, b.joins("Bob"), c.joins("Carl")}
		rev := a.clear(ann)
		for _, n := range nodes {
			n.lag.Store(int64(time.Millisecond)) // so that others come between
		}
		var wg sync.WaitGroup
		for i, p := range people {
			p.events()
			p.seq = 10
			wg.Go(func() {
				for k := range 50 {
					// Each from where all began, so that every edit is moved over all others'.
					op := ot.Splice(0, 0, 0, string(rune('a'+i)))
					p.peer.Receive(session.AppendRequest(nil, session.Request{Seq: int64(11 + k), Base: rev, Body: session.CodeChange{Doc: "code", Op: op}}))
				}
			})
		}
		wg.Wait()
		pass(time.Second)
		if a.rooms.Stats().Races+b.rooms.Stats().Races+c.rooms.Stats().Races == 0 {
			t.Error("nobody was overtaken")
		}
		text := a.text()
		for _, letter := range []string{"a", "b", "c"} {
			if n := strings.Count(text, letter); n != 50 {
				t.Errorf("%d times %s in %q", n, letter, text)
			}
		}
		for _, p := range people {
			next, acks := rev+1, 0
			for _, e := range p.events() {
				at := e.Rev
				if ack, ok := e.Body.(session.Ack); ok {
					at = ack.Rev
					acks++
				}
				if at != next {
					t.Fatalf("%s got %d, want %d", p.name, at, next)
				}
				next++
			}
			if next != rev+151 || acks != 50 {
				t.Fatalf("%s: %d acks, up to %d", p.name, acks, next)
			}
		}
	})
}

// TestDeletedWhileCutOff: a node that was cut off while a session was deleted learns of it when it is back.
func TestDeletedWhileCutOff(t *testing.T) {
	tellNodes(t, func(a, b, _ *story, nodes []*shared) {
		a.creates("Ann")
		a.visits(b)
		bob := b.joins("Bob")
		nodes[1].set(&nodes[1].deaf, true)
		if err := a.rooms.Delete(t.Context(), a.id, a.key); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		bob.closed(0)
		nodes[1].tell(Note{Session: a.id, Missed: true})
		pass(time.Second)
		bob.closed(session.CloseNoSession)
	})
}

// TestJoinBehindAnEdit: a room reads on for somebody who comes in while an edit waits that knows nothing of what is read.
func TestJoinBehindAnEdit(t *testing.T) {
	tellNodes(t, func(a, b, _ *story, nodes []*shared) {
		ann := a.creates("Ann")
		a.visits(b)
		bob := b.joins("Bob")
		rev := a.clear(ann)
		nodes[1].set(&nodes[1].deaf, true)
		nodes[1].slow.Store(int64(time.Second))
		bob.types(rev, 0, 0, "1") // is stored, and the room waits for the answer
		ann.types(rev+1, 1, 0, "ann")
		bob.types(rev, 0, 0, "2")
		nodes[1].slow.Store(0)
		dora := b.joins("Dora")
		if _, err := Check(t.Context(), a.store, a.id); err != nil || a.text() != "2ann1" {
			t.Fatalf("text %q, %v", a.text(), err)
		}
		dora.types(a.fold().Rev, 5, 5, "!")
		if a.text() != "2ann1!" {
			t.Fatalf("text %q", a.text())
		}
	})
}
