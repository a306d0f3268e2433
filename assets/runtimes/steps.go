package runtimes

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"

	"github.com/evanw/esbuild/pkg/api"
)

// steps make or change a file of the manifest, by name.
var steps = map[string]func(b *Builder, body []byte) ([]byte, error){
	"store":    store,
	"snapshot": (*Builder).snapshot,
	"table":    exportTable,
}

// store packs a zip archive anew without compression: brotli does better on the whole, by 0.9 MB for Python's library.
func store(_ *Builder, body []byte) ([]byte, error) {
	in, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
	if err != nil {
		return nil, err
	}
	var packed bytes.Buffer
	out := zip.NewWriter(&packed)
	for _, f := range in.File {
		if err := storeOne(out, f); err != nil {
			return nil, fmt.Errorf("store %s: %w", f.Name, err)
		}
	}
	err = out.Close()
	return packed.Bytes(), err
}

func storeOne(out *zip.Writer, f *zip.File) error {
	r, err := f.Open()
	if err != nil {
		return err
	}
	defer r.Close()
	data, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	h := f.FileHeader
	h.Method = zip.Store
	h.Flags &^= 8 // sizes stand before the data, as Python's zipimport wants them
	h.CompressedSize64, h.UncompressedSize64 = uint64(len(data)), uint64(len(data))
	w, err := out.CreateRaw(&h)
	if err != nil {
		return err
	}
	_, err = w.Write(data)
	return err
}

// snapshot runs Python once and keeps its memory, squeezed as in python-memory.js, so that a worker starts where that
// one had got to. It takes an engine with JavaScript Promise Integration like the browser's: what is baked in must be
// there when it is loaded. It is made with the library that is served: where in the archive each module lies is in the memory, too.
func (b *Builder) snapshot(library []byte) ([]byte, error) {
	node, err := b.node26()
	if err != nil {
		return nil, err
	}
	library, err = store(b, library)
	if err != nil {
		return nil, err
	}
	script := b.source("snapshot.mjs")
	pyodide, err := filepath.Abs(b.module("pyodide"))
	if err != nil {
		return nil, err
	}
	key := sha256.New()
	key.Write(library)
	for _, name := range []string{
		script, b.source("python-boot.js"), b.source("python-boot.py"), b.source("python-memory.js"),
		filepath.Join(pyodide, "package.json"), filepath.Join(filepath.Dir(filepath.Dir(node)), "package.json"),
	} {
		data, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		key.Write(data)
	}
	kept := filepath.Join(b.Cache, "python-"+hex.EncodeToString(key.Sum(nil))[:12]+".snapshot")
	if data, err := os.ReadFile(kept); err == nil {
		return data, nil
	}
	return runSnapshot(kept, library, node, script, pyodide)
}

func runSnapshot(kept string, library []byte, node, script, pyodide string) ([]byte, error) {
	if err := os.MkdirAll(filepath.Dir(kept), 0o755); err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(filepath.Dir(kept), "snapshot-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	if dir, err = filepath.Abs(dir); err != nil {
		return nil, err
	}
	zipped, fresh := filepath.Join(dir, "python_stdlib.zip"), filepath.Join(dir, "python.snapshot")
	if err := os.WriteFile(zipped, library, 0o644); err != nil {
		return nil, err
	}
	if out, err := exec.Command(node, script, pyodide, zipped, fresh).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("make Python's snapshot: %w\n%s", err, out)
	}
	if err := os.Rename(fresh, kept); err != nil {
		return nil, err
	}
	return os.ReadFile(kept)
}

// node26 finds the engine among the packages; only some systems have one.
func (b *Builder) node26() (string, error) {
	arch := strings.NewReplacer("amd64", "x64").Replace(runtime.GOARCH)
	for _, prefix := range []string{"node", "node-bin"} {
		path, err := filepath.Abs(b.module(prefix + "-" + runtime.GOOS + "-" + arch + "/bin/node"))
		if err != nil {
			return "", err
		}
		if _, err := os.Stat(path); err == nil {
			return path, nil
		}
	}
	return "", errors.New("there is no node 26 among the packages for this system")
}

// heapMax is how far Python's memory may grow in bytes; at it, Python raises MemoryError and lives on.
const heapMax = "536870912"

var (
	heapMaxPattern = regexp.MustCompile(`getHeapMax=\(\)=>\d+`)

	// patchPyodide caps the memory; Pyodide has no setting for it.
	patchPyodide = api.Plugin{Name: "pyodide", Setup: func(p api.PluginBuild) {
		p.OnLoad(api.OnLoadOptions{Filter: `pyodide\.asm\.mjs$`}, func(a api.OnLoadArgs) (api.OnLoadResult, error) {
			data, err := os.ReadFile(a.Path)
			if err != nil {
				return api.OnLoadResult{}, err
			}
			if len(heapMaxPattern.FindAll(data, -1)) != 1 {
				return api.OnLoadResult{}, errors.New("pyodide.asm.mjs changed: there is no one getHeapMax to cap")
			}
			text := string(heapMaxPattern.ReplaceAll(data, []byte("getHeapMax=()=>"+heapMax)))
			return api.OnLoadResult{Contents: &text, Loader: api.LoaderJS}, nil
		})
	}}

	// noNode gives an empty module for what packages import only when they run in Node.
	noNode = api.Plugin{Name: "no-node", Setup: func(p api.PluginBuild) {
		p.OnResolve(api.OnResolveOptions{Filter: `^(node:.*|ws|fs|path|crypto|module|url|vm|child_process|util)$`},
			func(a api.OnResolveArgs) (api.OnResolveResult, error) {
				return api.OnResolveResult{Path: a.Path, Namespace: "none"}, nil
			})
		p.OnLoad(api.OnLoadOptions{Filter: `.*`, Namespace: "none"}, func(api.OnLoadArgs) (api.OnLoadResult, error) {
			text := "export default {}"
			return api.OnLoadResult{Contents: &text, Loader: api.LoaderJS}, nil
		})
	}}
)
