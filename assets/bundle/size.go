package main

import (
	"bytes"
	"fmt"
	"io"
	"slices"
)

// budget is the most that some files may weigh together, compressed at brotli's best.
type budget struct {
	what  string
	max   int // bytes
	names []string
}

var budgets = []budget{
	{"browser program", 1_750_000, []string{"app.wasm"}},
	{"Monaco's core", 740_000, []string{"editor.js"}},
	{"our own CSS and JS", 60_000, []string{"tandem.css", "boot.js", "go.js", "page.js", "program.worker.js", "sw.js"}},
	{"to a typable, connected page", 2_600_000, []string{"app.wasm", "wasm_exec.js", "boot.js", "go.js", "page.js", "program.worker.js", "tandem.css", "editor.js", "editor.css", "codicon.ttf"}},
}

func budgeted(name string) bool {
	return slices.ContainsFunc(budgets, func(g budget) bool { return slices.Contains(g.names, name) })
}

// unwanted is what every method of net/http's types is called by: one mention of an HTTP handler links the whole server side,
// which doubles the program. The list of packages (app/packages.txt) can't tell, since go-app needs net/http's names.
const unwanted = "net/http.(*"

// budgets prints what the files weigh and tells whether all stay within.
func (b *builder) budgets(w io.Writer) bool {
	within := true
	weight := map[string]int{}
	for _, f := range b.files {
		if !budgeted(f.name) {
			continue
		}
		if len(f.body) < tinyFile {
			weight[f.name] = len(f.body)
			continue
		}
		packed, err := b.cached(f.body, levelKey("br", bestBrotli), brotliAt(bestBrotli))
		if err != nil {
			fmt.Fprintln(w, "  size:", err)
			return false
		}
		weight[f.name] = min(len(packed), len(f.body))
	}
	if program := b.find("app.wasm"); program != nil {
		if _, name, found := bytes.Cut(program.body, []byte(unwanted)); found {
			fmt.Fprintf(w, "  the browser program holds %s%.30s  OVER\n", unwanted, name)
			within = false
		}
	}
	fmt.Fprintf(w, "  %-32s %10s %10s\n", "brotli bytes", "is", "may be")
	for _, g := range budgets {
		total := 0
		for _, name := range g.names {
			total += weight[name]
		}
		verdict := ""
		if total > g.max {
			verdict, within = "  OVER", false
		}
		fmt.Fprintf(w, "  %-32s %10d %10d%s\n", g.what, total, g.max, verdict)
	}
	return within
}
