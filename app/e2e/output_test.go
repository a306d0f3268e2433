package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"tandem/shared/session"
)

// The output is a terminal's: what programs say to one is done, not shown.
func TestOutputIsATerminals(t *testing.T) {
	ada, bob, id := pair(t, "Python")
	play(t, ada, bob, id,
		scene{"colours and lines that are written anew", coloursAndLines},
		scene{"a long line", longLines},
		scene{"a place in an error leads to the line", placesLead},
		scene{"input in advance", inputInAdvance},
		scene{"ten thousand lines", tenThousandLines},
		scene{"the end stays in view", endStaysInView},
		scene{"copy and clear", copyAndClear},
		scene{"the time limit is the interviewer's", limitIsTheInterviewers},
		scene{"the runner's page goes", runnerGoes},
		scene{"a page goes that shows much output", goesWithMuch},
	)
}

// runs lets somebody run a program and waits for its end in the log.
func (p *person) runs(id, code string) *session.Run {
	p.t.Helper()
	p.replaceAll(code)
	p.saved()
	return p.runsThat(id)
}

// runsThat is runs for what is in the editor.
func (p *person) runsThat(id string) *session.Run {
	p.t.Helper()
	before := len(look(p.t, id).State.Runs)
	p.click("button", "Run")
	var last *session.Run
	untilShow(p.t, firstRun, "the log has the end of "+p.who+"'s run", func() (bool, string) {
		list := look(p.t, id).State.Runs
		if len(list) != before+1 || list[before].End == nil {
			return false, fmt.Sprintf("it has %d runs", len(list)) // and not the output: to read that holds up the page
		}
		last = list[before]
		return true, ""
	})
	return last
}

func coloursAndLines(t *testing.T, ada, bob *person, id string) {
	ada.runs(id, "print('go' + 'ne\\nal' + 'so gone\\x1b[H\\x1b[J', end='')\n"+
		"print('\\x1b[31mred' + 'dish\\x1b[0m pla' + 'in')\nprint('\\x1b[38;2;1;2;3mex' + 'act\\x1b[0m')\n"+
		"print('<b>no' + ' tag</b>')\nfor n in 1500 * [0, 50, 100]: print(f'\\r{n} per' + ' cent', end='')\nprint('\\x1b]0;title\\x07 do' + 'ne')\n"+
		"print('one' + ' 1\\ntwo' + ' 1\\x1b[A\\r\\x1b[32mone' + ' 2\\x1b[0m\\n\\x1b[2K\\rtwo' + ' 2\\nspin |\\b/\\b' + '- en' + 'd')\n")
	for _, p := range []*person{ada, bob} {
		p.prints(patience, "end")
		out := p.output()
		if !strings.Contains(out, "done\none 2\ntwo 2\nspin - end") {
			t.Errorf("%s's output doesn't follow the cursor: %q", p.who, out)
		}
		if !strings.Contains(out, "<b>no tag</b>") || !strings.Contains(out, "100 per cent done") || strings.Contains(out, "50 per cent") || strings.ContainsAny(out, "\x1b\r") || strings.Contains(out, "title") || strings.Contains(out, "gone") {
			t.Errorf("%s's output is %q", p.who, out)
		}
		if n := eval[int](p, `document.querySelector("#output pre").children.length`); n > 2 {
			t.Errorf("%s's output is in %d blocks: what was overwritten takes room", p.who, n)
		}
		if red, plain, exact := p.colourOf("reddish"), p.colourOf(" plain"), p.colourOf("exact"); red == plain || red == "" || p.colourOf("one 2") == plain || exact != "rgb(1, 2, 3)" {
			t.Errorf("%s's output has the colours %s, %s and %s", p.who, red, plain, exact)
		}
	}
}

// A line that is too long for a block is cut between characters.
func longLines(t *testing.T, ada, bob *person, id string) {
	blocks := eval[[]bool](ada, `(() => {
		const pre = document.createElement("pre")
		tandem.terminal.write(pre, "stdout", "a" + "😀".repeat(20_000))
		return [...pre.children].map(block => block.textContent.isWellFormed())
	})()`)
	if len(blocks) < 2 || slices.Contains(blocks, false) {
		t.Errorf("of the blocks of a long line these are well-formed: %v", blocks)
	}
}

func placesLead(t *testing.T, ada, bob *person, id string) {
	ada.runs(id, "def inner():\n    return 1 / 0\n\n\nprint('so ' + 'far')\ninner()\n")
	for _, p := range []*person{ada, bob} {
		p.prints(patience, "ZeroDivisionError")
		for name, at := range map[string]string{`File "main.py", line 6`: "Ln 6, Col 1", `File "main.py", line 2`: "Ln 2, Col 1"} {
			p.click("button", name)
			untilShow(t, patience, "a click on "+name+" leads to the line", func() (bool, string) {
				s := eval[string](p, `document.getElementById("position").textContent`)
				return s == at, fmt.Sprintf("%s's cursor is at %s", p.who, s)
			})
		}
	}
}

func inputInAdvance(t *testing.T, ada, bob *person, id string) {
	ada.click("button", "Input for your next runs")
	const given = "Input for your next runs, as they would read it. Empty: they ask for each line."
	ada.fill("textbox", given, "3\n4")
	r := ada.runs(id, "a, b = int(input()), int(input())\nprint('sum', a + b)\ntry:\n    input()\nexcept EOFError:\n    print('the', 'end')\n")
	for _, p := range []*person{ada, bob} {
		p.prints(patience, "3\n4\nsum 7\nthe end")
	}
	if len(r.Output) != 2 || r.Output[0] != (session.Output{Stream: session.Stdin, Text: "3\n4\n"}) || r.End.Reason != session.ReasonOK {
		t.Errorf("the log has the run as %+v, %+v", r.Output, r.End)
	}
	ada.focus("textbox", given)
	ada.press("Control+a", "Backspace", "Escape")
	ada.gone("textbox", given)
	if role, name := ada.focused(); role != "button" || name != "Input for your next runs" {
		t.Errorf("Escape closed the field, and the keyboard is in the %s %q", role, name)
	}
}

func tenThousandLines(t *testing.T, ada, bob *person, id string) {
	ada.replaceAll("for n in range(9_999): print('line', n, '.' * 60)\nprint('the last ' + 'line')\n")
	ada.saved()
	for _, p := range []*person{ada, bob} {
		eval[bool](p, `window.gaps = [], window.turn = performance.now(), setInterval(() => { gaps.push(performance.now() - turn); turn = performance.now() }, 5), true`)
	}
	r := ada.runsThat(id)
	if r.End.Reason != session.ReasonOK || r.Lines != 10_000 {
		t.Fatalf("the run has %d lines and ended as %+v", r.Lines, r.End)
	}
	for _, p := range []*person{ada, bob} {
		until(t, patience, p.who+"'s page has the last line", func() bool {
			return eval[bool](p, `document.getElementById("output").textContent.includes("the last line")`)
		})
		still := eval[[2]float64](p, `[Math.max(...gaps), gaps.toSorted((a, b) => a - b)[gaps.length >> 1]]`) // so far: what follows takes its time
		lines := eval[int](p, `[...document.querySelectorAll("#output pre")].at(-1).textContent.split("\n").length - 1`)
		if lines != 10_000 {
			t.Errorf("%s's page shows %d lines", p.who, lines)
		}
		p.atEndOf("the output")
		const first = `[...document.querySelectorAll("#output pre")].at(-1).firstChild.firstChild`
		if eval[bool](p, first+`.checkVisibility({ contentVisibilityAuto: true })`) {
			t.Errorf("%s's page lays out the first lines, which are far out of view", p.who)
		}
		t.Logf("%s's page stood still for at most %.0f ms, the median of its turns is %.0f ms", p.who, still[0], still[1])
	}
}

// atEndOf waits until the end of the output is in view.
func (p *person) atEndOf(what string) {
	p.t.Helper()
	until(p.t, patience, p.who+"'s page has the end in view of "+what, func() bool {
		return eval[bool](p, `(() => { const e = document.getElementById("output"); return e.scrollHeight - e.scrollTop - e.clientHeight < 30 })()`)
	})
}

// The end stays in view whatever makes the log lower or narrower, and what comes does not move whoever reads further up.
func endStaysInView(t *testing.T, ada, bob *person, id string) {
	ada.click("button", "Input for your next runs")
	ada.atEndOf("a log beside a field")
	bob.size(390, 844)
	bob.click("tab", "Code")
	bob.gone("log", "Output")
	ada.runs(id, "for n in range(300): print('line', n, '-' * n)\n")
	bob.click("tab", "Output")
	bob.prints(patience, "line 299")
	bob.atEndOf("a phone's log")
	ada.click("button", "Input for your next runs")
	eval[bool](bob, `document.getElementById("output").scrollTop -= 600, true`)
	bob.painted()
	ada.runs(id, "print('mo' + 're')\n")
	bob.prints(patience, "more")
	bob.painted()
	if eval[bool](bob, `(() => { const e = document.getElementById("output"); return e.scrollHeight - e.scrollTop - e.clientHeight < 600 })()`) {
		t.Error("Bob reads what was before, and is taken to the end")
	}
	bob.size(1440, 900)
}

func copyAndClear(t *testing.T, ada, bob *person, id string) {
	ada.click("button", "Clear your view of the output")
	until(t, patience, "Ada's output is clear", func() bool { return !strings.Contains(ada.output(), "line") })
	ada.runs(id, "import sys\nprint('\\x1b[32mcop' + 'ied\\x1b[0m')\nprint('al' + 'so', file=sys.stderr)\n")
	ada.prints(patience, "also")
	ada.click("button", "Copy the output")
	ada.copied("copied\nalso\n")
	if !strings.Contains(bob.output(), "the last line") {
		t.Error("Ada's clearing cleared Bob's output")
	}
}

func limitIsTheInterviewers(t *testing.T, ada, bob *person, id string) {
	ada.click("button", "More")
	ada.choose("Time limit of a run", "5 s")
	ada.press("Escape")
	bob.click("button", "More")
	untilShow(t, patience, "Bob sees the limit, and can't change it", func() (bool, string) {
		s := bob.value("combobox", "Time limit of a run")
		return s == "5 s" && property(bob.find("combobox", "Time limit of a run"), "disabled") == "true", "it is " + s
	})
	bob.press("Escape")
}

func runnerGoes(t *testing.T, ada, bob *person, id string) {
	ada.replaceAll("print('on and ' + 'on')\nwhile True: pass\n")
	ada.saved()
	ada.click("button", "Run")
	bob.prints(firstRun, "on and on")
	ada.visit("/")
	bob.prints(patience, "The page that ran this was left.")
	runs := look(t, id).State.Runs
	if end := runs[len(runs)-1].End; end == nil || end.Reason != session.ReasonCrash {
		t.Errorf("the log has the end %+v", end)
	}
}

// As a page goes, what its database may not get to any more is put aside; where the output leaves no room for that, the rest
// is, without it.
func goesWithMuch(t *testing.T, ada, bob *person, id string) {
	bob.allow(lostNetwork)
	ada.visit("/s/" + id)
	ada.connected()
	ada.choose("Language", "JavaScript (V8)")
	ada.runs(id, "console.log('\\x01'.repeat(200_000))\n") // each of them is six bytes of what is kept
	bob.prints(patience, "ran JavaScript (V8)")
	if n := len(look(t, id).raw); n <= 1<<20 {
		t.Fatalf("all there is has %d bytes, for which there is room: this test proves nothing", n)
	}
	start := bob.code()
	bob.net.refuseSockets(true)
	bob.shows("status", "Connection", "Reconnecting")
	eval[bool](bob, "tandem.store.set = () => new Promise(() => {}), true")
	bob.atEnd()
	bob.typing("# as the page went")
	bob.reload()
	untilShow(t, patience, "the reloaded page shows what was typed", func() (bool, string) {
		s, err := tryEval[string](bob, "tandem.editor.text()")
		return err == nil && s == start+"# as the page went", s
	})
	bob.net.refuseSockets(false)
	bob.connected()
	holds(t, settle(t, id, ada, bob), "# as the page went")
}
