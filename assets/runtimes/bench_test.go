package runtimes

import (
	"context"
	"fmt"
	"os"
	"slices"
	"testing"
	"text/tabwriter"

	"tandem/assets"
)

// goHello is a program as people begin one: with fmt.
const goHello = "package main\n\nimport \"fmt\"\n\nfunc main() { fmt.Println(\"hello\") }"

// figure is one line of the table: medians in ms, or bytes.
type figure struct {
	what   string
	values []float64
	unit   string
	most   string // what is to be reached
}

// BenchmarkRuns prints what people wait for, from the press to the end of the run as the page sees it. The files come
// compressed as the binary has them, from Chromium's HTTP cache where a page was open before. What counts as slow
// depends on the machine: so Python stands beside Pyodide's plain start in the same minutes.
//
//	go test ./assets/runtimes -run '^$' -bench Runs -benchtime 1x
func BenchmarkRuns(b *testing.B) {
	const times = 5
	set, err := assets.Load()
	if err != nil {
		b.Fatal(err)
	}
	var table []figure
	add := func(what, unit, most string, values ...float64) {
		table = append(table, figure{what, values, unit, most})
	}

	snapshot, plain := pack(serve(b), set), pack(serve(b, "python.snapshot"), set)
	visit(b, snapshot, "python")
	visit(b, plain, "python")
	add("Python: bytes on the wire", "MB", "≤ 9", float64(snapshot.bytes())/1e6)
	var fast, slow []float64
	for range times {
		fast, slow = append(fast, visit(b, snapshot, "python")), append(slow, visit(b, plain, "python"))
	}
	add("Python: first run of a visit", "ms", "≤ 1200", fast...)
	add("  without the snapshot", "ms", "", slow...)
	add("  so many times faster", "×", "≥ 3", median(slow)/median(fast))
	js := pack(serve(b), set)
	visit(b, js, "javascript")
	var first, ready []float64
	for range times {
		first, ready = append(first, visit(b, js, "javascript")), append(ready, visitReady(b, js, "javascript"))
	}
	add("QuickJS: first run of a visit, nothing loaded", "ms", "", first...)
	add("QuickJS: first run, loaded by the page before", "ms", "≤ 120", ready...)

	ctx := open(b, snapshot)
	for _, l := range []struct{ lang, name, next, stop, loop string }{
		{"python", "Python", "≤ 60", "≤ 100", "print('go', flush=True)\nwhile True: pass"},
		{"javascript", "QuickJS", "≤ 30", "≤ 100", "console.log('go'); for (;;);"},
		{"javascript-v8", "V8", "", "≤ 700", "console.log('go'); for (;;);"},
		{"python", "Python that refuses", "", "≤ 700", "print('go', flush=True)\nwhile True:\n  try:\n    while True: pass\n  except BaseException: pass"},
	} {
		next, stop, after := again(b, ctx, l.lang, l.loop, times)
		if l.next != "" {
			add(l.name+": next run", "ms", l.next, next...)
		}
		add(l.name+": stop of an endless loop", "ms", l.stop, stop...)
		add("  the run after it ends within", "ms", "≤ 1000", after...)
	}
	compiles(b, pack(serve(b), set), times, add)
	b.ReportMetric(0, "ns/op")
	printTable(table)
}

// visit opens a page, runs hello world and tells how long that took.
func visit(b *testing.B, s *site, lang string) float64 {
	b.Helper()
	ctx, end := openTab(b, s)
	defer end()
	return play(b, ctx, program{Lang: lang, Code: hello[lang]}).Took
}

// visitReady is visit where the page has loaded the language before somebody presses Run, as it does.
func visitReady(b *testing.B, s *site, lang string) float64 {
	b.Helper()
	ctx, end := openTab(b, s)
	defer end()
	eval[bool](b, ctx, "runner.prepare('"+lang+"'); until(() => events.some((e) => e.type === 'ready'))")
	return play(b, ctx, program{Lang: lang, Code: hello[lang]}).Took
}

// again measures a run whose worker is waiting, the stop of an endless loop, and how soon the run after it ends.
func again(b *testing.B, ctx context.Context, lang, loop string, times int) (next, stop, after []float64) {
	b.Helper()
	p := program{Lang: lang, Code: hello[lang]}
	play(b, ctx, p)
	for range times {
		eval[bool](b, ctx, idle)
		next = append(next, play(b, ctx, p).Took)
		stop = append(stop, play(b, ctx, program{Lang: lang, Code: loop, Stop: "go"}).StopTook)
		after = append(after, play(b, ctx, p).Took)
	}
	return next, stop, after
}

// compiles measures Go's first run and its third: of somebody who presses Run as soon as that can be done, and of somebody
// who types for a while before, as people do: by then the compiler was rehearsed.
func compiles(b *testing.B, s *site, times int, add func(what, unit, most string, values ...float64)) {
	b.Helper()
	for _, c := range []struct {
		what        string
		typing      int // ms
		first, next string
	}{
		{"Go, at once", 0, "≤ 7000", ""},
		{"Go, after 15 s of typing", 15_000, "", "≤ 800"},
	} {
		var first, third []float64
		for range times {
			ctx, end := openTab(b, s)
			eval[bool](b, ctx, "runner.prepare('go'); until(() => events.some((e) => e.type === 'ready'))")
			eval[bool](b, ctx, fmt.Sprintf("new Promise((done) => setTimeout(done, %d, true))", c.typing))
			first = append(first, play(b, ctx, program{Lang: "go", Code: goHello}).Took)
			eval[bool](b, ctx, idle)
			play(b, ctx, program{Lang: "go", Code: goHello})
			eval[bool](b, ctx, idle)
			third = append(third, play(b, ctx, program{Lang: "go", Code: goHello}).Took)
			end()
		}
		add(c.what+": first compile and run", "ms", c.first, first...)
		add("  third", "ms", c.next, third...)
	}
}

// As long as somebody takes to read the output: the next worker gets ready meanwhile.
const idle = `new Promise((done) => setTimeout(() => done(true), 1500))`

func median(all []float64) float64 {
	sorted := slices.Sorted(slices.Values(all))
	return sorted[len(sorted)/2]
}

func printTable(table []figure) {
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "\n\tmedian\tof\tto reach\tleast … most")
	for _, f := range table {
		fmt.Fprintf(w, "%s\t%.4g %s\t%d\t%s\t%.4g … %.4g\n", f.what, median(f.values), f.unit, len(f.values), f.most, slices.Min(f.values), slices.Max(f.values))
	}
	w.Flush()
}
