// Bundle is the build step of the web files: it bundles, names by content, compresses and lists them in assets/dist.
//
//	go run ./assets/bundle            build, with the large files compressed quickly
//	go run ./assets/bundle -release   the same with everything compressed as small as it gets
//	go run ./assets/bundle -size      build, then compare with the budgets
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// builder knows where things are.
type builder struct {
	assets  string // the assets folder
	wasm    string // the compiled browser program
	goroot  string // for wasm_exec.js, which belongs to the toolchain that made the wasm
	release bool
	verbose bool

	files    []*file
	runtimes chan made // given once, by makeRuntimes

	packing sync.WaitGroup
	mu      sync.Mutex
	packed  map[string]bool // hashes of what is or was packed in advance; guarded by mu
}

// file is one file of the set, before compression.
type file struct {
	name     string // as the source calls it
	url      string // filled by add unless fixed
	kind     string // Content-Type
	body     []byte
	precache bool
	fixed    bool // its URL carries no hash
	lazy     bool // kept by the service worker once it was used
	hash     string
}

func main() {
	b := &builder{}
	flag.StringVar(&b.assets, "assets", "assets", "the assets `folder`")
	flag.StringVar(&b.wasm, "wasm", "build/app.wasm", "the compiled browser program")
	flag.StringVar(&b.goroot, "goroot", "", "the Go tree that compiled it (asked of the go command)")
	flag.BoolVar(&b.release, "release", false, "compress everything as small as it gets")
	flag.BoolVar(&b.verbose, "v", false, "say what is done")
	size := flag.Bool("size", false, "compare with the budgets, fail when one is passed")
	flag.Parse()
	start := time.Now()
	if err := b.run(); err != nil {
		fmt.Fprintln(os.Stderr, "bundle:", err)
		os.Exit(1)
	}
	fmt.Printf("  bundle: %d files in %.1f s\n", len(b.files), time.Since(start).Seconds())
	if *size && !b.budgets(os.Stdout) {
		os.Exit(1)
	}
}

// run collects in the order of need: a file that names others comes after them. What takes long, the runtimes and the
// compression, goes on beside.
func (b *builder) run() error {
	b.makeRuntimes()
	steps := []struct {
		name string
		do   func() error
	}{
		{"browser program", b.addProgram},
		{"icons", b.addIcons},
		{"workers and editor", b.addEditor},
		{"styles", b.addStyles},
		{"runtimes", b.addRuntimes},
		{"page scripts", b.addScripts},
		{"web manifest", b.addWebManifest},
		{"boot script", b.addBoot},
		{"service worker", b.addServiceWorker},
		{"compress", b.write},
	}
	for _, s := range steps {
		began := time.Now()
		if err := s.do(); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		for _, f := range b.files {
			b.packAhead(f.body)
		}
		if b.verbose {
			fmt.Printf("    %-20s %6.1f s\n", s.name, time.Since(began).Seconds())
		}
	}
	return nil
}

func (b *builder) path(elem ...string) string {
	return filepath.Join(append([]string{b.assets}, elem...)...)
}
