package runtimes

import "testing"

// TestRehearsal: a run that comes while Go's compiler is rehearsed waits for it, at no cost of its own time, and finds
// nothing that was left.
func TestRehearsal(t *testing.T) {
	ctx := open(t, serve(t))
	eval[bool](t, ctx, `runner.prepare("go");
		until(() => events.some((e) => e.type === "ready")).then(() => new Promise((done) => setTimeout(done, 700, true)))`)
	o := play(t, ctx, program{Lang: "go", MS: 1000, Code: `package main

import (
	"fmt"
	"os"
)

func main() {
	for _, dir := range []string{"/code", "/tmp"} {
		found, err := os.ReadDir(dir)
		fmt.Print(dir, err)
		for _, f := range found {
			fmt.Print(" ", f.Name())
		}
		fmt.Println()
	}
}`})
	const want = "/code<nil> importcfg importcfg.link main.go main.o main.wasm\n/tmp<nil>\n"
	if o.Stdout != want || o.Exit.Reason != "ok" {
		t.Errorf("want %q, got %s", want, o)
	}
	t.Logf("%.0f ms, run %.0f ms", o.Took, o.Exit.MS)
}
