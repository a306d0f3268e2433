package client

import (
	"fmt"
	"slices"
	"strings"

	"tandem/shared/ot"
	"tandem/shared/session"
)

// The verbs of a script. Positions are in the text that the named person sees, and cut to it.

func verb(text string, do func(*stage)) move { return move{text, do} }

// by is a verb without more to it than a name.
func by(verb, name string, do func(*actor)) move {
	return move{fmt.Sprintf("%s(%q)", verb, name), func(s *stage) { do(s.actor(name)) }}
}

// edit types ins at pos.
func edit(name string, pos int, ins string) move {
	m := replace(name, pos, 0, ins)
	m.text = fmt.Sprintf("edit(%q, %d, %q)", name, pos, ins)
	return m
}

// erase deletes del units at pos.
func erase(name string, pos, del int) move {
	m := replace(name, pos, del, "")
	m.text = fmt.Sprintf("erase(%q, %d, %d)", name, pos, del)
	return m
}

// replace puts ins in place of del units at pos.
func replace(name string, pos, del int, ins string) move {
	m := many(name, hit{pos, del, ins})
	m.text = fmt.Sprintf("replace(%q, %d, %d, %q)", name, pos, del, ins)
	return m
}

// paste puts ins at pos.
func paste(name string, pos int, ins string) move {
	return verb(fmt.Sprintf("paste(%q, %d, %q)", name, pos, ins), func(s *stage) {
		a := s.actor(name)
		a.edit(ot.Splice(a.editor.Len(), a.whole(pos), 0, ins), session.OriginPaste)
	})
}

// A hit is one place of an edit with several cursors.
type hit struct {
	pos, del int
	ins      string
}

// many is one edit in several places, in ascending order.
func many(name string, hits ...hit) move {
	var list strings.Builder
	for _, h := range hits {
		fmt.Fprintf(&list, ", hit{%d, %d, %q}", h.pos, h.del, h.ins)
	}
	return verb(fmt.Sprintf("many(%q%s)", name, list.String()), func(s *stage) {
		a := s.actor(name)
		var b ot.Builder
		at := 0
		for _, h := range hits {
			from := max(a.whole(h.pos), at)
			to := max(a.whole(from+h.del), from)
			b.Keep(from - at)
			b.Insert(h.ins)
			b.Delete(to - from)
			at = to
		}
		b.Keep(a.editor.Len() - at)
		a.edit(b.Op(), "")
	})
}

// sel selects from anchor to head.
func sel(name string, anchor, head int) move {
	return verb(fmt.Sprintf("sel(%q, %d, %d)", name, anchor, head), func(s *stage) {
		a := s.actor(name)
		a.sel = []session.Range{{a.whole(anchor), a.whole(head)}}
		a.client.Select(a.sel, s.now)
	})
}

// typing types at the person's own caret, one keystroke at a time.
func typing(name, text string) move {
	return verb(fmt.Sprintf("typing(%q, %q)", name, text), func(s *stage) {
		for _, r := range text {
			s.now += 50
			s.actor(name).typeAtCaret(string(r))
		}
	})
}

func (a *actor) typeAtCaret(text string) {
	if len(a.sel) == 0 {
		a.sel = []session.Range{{}}
	}
	from, to := min(a.sel[0][0], a.sel[0][1]), max(a.sel[0][0], a.sel[0][1])
	a.edit(ot.Splice(a.editor.Len(), from, to-from, text), "")
}

func undo(name string) move {
	return by("undo", name, func(a *actor) { a.client.Undo(a.stage.now) })
}
func redo(name string) move {
	return by("redo", name, func(a *actor) { a.client.Redo(a.stage.now) })
}

// send moves all that the person sent to the server, sendOne a frame; hear moves all that the server sent to the
// person, hearOne a frame.
func send(name string) move    { return by("send", name, func(a *actor) { a.send(all) }) }
func sendOne(name string) move { return by("sendOne", name, func(a *actor) { a.send(1) }) }
func hear(name string) move    { return by("hear", name, func(a *actor) { a.hear(all) }) }
func hearOne(name string) move { return by("hearOne", name, func(a *actor) { a.hear(1) }) }

// cut breaks the connection with all that is on it; late brings what was on its way to the server there after all.
func cut(name string) move  { return by("cut", name, (*actor).cut) }
func open(name string) move { return by("open", name, (*actor).open) }
func late(name string) move {
	return by("late", name, func(a *actor) {
		for _, f := range a.late {
			a.stage.server.receive(a.lateOf, f)
		}
		a.late = nil
	})
}

// save saves the page under a name; reload closes the page and opens it from there.
func save(name, as string) move {
	return verb(fmt.Sprintf("save(%q, %q)", name, as), func(s *stage) {
		s.actor(name).saves[as] = page{s.actor(name).saved(), len(s.wrote[name])}
	})
}
func reload(name, from string) move {
	return verb(fmt.Sprintf("reload(%q, %q)", name, from), func(s *stage) {
		if saved := s.actor(name).saves[from]; saved.data != nil {
			s.stale = true
			for _, r := range s.wrote[name][saved.wrote:] {
				s.unsaved[r] = true
			}
			s.actor(name).reload(saved.data)
		}
	})
}

// refresh closes the page and opens it again, saved to the last keystroke.
func refresh(name string) move {
	return by("refresh", name, func(a *actor) { a.reload(a.saved()) })
}

// restart stops the server, which cuts everybody, and starts it again from its log.
func restart() move {
	return verb("restart()", func(s *stage) {
		for _, a := range s.order {
			a.cut()
			a.late = nil
		}
		s.server.restart()
	})
}

// forget makes the server unable to resume from further back than n events.
func forget(n int) move {
	return verb(fmt.Sprintf("forget(%d)", n), func(s *stage) { s.server.keep = n })
}

// private makes every event skip n revs, as if others were told something in between.
func private(n int) move {
	return verb(fmt.Sprintf("private(%d)", n), func(s *stage) { s.server.private = n })
}

// noSave makes the server unable to save the next n requests.
func noSave(n int) move {
	return verb(fmt.Sprintf("noSave(%d)", n), func(s *stage) { s.server.noSave = n })
}

// unsure makes the server refuse to save the next n requests and find that they were saved.
func unsure(n int) move {
	return verb(fmt.Sprintf("unsure(%d)", n), func(s *stage) { s.server.unsure = n })
}

// lax makes the server hear what a connection still says after the next one took its place.
func lax() move { return verb("lax()", func(s *stage) { s.server.lax = true }) }

// wait lets time pass, in milliseconds.
func wait(ms int64) move {
	return verb(fmt.Sprintf("wait(%d)", ms), func(s *stage) {
		s.now += ms
		for _, a := range s.order {
			reconnect, stop := a.client.Tick(s.now)
			if stop {
				a.unplug()
			}
			if reconnect {
				a.dial()
			}
		}
	})
}

func title(name, text string) move {
	return verb(fmt.Sprintf("title(%q, %q)", name, text), func(s *stage) { s.actor(name).client.SetTitle(text) })
}
func language(name, id string) move {
	return verb(fmt.Sprintf("language(%q, %q)", name, id), func(s *stage) { s.actor(name).client.SetLanguage(id) })
}
func starts(name, id string) move {
	return verb(fmt.Sprintf("starts(%q, %q)", name, id), func(s *stage) { s.actor(name).client.StartRun(id, "python") })
}
func prints(name, id, text string) move {
	return verb(fmt.Sprintf("prints(%q, %q, %q)", name, id, text), func(s *stage) {
		s.actor(name).client.Output(id, session.Stdout, text)
	})
}
func ends(name, id string) move {
	return verb(fmt.Sprintf("ends(%q, %q)", name, id), func(s *stage) {
		s.actor(name).client.EndRun(id, session.RunEnd{Reason: session.ReasonOK, MS: 5})
	})
}

// settle moves everything until nothing is left to do, and checks that all agree.
func settle() move { return verb("settle()", (*stage).settle) }

// want settles and checks the text.
func want(text string) move {
	return verb(fmt.Sprintf("want(%q)", text), func(s *stage) {
		s.settle()
		if got := s.server.text(); got != text && s.problem == "" {
			s.fail("the text is %q, want %q", got, text)
		}
	})
}

// sees checks what a person's editor shows, without moving anything.
func sees(name, text string) move {
	return verb(fmt.Sprintf("sees(%q, %q)", name, text), func(s *stage) {
		if got := s.actor(name).editor.String(); got != text {
			s.fail("%s sees %q, want %q", name, got, text)
		}
	})
}

// at checks where a person's own selection is.
func at(name string, anchor, head int) move {
	return verb(fmt.Sprintf("at(%q, %d, %d)", name, anchor, head), func(s *stage) {
		if got := s.actor(name).sel; !slices.Equal(got, []session.Range{{anchor, head}}) {
			s.fail("%s's selection is %v, want [[%d %d]]", name, got, anchor, head)
		}
	})
}

// check is anything else.
func check(what string, ok func(s *stage) bool) move {
	return verb("// "+what, func(s *stage) {
		if !ok(s) {
			s.fail("not so: %s", what)
		}
	})
}

// refuse makes the server find the next n requests bad.
func refuse(n int) move {
	return verb(fmt.Sprintf("refuse(%d)", n), func(s *stage) { s.server.noOp = n })
}

// another cuts everybody and makes the server go on with another log of the session.
func another(text string) move {
	return verb(fmt.Sprintf("another(%q)", text), func(s *stage) {
		for _, a := range s.order {
			a.cut()
		}
		s.server.another(text)
	})
}

// corrupt changes what a person's client and page hold, as no bug should.
func corrupt(name string) move {
	return by("corrupt", name, func(a *actor) {
		op := ot.Splice(a.client.code().Len(), 0, 1, "?")
		a.client.code().Apply(op)
		a.client.text.Apply(op)
		a.editor.Apply(op)
	})
}

// hold keeps the others from the line of a person who composes a character, holdAll from the whole text; release ends that.
func hold(name string) move {
	return by("hold", name, func(a *actor) { a.client.Hold(HeldLines, a.stage.now) })
}
func holdAll(name string) move {
	return by("holdAll", name, func(a *actor) { a.client.Hold(HeldText, a.stage.now) })
}
func release(name string) move {
	return by("release", name, func(a *actor) { a.client.Hold(HeldNothing, a.stage.now) })
}

// times repeats a part of a script.
func times(n int, moves ...move) move {
	return verb(fmt.Sprintf("times(%d, %v)", n, moves), func(s *stage) {
		for range n {
			s.perform(moves)
		}
	})
}

// status checks what a person is told.
func status(name string, phase Phase, saved bool) move {
	return verb(fmt.Sprintf("status(%q, %s, %v)", name, phase, saved), func(s *stage) {
		if got := s.actor(name).client.Status(); got.Phase != phase || got.Saved != saved {
			s.fail("%s's status is %+v, want %s, saved %v", name, got, phase, saved)
		}
	})
}

// underway checks how many requests of a person wait.
func underway(name string, n int) move {
	return verb(fmt.Sprintf("underway(%q, %d)", name, n), func(s *stage) {
		if got := len(s.actor(name).client.queue); got != n {
			s.fail("%d requests of %s wait, want %d", got, name, n)
		}
	})
}

// settleFor moves everything between some, who need not come to rest.
func settleFor(names ...string) move {
	return verb("settleFor", func(s *stage) {
		for range 4 {
			s.now += 100
			for _, name := range names {
				s.actor(name).tick()
				s.quiet()
			}
		}
	})
}
