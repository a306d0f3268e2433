package e2e

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

func TestDroppedConnectionGoesOn(t *testing.T) {
	ada, bob, id := apart(t, "Python")
	ada.allow(lostNetwork)
	start := ada.code()
	ada.atStart()
	bob.atEnd()
	ada.net.refuse(true)
	ada.shows("status", "Connection", "Reconnecting")
	together(t, func() { ada.typing("# typed without a connection ") }, func() { bob.typing("# Bob has one") })
	until(t, patience, "Bob's typing is saved", func() bool { return strings.HasSuffix(look(t, id).Text(), "# Bob has one") })
	if s := ada.text("status", "Saved"); strings.Contains(s, allSaved) {
		t.Errorf("while nothing could be saved the page says %q", s)
	}
	if strings.Contains(look(t, id).Text(), "# typed without a connection") {
		t.Error("the server has Ada's text: this test proves nothing")
	}
	ada.press("Control+z")
	ada.press("Control+y") // undo works meanwhile
	ada.net.refuse(false)
	ada.shows("status", "Connection", online)
	text := settle(t, id, ada, bob)
	if want := "# typed without a connection " + start + "# Bob has one"; text != want {
		t.Errorf("after the return the text is %q, not %q", text, want)
	}
	ada.sees("Bob")
	if n := bob.times("Ada"); n != 1 {
		t.Errorf("after the return Bob sees %q", bob.people())
	}
}

// Both type while their sockets are cut at random moments: with a frame under way, with an answer under way, while
// coming back. Whenever all is said to be saved, the server is asked whether that is true.
func TestSocketCutAtRandomMoments(t *testing.T) {
	ada, bob, id := apart(t, "Python")
	ada.allow(lostNetwork)
	bob.allow(lostNetwork)
	play(t, ada, bob, id, scene{"saved is true when shown", savedIsTrueWhenShown}, scene{"both type through cuts", bothTypeThroughCuts})
}

func bothTypeThroughCuts(t *testing.T, ada, bob *person, id string) {
	ada.atBothEnds(t, bob, id, "\n\n")
	together(t,
		func() { ada.typeThroughCuts(rand.New(rand.NewPCG(1, 1)), 'a') },
		func() { bob.typeThroughCuts(rand.New(rand.NewPCG(1, 2)), 'b') })
	want(t, settle(t, id, ada, bob), words('a')+"\n\n"+words('b'))
}

const cutWords = 24

func word(letter rune, i int) string { return fmt.Sprintf("#%c%02d ", letter, i) }

func words(letter rune) string {
	var b strings.Builder
	for i := range cutWords {
		b.WriteString(word(letter, i))
	}
	return b.String()
}

func (p *person) typeThroughCuts(random *rand.Rand, letter rune) {
	p.t.Helper()
	id := p.session()
	truths, cuts := 0, 0
	for i := range cutWords {
		switch random.IntN(5) {
		case 0:
			p.net.cut()
			cuts++
		case 3:
			p.net.cutLate()
			cuts++
		case 1:
			p.net.cutAfter(1 + random.IntN(8))
			cuts++
		case 2:
			p.saved()
			if p.savedIsTrue(id, letter) {
				truths++
			}
		}
		p.typing(word(letter, i))
		if p.savedIsTrue(id, letter) {
			truths++
		}
	}
	p.saved()
	if !p.savedIsTrue(id, letter) {
		p.t.Errorf("%s's page said that all is saved and then not, with nothing typed between", p.who)
	}
	p.t.Logf("%s: %d cuts; %d times in between all was said to be saved, and was", p.who, cuts, truths)
}

// savedIsTrueWhenShown: "All changes saved" is looked at after every key, far from the server, with no cut to keep it from being shown.
func savedIsTrueWhenShown(t *testing.T, ada, bob *person, id string) {
	ada.atBothEnds(t, bob, id, "\n\n")
	shown := func(p *person, letter rune, pause int) func() {
		return func() {
			yes, no := 0, 0
			for i := range 12 {
				for j, key := range word(letter, i) {
					p.typing(string(key))
					if (i+j)%pause == 0 {
						p.saved()
					}
					if p.savedIsTrue(id, letter) {
						yes++
					} else {
						no++
					}
				}
			}
			if yes == 0 || no == 0 {
				t.Errorf("%s's page said %d times that all was saved and %d times that it was not: this test proves nothing", p.who, yes, no)
			}
			t.Logf("%s's page said %d times that all was saved, and it was; %d times that it was not", p.who, yes, no)
		}
	}
	together(t, shown(ada, 'a', 3), shown(bob, 'b', 4))
	want(t, settle(t, id, ada, bob), words('a')[:12*len(word('a', 0))]+"\n\n"+words('b')[:12*len(word('b', 0))])
}

// savedIsTrue tells whether the page says that all is saved; if so, it checks that a fresh client of the server sees
// all that this person typed.
func (p *person) savedIsTrue(id string, letter rune) bool {
	p.t.Helper()
	type view struct{ Saved, Text string }
	nodes := p.query("status", "Saved")
	if len(nodes) != 1 {
		p.fatal("there are %d status regions \"Saved\"", len(nodes))
	}
	now, err := on[view](p, nodes[0].BackendDOMNodeID, "function(){ return {Saved: this.innerText, Text: tandem.editor.text()} }")
	if err != nil {
		p.fatal("read what is saved: %v", err)
	}
	if !strings.Contains(now.Saved, allSaved) {
		return false
	}
	stored := look(p.t, id).Text()
	if shown, kept := mine(now.Text, letter), mine(stored, letter); !strings.HasPrefix(kept, shown) {
		p.t.Errorf("%s's page says %q, but of\n%s\nthe server holds\n%s", p.who, now.Saved, shown, kept)
	}
	return true
}

// mine is what one person typed: the words with their letter, also a half-typed one.
func mine(text string, letter rune) string {
	parts := strings.Split(text, "\n")
	if letter == 'a' {
		return parts[0]
	}
	return parts[len(parts)-1]
}

func TestReloadKeepsWhatWasTypedWithoutAConnection(t *testing.T) {
	ada, bob, id := apart(t, "Python")
	ada.allow(lostNetwork)
	ada.net.slow(0)
	start := ada.code()
	ada.atStart()
	ada.net.refuseSockets(true)
	ada.shows("status", "Connection", "Reconnecting")
	ada.typing("# not sent yet ")
	bob.atEnd()
	bob.typing("# Bob meanwhile")
	until(t, patience, "Bob's typing is saved", func() bool { return strings.HasSuffix(look(t, id).Text(), "# Bob meanwhile") })

	ada.reload()
	ada.until("the reloaded page shows what was typed", func() (bool, string) {
		s, err := tryEval[string](ada, "tandem.editor.text()")
		return err == nil && strings.HasPrefix(s, "# not sent yet "), fmt.Sprintf("it shows %q", s)
	})
	if s := ada.text("status", "Saved"); strings.Contains(s, allSaved) {
		t.Errorf("while nothing could be saved the page says %q", s)
	}
	ada.atStart()
	ada.typing("# after the reload ")
	ada.net.refuseSockets(false)
	ada.connected()
	text := settle(t, id, ada, bob)
	want := "# after the reload # not sent yet " + start + "# Bob meanwhile"
	if text != want {
		t.Errorf("the text is %q, not %q", text, want)
	}
	for range 12 {
		ada.press("Control+z")
	}
	if text := settle(t, id, ada, bob); text != start+"# Bob meanwhile" {
		t.Errorf("after undo across the reload the text is %q", text)
	}
	ada.reload()
	ada.connected()
	ada.inEditor()
	for range 12 {
		ada.press("Control+y")
	}
	if text := settle(t, id, ada, bob); text != want {
		t.Errorf("after redo across one more reload the text is %q, not %q", text, want)
	}
}

// A page whose text got to be another than the server's finds out by the hash that comes with each 100th event, starts
// from the server's text, keeps what was typed meanwhile, and tells the server.
func TestSpoiledTextHeals(t *testing.T) {
	ada, bob, id := pair(t, "Python")
	ada.net.spoil("sp01led", "SPOILED")
	bob.atEnd()
	bob.insert("# sp01led ")
	until(t, patience, "what Ada gets is spoiled", func() bool { return strings.HasSuffix(ada.code(), "# SPOILED ") })
	told := rig.server.log.String()
	ada.atStart()
	typed := map[*person]string{}
	for strings.Contains(ada.code(), "SPOILED") {
		if len(typed[ada]) > 300 {
			t.Fatalf("after %d keys Ada's text is still %s", 2*len(typed[ada]), clip(ada.code()))
		}
		for p, letter := range map[*person]string{ada: "a", bob: "b"} {
			p.typing(letter)
			typed[p] += letter
		}
	}
	text := settle(t, id, ada, bob)
	if !strings.HasPrefix(text, typed[ada]) || !strings.HasSuffix(text, "# sp01led "+typed[bob]) {
		t.Errorf("the text is %s", clip(text))
	}
	if log := strings.TrimPrefix(rig.server.log.String(), told); strings.Count(log, "the text is not the server's") != 1 {
		t.Errorf("the server does not tell of it once in its log:\n%s", log)
	}
}

// An editor whose text got to be another than the page's own finds out when nobody types, shows the right one again with the
// cursor where it was, and the server is told. apply is what the page does to the editor with others' edits.
func TestSpoiledEditorHeals(t *testing.T) {
	ada, bob, id := pair(t, "Python")
	ada.allow("the editor did not show the text")
	ada.replaceAll("# first\n# second\n")
	text := settle(t, id, ada, bob)
	ada.inEditor()
	ada.press("Control+End", "Up", "End")
	before := ada.where()
	told := rig.server.log.String()
	spoil := func(op string) {
		if eval[string](ada, "(tandem.editor.apply("+quote(op)+", null), tandem.editor.text())") == text { // at once: it may heal soon
			t.Fatal("the editor is not spoiled")
		}
	}
	spoil(`[2,"F",-1,15]`)
	bob.atEnd()
	bob.typing("# Bob")
	if got := settle(t, id, ada, bob); got != text+"# Bob" {
		t.Errorf("the text is %q", got)
	}
	if at := ada.where(); at != before {
		t.Errorf("the cursor is at %s, and was at %s", at, before)
	}
	ada.typing("!")
	text = settle(t, id, ada, bob)
	want(t, text, "# first\n# second!\n# Bob")
	ada.press("Control+z")
	text = settle(t, id, ada, bob)
	want(t, text, "# first\n# second\n# Bob")
	// By another length.
	spoil(`["xyz",23]`)
	bob.typing("!")
	if got := settle(t, id, ada, bob); got != text+"!" {
		t.Errorf("the text is %q", got)
	}
	if log := strings.TrimPrefix(rig.server.log.String(), told); strings.Count(log, "the editor does not show the text") != 1 {
		t.Errorf("the server does not tell of it once in its log:\n%s", log)
	}
}

// What tabs could not send before they were closed is sent by one that is still open, once.
func TestOpenTabSendsWhatClosedOnesCouldNot(t *testing.T) {
	ada := newPerson(t, "Ada")
	id := ada.create("Python")
	start := ada.code()
	closed := []*person{ada.secondTab("Ada2"), ada.secondTab("Ada3")}
	for _, tab := range closed {
		tab.visit("/s/" + id)
		tab.connected()
		tab.allow(lostNetwork)
	}
	ada.allow(lostNetwork)
	ada.net.refuse(true)
	typed := []string{"# from the second tab ", "# from the third"}
	for i, tab := range closed {
		tab.shows("status", "Connection", "Offline")
		if i == 0 {
			tab.atStart()
		} else {
			tab.atEnd()
		}
		tab.typing(typed[i])
		until(t, patience, "it is noted that something is unsent", func() bool {
			seats := eval[string](tab, "localStorage.getItem('tandem.last."+id+"')")
			return strings.Count(seats, "*") == i+1
		})
		tab.close()
	}
	if got := look(t, id).Text(); got != start {
		t.Fatalf("the server has %q: this test would prove nothing", got)
	}
	ada.net.refuse(false)
	want := typed[0] + start + typed[1]
	until(t, patience, "the first tab shows what the others had", func() bool { return ada.code() == want })
	until(t, patience, "nothing is unsent", func() bool {
		return !strings.Contains(eval[string](ada, "localStorage.getItem('tandem.last."+id+"')"), "*")
	})
	// Whoever comes next, also as one of them, has nothing to add.
	for range 2 {
		tab := ada.secondTab("Ada4")
		tab.visit("/s/" + id)
		tab.connected()
		if text := settle(t, id, ada, tab); text != want {
			t.Errorf("the text is %q, not %q", text, want)
		}
	}
}

func TestTwoTabsAreTwoPeople(t *testing.T) {
	ada := newPerson(t, "Ada")
	id := ada.create("Python")
	tab := ada.secondTab("Ada2")
	tab.visit("/s/" + id)
	tab.connected()
	ada.atEnd()
	tab.atStart()
	together(t, func() { ada.typing("# tab one") }, func() { tab.typing("# tab two ") })
	text := settle(t, id, ada, tab)
	holds(t, text, "# tab one")
	holds(t, text, "# tab two ")
}
