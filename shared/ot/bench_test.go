package ot

import (
	"encoding/json"
	"runtime"
	"strconv"
	"testing"
)

var sequential = []string{"rustcode", "automerge-paper"}

// perEdit passes over a whole trace again and again, in the way that prepare gives for it.
func perEdit(b *testing.B, prepare func(b *testing.B, x *trace) (pass func())) {
	for _, name := range sequential {
		b.Run(name, func(b *testing.B) {
			x := load(b, name)
			pass := prepare(b, x)
			b.ReportAllocs()
			for b.Loop() {
				pass()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(x.patches)), "ns/edit")
		})
	}
}

func must(b *testing.B, err error) {
	if err != nil {
		b.Fatal(err)
	}
}

// BenchmarkEngine is what an edit costs all in all: op, check, text, log, frame.
func BenchmarkEngine(b *testing.B) {
	frame := make([]byte, 0, 1<<20)
	perEdit(b, func(b *testing.B, x *trace) func() {
		return func() {
			t, l := &Text{}, NewLog(&Text{})
			x.each(0, len(x.patches), func(pos, del int, ins string) {
				o := Splice(t.Len(), pos, del, ins)
				must(b, t.Apply(o))
				must(b, l.Append(o, 1))
				frame = o.AppendJSON(frame[:0])
			})
		}
	})
}

// BenchmarkText is the buffer alone.
func BenchmarkText(b *testing.B) {
	perEdit(b, func(b *testing.B, x *trace) func() {
		return func() {
			t := &Text{}
			x.each(0, len(x.patches), func(pos, del int, ins string) {
				n, _ := measure(ins)
				t.write(t.replace(pos, del, n), ins)
			})
		}
	})
}

// BenchmarkDecodeApply is what an edit costs who receives it.
func BenchmarkDecodeApply(b *testing.B) { decodeApply(b, Parse) }

// BenchmarkStandardDecodeApply is the same with the parts read by encoding/json, as code without a decoder of its own does.
func BenchmarkStandardDecodeApply(b *testing.B) {
	decodeApply(b, func(data []byte) (Op, error) {
		var parts []json.RawMessage
		if err := json.Unmarshal(data, &parts); err != nil {
			return Op{}, err
		}
		var out Builder
		for _, part := range parts {
			if part[0] == '"' {
				var text string
				if err := json.Unmarshal(part, &text); err != nil {
					return Op{}, err
				}
				out.Insert(text)
				continue
			}
			n, err := strconv.Atoi(string(part))
			if err != nil {
				return Op{}, err
			}
			out.Keep(n)
			out.Delete(-n)
		}
		return out.op(0)
	})
}

func decodeApply(b *testing.B, parse func([]byte) (Op, error)) {
	perEdit(b, func(b *testing.B, x *trace) func() {
		var frames []byte // one after the other
		var ends []int32  // of each
		t := &Text{}
		x.each(0, len(x.patches), func(pos, del int, ins string) {
			o := Splice(t.Len(), pos, del, ins)
			t.apply(o)
			frames = o.AppendJSON(frames)
			ends = append(ends, int32(len(frames)))
		})
		return func() {
			t, from := &Text{}, int32(0)
			for _, to := range ends {
				o, err := parse(frames[from:to])
				must(b, err)
				must(b, t.Apply(o))
				from = to
			}
		}
	})
}

func BenchmarkTransform(b *testing.B) {
	x, y := Splice(5000, 1234, 0, "a"), Splice(5000, 2345, 0, "b")
	b.ReportAllocs()
	for b.Loop() {
		_, _, err := Transform(x, y)
		must(b, err)
	}
}

// BenchmarkRebase1000 brings one late op up to date.
func BenchmarkRebase1000(b *testing.B) {
	_, l := replay(b, load(b, "automerge-paper"), 20000)
	n := l.TextAt(19000).Len()
	o := Splice(n, n/2, 1, "x")
	for b.Loop() {
		_, err := l.Rebase(o, 19000)
		must(b, err)
	}
}

// BenchmarkSeek is what a move of the scrubber costs at worst in a log of 20,000 events.
func BenchmarkSeek(b *testing.B) {
	for _, name := range sequential {
		_, l := replay(b, load(b, name), 20000)
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				l.TextAt(20000)
			}
		})
		b.Run(name+"/authors", func(b *testing.B) {
			for b.Loop() {
				l.AuthorsAt(20000)
			}
		})
	}
}

// BenchmarkRetained keeps the text and its whole log. Time is not the point here.
func BenchmarkRetained(b *testing.B) {
	for _, name := range sequential {
		b.Run(name, func(b *testing.B) {
			x := load(b, name)
			for b.Loop() {
				var before, after runtime.MemStats
				runtime.GC()
				runtime.ReadMemStats(&before)
				t, l := replay(b, x, len(x.patches))
				runtime.GC()
				runtime.ReadMemStats(&after)
				b.ReportMetric(float64(after.HeapAlloc)-float64(before.HeapAlloc), "retained-B")
				b.ReportMetric(perOp(l), "log-B/op")
				runtime.KeepAlive(t)
			}
		})
	}
}
