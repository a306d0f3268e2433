package runtimes

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// TestPlainLoad: without the snapshot Python starts from nothing, and is the same.
func TestPlainLoad(t *testing.T) {
	ctx := open(t, serve(t, "python.snapshot"))
	o := play(t, ctx, program{Lang: "python", Code: "import dataclasses, sys\nprint(input(), dataclasses.__name__)\nraise ValueError(1)", Input: []string{"x"}})
	if o.Stdout != "x dataclasses\n" || o.Exit.Reason != "error" || !strings.Contains(o.Stderr, "File \"main.py\", line 3") {
		t.Errorf("%s", o)
	}
	t.Logf("plain %.0f ms", o.Took)
}

// TestBrokenSnapshot: one that doesn't fit is left alone.
func TestBrokenSnapshot(t *testing.T) {
	s := serve(t)
	s.replace("python.snapshot", make([]byte, 1<<20))
	o := play(t, open(t, s), program{Lang: "python", Code: hello["python"]})
	if o.Stdout != "hello\n" || o.Exit.Reason != "ok" {
		t.Errorf("%s", o)
	}
}

const (
	goRead = "package main\n\nimport \"fmt\"\n\nfunc main() {\n\tvar a, b string\n\tfmt.Scan(&a, &b)\n\tfmt.Println(a, b)\n}"
	goLoop = "package main\n\nfunc main() {\n\tprint(\"go\")\n\tfor {\n\t}\n}"
)

// TestWithoutSharedMemory: a browser that gives the frame none can still run, take given input and be stopped.
func TestWithoutSharedMemory(t *testing.T) {
	s := serve(t)
	s.isolated = false
	ctx := open(t, s)
	given := "one\ntwo"
	for _, c := range []struct {
		lang, read, loop string
		line             int // that asks for input
	}{
		{"python", "print(input(), input())", "print('go', flush=True)\nwhile True: pass", 1},
		{"javascript", "console.log(prompt(), prompt())", "console.log('go'); for (;;);", 1},
		{"javascript-v8", "console.log(prompt(), prompt())", "console.log('go'); for (;;);", 1},
		{"go", goRead, goLoop, 7},
	} {
		// The limit is shorter than Go's compiler takes, whose time it is not.
		o := play(t, ctx, program{Lang: c.lang, Code: c.read, Input: []string{"typed", "too 😀"}, MS: 1000})
		if c.lang == "python" { // it can be suspended
			if o.Stdout != "typed too 😀\n" || o.Exit.Reason != "ok" || o.Needs != 2 {
				t.Errorf("%s waits: %s", c.lang, o)
			}
		} else if o.Exit.Reason != "error" || !strings.Contains(o.Stderr, "can't wait for input on this page") || o.Exit.Error == nil || o.Exit.Error.Line != c.line {
			t.Errorf("%s can't wait: %s", c.lang, o)
		}
		if o := play(t, ctx, program{Lang: c.lang, Code: c.read, Stdin: &given}); o.Stdout != "one two\n" || o.Exit.Reason != "ok" {
			t.Errorf("%s reads: %s", c.lang, o)
		}
		if o := play(t, ctx, program{Lang: c.lang, Code: c.loop, Stop: "go"}); o.Exit.Reason != "stopped" {
			t.Errorf("%s stops: %s", c.lang, o)
		}
		if o := play(t, ctx, program{Lang: c.lang, Code: c.loop, MS: 300}); o.Exit.Reason != "timeout" {
			t.Errorf("%s has a time limit: %s", c.lang, o)
		}
	}
	suspended(t, ctx)
}

// suspended: without shared memory Python waits for input wherever it reads.
func suspended(t *testing.T, ctx context.Context) {
	t.Helper()
	for _, c := range []struct {
		code, want string
		input      []string
	}{
		{"import sys\nprint(sorted([3, 1, 2], key=lambda n: input()))\nprint([l.strip() for l in sys.stdin])", "[2, 1, 3]\n['x', 'y']\n", []string{"c", "b", "a", "x", "y", "\u0004"}},
		{"import sys\nprint(repr(sys.stdin.readline()), repr(sys.stdin.read(3)))", "'one\\n' 'two'\n", []string{"one", "two"}},
		{"input()", "", []string{"\u0004"}},
	} {
		o := play(t, ctx, program{Lang: "python", Code: c.code, Input: c.input, MS: 5000})
		if o.Stdout != c.want {
			t.Errorf("%q: %s", c.code, o)
		}
	}
	if o := play(t, ctx, program{Lang: "python", Code: "input()", Stop: "need"}); o.Exit.Reason != "stopped" {
		t.Errorf("stop while it waits: %s", o)
	}
}

// TestRandom: what the snapshot holds still is shaken in each run.
func TestRandom(t *testing.T) {
	ctx := open(t, serve(t))
	code := "import random, uuid, secrets, tempfile, os\nprint(random.random(), uuid.uuid4(), secrets.token_hex(), os.urandom(4).hex(), next(tempfile._get_candidate_names()))"
	a, b := play(t, ctx, program{Lang: "python", Code: code}), play(t, ctx, program{Lang: "python", Code: code})
	x, y := strings.Fields(a.Stdout), strings.Fields(b.Stdout)
	if len(x) != 5 || len(y) != 5 {
		t.Fatalf("%s\n%s", a, b)
	}
	for i := range x {
		if x[i] == y[i] {
			t.Errorf("value %d is %s in both runs", i, x[i])
		}
	}
}

// workers counts the workers that the frame holds, from now on, and gives how many there are.
func workers(t *testing.T, ctx context.Context) func() int {
	t.Helper()
	eval[bool](t, ctx, "runner.prepare('raw'); until(() => events.some((e) => e.type === 'ready'))")
	frame := realm(t, ctx)
	count := `globalThis.__workers = new Set(); const Made = Worker; globalThis.Worker = class extends Made {
		constructor(url) { super(url); __workers.add(this) }
		terminate() { __workers.delete(this); super.terminate() }
	}`
	if err := chromedp.Do(frame, chromedp.Evaluate[chromedp.Void](count)); err != nil {
		t.Fatal(err)
	}
	return func() int { return eval[int](t, frame, "__workers.size") }
}

// wantWorkers waits until there are so many.
func wantWorkers(t *testing.T, count func() int, want int, when string) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		if n := count(); n == want {
			return
		} else if time.Now().After(end) {
			t.Fatalf("%s there are %d workers, want %d", when, n, want)
		}
	}
}

// TestWorkersEnd: whom nobody waits for any more is ended: of a language that was stopped before it was ready, while another
// one is in use.
func TestWorkersEnd(t *testing.T) {
	ctx := open(t, serve(t))
	count := workers(t, ctx)
	play(t, ctx, program{Lang: "javascript-v8", Code: hello["javascript-v8"]})
	wantWorkers(t, count, 1, "after a run")
	eval[bool](t, ctx, `runner.prepare('python'); until(() => events.some((e) => e.type === 'ready' && e.lang === 'python'))`)
	wantWorkers(t, count, 1, "when Python is ready")
	// Python's one worker is taken; the next run waits for the second, and is stopped; meanwhile another language is used.
	eval[bool](t, ctx, `for (const id of ['a', 'b']) runner.run(JSON.stringify({ id, lang: 'python', code: 'while True: pass' }));
		runner.run(JSON.stringify({ id: 'c', lang: 'javascript-v8', code: 'for (;;);' }));
		new Promise((done) => setTimeout(done, 100, true))`)
	eval[bool](t, ctx, `for (const id of ['a', 'b', 'c']) runner.stop(id); until(() => ['a', 'b', 'c'].every((id) => of(id, 'exit').length))`)
	wantWorkers(t, count, 1, "after stopped runs")
}

// TestMissingFile: what can't be fetched is told, as an end of the run, and tried again at the next.
func TestMissingFile(t *testing.T) {
	s := serve(t)
	s.break404("quickjs.wasm", true)
	ctx := open(t, s)
	count := workers(t, ctx)
	o := play(t, ctx, program{Lang: "javascript", Code: hello["javascript"]})
	if o.Exit.Reason != "crash" || o.Exit.Error == nil || !strings.Contains(o.Exit.Error.Message, "404") {
		t.Errorf("%s", o)
	}
	wantWorkers(t, count, 0, "after a file that is missing")
	s.break404("quickjs.wasm", false)
	if o := play(t, ctx, program{Lang: "javascript", Code: hello["javascript"]}); o.Stdout != "hello\n" {
		t.Errorf("%s", o)
	}
	if failed := eval[int](t, ctx, `events.filter((e) => e.type === 'failed').length`); failed != 1 {
		t.Errorf("told %d times that it failed, want once", failed)
	}
}

// TestLoadedAtOnce: a language that gets ready is not ended because another one is wanted meanwhile.
func TestLoadedAtOnce(t *testing.T) {
	ctx := open(t, serve(t))
	eval[bool](t, ctx, "runner.prepare('python'); until(() => events.some((e) => e.type === 'progress' && e.phase === 'start'))")
	eval[bool](t, ctx, "runner.prepare('javascript-v8'); until(() => events.filter((e) => e.type === 'ready' || e.type === 'failed').length === 2)")
	if failed := eval[string](t, ctx, "JSON.stringify(events.filter((e) => e.type === 'failed'))"); failed != "[]" {
		t.Error(failed)
	}
}
