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

// replay is the text and the log after the first n patches.
func replay(t testing.TB, x *trace, n int) (*Text, *Log) {
	t.Helper()
	doc := text(t, x.start)
	l := NewLog(doc)
	x.each(0, n, func(pos, del int, ins string) {
		o := Splice(doc.Len(), pos, del, ins)
		if err := doc.Apply(o); err != nil {
			t.Fatal(err)
		}
		if err := l.Append(o, 1); err != nil {
			t.Fatal(err)
		}
	})
	return doc, l
}

func TestSequentialTraces(t *testing.T) {
	for _, name := range sequential {
		x := load(t, name)
		doc, l := replay(t, x, len(x.patches))
		if doc.String() != x.end || !l.TextAt(l.Len()).Equal(doc) {
			t.Errorf("%s ends in another text", name)
		}
		naive := x.start // ASCII so far, so bytes are units
		doc = text(t, naive)
		x.each(0, 3000, func(pos, del int, ins string) {
			naive = naive[:pos] + ins + naive[pos+del:]
			if err := doc.Apply(Splice(doc.Len(), pos, del, ins)); err != nil || doc.String() != naive {
				t.Fatalf("%s: %d %d %q: %v", name, pos, del, ins, err)
			}
		})
	}
}

// TestConcurrentTrace sends what three people wrote at once through a central order. For each of them the server keeps
// a bridge: what they have not seen yet, as it has to be for the text that they have.
func TestConcurrentTrace(t *testing.T) {
	x := load(t, "clownschool")
	type entry struct {
		op         Op
		agent, txn int
	}
	docs := make([]*Text, x.agents)
	bridges := make([][]entry, x.agents)
	for a := range docs {
		docs[a] = text(t, x.start)
	}
	server := text(t, x.start)
	apply := func(doc *Text, o Op) {
		t.Helper()
		if err := doc.Apply(o); err != nil {
			t.Fatal(err)
		}
	}
	seen := make([][]int, len(x.txns)) // by txn and agent: the last txn that it knew
	deliver := func(a int, known func(e entry) bool) {
		for len(bridges[a]) > 0 && known(bridges[a][0]) {
			apply(docs[a], bridges[a][0].op)
			bridges[a] = bridges[a][1:]
		}
	}
	for i, n := range x.txns {
		seen[i] = make([]int, x.agents)
		for a := range seen[i] {
			seen[i][a] = -1
			for _, p := range n.parents {
				seen[i][a] = max(seen[i][a], seen[p][a])
			}
		}
		deliver(n.agent, func(e entry) bool { return e.txn <= seen[i][e.agent] })
		seen[i][n.agent] = i
		x.each(n.from, n.to, func(pos, del int, ins string) {
			o := Splice(docs[n.agent].Len(), pos, del, ins)
			apply(docs[n.agent], o)
			var err error
			for k := range bridges[n.agent] {
				e := &bridges[n.agent][k]
				if o, e.op, err = Transform(o, e.op); err != nil {
					t.Fatal(err)
				}
			}
			apply(server, o)
			for a := range bridges {
				if a != n.agent {
					bridges[a] = append(bridges[a], entry{o, n.agent, i})
				}
			}
		})
	}
	for a := range docs {
		deliver(a, func(entry) bool { return true })
		if docs[a].String() != x.end {
			t.Errorf("agent %d ends in another text", a)
		}
	}
	if server.String() != x.end {
		t.Error("the server ends in another text")
	}
}
