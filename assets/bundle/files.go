package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"sort"
	"strings"

	"tandem/assets/runtimes"
)

const hashLen = 12 // hex digits in a URL: 48 bits, so two versions of one file never meet

var types = map[string]string{
	".js":          "text/javascript; charset=utf-8",
	".mjs":         "text/javascript; charset=utf-8",
	".css":         "text/css; charset=utf-8",
	".html":        "text/html; charset=utf-8",
	".json":        "application/json",
	".wasm":        "application/wasm",
	".svg":         "image/svg+xml",
	".png":         "image/png",
	".ttf":         "font/ttf",
	".zip":         "application/zip",
	".tar":         "application/x-tar",
	".py":          "text/x-python; charset=utf-8",
	".webmanifest": "application/manifest+json",
}

// add names a file by its content and puts it in the set.
func (b *builder) add(f *file) *file {
	f.hash = hashOf(f.body)
	if f.kind == "" {
		f.kind = types[path.Ext(f.name)]
	}
	if f.kind == "" {
		f.kind = "application/octet-stream"
	}
	if f.url == "" {
		f.url = "/web/" + withHash(f.name, f.hash)
	}
	b.files = append(b.files, f)
	return f
}

func hashOf(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])[:hashLen]
}

// withHash turns editor.worker.js into editor.worker.<hash>.js.
func withHash(name, hash string) string {
	ext := path.Ext(name)
	return strings.TrimSuffix(name, ext) + "." + hash + ext
}

func (b *builder) find(name string) *file {
	for _, f := range b.files {
		if f.name == name {
			return f
		}
	}
	return nil
}

func (b *builder) addProgram() error {
	wasm, err := os.ReadFile(b.wasm)
	if err != nil {
		return fmt.Errorf("read the compiled browser program: %w", err)
	}
	if b.goroot == "" {
		out, err := exec.Command("go", "env", "GOROOT").Output()
		if err != nil {
			return fmt.Errorf("ask go for its folder: %w", err)
		}
		b.goroot = string(bytes.TrimSpace(out))
	}
	glue, err := os.ReadFile(filepath.Join(b.goroot, "lib", "wasm", "wasm_exec.js"))
	if err != nil {
		return fmt.Errorf("read Go's WASM glue: %w", err)
	}
	b.add(&file{name: "app.wasm", body: wasm, precache: true})
	b.add(&file{name: "wasm_exec.js", body: glue, precache: true})
	return nil
}

// made is what makeRuntimes gives.
type made struct {
	files []runtimes.File
	err   error
}

// makeRuntimes begins with what takes longest: Go's compiler for the browser is among them.
func (b *builder) makeRuntimes() {
	maker := &runtimes.Builder{Assets: b.assets, Cache: b.path(".cache"),
		Log:  func(format string, a ...any) { fmt.Printf("    "+format+"\n", a...) },
		Made: func(f runtimes.File) { b.packAhead(f.Body) },
	}
	b.runtimes = make(chan made, 1)
	go func() {
		files, err := maker.Build()
		b.runtimes <- made{files, err}
	}()
}

// addRuntimes takes what runs people's code; the service worker keeps it once it was used.
func (b *builder) addRuntimes() error {
	all := <-b.runtimes
	if all.err != nil {
		return all.err
	}
	for _, m := range all.files {
		f := &file{name: m.Name, body: m.Body, lazy: true}
		if m.Kind == "sandbox" {
			// The frame's document never passes the service worker; the HTTP cache keeps it, together with the headers
			// it came with, so they count for its name.
			f.url, f.lazy = "/sandbox/"+hashOf([]byte(string(m.Body)+jsonOf(runtimes.Headers(m.Body))))+".html", false
		}
		b.add(f)
	}
	return nil
}

func (b *builder) addWebManifest() error {
	data, err := os.ReadFile(b.path("icons", "manifest.webmanifest"))
	if err != nil {
		return err
	}
	body, err := b.linkIcons(string(data))
	if err != nil {
		return err
	}
	b.add(&file{name: "manifest.webmanifest", url: "/manifest.webmanifest", body: []byte(body), precache: true, fixed: true})
	return nil
}

// linkIcons puts hashed URLs in the place of icons/<name>.
func (b *builder) linkIcons(text string) (string, error) {
	for _, f := range b.files {
		if strings.HasPrefix(f.name, "icons/") {
			text = strings.ReplaceAll(text, `"`+f.name+`"`, `"`+f.url+`"`)
		}
	}
	if strings.Contains(text, `"icons/`) {
		return "", errors.New("the web manifest names an icon that isn't made")
	}
	return text, nil
}

// addBoot injects where everything is. So no other script, and not the Go program either, has to know a hash.
func (b *builder) addBoot() error {
	urls, sizes := map[string]string{}, map[string]int{}
	for _, f := range b.files {
		urls[f.name] = f.url
		if f.lazy || f.name == "app.wasm" {
			sizes[f.name] = len(f.body)
		}
	}
	_, lazy, _ := b.offline()
	body, err := b.script("page/boot.js", map[string]string{
		"TANDEM_URLS": jsonOf(urls), "TANDEM_SIZES": jsonOf(sizes), "TANDEM_LAZY": jsonOf(lazy)})
	if err != nil {
		return err
	}
	b.add(&file{name: "boot.js", body: body}) // goes into the page
	return nil
}

// offline lists what is kept when the service worker installs, what once it was used, and the rest: not as a file.
func (b *builder) offline() (shell, lazy, rest []string) {
	for _, f := range b.files {
		switch {
		case f.precache:
			shell = append(shell, f.url)
		case f.lazy:
			lazy = append(lazy, f.url)
		default:
			rest = append(rest, f.url)
		}
	}
	sort.Strings(shell)
	sort.Strings(lazy)
	sort.Strings(rest)
	return shell, lazy, rest
}

// addServiceWorker comes last: it lists all others.
func (b *builder) addServiceWorker() error {
	shell, lazy, rest := b.offline()
	body, err := b.script("page/sw.js", map[string]string{
		"TANDEM_VERSION": jsonOf(b.version()), "TANDEM_SHELL": jsonOf(shell), "TANDEM_LAZY": jsonOf(lazy), "TANDEM_REST": jsonOf(rest)})
	if err != nil {
		return err
	}
	b.add(&file{name: "sw.js", url: "/app-worker.js", body: body, fixed: true})
	return nil
}

// version is a hash over names and contents of what is there so far.
func (b *builder) version() string {
	lines := make([]string, 0, len(b.files))
	for _, f := range b.files {
		lines = append(lines, f.name+" "+f.url+" "+f.hash)
	}
	sort.Strings(lines)
	return hashOf([]byte(strings.Join(lines, "\n")))
}

func jsonOf(v any) string {
	data, err := json.Marshal(v)
	if err != nil {
		panic(err) // strings and numbers only
	}
	return string(data)
}
