package runtimes

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// The compiler in the browser only ever compiles for the browser. Leaving out what it knows of other processors saves
// a quarter of its size and most of the time that it takes to make.

var (
	otherRules  = regexp.MustCompile(`^rewrite(386|AMD64|ARM|ARM64|LOONG64|MIPS|MIPS64|PPC64|RISCV64|S390X)[a-z]*\.go$`)
	otherImport = regexp.MustCompile(`(?m)^\t"cmd/compile/internal/(amd64|arm|arm64|loong64|mips|mips64|ppc64|riscv64|s390x|x86)"\n`)
	otherInit   = regexp.MustCompile(`(?m)^\t"\w+": +(amd64|arm|arm64|loong64|mips|mips64|ppc64|riscv64|s390x|x86)\.Init,\n`)
)

// wasmOnly writes the overlay for `go build -overlay` into dir and returns its file.
func wasmOnly(dir string) (string, error) {
	root, err := goWasm("env", "GOROOT")
	if err != nil {
		return "", err
	}
	compiler := filepath.Join(strings.TrimSpace(string(root)), "src", "cmd", "compile")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	replace := map[string]string{}
	change := func(name string, edit func(string) (string, error)) error {
		source := filepath.Join(compiler, filepath.FromSlash(name))
		text, err := os.ReadFile(source)
		if err != nil {
			return err
		}
		edited, err := edit(string(text))
		if err != nil {
			return err
		}
		to := filepath.Join(dir, filepath.Base(name))
		replace[source] = to
		return os.WriteFile(to, []byte(edited), 0o644)
	}
	err = change("main.go", func(text string) (string, error) {
		return otherInit.ReplaceAllString(otherImport.ReplaceAllString(text, ""), ""), nil
	})
	if err == nil {
		err = change("internal/ssa/config.go", func(text string) (string, error) {
			before, rest, ok := strings.Cut(text, "\tswitch arch {\n\tcase \"amd64\":\n")
			at := strings.Index(rest, "\tcase \"wasm\":\n")
			if !ok || at < 0 {
				return "", errors.New("the compiler's config.go changed: its list of architectures isn't found")
			}
			return before + "\tswitch arch {\n" + rest[at:], nil
		})
	}
	if err != nil {
		return "", err
	}
	rules, err := os.ReadDir(filepath.Join(compiler, "internal", "ssa"))
	if err != nil {
		return "", err
	}
	for _, e := range rules {
		if otherRules.MatchString(e.Name()) {
			replace[filepath.Join(compiler, "internal", "ssa", e.Name())] = "" // as if it weren't there
		}
	}
	data, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	file := filepath.Join(dir, "overlay.json")
	return file, os.WriteFile(file, data, 0o644)
}
