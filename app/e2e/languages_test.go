package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// One session goes through the languages: each has its starter, which is coloured and runs, and the other person sees what it prints.
func TestEveryLanguageInOneSession(t *testing.T) {
	ada, bob, id := pair(t, "Python")
	for _, l := range []struct{ name, starts, prints string }{
		{"TypeScript", "name: string", "Hello, world!"},
		{"Go", "package main", "Hello, world!"},
		{"SQL", "CREATE TABLE", "│ Engines   │"},
		{"JavaScript (V8)", "console.log", "Hello, world!"},
	} {
		ada.choose("Language", l.name)
		bob.inLanguage(l.name)
		untilShow(t, patience, l.name+" has its starter", func() (bool, string) {
			return strings.Contains(ada.code(), l.starts), ada.code()
		})
		settle(t, id, ada, bob)
		for _, p := range []*person{ada, bob} {
			untilShow(t, patience, p.who+"'s "+l.name+" is coloured", func() (bool, string) {
				colours := p.codeColours()
				return len(colours) > 2, fmt.Sprint(colours)
			})
		}
		runs := len(look(t, id).State.Runs)
		began := time.Now()
		ada.click("button", "Run")
		untilShow(t, 2*firstRun, "the server has the end of the run in "+l.name, func() (bool, string) {
			list := look(t, id).State.Runs
			return len(list) == runs+1 && list[runs].End != nil, fmt.Sprintf("%+v; Ada's output is %q", list, ada.output())
		})
		last := look(t, id).State.Runs[runs]
		if last.End.Reason != "ok" {
			t.Errorf("%s: the starter ended as %+v", l.name, last.End)
		}
		t.Logf("%s: the first run took %v with the loading, %d ms by itself", l.name, time.Since(began).Round(100*time.Millisecond), last.End.MS)
		ada.idle(patience)
		untilShow(t, patience, "Bob's page shows what "+l.name+" printed", func() (bool, string) {
			out := bob.output()
			_, own, found := strings.Cut(out[max(0, strings.LastIndex(out, "ran "+l.name)):], "ran "+l.name)
			return found && strings.Contains(own, l.prints), out
		})
	}
}

// codeColours lists the colours of the text in the editor.
func (p *person) codeColours() []string {
	p.t.Helper()
	return eval[[]string](p, `[...new Set([...document.querySelectorAll(".view-lines > .view-line > span > span")].map(e => getComputedStyle(e).color))]`)
}

func TestTypeErrorsAreShownAndStopNoRun(t *testing.T) {
	ada, bob, id := pair(t, "TypeScript")
	ada.replaceAll("const who: string = 'wo' + 'rld'\nconst n: number = who\nconsole.log('Hello, ' + n)\n")
	settle(t, id, ada, bob)
	for _, p := range []*person{ada, bob} {
		untilShow(t, firstRun, p.who+"'s page shows the one type error", func() (bool, string) {
			n := eval[int](p, `document.querySelectorAll(".squiggly-error").length`)
			return n == 1, fmt.Sprintf("it shows %d", n)
		})
	}
	ada.click("button", "Run")
	bob.prints(firstRun, "Hello, world")
	ada.idle(patience)
	if runs := look(t, id).State.Runs; len(runs) != 1 || runs[0].End == nil || runs[0].End.Reason != "ok" {
		t.Errorf("the server holds the runs %+v", runs)
	}
}
