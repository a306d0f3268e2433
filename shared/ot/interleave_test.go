package ot

import (
	"strings"
	"testing"
)

// typist is a person with one op in flight and the rest composed, who types a run of one letter at their caret.
type typist struct {
	doc     *Text
	letter  string
	left    int // letters to type
	caret   int
	rev     int // of the order
	sent    *Op // in flight, on revision rev
	arrived bool
	base    int // the revision that the op in flight was sent with
	wire    Op  // and how it was sent
	pending *Op
}

func (p *typist) typ(t *testing.T) {
	o := Splice(p.doc.Len(), p.caret, 0, p.letter)
	if err := p.doc.Apply(o); err != nil {
		t.Fatal(err)
	}
	p.caret++
	p.left--
	if p.pending != nil {
		var err error
		if o, err = Compose(*p.pending, o); err != nil {
			t.Fatal(err)
		}
	}
	p.pending = &o
	p.send()
}

func (p *typist) send() {
	if p.sent == nil && p.pending != nil {
		p.sent, p.pending = p.pending, nil
		p.wire, p.base, p.arrived = *p.sent, p.rev, false
	}
}

func (p *typist) receive(t *testing.T, o Op, mine bool) {
	p.rev++
	if mine {
		p.sent = nil
		p.send()
		return
	}
	var err error
	for _, own := range []**Op{&p.sent, &p.pending} {
		if *own != nil {
			var moved Op
			if moved, o, err = Transform(**own, o); err != nil {
				t.Fatal(err)
			}
			*own = &moved
		}
	}
	if err := p.doc.Apply(o); err != nil {
		t.Fatal(err)
	}
	p.caret = o.Map(p.caret, false)
}

// TestNoInterleaving: people who type at one place at once never get into each other's words. That takes both the tie
// of Transform and the caret that stays left of what others insert at it.
func TestNoInterleaving(t *testing.T) {
	const letters = 6
	torn := 0
	total := cases(22000) // 20,000 pairs, and some of three
	for seed := range total {
		r := seeded(seed, 4)
		people := make([]*typist, 2+seed%11/10)
		for i := range people {
			people[i] = &typist{doc: text(t, "()"), letter: string(rune('A' + i)), left: letters, caret: 1}
		}
		l := NewLog(people[0].doc)
		for busy := true; busy; {
			busy = false
			for range people {
				i := r.IntN(len(people))
				p := people[i]
				switch {
				case p.left > 0 && r.IntN(3) > 0:
					p.typ(t)
				case p.sent != nil && !p.arrived && r.IntN(2) > 0:
					o, err := l.Rebase(p.wire, p.base)
					if err == nil {
						err = l.Append(o, i)
					}
					if err != nil {
						t.Fatal(seed, err)
					}
					p.arrived = true
				case p.rev < l.Len():
					p.receive(t, l.Op(p.rev), author(l, p.rev) == i)
				}
			}
			for _, p := range people {
				busy = busy || p.left > 0 || p.sent != nil || p.rev < l.Len()
			}
		}
		end := l.TextAt(l.Len()).String()
		for _, p := range people {
			if p.doc.String() != end {
				t.Fatalf("seed %d: %q and %q", seed, p.doc, end)
			}
			if !strings.Contains(end, strings.Repeat(p.letter, letters)) {
				torn++
				t.Logf("seed %d: %s", seed, end)
				break
			}
		}
		if torn > 3 {
			break
		}
	}
	if torn > 0 {
		t.Errorf("torn words in %d of %d cases", torn, total)
	}
}

func author(l *Log, i int) (a int) {
	l.each(i, i+1, func(_ Op, author int) { a = author })
	return a
}
