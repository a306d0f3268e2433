// Package shared holds nothing itself. Its test keeps the import rules of the whole project: a package exists to
// forbid an import, so what each may import is written down here, with the reason.
package shared

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// std stands for the standard library in a rule; pure for the part of it that knows no clock, no randomness, no
// network and no files.
const (
	std  = "std"
	pure = "pure"
)

var impure = []string{"net", "os", "time", "math/rand", "crypto/rand", "sync", "context", "log", "syscall", "runtime", "io/fs", "flag"}

var rules = []struct {
	pkg    string
	may    []string // std or pure, packages of ours, modules
	reason string
}{
	{"tandem/shared/ot", []string{pure}, "the laws of text must hold without anything else"},
	{"tandem/shared/session", []string{pure, "tandem/shared/ot"}, "server, page, replay and export fold with the same code"},
	{"tandem/shared/client", []string{pure, "tandem/shared/ot", "tandem/shared/session"}, "a participant's view is tested without a browser and without a network"},
	{"tandem/server/journal", []string{std, "github.com/nats-io/nats-server/v2", "github.com/nats-io/nats.go", "github.com/minio/highwayhash"}, "the journal keeps ordered bytes and knows nothing of sessions"},
	{"tandem/server/room", []string{std, "tandem/shared/ot", "tandem/shared/session"}, "a room needs no socket, no HTTP and no vendor's journal"},
	{"tandem/server/web", []string{std, "tandem/server/room", "tandem/shared/session", "tandem/app/ui", "tandem/assets", "github.com/gorilla/websocket",
		"github.com/maxence-charriere/go-app/v10", "github.com/prometheus/client_golang"}, "HTTP and sockets are an edge: nothing is decided here"},
	{"tandem/server", []string{std, "tandem/server/journal", "tandem/server/room", "tandem/server/web", "tandem/assets", "tandem/shared/session", "github.com/matoous/go-nanoid/v2"}, "main only wires, and hands in the maker of ids"},
	{"tandem/server/bench", []string{std, "tandem/server/journal", "github.com/nats-io/nats-server/v2", "tandem/shared/client", "tandem/shared/ot", "tandem/shared/session", "github.com/gorilla/websocket"},
		"the load comes from outside, over real sockets; a million events are filled in, and three storages started, by itself"},
	{"tandem/app", []string{std, "tandem/app/ui", "tandem/app/browser", "github.com/maxence-charriere/go-app/v10"}, "main only sets the routes"},
	{"tandem/app/ui", []string{std, "tandem/app/browser", "tandem/shared/ot", "tandem/shared/session", "tandem/shared/client", "github.com/maxence-charriere/go-app/v10"}, "components never touch JavaScript"},
	{"tandem/app/browser", []string{std, "tandem/shared/ot", "tandem/shared/session", "tandem/shared/client", "github.com/maxence-charriere/go-app/v10"}, "the one place that touches JavaScript"},
	{"tandem/assets", []string{std, "github.com/andybalholm/brotli"}, "embedded files and their hashes; brotli to unpack for a client that takes neither form"},
	{"tandem/assets/bundle", []string{std, "tandem/assets/runtimes", "tandem/shared/session", "github.com/andybalholm/brotli", "github.com/evanw/esbuild"}, "the build step needs no server, and of the session only what its protocol is called"},
	{"tandem/assets/runtimes", []string{std, "github.com/evanw/esbuild"}, "the runtimes are built for their own tests as for the bundle, without the rest of it"},
}

type listed struct {
	ImportPath string
	Imports    []string
	Deps       []string
}

func list(t *testing.T, env []string, args ...string) []listed {
	t.Helper()
	cmd := exec.Command("go", append([]string{"list", "-json=ImportPath,Imports,Deps"}, args...)...)
	cmd.Env = append(os.Environ(), env...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []listed
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var l listed
		if err := d.Decode(&l); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, l)
	}
}

func TestImports(t *testing.T) {
	for _, target := range []struct {
		name     string
		env      []string
		patterns []string
	}{
		{"host", nil, []string{"tandem/..."}},
		{"wasm", []string{"GOOS=js", "GOARCH=wasm"}, []string{"tandem/app", "tandem/app/ui", "tandem/app/browser", "tandem/shared/..."}},
	} {
		t.Run(target.name, func(t *testing.T) {
			for _, l := range list(t, target.env, target.patterns...) {
				if len(l.Imports) == 0 {
					continue // tests only
				}
				i := slices.IndexFunc(rules, func(r struct {
					pkg    string
					may    []string
					reason string
				}) bool {
					return r.pkg == l.ImportPath
				})
				if i < 0 {
					t.Errorf("%s has no rule: a new package needs an import that it forbids", l.ImportPath)
					continue
				}
				for _, imported := range l.Imports {
					if !allowed(rules[i].may, imported) {
						t.Errorf("%s imports %s: %s", l.ImportPath, imported, rules[i].reason)
					}
				}
			}
		})
	}
}

func allowed(may []string, imported string) bool {
	first, _, _ := strings.Cut(imported, "/")
	if first != "tandem" && !strings.Contains(first, ".") {
		return slices.Contains(may, std) || slices.Contains(may, pure) && !under(impure, imported)
	}
	if first == "tandem" {
		return slices.Contains(may, imported)
	}
	return under(may, imported)
}

func under(roots []string, path string) bool {
	return slices.ContainsFunc(roots, func(root string) bool { return path == root || strings.HasPrefix(path, root+"/") })
}

// Each module is imported by one package of ours, so that it can be replaced in one place.
func TestOneImporterPerModule(t *testing.T) {
	shared := map[string]string{
		"github.com/maxence-charriere/go-app/v10": "the page's frame: its components, its JavaScript values and its handler are three packages",
		"github.com/gorilla/websocket":            "the server's sockets, and the bench's as its client",
		"github.com/nats-io/nats-server":          "the journal, and the bench's three storages",
		"github.com/chromedp":                     "tests in a browser",
		"github.com/andybalholm/brotli":           "the bundle packs, assets unpack",
		"github.com/evanw/esbuild":                "the bundle and the runtimes' own build",
	}
	importers := map[string][]string{}
	for _, l := range list(t, nil, "tandem/...") {
		for _, imported := range l.Imports {
			parts := strings.Split(imported, "/")
			if !strings.Contains(parts[0], ".") || len(parts) < 2 {
				continue
			}
			module := strings.Join(parts[:min(3, len(parts))], "/")
			if !slices.Contains(importers[module], l.ImportPath) {
				importers[module] = append(importers[module], l.ImportPath)
			}
		}
	}
	for module, by := range importers {
		known := false
		for prefix := range shared {
			known = known || strings.HasPrefix(prefix, module) || strings.HasPrefix(module, prefix)
		}
		if len(by) > 1 && !known {
			t.Errorf("%s is imported by %v", module, by)
		}
	}
}
