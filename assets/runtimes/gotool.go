package runtimes

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sort"
	"strings"

	"github.com/evanw/esbuild/pkg/api"
)

// goPackages are what a Go program in the browser may import, with all that those need. Nothing that only makes sense
// with a network or other processes.
var goPackages = strings.Fields(`bufio bytes cmp container/heap container/list container/ring context crypto/md5
	crypto/sha1 crypto/sha256 encoding/base64 encoding/binary encoding/csv encoding/hex encoding/json errors flag fmt
	hash/crc32 hash/fnv hash/maphash io iter log maps math math/big math/bits math/cmplx math/rand math/rand/v2 os
	path path/filepath reflect regexp runtime runtime/debug slices sort strconv strings sync sync/atomic
	text/tabwriter text/template testing time unicode unicode/utf16 unicode/utf8 unique unsafe`)

func init() {
	steps["go-compile"] = func(b *Builder, _ []byte) ([]byte, error) { return b.goTool("compile") }
	steps["go-link"] = func(b *Builder, _ []byte) ([]byte, error) { return b.goTool("link") }
	steps["go-pack"] = func(b *Builder, _ []byte) ([]byte, error) { return b.goPack() }
}

// goWasm runs the go command for the browser's platform.
func goWasm(args ...string) ([]byte, error) {
	cmd := exec.Command("go", args...)
	cmd.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm", "GOFLAGS=", "GOWORK=off", "CGO_ENABLED=0")
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go %s: %w\n%s", args[0], err, errs.Bytes())
	}
	return out, nil
}

// goFlags are the Makefile's for the browser's program: what both need of Go's library is compiled once. Without debugging
// information the library is a third smaller, and nothing of it would survive the linking.
var goFlags = []string{"-trimpath", "-gcflags=all=-dwarf=false"}

// goTool gives one of the toolchain's own programs as WebAssembly: that of the toolchain that builds this project. Both
// programs are made at once: they have much in common.
func (b *Builder) goTool(name string) ([]byte, error) {
	return b.goCached(name+".wasm", func(dir string) error {
		build := append([]string{"build", "-ldflags=-s -w", "-o", dir}, goFlags...)
		tools := []string{"cmd/compile", "cmd/link"}
		scratch, err := os.MkdirTemp("", "tandem-overlay-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(scratch)
		overlay, err := wasmOnly(scratch)
		if err == nil {
			_, err = goWasm(append(append(build, "-overlay", overlay), tools...)...)
		}
		if err != nil {
			b.log("the Go compiler is made with all its architectures, which takes longer: %v", err)
			if _, err = goWasm(append(build, tools...)...); err != nil {
				return err
			}
		}
		for _, tool := range []string{"compile", "link"} {
			if err := os.Rename(filepath.Join(dir, tool), filepath.Join(dir, tool+".wasm")); err != nil {
				return err
			}
		}
		return nil
	})
}

// goCached gives a file that make puts into a folder, maybe with others; once for each version of the toolchain, since
// the compiler takes a minute or more. One at a time: two go commands would compile the same things.
func (b *Builder) goCached(name string, make func(dir string) error) ([]byte, error) {
	b.goBusy.Lock()
	defer b.goBusy.Unlock()
	version, err := goWasm("version")
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256([]byte(string(version) + strings.Join(goFlags, " ") + strings.Join(goPackages, " ")))
	kept := filepath.Join(b.Cache, "go-"+hex.EncodeToString(sum[:6])+"-")
	if data, err := os.ReadFile(kept + name); err == nil {
		return data, nil
	}
	if err := os.MkdirAll(b.Cache, 0o755); err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(b.Cache, "go-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	if dir, err = filepath.Abs(dir); err != nil {
		return nil, err
	}
	b.log("making %s with the Go toolchain, once for each of its versions", name)
	if err := make(dir); err != nil {
		return nil, err
	}
	made, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	for _, e := range made {
		if err := os.Rename(filepath.Join(dir, e.Name()), kept+e.Name()); err != nil {
			return nil, err
		}
	}
	return os.ReadFile(kept + name)
}

// packed is a library in the pack.
type packed struct {
	File string `json:"file"` // where the worker puts it
	Size int    `json:"size"`
	Open bool   `json:"open"` // a program may import it
}

// goPack puts the compiled libraries into one file, see go-pack.js.
func (b *Builder) goPack() ([]byte, error) {
	return b.goCached("go.pack", func(dir string) error {
		args := append([]string{"list", "-export", "-deps", "-f", "{{.ImportPath}}\t{{.Export}}"}, goFlags...)
		out, err := goWasm(append(args, goPackages...)...)
		if err != nil {
			return err
		}
		version, err := goWasm("env", "GOVERSION")
		if err != nil {
			return err
		}
		lines := strings.Split(strings.TrimSpace(string(out)), "\n")
		sort.Strings(lines) // as encoding/json sorts the header
		list := map[string]packed{}
		var body []byte
		for _, line := range lines {
			path, archive, _ := strings.Cut(line, "\t")
			if archive == "" {
				continue // unsafe is in the compiler
			}
			data, err := os.ReadFile(archive)
			if err != nil {
				return err
			}
			list[path] = packed{File: "/go/pkg/" + path + ".a", Size: len(data), Open: isPublic(path)}
			body = append(body, data...)
		}
		header, err := json.Marshal(map[string]any{"version": strings.TrimSpace(string(version)), "packages": list})
		if err != nil {
			return err
		}
		pack := binary.LittleEndian.AppendUint32(nil, uint32(len(header)))
		return os.WriteFile(filepath.Join(dir, "go.pack"), append(append(pack, header...), body...), 0o644)
	})
}

// isPublic tells whether a program may import it. syscall/js would lead to the worker's own JavaScript.
func isPublic(path string) bool {
	if path == "syscall" || path == "syscall/js" || strings.HasPrefix(path, "vendor/") {
		return false
	}
	return !slices.Contains(strings.Split(path, "/"), "internal")
}

// goGlue gives 'go:wasm_exec': the script that belongs to the toolchain that compiles.
var goGlue = api.Plugin{Name: "go-glue", Setup: func(p api.PluginBuild) {
	p.OnResolve(api.OnResolveOptions{Filter: `^go:wasm_exec$`}, func(api.OnResolveArgs) (api.OnResolveResult, error) {
		root, err := exec.Command("go", "env", "GOROOT").Output()
		if err != nil {
			return api.OnResolveResult{}, fmt.Errorf("ask go for its folder: %w", err)
		}
		return api.OnResolveResult{Path: filepath.Join(strings.TrimSpace(string(root)), "lib", "wasm", "wasm_exec.js")}, nil
	})
}}
