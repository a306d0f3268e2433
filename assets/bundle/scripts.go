package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/evanw/esbuild/pkg/api"

	"tandem/shared/session"
)

// Each entry is one script that runs as it is: no imports left, so no further round trip.
func (b *builder) options(entry string, define map[string]string) api.BuildOptions {
	return api.BuildOptions{
		AbsWorkingDir:     b.absolute(""),
		EntryPoints:       []string{"./" + entry},
		Outdir:            b.absolute("out"), // nothing is written there; esbuild wants a place to name
		Bundle:            true,
		Write:             false,
		Format:            api.FormatIIFE,
		Target:            api.ES2022,
		MinifyWhitespace:  true,
		MinifyIdentifiers: true,
		MinifySyntax:      true,
		Charset:           api.CharsetUTF8,
		LegalComments:     api.LegalCommentsNone, // the notices of third parties are files of their own
		LogLevel:          api.LogLevelSilent,
		Loader:            map[string]api.Loader{".ttf": api.LoaderFile, ".wasm": api.LoaderFile},
		AssetNames:        "[name]",
		PublicPath:        "/web",
		Define:            define,
		Plugins:           []api.Plugin{slimWorkers, b.tokens()},
	}
}

func (b *builder) absolute(elem string) string {
	p, err := filepath.Abs(b.path(elem))
	if err != nil {
		panic(err) // only when the working directory is gone
	}
	return p
}

func build(o api.BuildOptions) ([]output, error) {
	r := api.Build(o)
	if len(r.Errors) > 0 {
		return nil, errors.New(strings.Join(api.FormatMessages(r.Errors, api.FormatMessagesOptions{Kind: api.ErrorMessage}), "\n"))
	}
	out := make([]output, len(r.OutputFiles))
	for i, f := range r.OutputFiles {
		out[i] = output{filepath.Base(f.Path), f.Contents}
	}
	return out, nil
}

// script bundles one entry that gives one file.
func (b *builder) script(entry string, define map[string]string) ([]byte, error) {
	out, err := build(b.options(filepath.ToSlash(entry), define))
	if err != nil {
		return nil, err
	}
	if len(out) != 1 {
		return nil, fmt.Errorf("%s gives %d files instead of one", entry, len(out))
	}
	return out[0].Contents, nil
}

// slimWorkers: Monaco's client of the TypeScript worker imports every contribution of the editor for its side effects,
// which costs 480 KB and initialises services too early. What the editor needs, editor/monaco.js imports by name.
var slimWorkers = api.Plugin{Name: "slim-workers", Setup: func(p api.PluginBuild) {
	sideEffects := regexp.MustCompile(`(?m)^import '[^']*';\n`)
	p.OnLoad(api.OnLoadOptions{Filter: `monaco-editor[\\/]esm[\\/]vs[\\/]internal[\\/]common[\\/]workers\.js$`},
		func(a api.OnLoadArgs) (api.OnLoadResult, error) {
			data, err := os.ReadFile(a.Path)
			if err != nil {
				return api.OnLoadResult{}, err
			}
			text := sideEffects.ReplaceAllString(string(data), "")
			return api.OnLoadResult{Contents: &text, Loader: api.LoaderJS}, nil
		})
}}

// compileAhead in a script's first line has V8 compile all of it while its bytes come, beside the page's thread. Else each
// function is compiled on that thread when it is first called: for the editor, most of what it takes to start. Other
// browsers read a comment. (https://v8.dev/blog/explicit-compile-hints)
const compileAhead = "//# allFunctionsCalledOnLoad\n"

func (b *builder) addEditor() error {
	sources := []string{b.path("editor"), b.path("css", "tokens.css")}
	out, err := b.remember("editor", sources, func() ([]output, error) {
		var all []output
		for _, entry := range []string{"editor/editor.worker.js", "editor/ts.worker.js", "editor/main.js", "editor/definitions.js"} {
			o := b.options(entry, nil)
			if entry == "editor/definitions.js" {
				o.Format = api.FormatESModule // the editor imports it when it is needed
			}
			out, err := build(o)
			if err != nil {
				return nil, err
			}
			all = append(all, out...)
		}
		return all, nil
	})
	if err != nil {
		return err
	}
	found := map[string][]byte{}
	for _, o := range out {
		found[o.Path] = o.Contents
	}
	const font = "codicon.ttf"
	if len(out) != 6 || found[font] == nil {
		return fmt.Errorf("the editor's bundle gives %d files instead of 6, or no icon font", len(out))
	}
	b.add(&file{name: "editor.worker.js", body: found["editor.worker.js"], precache: true})
	b.add(&file{name: "ts.worker.js", body: found["ts.worker.js"], lazy: true})
	url := b.add(&file{name: font, body: found[font], precache: true}).url
	b.add(&file{name: "editor.css", body: bytes.ReplaceAll(found["main.css"], []byte("/web/"+font), []byte(url)), precache: true})
	b.add(&file{name: "definitions.js", body: found["definitions.js"], precache: true})
	b.add(&file{name: "editor.js", body: append([]byte(compileAhead), found["main.js"]...), precache: true})
	return nil
}

func (b *builder) addStyles() error {
	body, err := b.script("css/index.css", nil)
	if err != nil {
		return err
	}
	b.add(&file{name: "tandem.css", body: body}) // goes into the page
	return nil
}

func (b *builder) addScripts() error {
	for _, name := range []string{"page.js", "go.js", "program.worker.js"} {
		entry := "page/" + name
		if name == "page.js" {
			entry = "page/main.js"
		}
		body, err := b.script(entry, map[string]string{"TANDEM_PROTOCOL": jsonOf(session.Protocol)})
		if err != nil {
			return err
		}
		b.add(&file{name: name, body: body, precache: true})
	}
	return nil
}

// tokens gives scripts the colours of css/tokens.css by `import { dark, light } from 'tandem:tokens'`, so they stay decided in one place.
func (b *builder) tokens() api.Plugin {
	return api.Plugin{Name: "tokens", Setup: func(p api.PluginBuild) {
		p.OnResolve(api.OnResolveOptions{Filter: `^tandem:tokens$`}, func(api.OnResolveArgs) (api.OnResolveResult, error) {
			return api.OnResolveResult{Path: "tokens", Namespace: "tokens"}, nil
		})
		p.OnLoad(api.OnLoadOptions{Filter: `.*`, Namespace: "tokens"}, func(api.OnLoadArgs) (api.OnLoadResult, error) {
			css, err := os.ReadFile(b.path("css", "tokens.css"))
			if err != nil {
				return api.OnLoadResult{}, err
			}
			dark, light, err := readTokens(string(css))
			if err != nil {
				return api.OnLoadResult{}, err
			}
			js := "export const dark = " + jsonOf(dark) + ", light = " + jsonOf(light) + ";"
			return api.OnLoadResult{Contents: &js, Loader: api.LoaderJS}, nil
		})
	}}
}

// readTokens finds the hex colours of the dark and of the light theme.
func readTokens(css string) (dark, light map[string]string, err error) {
	colour := regexp.MustCompile(`(--[a-z0-9-]+):\s*(#[0-9a-f]{6})\b`)
	block := func(selector string) map[string]string {
		_, rest, ok := strings.Cut(css, "\n"+selector+" {")
		if !ok {
			return nil
		}
		rest, _, _ = strings.Cut(rest, "\n}")
		found := map[string]string{}
		for _, m := range colour.FindAllStringSubmatch(rest, -1) {
			found[m[1]] = m[2]
		}
		return found
	}
	dark, light = block(":root"), block(`:root[data-theme="light"]`)
	if len(dark) == 0 || len(light) == 0 {
		return nil, nil, errors.New("css/tokens.css lacks a theme")
	}
	for name := range dark {
		if light[name] == "" {
			return nil, nil, fmt.Errorf("css/tokens.css: the light theme lacks %s", name)
		}
	}
	return dark, light, nil
}
