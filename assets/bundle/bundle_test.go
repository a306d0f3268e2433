package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"image/color"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
)

func TestWithHash(t *testing.T) {
	for name, want := range map[string]string{
		"page.js":                    "page.HASH.js",
		"editor.worker.js":           "editor.worker.HASH.js",
		"runtimes/python.worker.js":  "runtimes/python.worker.HASH.js",
		"runtimes/file.without.type": "runtimes/file.without.HASH.type",
		"plain":                      "plain.HASH",
	} {
		if got := withHash(name, "HASH"); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

func TestVersionFollowsEveryFile(t *testing.T) {
	version := func(body string) string {
		b := &builder{}
		b.add(&file{name: "a.js", body: []byte("same")})
		b.add(&file{name: "sw.js", url: "/app-worker.js", body: []byte(body)})
		return b.version()
	}
	if version("1") != version("1") {
		t.Error("equal files, other version")
	}
	if version("1") == version("2") {
		t.Error("another file under a fixed URL, same version")
	}
}

func TestTokensOfBothThemes(t *testing.T) {
	css, err := os.ReadFile("../css/tokens.css")
	if err != nil {
		t.Fatal(err)
	}
	dark, light, err := readTokens(string(css))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"--editor", "--text", "--accent", "--code-keyword", "--person-6"} {
		if dark[name] == "" || light[name] == "" {
			t.Errorf("%s: dark %q, light %q", name, dark[name], light[name])
		}
	}
	if _, _, err := readTokens("\n:root {\n  --a: #112233; --b: #112233;\n}\n:root[data-theme=\"light\"] {\n  --a: #ffffff;\n}"); err == nil {
		t.Error("a colour that the light theme lacks went unnoticed")
	}
}

func TestWebManifestNamesOnlyIconsThatAreMade(t *testing.T) {
	b := &builder{}
	icon := b.add(&file{name: "icons/192.png", body: []byte("x")})
	text, err := b.linkIcons(`{"src":"icons/192.png"}`)
	if err != nil || text != `{"src":"`+icon.url+`"}` {
		t.Errorf("%s, %v", text, err)
	}
	if _, err := b.linkIcons(`{"src":"icons/nowhere.png"}`); err == nil {
		t.Error("an icon that isn't there went unnoticed")
	}
}

func TestWrite(t *testing.T) {
	dir := t.TempDir()
	for _, sub := range []string{"dist", ".cache"} {
		if err := os.Mkdir(filepath.Join(dir, sub), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{".keep", "old.js.br"} {
		if err := os.WriteFile(filepath.Join(dir, "dist", name), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	text := strings.Repeat("all the same ", 500)
	b := &builder{assets: dir}
	long := b.add(&file{name: "a/long.js", body: []byte(text), precache: true})
	b.add(&file{name: "tiny.js", body: []byte("0")})
	if err := b.write(); err != nil {
		t.Fatal(err)
	}

	var list struct{ Files []listed }
	data, err := os.ReadFile(filepath.Join(dir, "dist", "manifest.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &list); err != nil {
		t.Fatal(err)
	}
	if len(list.Files) != 2 || list.Files[0].URL != "/web/a/long."+long.hash+".js" || !list.Files[0].Precache {
		t.Fatalf("list: %s", data)
	}
	if got := unpack(t, filepath.Join(dir, "dist", list.Files[0].Bodies["br"]), func(r io.Reader) (io.Reader, error) { return brotli.NewReader(r), nil }); got != text {
		t.Error("brotli holds something else")
	}
	if got := unpack(t, filepath.Join(dir, "dist", list.Files[0].Bodies["gzip"]), func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) }); got != text {
		t.Error("gzip holds something else")
	}
	if bodies := list.Files[1].Bodies; len(bodies) != 1 || bodies["identity"] == "" {
		t.Errorf("a tiny file is kept as %v", bodies)
	}
	if _, err := os.Stat(filepath.Join(dir, "dist", "old.js.br")); !os.IsNotExist(err) {
		t.Error("what an earlier build left is still there")
	}
	if _, err := os.Stat(filepath.Join(dir, "dist", ".keep")); err != nil {
		t.Error("the placeholder is gone")
	}
}

func unpack(t *testing.T, path string, reader func(io.Reader) (io.Reader, error)) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	r, err := reader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	out, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

func TestBudgetsAreEnforced(t *testing.T) {
	b := &builder{assets: t.TempDir()}
	noise := make([]byte, 61_000)
	for i, x := 0, uint32(1); i < len(noise); i++ {
		x = x*1664525 + 1013904223
		noise[i] = byte(x >> 24)
	}
	b.add(&file{name: "page.js", body: noise[:1000]})
	if !b.budgets(io.Discard) {
		t.Error("a small page is over a budget")
	}
	b.add(&file{name: "go.js", body: noise})
	var said bytes.Buffer
	if b.budgets(&said) || !strings.Contains(said.String(), "OVER") {
		t.Errorf("61 KB of our own went through:\n%s", said.String())
	}

	b = &builder{assets: t.TempDir()}
	b.add(&file{name: "app.wasm", body: []byte("\x00net/http.(*conn).serve\x00")})
	if b.budgets(io.Discard) {
		t.Error("a browser program with an HTTP server in it went through")
	}
}

func TestIcon(t *testing.T) {
	full := drawIcon(48, .54, 0)
	if _, _, _, a := full.At(0, 0).RGBA(); a != 0xffff {
		t.Error("the maskable icon has a clear corner")
	}
	round := drawIcon(48, .72, .2)
	if _, _, _, a := round.At(0, 0).RGBA(); a != 0 {
		t.Error("the round icon's corner isn't clear")
	}
	// Left of the middle the first stroke passes, in its colour.
	offset, unit := 48*(1-.72)/2, 48*.72/24
	got := color.NRGBAModel.Convert(round.At(int(offset+2.5*unit), int(offset+12*unit))).(color.NRGBA)
	if got != strokes[0].color {
		t.Errorf("the stroke is %v", got)
	}
}
