package ot

import (
	"compress/gzip"
	"encoding/json"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
)

// trace is a recorded editing history from testdata/traces, where the README says who made it.
type trace struct {
	start, end string
	agents     int
	txns       []txn
	patches    []patch
	text       string // all inserts, one after the other
}

type txn struct {
	parents  []int
	agent    int
	from, to int // its patches
}

// patch holds no pointer, so that a benchmark measures the engine and not the garbage collector marking the trace.
type patch struct{ pos, del, from, to int32 }

// each calls f with the patches from number i to number j.
func (x *trace) each(i, j int, f func(pos, del int, ins string)) {
	for _, p := range x.patches[i:j] {
		f(int(p.pos), int(p.del), x.text[p.from:p.to])
	}
}

var traces sync.Map

func load(t testing.TB, name string) *trace {
	t.Helper()
	if x, ok := traces.Load(name); ok {
		return x.(*trace)
	}
	x, err := read("testdata/traces/" + name + ".json.gz")
	if err != nil {
		t.Fatal(err)
	}
	traces.Store(name, x)
	runtime.GC()
	return x
}

func read(path string) (*trace, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, err
	}
	var in struct {
		StartContent, EndContent string
		NumAgents                int
		Txns                     []struct {
			Parents []int
			Agent   int
			Patches [][3]any
		}
	}
	if err := json.NewDecoder(z).Decode(&in); err != nil {
		return nil, err
	}
	x := &trace{start: in.StartContent, end: in.EndContent, agents: in.NumAgents}
	var text strings.Builder
	for _, n := range in.Txns {
		from := len(x.patches)
		for _, p := range n.Patches {
			at := text.Len()
			text.WriteString(p[2].(string))
			x.patches = append(x.patches, patch{int32(p[0].(float64)), int32(p[1].(float64)), int32(at), int32(text.Len())})
		}
		x.txns = append(x.txns, txn{n.Parents, n.Agent, from, len(x.patches)})
	}
	x.text = text.String()
	return x, nil
}
