package runtimes

import (
	"strings"
	"testing"
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

// TestWithoutSharedMemory: a browser that gives the frame none can still run, take given input and be stopped.
func TestWithoutSharedMemory(t *testing.T) {
	s := serve(t)
	s.isolated = false
	ctx := open(t, s)
	given := "one\ntwo"
	for _, c := range []struct{ lang, read, loop string }{
		{"python", "print(input(), input())", "print('go', flush=True)\nwhile True: pass"},
		{"javascript", "console.log(prompt(), prompt())", "console.log('go'); for (;;);"},
		{"javascript-v8", "console.log(prompt(), prompt())", "console.log('go'); for (;;);"},
	} {
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

// TestMissingFile: what can't be fetched is told, as an end of the run, and tried again at the next.
func TestMissingFile(t *testing.T) {
	s := serve(t)
	s.break404("quickjs.wasm", true)
	ctx := open(t, s)
	o := play(t, ctx, program{Lang: "javascript", Code: hello["javascript"]})
	if o.Exit.Reason != "crash" || o.Exit.Error == nil || !strings.Contains(o.Exit.Error.Message, "404") {
		t.Errorf("%s", o)
	}
	s.break404("quickjs.wasm", false)
	if o := play(t, ctx, program{Lang: "javascript", Code: hello["javascript"]}); o.Stdout != "hello\n" {
		t.Errorf("%s", o)
	}
	if failed := eval[int](t, ctx, `events.filter((e) => e.type === 'failed').length`); failed != 1 {
		t.Errorf("told %d times that it failed, want once", failed)
	}
}
