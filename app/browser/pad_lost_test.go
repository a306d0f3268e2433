package browser

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"tandem/shared/client"
	"tandem/shared/session"
)

func TestPadWithoutADatabase(t *testing.T) {
	d := newDesk(t)
	d.full = true
	a := d.open("a")
	a.typing(0, 0, "x")
	text := d.settle()
	if !strings.HasPrefix(text, "x") && !strings.HasSuffix(text, "x") || !a.pad.unkept {
		t.Errorf("the pad holds %q, unkept %v", text, a.pad.unkept)
	}
	if len(d.journal.records) != 0 {
		t.Errorf("the journal has %v", d.journal.records)
	}
	for _, c := range []struct {
		status client.Status
		unkept bool
		want   string
	}{
		{client.Status{Saved: true}, false, "Saved on this device"},
		{client.Status{}, false, "Saving…"},
		{client.Status{Unsaved: true}, false, "Not saved"},
		{client.Status{Full: true}, false, "Not saved: the text is full"},
		{client.Status{Saved: true}, true, "Not kept"},
		{client.Status{}, true, "Not kept"},
	} {
		if got := keptText(c.status, c.unkept); !strings.HasPrefix(got, c.want) {
			t.Errorf("%+v, unkept %v: %q", c.status, c.unkept, got)
		}
	}
}

// What can't be read is not written on: the pad goes on from as far as it could be.
func TestPadWithALogThatCantBeFolded(t *testing.T) {
	for _, bad := range []string{`{"type":"code:change","rev":%d,"at":1,"doc":"code","op":["x",1]}`, `{"type":"title:change","rev":%d`} {
		d := newDesk(t)
		a := d.open("a")
		a.typing(0, 0, "kept ")
		before := d.settle()
		stored := append(d.journal.records, fmt.Sprintf(bad, len(d.journal.records)+1))
		d.journal.records = stored
		a.reload("a")
		a.typing(0, 0, "more ")
		text := d.settle()
		if folds := json.Valid([]byte(stored[len(stored)-1])); folds && text != "more "+before || !strings.Contains(text, "more ") {
			t.Errorf("the pad holds %q after %q", text, before)
		}
		if !a.pad.unkept || len(d.journal.records) != len(stored) {
			t.Errorf("unkept %v, the journal has %d records of %d", a.pad.unkept, len(d.journal.records), len(stored))
		}
	}
}

// What is shown stays, also where the browser takes the log away or can't read it any more; a reload doesn't mix it with
// what others wrote there meanwhile.
func TestPadThatLosesItsLog(t *testing.T) {
	for name, lose := range map[string]func(*desk){
		"emptied":    func(d *desk) { d.journal = memory{} },
		"unreadable": func(d *desk) { d.deaf = true },
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			a, b := d.open("a"), d.open("b")
			a.typing(0, 0, "kept ")
			before := d.settle()
			d.tabs = d.tabs[:1]
			b.pad.close(0)
			lose(d)
			a.pad.hear("")
			a.typing(0, 0, "more ")
			for n := 0; d.step(); n++ {
				if n > 1000 {
					t.Fatal("it asks the journal again and again")
				}
			}
			if text := d.settle(); text != "more "+before || !a.pad.unkept {
				t.Errorf("the pad holds %q after %q, unkept %v", text, before, a.pad.unkept)
			}
			d.deaf = false
			b.reload("b")
			b.typing(5, 4, "mine")
			d.tabs = []*tabPage{b}
			others := d.settle()
			a.reload("a")
			d.tabs = append(d.tabs, a)
			if text := d.settle(); text != others {
				t.Errorf("after the reload it holds %q, not %q", text, others)
			}
		})
	}
}

// What a page had begun to store as it was left went another way over what others did than on its next page, which was
// told of that as a whole only.
func TestPadThatStoresAfterTheReload(t *testing.T) {
	d := newDesk(t)
	a, b := d.open("a"), d.open("b")
	d.settle()
	b.typing(1, 1, "")
	b.alone()
	b.client.Undo(d.now)
	b.alone()
	a.queue = a.queue[:len(a.queue)-1]      // of the two notices, one is under way
	for a.pad.state.Rev < b.pad.state.Rev { // as is what the client is told
		a.step(len(a.asked) > 0)
	}
	a.typing(2, 0, "X")
	late := a.asked
	a.asked = nil
	b.pad.folded, b.pad.size = 0, looseSize
	b.pad.tidy()
	a.reload("a")
	for a.client.Status().Phase != client.Connected {
		a.step(len(a.queue) == 0)
	}
	for _, f := range late {
		f()
	}
	python, _ := session.LookupLanguage("python")
	if got, want := d.settle(), "dX"+python.Starter[1:]; got != want {
		t.Errorf("the pad holds %q, not %q", got, want)
	}
}
