package browser

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"tandem/shared/client"
	"tandem/shared/ot"
	"tandem/shared/session"
)

// A desk is a device with one practice pad that several tabs show. What the tabs and the journal have to do waits in a
// queue, so that a test decides what comes first.
type desk struct {
	t       *testing.T
	journal memory
	tabs    []*tabPage
	random  *rand.Rand
	now     int64
	full    bool // nothing can be stored
	deaf    bool // nothing can be read
}

// A tabPage is one tab: its client and its editor.
type tabPage struct {
	desk   *desk
	client *client.Client
	pad    *pad
	editor *ot.Text
	queue  []func()
	asked  []func() // of the journal, not answered yet
	saved  []byte
}

func newDesk(t *testing.T) *desk {
	return &desk{t: t, random: rand.New(rand.NewPCG(1, 2)), now: 1000}
}

func (d *desk) open(name string) *tabPage {
	p := &tabPage{desk: d, editor: &ot.Text{}}
	p.client = client.New(p, p.config(name))
	d.tabs = append(d.tabs, p)
	p.connect(name)
	return p
}

func (p *tabPage) config(name string) client.Config {
	return client.Config{Client: name, Session: "pad.python", Name: name, Title: "Practice pad", Language: "python"}
}

func (p *tabPage) connect(name string) {
	q := &pad{cfg: p.config(name), state: session.NewState(), journal: slow{p}}
	p.pad = q
	q.do = func(f func()) { p.queue = append(p.queue, f) }
	q.say = func(frame string) {
		q.do(func() {
			if p.pad == q {
				if err := p.client.Receive([]byte(frame), p.desk.now); err != nil {
					p.desk.t.Fatalf("the client can't read %s: %v", frame, err)
				}
			}
		})
	}
	q.lost = func(code int) { p.desk.t.Fatalf("the pad gave up: %d", code) }
	p.client.Online(p.desk.now)
	if again, _ := p.client.Tick(p.desk.now); !again {
		p.desk.t.Fatal("the client does not connect")
	}
	p.client.Opened(p.desk.now)
}

// reload is what a reload of the page does, at any moment.
func (p *tabPage) reload(name string) {
	p.saved = p.client.Save()
	p.pad.close(0)
	p.queue = nil
	c, err := client.Restore(p, p.config(name), p.saved)
	if err != nil {
		p.desk.t.Fatal(err)
	}
	p.client = c
	p.editor, _ = ot.NewText(c.Text())
	p.connect(name)
}

func (p *tabPage) Send(frame []byte) { p.pad.send(string(frame)) }
func (p *tabPage) Apply(op ot.Op, _ []session.Range) {
	if err := p.editor.Apply(op); err != nil {
		p.desk.t.Fatalf("the editor was given what doesn't fit: %v", err)
	}
}
func (p *tabPage) Changed(client.Change) {}
func (p *tabPage) Stop(string)           {}
func (p *tabPage) Input(string, string)  {}

func (p *tabPage) typing(pos, del int, text string) {
	op := ot.Splice(p.editor.Len(), pos, del, text)
	if err := p.editor.Apply(op); err != nil {
		p.desk.t.Fatal(err)
	}
	p.desk.now++
	if err := p.client.Edit(op, "", nil, p.desk.now); err != nil {
		p.desk.t.Fatal(err)
	}
}

// step does one thing that waits somewhere, and tells whether there was one.
func (d *desk) step() bool {
	var can []func()
	for _, p := range d.tabs {
		if len(p.queue) > 0 {
			can = append(can, func() { p.step(false) })
		}
		if len(p.asked) > 0 {
			can = append(can, func() { p.step(true) })
		}
	}
	if len(can) == 0 {
		return false
	}
	can[d.random.IntN(len(can))]()
	return true
}

// step does one thing that waits in this tab: of the journal's, or of its own.
func (p *tabPage) step(asked bool) {
	from := &p.queue
	if asked {
		from = &p.asked
	}
	f := (*from)[0]
	*from = (*from)[1:]
	f()
}

// alone lets all of this tab's happen.
func (p *tabPage) alone() {
	for len(p.queue)+len(p.asked) > 0 {
		p.step(len(p.queue) == 0)
	}
}

// settle lets all of it happen and wants the same text everywhere.
func (d *desk) settle() string {
	d.t.Helper()
	for range 100 {
		for d.step() {
		}
		d.now += 5000
		for _, p := range d.tabs {
			p.client.Tick(d.now)
		}
	}
	text := d.tabs[0].client.Text()
	for i, p := range d.tabs {
		if s := p.client.Status(); !s.Saved {
			d.t.Fatalf("tab %d: not saved: %+v", i, s)
		}
		if p.client.Text() != text || p.editor.String() != text || p.pad.state.Docs[session.DocCode].String() != text {
			d.t.Fatalf("tab %d shows %q, its pad holds %q, tab 0 %q", i, p.editor, p.pad.state.Docs[session.DocCode], text)
		}
	}
	return text
}

// slow is the journal as a tab has it: asked at once, answered when the test wants it.
type slow struct{ p *tabPage }

func (s slow) later(f func()) { s.p.asked = append(s.p.asked, f) }

func (s slow) read(after int64, done func(padLog, error)) {
	s.later(func() {
		if s.p.desk.deaf {
			s.later(func() { done(padLog{}, errJournal) })
			return
		}
		s.p.desk.journal.read(after, func(l padLog, err error) { s.later(func() { done(l, err) }) })
	})
}

func (s slow) append(after int64, records []string, done func(bool, error)) {
	s.later(func() {
		if s.p.desk.full {
			done(false, errors.New("full"))
			return
		}
		s.p.desk.journal.append(after, records, func(stored bool, err error) {
			if stored {
				s.relay("")
			}
			done(stored, err)
		})
	})
}

func (s slow) fold(rev int64, state string) { s.p.desk.journal.fold(rev, state) }

func (s slow) relay(frame string) {
	for _, p := range s.p.desk.tabs {
		if p != s.p {
			q := p.pad
			p.queue = append(p.queue, func() {
				if !q.over {
					q.hear(frame)
				}
			})
		}
	}
}

func (slow) close() {}

func TestPadBeginsWithTheStarterAndKeepsWhatIsTyped(t *testing.T) {
	d := newDesk(t)
	a := d.open("a")
	d.settle()
	python, _ := session.LookupLanguage("python")
	if a.client.Text() != python.Starter || a.client.State().Title != "Practice pad" || a.client.State().Language != "python" {
		t.Fatalf("a new pad holds %q and is %+v", a.client.Text(), a.client.State())
	}
	a.typing(0, 0, "# kept\n")
	if a.client.Status().Saved {
		t.Error("it counts as saved before it is stored")
	}
	d.settle()
	next := newDesk(t) // the same journal, everything else anew
	next.journal = d.journal
	next.open("b")
	if got := next.settle(); got != "# kept\n"+python.Starter {
		t.Errorf("opened again, it holds %q", got)
	}
	if next.tabs[0].client.SetTitle("mine") == nil {
		t.Error("the pad's title can be changed")
	}
}

// Three tabs type, undo and are loaded again at any moments; the journal answers late; a long log is folded.
func TestPadInSeveralTabsLosesNothing(t *testing.T) {
	for seed := range uint64(40) {
		d := newDesk(t)
		d.random = rand.New(rand.NewPCG(seed, 7))
		names := []string{"a", "b", "c"}
		for _, n := range names {
			d.open(n)
		}
		d.settle()
		written := map[string]int{}
		for i := range 400 {
			k := d.random.IntN(len(names))
			p := d.tabs[k]
			switch d.random.IntN(10) {
			case 0:
				p.reload(names[k])
			case 1:
				d.full = !d.full
			case 2:
				p.pad.folded, p.pad.size = 0, looseSize // as if much had been appended
			case 3, 4, 5:
				word := fmt.Sprintf("<%s%d>", names[k], i)
				written[word]++
				p.typing(d.random.IntN(p.editor.Len()+1), 0, word)
			default:
				for range d.random.IntN(6) {
					d.step()
				}
			}
		}
		d.full = false
		text := d.settle()
		for word := range written {
			// Words may stand within words: each letter of a word is there once, in order.
			if !contains(text, word) {
				t.Fatalf("seed %d: %s is not in %q", seed, word, text)
			}
		}
		python, _ := session.LookupLanguage("python")
		n := len(python.Starter)
		for word := range written {
			n += len(word)
		}
		if len(text) != n {
			t.Fatalf("seed %d: the text has %d bytes, %d were written: %q", seed, len(text), n, text)
		}
	}
}

// contains tells whether the runes of a word are in a text in order.
func contains(text, word string) bool {
	for _, r := range word {
		i := strings.IndexRune(text, r)
		if i < 0 {
			return false
		}
		text = text[i+1:]
	}
	return true
}

// A cursor in another tab is shown after what that tab has appended, whatever the own one is doing.
func TestPadsCursorsWaitForTheText(t *testing.T) {
	for seed := range uint64(30) {
		d := newDesk(t)
		d.random = rand.New(rand.NewPCG(seed, 3))
		a, b := d.open("a"), d.open("b")
		d.settle()
		for range 5 {
			a.typing(0, 0, "1")
			for !a.client.Status().Saved {
				d.step()
			}
		}
		a.client.Select([]session.Range{{5, 5}}, d.now+100)
		d.settle()
		if c := b.client.Cursors(); len(c) != 1 || c[0].Ranges[0] != (session.Range{5, 5}) {
			t.Errorf("seed %d: b sees the cursors %v", seed, c)
		}
		a.client.Leave()
		for d.step() {
		}
		if c := b.client.Cursors(); len(c) != 0 {
			t.Errorf("seed %d: of a tab that was closed, b sees the cursors %v", seed, c)
		}
	}
}

// A tab that is gone can't end its run: another one can.
func TestPadStopsTheRunOfAClosedTab(t *testing.T) {
	d := newDesk(t)
	a, b := d.open("a"), d.open("b")
	d.settle()
	if err := a.client.StartRun("r1", "python"); err != nil {
		t.Fatal(err)
	}
	d.settle()
	a.pad.close(0)
	b.client.StopRun("r1")
	d.tabs = d.tabs[1:]
	d.settle()
	if r := b.client.State().Run("r1"); r == nil || r.End == nil || r.End.Reason != session.ReasonStopped {
		t.Errorf("the run is %+v", r)
	}
}

// What a program prints may be much: the log is folded, and a tab that was away gets the whole.
func TestPadFoldsALongLog(t *testing.T) {
	d := newDesk(t)
	a, b := d.open("a"), d.open("b")
	d.settle()
	if err := a.client.StartRun("r1", "python"); err != nil {
		t.Fatal(err)
	}
	for range 20 {
		if err := a.client.Output("r1", session.Stdout, strings.Repeat("x", 32<<10)); err != nil {
			t.Fatal(err)
		}
		a.alone() // b sleeps
	}
	if d.journal.base == 0 || len(d.journal.records) > 20 {
		t.Fatalf("the log was never folded: %d records", len(d.journal.records))
	}
	d.settle()
	r := b.client.State().Run("r1")
	if r == nil || r.Size != 20*32<<10 {
		t.Errorf("b has of the run %+v", r)
	}
}
