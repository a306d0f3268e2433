package ui

import (
	"testing"
	"testing/synctest"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"tandem/app/browser"
)

// homePage is a Home whose context a test can use.
type homePage struct {
	Home
	ctx app.Context
}

func (h *homePage) OnPreRender(ctx app.Context) { h.ctx = ctx }

// However often the network comes and goes, there is one look for a server at a time. Outside a browser none is found.
func TestOneLookAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &homePage{}
		engine := app.NewTestEngine()
		if err := engine.Load(h); err != nil {
			t.Fatal(err)
		}
		engine.ConsumeAll()
		h.reach(h.ctx)
		engine.ConsumeNext()
		if !h.offline {
			t.Fatal("a server was found: this test proves nothing")
		}
		h.reach(h.ctx) // something happened to the network
		engine.ConsumeNext()
		engine.ConsumeNext() // the first look's turn to look again, which it has lost
		engine.ConsumeNext() // the second one's
		if h.looks != 3 {
			t.Errorf("after two looks, in the next round there were %d", h.looks-2)
		}
	})
}

// The time that an attempt has is its own.
func TestLateEndsItsOwnAttempt(t *testing.T) {
	first, second := browser.Create("Ada", "python"), browser.Create("Ada", "python")
	h := &Home{live: second}
	h.late(first)(app.Context{})
	if h.live != second || h.problem != "" {
		t.Errorf("the first attempt's end ended the second: %q", h.problem)
	}
	h.late(second)(app.Context{})
	if h.live != nil || h.problem == "" {
		t.Error("an attempt never ends")
	}
}
