package runtimes

import (
	"encoding/json"
	"os"
	"testing"
)

func TestProbe(t *testing.T) {
	ctx := open(t, serve(t))
	var ps []program
	data, _ := os.ReadFile("/tmp/rt/probe.json")
	if err := json.Unmarshal(data, &ps); err != nil {
		t.Fatal(err)
	}
	for _, p := range ps {
		o := play(t, ctx, p)
		e, _ := json.Marshal(o.Exit)
		t.Logf("%s took %.0f\nOUT:\n%s\nERR:\n%s", e, o.Took, o.Stdout, o.Stderr)
	}
}
