package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"tandem/shared/session"
)

const (
	firstRun  = 4 * time.Minute  // with the loading of a runtime, on a busy machine
	timeLimit = 10 * time.Second // that a program may take
)

// output is what the log region "Output" shows.
func (p *person) output() string { return p.text("log", "Output") }

// prints waits until the output shows the words.
func (p *person) prints(limit time.Duration, words string) {
	p.t.Helper()
	untilShow(p.t, limit, fmt.Sprintf("%s's output shows %q", p.who, words), func() (bool, string) {
		s := p.output()
		return strings.Contains(s, words), fmt.Sprintf("it shows %q", s)
	})
}

// idle waits until nothing runs any more.
func (p *person) idle(limit time.Duration) {
	p.t.Helper()
	until(p.t, limit, "nothing runs on "+p.who+"'s page", func() bool {
		for _, n := range p.query("button", "Stop") {
			if property(n, "disabled") != "true" {
				return false
			}
		}
		return p.has("button", "Run")
	})
}

type program struct{ language, starter, streams, fails, endless, hello string }

// What the two languages have in common, each in its words. fails fails in line 3.
var programs = []program{
	{
		language: "Python",
		starter:  "Hello, world!",
		streams:  "import sys\nprint('to ' + 'stdout', 6 * 7)\nprint('to ' + 'stderr', 6 * 8, file=sys.stderr)\n",
		fails:    "print('be' + 'fore')\n# two\nraise ValueError('went ' + 'wrong')\n",
		endless:  "print('spin' + 'ning')\nwhile True: pass\n",
		hello:    "print('next ' + 'run')\n",
	},
	{
		language: "JavaScript",
		starter:  "Hello, world!",
		streams:  "console.log('to ' + 'stdout', 6 * 7)\nconsole.error('to ' + 'stderr', 6 * 8)\n",
		fails:    "console.log('be' + 'fore')\n// two\nthrow new Error('went ' + 'wrong')\n",
		endless:  "console.log('spin' + 'ning')\nwhile (true) {}\n",
		hello:    "console.log('next ' + 'run')\n",
	},
}

func TestRun(t *testing.T) {
	for _, prog := range programs {
		t.Run(prog.language, func(t *testing.T) {
			ada, bob := newPerson(t, "Ada"), newPerson(t, "Bob")
			ada.savesData(false)
			id := meet(t, ada, bob, prog.language)
			scenes := []scene{
				{"seen by all and by late joiners", prog.runIsSeenByAll},
				{"an error marks its line", prog.errorMarksItsLine},
				{"an endless program is stopped", prog.endlessProgramIsStopped},
			}
			if prog.language == "Python" { // what takes its time, and is no language's own
				scenes = append(scenes, scene{"the time limit ends an endless program", prog.timeLimitEndsIt}, scene{"output comes as it is printed", outputComesAsItIsPrinted}, scene{"asks for a line", asksForALine},
					scene{"who joins in the middle has all of it", whoJoinsInTheMiddle},
					scene{"a long drop ends it", aLongDropEndsIt}, scene{"the end of the session on this page ends it", theEndOfTheSessionEndsIt})
			}
			play(t, ada, bob, id, scenes...)
		})
	}
}

// Who asked to save data pays for a language with the first run of it.
func TestRuntimeIsNotLoadedUnaskedWhereDataIsSaved(t *testing.T) {
	t.Parallel()
	ada := newDevice(t, "Ada", rig.server.addr) // who saves data, as everybody here
	ada.create("SQL")
	ada.shows("status", "Runtime", "loaded when you run")
	loaded := func() int {
		n := 0
		for _, url := range ada.seen.urls() {
			if strings.Contains(url, "/web/runtimes/") {
				n++
			}
		}
		return n
	}
	ada.keptForLater() // by now the page has done all that it does unasked
	if n := loaded(); n > 0 {
		t.Errorf("%d files of a runtime were loaded", n)
	}
	ada.click("button", "Run")
	ada.idle(firstRun)
	ada.shows("status", "Runtime", "ready")
	if loaded() == 0 {
		t.Error("the page was not seen to load the runtime")
	}
}

func (prog program) runIsSeenByAll(t *testing.T, ada, bob *person, id string) {
	untilShow(t, firstRun, "the state of the runtime is visible", func() (bool, string) {
		s := ada.text("status", "Runtime")
		return strings.Contains(s, prog.language) && strings.Contains(s, "ready"), fmt.Sprintf("it is %q", s)
	})
	ada.click("button", "Run")
	ada.prints(firstRun, prog.starter)
	bob.prints(patience, prog.starter)
	ada.idle(patience)

	ada.replaceAll(prog.streams)
	settle(t, id, ada, bob)
	bob.inEditor()
	bob.press("Control+Enter")
	bob.prints(firstRun, "to stderr 48")
	bob.idle(patience)
	ada.prints(patience, "to stderr 48")
	cleo := newPerson(t, "Cleo")
	cleo.join(id)
	cleo.prints(patience, "to stderr 48")
	for _, p := range []*person{ada, bob, cleo} {
		p.prints(patience, "to stdout 42")
		p.prints(patience, prog.starter)
		if out := p.output(); !strings.Contains(out, prog.language) || !strings.Contains(out, " ms") && !strings.Contains(out, " s") {
			t.Errorf("%s's output does not tell what ran and for how long: %q", p.who, out)
		}
		if a, b := p.colourOf("to stdout 42"), p.colourOf("to stderr 48"); a == b || a == "" {
			t.Errorf("%s's output shows stdout in %q and stderr in %q", p.who, a, b)
		}
	}
	for _, name := range []string{"Ada", "Bob"} { // who ran it: the others read the name
		cleo.prints(patience, name)
	}
	runs := look(t, id).State.Runs
	if len(runs) != 2 || runs[1].By == runs[0].By || runs[1].End == nil || runs[1].End.Reason != "ok" {
		t.Errorf("the server holds the runs %+v", runs)
	}
}

// colourOf is the colour in which the output shows the words; "" if nothing shows just them.
func (p *person) colourOf(words string) string {
	p.t.Helper()
	nodes := p.query("log", "Output")
	if len(nodes) == 0 {
		return ""
	}
	colour, err := on[string](p, nodes[0].BackendDOMNodeID, `function(){
		const walk = document.createTreeWalker(this, NodeFilter.SHOW_TEXT)
		for (let n; n = walk.nextNode();) if (n.data.includes(`+quote(words)+`)) return getComputedStyle(n.parentElement).color
		return ""
	}`)
	if err != nil {
		p.fatal("%v", err)
	}
	return colour
}

func (prog program) errorMarksItsLine(t *testing.T, ada, bob *person, id string) {
	bob.replaceAll(prog.fails)
	settle(t, id, ada, bob)
	if marked(ada) != nil {
		t.Fatalf("lines %v are marked before anything ran", marked(ada))
	}
	ada.click("button", "Run")
	ada.prints(firstRun, "went wrong")
	bob.prints(patience, "went wrong")
	for _, p := range []*person{ada, bob} {
		p.prints(patience, "before")
		if got := p.output(); strings.Contains(got, "pyodide") || strings.Contains(got, "blob:") {
			t.Errorf("%s's output shows our own insides: %q", p.who, got)
		}
		untilShow(t, patience, "line 3 is marked for "+p.who, func() (bool, string) {
			m := marked(p)
			return len(m) == 1 && m[0] == 3, fmt.Sprint(m)
		})
	}
	ada.line(3)
	ada.press("End")
	ada.typing(" ")
	until(t, patience, "the mark goes when the line is mended", func() bool { return marked(ada) == nil && marked(bob) == nil })
}

// marked lists the lines, from 1, that the editor marks as wrong.
func marked(p *person) []int {
	p.t.Helper()
	// A line's place on the page tells its number: all are of one height, and these programs never scroll.
	return eval[[]int](p, `(() => {
		const lines = [...document.querySelectorAll(".view-lines > .view-line")].map(e => e.getBoundingClientRect()).sort((a, b) => a.top - b.top)
		const list = [...document.querySelectorAll(".run-error-line")].map(e => {
			const r = e.getBoundingClientRect()
			return 1 + lines.findIndex(l => Math.abs(l.top - r.top) < 3)
		})
		return list.length ? list : null
	})()`)
}

// By "Stop", of the one who runs and of the other one.
func (prog program) endlessProgramIsStopped(t *testing.T, ada, bob *person, id string) {
	ada.replaceAll(prog.endless)
	settle(t, id, ada, bob)
	for i, who := range []*person{ada, bob} {
		ada.click("button", "Run")
		until(t, firstRun, "it runs", func() bool { return strings.Count(bob.output(), "spinning") == i+1 })
		stopped := time.Now()
		who.click("button", "Stop")
		ada.idle(patience)
		bob.idle(patience)
		if took := time.Since(stopped); took > 5*time.Second {
			t.Errorf("Stop took %v", took)
		}
		runs := look(t, id).State.Runs
		if end := runs[len(runs)-1].End; end == nil || end.Reason != "stopped" {
			t.Errorf("%s stopped it, and the server holds %+v", who.who, runs)
		}
	}
}

// People can type meanwhile, and the next run works at once.
func (prog program) timeLimitEndsIt(t *testing.T, ada, bob *person, id string) {
	ada.click("button", "Run")
	until(t, firstRun, "it runs", func() bool { return strings.Count(bob.output(), "spinning") == 3 })
	began := time.Now()
	ada.replaceAll(prog.hello)
	settle(t, id, ada, bob)
	if took := time.Since(began); took > timeLimit-2*time.Second {
		t.Errorf("while a program spins, typing took %v", took)
	}
	ada.idle(timeLimit + patience)
	t.Logf("the time limit ended it after %v", time.Since(began).Round(100*time.Millisecond))
	runs := look(t, id).State.Runs
	if end := runs[len(runs)-1].End; end == nil || end.Reason != "timeout" {
		t.Errorf("the time limit ended it, and the server holds %+v", runs)
	}

	again := time.Now()
	ada.click("button", "Run")
	ada.prints(patience, "next run")
	bob.prints(patience, "next run")
	t.Logf("the next run printed %v after the click", time.Since(again).Round(100*time.Millisecond))
}

func outputComesAsItIsPrinted(t *testing.T, ada, bob *person, id string) {
	ada.replaceAll("import time\nprint('al' + 'pha')\ntime.sleep(3)\nprint('ome' + 'ga')\n")
	settle(t, id, ada, bob)
	ada.click("button", "Run")
	bob.prints(firstRun, "alpha")
	if strings.Contains(bob.output(), "omega") {
		t.Error("the output came all at once")
	}
	bob.prints(patience, "omega")
	ada.idle(patience)
}

func asksForALine(t *testing.T, ada, bob *person, id string) {
	ada.replaceAll("name = input('Who? ')\nprint('Hello ' + name.upper())\n")
	settle(t, id, ada, bob)
	ada.click("button", "Run")
	bob.prints(firstRun, "Who?")
	var field string
	ada.until("the page offers a field for the program's input", func() (bool, string) {
		for _, n := range ada.query("textbox", "") {
			if name := strings.ToLower(text(n.Name)); strings.Contains(name, "input") || strings.Contains(name, "stdin") {
				field = text(n.Name)
				return true, ""
			}
		}
		return false, ""
	})
	ada.fill("textbox", field, "grace")
	ada.press("Enter")
	ada.prints(patience, "Hello GRACE")
	bob.prints(patience, "Hello GRACE")
}

// Who joins while a program runs has its output from the start, and can hand it a line and stop it.
func whoJoinsInTheMiddle(t *testing.T, ada, bob *person, id string) {
	ada.replaceAll("import time\nprint('from the ' + 'start')\nprint('then ' + input().upper())\nwhile True: time.sleep(1)\n")
	settle(t, id, ada, bob)
	ada.click("button", "Run")
	bob.prints(firstRun, "from the start")
	dora := newPerson(t, "Dora")
	dora.join(id)
	dora.prints(patience, "Ada is running Python…\nStop\nfrom the start")
	dora.fill("textbox", "Input for the program", "what Dora typed")
	dora.press("Enter")
	for _, p := range []*person{ada, bob, dora} {
		p.prints(patience, "from the start\nwhat Dora typed\nthen WHAT DORA TYPED")
	}
	dora.click("button", "Stop the run of Ada")
	for _, p := range []*person{ada, bob, dora} {
		p.idle(patience)
	}
	dora.gone("button", "Stop the run of Ada")
	runs := look(t, id).State.Runs
	if end := runs[len(runs)-1].End; end == nil || end.Reason != session.ReasonStopped {
		t.Errorf("Dora stopped it, and the log has the end %+v", end)
	}
}

// takes asks the page's runner whether a run is there that a line could be for.
func (p *person) takes(run string) bool {
	p.t.Helper()
	return eval[string](p, "tandem.runner.input("+quote(run)+", 'x'.repeat(1e6))") != "The run is over."
}

// lastRun is the run that the server was told of last.
func lastRun(t *testing.T, id string) (run string, over bool) {
	t.Helper()
	runs := look(t, id).State.Runs
	last := runs[len(runs)-1]
	return last.Run, last.End != nil
}

// waits starts a program that waits for a line, which has no end.
func (p *person) waits(t *testing.T, other *person, id string) (run string) {
	t.Helper()
	p.replaceAll("print('wait' + 'ing')\ninput()\n")
	settle(t, id, p, other)
	before := strings.Count(other.output(), "waiting")
	p.click("button", "Run")
	until(t, firstRun, "it runs", func() bool { return strings.Count(other.output(), "waiting") > before })
	run, _ = lastRun(t, id)
	if !p.takes(run) {
		t.Fatalf("the runner knows nothing of %s: this test proves nothing", run)
	}
	return run
}

// The server ended the run of somebody who was away: the page that runs it follows, says so, and can run again.
func aLongDropEndsIt(t *testing.T, ada, bob *person, id string) {
	ada.allow(lostNetwork)
	run := ada.waits(t, bob, id)
	ada.net.refuseSockets(true)
	until(t, patience, "the run has ended for the others", func() bool { _, over := lastRun(t, id); return over })
	if !ada.takes(run) {
		t.Fatal("the program ended by itself: this test proves nothing")
	}
	ada.net.refuseSockets(false)
	ada.says("your run was ended")
	until(t, patience, "the program has ended", func() bool { return !ada.takes(run) })
	ada.replaceAll(programs[0].hello)
	settle(t, id, ada, bob)
	before := strings.Count(bob.output(), "next run")
	ada.click("button", "Run")
	until(t, firstRun, "the next run works", func() bool { return strings.Count(bob.output(), "next run") > before })
}

// A page that its session has left, as for another tab, has nobody who could stop its program.
func theEndOfTheSessionEndsIt(t *testing.T, ada, bob *person, id string) {
	run := ada.waits(t, bob, id)
	client := eval[string](ada, "sessionStorage.getItem('tandem.client."+id+"')")
	tries := 0
	until(t, patience, "the session has gone elsewhere", func() bool {
		if tries++; tries%40 == 1 { // the first may pass for a connection of Ada's own that is late
			elsewhere := joinAs(t, rig.server, id, client, "Ada")
			t.Cleanup(func() { elsewhere.Close() })
		}
		s, err := tryEval[string](ada, "document.body.innerText")
		return err == nil && strings.Contains(s, session.CloseReason(session.CloseReplaced))
	})
	until(t, 5*time.Second, "the program has ended with the session", func() bool { return !ada.takes(run) })
}
