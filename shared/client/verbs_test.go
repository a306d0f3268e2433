package client

import (
	"fmt"

	"tandem/shared/ot"
	"tandem/shared/session"
)

// The verbs of a script. Positions are in the text that the named person sees.

// edit types ins at pos.
func edit(name string, pos int, ins string) move { return replace(name, pos, 0, ins) }

// replace puts ins in place of del units at pos.
func replace(name string, pos, del int, ins string) move {
	text := fmt.Sprintf("replace(%q, %d, %d, %q)", name, pos, del, ins)
	if del == 0 {
		text = fmt.Sprintf("edit(%q, %d, %q)", name, pos, ins)
	}
	return move{text, func(s *stage) {
		a := s.actor(name)
		a.edit(ot.Splice(a.editor.Len(), pos, del, ins), "")
	}}
}

// edit does what an editor does: it changes its text and tells.
func (a *actor) edit(op ot.Op, origin string) {
	before := cloneRanges(a.sel)
	if err := a.editor.Apply(op); err != nil {
		a.stage.fail("%s: the script's edit doesn't fit: %v", a.name, err)
		return
	}
	for i, r := range a.sel {
		a.sel[i] = mapOwn(r, op)
	}
	if err := a.client.Edit(op, origin, before, a.stage.now); err != nil {
		a.stage.fail("%s: edit: %v", a.name, err)
	}
	a.client.Select(a.sel, a.stage.now)
}

// send moves what the person sent to the server, and the server's answers back to that person.
func send(name string) move {
	return move{fmt.Sprintf("send(%q)", name), func(s *stage) { s.actor(name).deliver(1 << 30) }}
}

// settle moves everything, connects who isn't, and ends when nothing is left to do.
func settle() move {
	return move{"settle()", func(s *stage) { s.settle() }}
}

func (s *stage) settle() {
	for round := 0; ; round++ {
		s.now += 1000
		busy := false
		for _, a := range s.order {
			if a.client.Status().Phase == Ended {
				continue
			}
			reconnect, stop := a.client.Tick(s.now)
			if stop {
				s.server.drop(a.conn)
				a.conn, a.up, a.down = nil, nil, nil
			}
			if reconnect {
				a.conn = &conn{}
				a.conn.out = func(f []byte) { a.down = append(a.down, f) }
				a.client.Opened(s.now)
			}
			a.deliver(1 << 30)
			busy = busy || !a.client.Settled() || a.conn == nil || len(a.up)+len(a.down) > 0
		}
		if !busy {
			break
		}
		if round > 500 {
			s.fail("it does not settle")
			return
		}
	}
	for _, a := range s.order {
		a.hear(1 << 30)
	}
	s.agree()
}

// agree checks that everybody sees the server's text.
func (s *stage) agree() {
	want := s.server.text()
	for _, a := range s.order {
		if got := a.client.Text(); got != want {
			s.fail("%s has %q, the server %q", a.name, got, want)
		}
		if got := a.editor.String(); got != a.client.Text() {
			s.fail("%s sees %q, but the client has %q", a.name, got, a.client.Text())
		}
	}
}

// want settles and checks the text.
func want(text string) move {
	return move{fmt.Sprintf("want(%q)", text), func(s *stage) {
		s.settle()
		if got := s.server.text(); got != text && s.problem == "" {
			s.fail("the text is %q, want %q", got, text)
		}
	}}
}

// sees checks what a person's editor shows, without moving anything.
func sees(name, text string) move {
	return move{fmt.Sprintf("sees(%q, %q)", name, text), func(s *stage) {
		if got := s.actor(name).editor.String(); got != text {
			s.fail("%s sees %q, want %q", name, got, text)
		}
	}}
}

var _ = session.HashEvery
