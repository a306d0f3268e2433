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

// goTool compiles one of the toolchain's own programs to WebAssembly: the one that builds this project.
func (b *Builder) goTool(name string) ([]byte, error) {
	return b.goCached(name+".wasm", func(file string) error {
		build := []string{"build", "-trimpath", "-ldflags=-s -w", "-o", file}
		if name == "compile" {
			overlay, err := wasmOnly(file + ".overlay")
			defer os.RemoveAll(file + ".overlay")
			if err == nil {
				_, err = goWasm(append(build, "-overlay", overlay, "cmd/compile")...)
			}
			if err == nil {
				return nil
			}
			b.log("the Go compiler is made with all its architectures, which takes longer: %v", err)
		}
		_, err := goWasm(append(build, "cmd/"+name)...)
		return err
	})
}

// goCached makes a file once for each version of the toolchain: the compiler takes a minute or more.
func (b *Builder) goCached(name string, make func(file string) error) ([]byte, error) {
	version, err := goWasm("version")
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(append(version, strings.Join(goPackages, " ")...))
	kept := filepath.Join(b.Cache, "go-"+hex.EncodeToString(sum[:6])+"-"+name)
	if data, err := os.ReadFile(kept); err == nil {
		return data, nil
	}
	if err := os.MkdirAll(b.Cache, 0o755); err != nil {
		return nil, err
	}
	b.log("making %s with the Go toolchain, once for each of its versions", name)
	fresh, err := filepath.Abs(fmt.Sprintf("%s.%d", kept, os.Getpid()))
	if err != nil {
		return nil, err
	}
	defer os.Remove(fresh)
	if err := make(fresh); err != nil {
		return nil, err
	}
	if err := os.Rename(fresh, kept); err != nil {
		return nil, err
	}
	return os.ReadFile(kept)
}

// packed is a library in the pack.
type packed struct {
	File string `json:"file"` // where the worker puts it
	Size int    `json:"size"`
	Open bool   `json:"open"` // a program may import it
}

// goPack puts the compiled libraries into one file, see go-pack.js.
func (b *Builder) goPack() ([]byte, error) {
	return b.goCached("go.pack", func(file string) error {
		args := append([]string{"list", "-export", "-deps", "-trimpath", "-gcflags=all=-dwarf=false", "-f", "{{.ImportPath}}\t{{.Export}}"}, goPackages...)
		out, err := goWasm(args...)
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
		return os.WriteFile(file, append(append(pack, header...), body...), 0o644)
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
