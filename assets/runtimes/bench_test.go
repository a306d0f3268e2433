package runtimes

import (
	"slices"
	"testing"
)

// The benchmarks tell medians in ms, from the press to the end of the run as the page sees it:
//
//	go test ./assets/runtimes -run '^$' -bench . -benchtime 7x
//
// What counts as slow depends on the machine, so each stands beside the plain way in the same run.

// first measures the first run of a visit with the files in the HTTP cache: a new page each time.
func first(b *testing.B, s *site, lang string) {
	play(b, open(b, s), program{Lang: lang, Code: hello[lang]})
	var took []float64
	for b.Loop() {
		ctx, end := openTab(b, s)
		took = append(took, play(b, ctx, program{Lang: lang, Code: hello[lang]}).Took)
		end()
	}
	b.ReportMetric(median(took), "ms/first")
	b.ReportMetric(0, "ns/op")
}

func BenchmarkPythonFirst(b *testing.B)       { first(b, serve(b), "python") }
func BenchmarkPythonFirstPlain(b *testing.B)  { first(b, serve(b, "python.snapshot"), "python") }
func BenchmarkJavaScriptFirst(b *testing.B)   { first(b, serve(b), "javascript") }
func BenchmarkJavaScriptV8First(b *testing.B) { first(b, serve(b), "javascript-v8") }

// next measures a run whose worker is waiting, and a stop of an endless loop, and how soon the run after it ends.
func next(b *testing.B, lang, loop string) {
	ctx := open(b, serve(b))
	var took, stop, after []float64
	p := program{Lang: lang, Code: hello[lang]}
	play(b, ctx, p)
	for b.Loop() {
		eval[bool](b, ctx, idle)
		took = append(took, play(b, ctx, p).Took)
		stop = append(stop, play(b, ctx, program{Lang: lang, Code: loop, Stop: "go"}).StopTook)
		after = append(after, play(b, ctx, p).Took)
	}
	b.ReportMetric(median(took), "ms/next")
	b.ReportMetric(median(stop), "ms/stop")
	b.ReportMetric(median(after), "ms/after")
	b.ReportMetric(0, "ns/op")
}

func BenchmarkPythonNext(b *testing.B)     { next(b, "python", "print('go')\nwhile True: pass") }
func BenchmarkJavaScriptNext(b *testing.B) { next(b, "javascript", "console.log('go'); for (;;);") }
func BenchmarkJavaScriptV8Next(b *testing.B) {
	next(b, "javascript-v8", "console.log('go'); for (;;);")
}

// As long as somebody takes to read the output: the next worker gets ready meanwhile.
const idle = `new Promise((done) => setTimeout(() => done(true), 1500))`

func median(all []float64) float64 {
	slices.Sort(all)
	return all[len(all)/2]
}
