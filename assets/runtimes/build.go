// Package runtimes makes the files that run people's code in the browser: the sandbox page and, for each
// language, its worker and what the worker needs. The scripts beside it are the sources.
package runtimes

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/evanw/esbuild/pkg/api"
)

// File is one file of the result.
type File struct {
	Name string // runtimes/python.worker.js
	Kind string // "sandbox": to be served by its Headers; "data": anything else
	Body []byte
}

// Builder knows where things are.
type Builder struct {
	Assets string                        // the folder that holds runtimes and node_modules
	Cache  string                        // a folder for what is slow to make
	Log    func(format string, a ...any) // told what is left out; may be nil
	Made   func(File)                    // gets each file once it is there, from any goroutine; may be nil

	goBusy sync.Mutex // one go command at a time
}

// manifest is manifest.json: which files a language has. host.js reads the same.
type manifest struct {
	Languages []struct {
		ID    string `json:"id"`
		Files []item `json:"files"`
	} `json:"languages"`
}

type item struct {
	Name     string `json:"name"`
	Script   string `json:"script"`   // to be bundled, relative to this folder
	From     string `json:"from"`     // to be copied, relative to node_modules
	Step     string `json:"step"`     // how it is made or changed on the way, see steps
	Optional bool   `json:"optional"` // the language runs without it
}

// Build makes every file. The sandbox comes first, its headers second.
func (b *Builder) Build() ([]File, error) {
	sandbox, err := b.sandbox()
	if err != nil {
		return nil, fmt.Errorf("make the sandbox page: %w", err)
	}
	headers, err := json.MarshalIndent(map[string]map[string]string{"sandbox.html": Headers(sandbox)}, "", "  ")
	if err != nil {
		return nil, err
	}
	files := []File{
		{Name: "sandbox.html", Kind: "sandbox", Body: sandbox},
		{Name: "runtimes/headers.json", Kind: "data", Body: headers},
	}
	data, err := os.ReadFile(b.source("manifest.json"))
	if err != nil {
		return nil, err
	}
	var m manifest
	if err := json.Unmarshal(data, &m); err != nil {
		return nil, fmt.Errorf("read manifest.json: %w", err)
	}
	made, err := b.all(m)
	return append(files, made...), err
}

// all makes the languages' files side by side.
func (b *Builder) all(m manifest) ([]File, error) {
	type job struct {
		item
		lang string
		body []byte
		err  error
	}
	var jobs []*job
	seen := map[string]bool{} // two languages may share a file
	var wait sync.WaitGroup
	for _, l := range m.Languages {
		for _, f := range l.Files {
			if seen[f.Name] {
				continue
			}
			seen[f.Name] = true
			j := &job{item: f, lang: l.ID}
			jobs = append(jobs, j)
			wait.Go(func() {
				if j.body, j.err = b.make(j.item); j.err == nil && b.Made != nil {
					b.Made(j.file(j.body))
				}
			})
		}
	}
	wait.Wait()
	var files []File
	for _, j := range jobs {
		switch {
		case j.err == nil:
			files = append(files, j.file(j.body))
		case j.Optional:
			b.log("%s runs without %s: %v", j.lang, j.Name, j.err)
		default:
			return nil, fmt.Errorf("make %s for %s: %w", j.Name, j.lang, j.err)
		}
	}
	return files, nil
}

func (f item) file(body []byte) File {
	return File{Name: "runtimes/" + f.Name, Kind: "data", Body: body}
}

func (b *Builder) make(f item) ([]byte, error) {
	if f.Script != "" {
		return b.bundle(f.Script, true)
	}
	var body []byte
	if f.From != "" {
		var err error
		if body, err = os.ReadFile(b.module(f.From)); err != nil {
			return nil, err
		}
	}
	if f.Step == "" {
		return body, nil
	}
	step, ok := steps[f.Step]
	if !ok {
		return nil, fmt.Errorf("no step is called %q", f.Step)
	}
	return step(b, body)
}

func (b *Builder) source(name string) string { return filepath.Join(b.Assets, "runtimes", name) }
func (b *Builder) module(name string) string {
	return filepath.Join(b.Assets, "node_modules", filepath.FromSlash(name))
}

func (b *Builder) log(format string, a ...any) {
	if b.Log != nil {
		b.Log(format, a...)
	}
}

// sandbox puts the frame's script into its page, so that its hash is all that the policy has to allow.
func (b *Builder) sandbox() ([]byte, error) {
	page, err := os.ReadFile(b.source("sandbox.html"))
	if err != nil {
		return nil, err
	}
	script, err := b.bundle("frame.js", true)
	if err != nil {
		return nil, err
	}
	before, after, ok := strings.Cut(string(page), "/*FRAME*/")
	if !ok {
		return nil, errors.New("sandbox.html has no place for the script")
	}
	return []byte(before + strings.TrimSpace(string(script)) + after), nil
}

// Headers are what the sandbox page must be served with; nothing else keeps what runs in it from the network.
// The policy is inherited by every worker in the frame. It names the one script of the page by its hash;
// blob: is for the workers, whose bytes the parent page hands in. trusted-types would forbid those.
func Headers(sandbox []byte) map[string]string {
	_, script, _ := strings.Cut(string(sandbox), "<script>")
	script, _, _ = strings.Cut(script, "</script>")
	sum := sha256.Sum256([]byte(script))
	return map[string]string{
		"Content-Security-Policy": "default-src 'none'; script-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
			"' 'wasm-unsafe-eval' blob:; connect-src 'none'; worker-src blob:; frame-ancestors 'self'; " +
			"sandbox allow-scripts; form-action 'none'; base-uri 'none'",
		"Cross-Origin-Embedder-Policy": "require-corp",
		"Cross-Origin-Resource-Policy": "cross-origin",
		"Cache-Control":                "public, max-age=31536000, immutable",
		"Content-Type":                 "text/html; charset=utf-8",
		"X-Content-Type-Options":       "nosniff",
		"Referrer-Policy":              "no-referrer",
		"Permissions-Policy": "camera=(), microphone=(), geolocation=(), display-capture=(), usb=(), serial=(), hid=(), " +
			"clipboard-read=(), clipboard-write=(), payment=(), publickey-credentials-get=(), midi=()",
	}
}

// bundle gives one script of this folder with everything it imports, as a classic script.
func (b *Builder) bundle(entry string, minify bool) ([]byte, error) {
	dir, err := filepath.Abs(b.source("."))
	if err != nil {
		return nil, err
	}
	r := api.Build(api.BuildOptions{
		AbsWorkingDir: dir, EntryPoints: []string{"./" + entry}, Outdir: filepath.Join(dir, "out"),
		Bundle: true, Write: false, Format: api.FormatIIFE, Target: api.ES2022, Platform: api.PlatformBrowser,
		MinifyWhitespace: minify, MinifyIdentifiers: minify, MinifySyntax: minify,
		Charset: api.CharsetUTF8, LegalComments: api.LegalCommentsNone, LogLevel: api.LogLevelSilent,
		// A worker made of a blob has no address that anything could be relative to.
		Define:  map[string]string{"import.meta.url": `"https://runtime.invalid/"`},
		Loader:  map[string]api.Loader{".py": api.LoaderText},
		Plugins: []api.Plugin{b.asText(), patchPyodide, noNode, goGlue},
	})
	if len(r.Errors) > 0 {
		return nil, errors.New(strings.Join(api.FormatMessages(r.Errors, api.FormatMessagesOptions{Kind: api.ErrorMessage}), "\n"))
	}
	return r.OutputFiles[0].Contents, nil
}

// asText: `import text from './x.js?text'` gives x.js as a bundled script in a string, for an engine inside the worker.
func (b *Builder) asText() api.Plugin {
	return api.Plugin{Name: "text", Setup: func(p api.PluginBuild) {
		p.OnResolve(api.OnResolveOptions{Filter: `\?text$`}, func(a api.OnResolveArgs) (api.OnResolveResult, error) {
			return api.OnResolveResult{Path: strings.TrimSuffix(a.Path, "?text"), Namespace: "text"}, nil
		})
		p.OnLoad(api.OnLoadOptions{Filter: `.*`, Namespace: "text"}, func(a api.OnLoadArgs) (api.OnLoadResult, error) {
			body, err := b.bundle(filepath.Base(a.Path), true)
			text := string(body)
			return api.OnLoadResult{Contents: &text, Loader: api.LoaderText}, err
		})
	}}
}
