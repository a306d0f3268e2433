package runtimes

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// still is how long a page may stand still under attack, in ms. A machine that is busy with other things stops it, too: so
// an attack has a few tries, and the page just before it, at rest, tells what the machine does by itself.
const (
	still = 300
	tries = 4
)

// storm is a program of a worker that holds nothing back (testdata/raw.js) and what its run must end as.
type storm struct {
	name, code string
	reason     string
	ms         int
	stop       string
}

// TestForged sends what no runtime sends. Each ends the worker, tells the page so once, and touches nothing else.
func TestForged(t *testing.T) {
	p := newPrey(t)
	for _, m := range []string{
		`null`, `undefined`, `0`, `"exit"`, `true`, `[]`, `{}`, `[{type: "out"}]`, `new Map([["type", "out"]])`, `new Error("x")`,
		`{type: "nothing"}`, `{type: 1}`, `{type: ["out"]}`, `{type: "ready", ms: 0, version: "x", stops: 0}`,
		`{type: "out", id, ch: 3, s: "x"}`, `{type: "out", id, ch: "1", s: "x"}`, `{type: "out", id, ch: 1}`, `{type: "out", id, ch: 1, s: {}}`,
		`{type: "out", id, ch: 1, s: ["x"]}`, `{type: "out", id, ch: 1, s: new String("x")}`, `{type: "out", id, ch: 1, s: "x", more: 1}`,
		`{type: "out", id, ch: 1, s: "x".repeat(65537)}`, `{type: "out", id: id + "x", ch: 1, s: "x"}`, `{type: "out", id: {}, ch: 1, s: "x"}`,
		`{type: "need", id: "run-1"}`, `{type: "exit", id: "run-1", code: 0, reason: "ok"}`, `{type: "exit", id, code: 1.5, reason: "ok"}`,
		`{type: "exit", id, code: NaN, reason: "ok"}`, `{type: "exit", id, code: 0, reason: "nice"}`, `{type: "exit", id, code: 0, reason: "timeout"}`,
		`{type: "diagnostic", id, file: "x", line: -1, column: 0, severity: "error", message: ""}`,
		`{type: "diagnostic", id, file: "x", line: 2**53, column: 0, severity: "error", message: ""}`,
		`{type: "result", id, kind: "x", json: "{}"}`, `{type: "alive", isolated: 1}`, `{type: "pong", n: 1}`,
		`JSON.parse('{"type": "out", "id": "' + id + '", "ch": 1, "s": "x", "__proto__": {"polluted": 1}}')`,
		`JSON.parse('{"__proto__": {"type": "out", "polluted": 1}}')`, `Object.defineProperty({}, "type", {get: () => "out", enumerable: true})`,
		`{type: "out", id, ch: 1, s: "x", constructor: {prototype: {polluted: 1}}}`, `new ArrayBuffer(8)`, `new SharedArrayBuffer(8)`,
		`new MessageChannel().port1`, `{type: "out", id, ch: 1, s: new Blob(["x"])}`, `{type: "out", id, ch: 1n, s: "x"}`,
	} {
		code := fmt.Sprintf(`const m = %s; try { postMessage(m, m instanceof MessagePort ? [m] : []) } catch { postMessage(null) }
			for (;;);`, m)
		o := play(t, p.ctx, program{Lang: "raw", Code: code, MS: 20_000})
		if o.Exit.Reason != "crash" || o.Exits != 1 || o.Stdout != "" || o.Exit.Error == nil {
			t.Errorf("%s: %s", m, o)
		}
	}
	p.unharmed(t, "raw")
}

// TestStorms floods, bombs and blocks. The page goes on and the next run works.
func TestStorms(t *testing.T) {
	p := newPrey(t)
	post := `postMessage({type: "out", id, ch: 1, s: %s});`
	for _, s := range []storm{
		{name: "small messages", code: "for (;;) " + fmt.Sprintf(post, `"x"`), reason: "crash"},
		{name: "empty messages", code: "for (;;) " + fmt.Sprintf(post, `""`), reason: "crash"},
		{name: "the largest messages", code: `const s = "x".repeat(7 << 10); for (;;) ` + fmt.Sprintf(post, "s"), reason: "output"},
		{name: "lines", code: `for (;;) ` + fmt.Sprintf(post, `"\n".repeat(1000)`), reason: "output"},
		{name: "scribbled lines", code: `new Uint8Array(shared).fill(10, 64); new Int32Array(shared, 0, 16)[4] = 2 ** 31 - 1; for (;;);`, reason: "output"},
		{name: "scribbled streams", reason: "output", code: `const all = new Uint8Array(shared); for (let i = 64; i < all.length; i++) all[i] = i & 1 ? 120 : 254 + (i >> 1 & 1);
			new Int32Array(shared, 0, 16)[4] = all.length; for (;;);`},
		{name: "need", code: `for (;;) postMessage({type: "need", id});`, reason: "crash"},
		{name: "diagnostics", code: `for (;;) postMessage({type: "diagnostic", id, file: "x", line: 1, column: 1, severity: "error", message: "x".repeat(4000)});`, reason: "crash"},
		{name: "exits", code: `for (let i = 0; i < 5000; i++) postMessage({type: "exit", id, code: 0, reason: "ok"});`, reason: "ok"},
		{name: "buffers", code: `for (let i = 0; i < 40; i++) { const b = new ArrayBuffer(64 << 20); postMessage(b, [b]); } for (;;);`, reason: "crash"},
		{name: "deep objects", code: `let o = {}; for (let i = 0; i < 2000; i++) o = {o}; for (let i = 0; i < 200; i++) postMessage(o); for (;;);`, reason: "crash"},
		{name: "wide objects", code: `const o = {}; for (let i = 0; i < 2e5; i++) o["k" + i] = i; postMessage(o); for (;;);`, reason: "crash"},
		{name: "fork bomb", ms: 1500, reason: "timeout", code: `
			const src = "onmessage = ({data: [n, u]}) => { if (n > 0) for (let i = 0; i < 4; i++) new Worker(u).postMessage([n - 1, u]); for (;;); }";
			const u = URL.createObjectURL(new Blob([src]));
			for (let i = 0; i < 4; i++) new Worker(u).postMessage([2, u]);
			setTimeout(() => { for (;;); }, 200);`},
		{name: "wait for ever", stop: "on", reason: "stopped", code: fmt.Sprintf(post, `"on"`) + `Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);`},
		{name: "loop for ever", ms: 300, reason: "timeout", code: `for (;;);`},
		{name: "buffer bomb", ms: 4000, reason: "timeout", code: `const kept = []; for (let i = 0; i < 24; i++) kept.push(new Uint8Array(64 << 20).fill(1)); for (;;);`},
		{name: "close itself", ms: 1000, reason: "timeout", code: `close();`},
		{name: "throw", reason: "crash", code: `setTimeout(() => { throw new Error("mine") })`},
		{name: "message that can't be read", reason: "crash", code: `postMessage(new WebAssembly.Memory({initial: 1, maximum: 1, shared: true})); for (;;);`},
	} {
		t.Run(s.name, func(t *testing.T) {
			for try := 1; ; try++ {
				rest := eval[float64](t, p.ctx, `rest()`)
				o := s.play(t, p.ctx)
				t.Logf("%.0f ms, gaps: longest %.0f, median %.0f, at rest before it %.0f; %d messages to the page", o.Took, o.Gap, o.Usual, rest, o.Outs)
				p.unharmed(t, "raw")
				if o.Gap <= max(still, 2*rest) {
					return
				}
				if try == tries {
					t.Fatalf("the page stood still for %.0f ms, and in each of %d tries for more than %d", o.Gap, tries, still)
				}
			}
		})
	}
}

func (s storm) play(t *testing.T, ctx context.Context) outcome {
	t.Helper()
	o := play(t, ctx, program{Lang: "raw", Code: s.code, MS: max(s.ms, 300), Stop: s.stop})
	if o.Exit.Reason != s.reason && !(s.ms == 0 && o.Exit.Reason == "timeout") || o.Exits != 1 {
		t.Errorf("ended as %+v with %d exits, want %s", o.Exit, o.Exits, s.reason)
	}
	if len(o.Stdout) > 1<<20 || strings.Count(o.Stdout, "\n") > 10_000 {
		t.Errorf("%d bytes and %d lines of output came through", len(o.Stdout), strings.Count(o.Stdout, "\n"))
	}
	return o
}

// TestLate: what an old run still says is heard in no later one, also when it guesses the later one's id.
func TestLate(t *testing.T) {
	p := newPrey(t)
	code := `
		const next = [1, 2, 3].map((n) => "run-" + (Number(id.slice(4)) + n));
		postMessage({type: "exit", id, code: 0, reason: "ok"});
		for (let i = 0; i < 3000; i++) {
			postMessage({type: "out", id, ch: 1, s: "late"});
			for (const id of next) { postMessage({type: "out", id, ch: 1, s: "late"}); postMessage({type: "exit", id, code: 7, reason: "error"}); }
		}`
	for range 5 {
		o := play(t, p.ctx, program{Lang: "raw", Code: code})
		if o.Exit.Reason != "ok" || o.Stdout != "" {
			t.Errorf("the talkative run: %s", o)
		}
		p.unharmed(t, "raw", "javascript")
	}
	stray := eval[[]json.RawMessage](t, p.ctx, `events.filter((e) => e.s === 'late' || e.code === 7)`)
	if len(stray) != 0 {
		t.Errorf("%d late messages came through: %s", len(stray), stray[0])
	}
}
