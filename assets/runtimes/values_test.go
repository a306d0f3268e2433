package runtimes

import (
	"flag"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write testdata/values.txt anew")

// TestValues: what people print looks right, and the same in both engines.
func TestValues(t *testing.T) {
	ctx := open(t, serve(t))
	for _, lang := range []string{"javascript", "javascript-v8"} {
		o := play(t, ctx, program{Lang: lang, Code: source(t, "values.js")})
		got := o.Stdout + "--- stderr\n" + o.Stderr
		if *update {
			if err := os.WriteFile("testdata/values.txt", []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if want := source(t, "values.txt"); got != want {
			t.Errorf("%s: %s", lang, firstDifference(got, want))
		}
	}
}

func firstDifference(got, want string) string {
	a, b := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range a {
		if i >= len(b) || a[i] != b[i] {
			return "from here on: " + strings.Join(a[i:min(i+4, len(a))], "\n")
		}
	}
	return "it ends early"
}

// TestErrorsShown: a cause is shown with its own place; the frames of the runtime aren't.
func TestErrorsShown(t *testing.T) {
	ctx := open(t, serve(t))
	code := "function low() {\n  null.x;\n}\nfunction high() {\n  try { low() } catch (cause) { throw new Error('outer', { cause }) }\n}\ntry { high() } catch (e) { console.log({ e }) }"
	for _, lang := range []string{"javascript", "javascript-v8"} {
		o := play(t, ctx, program{Lang: lang, Code: code})
		for _, part := range []string{"  e: Error: outer\n", "at high (main.js:5:", "[cause]: TypeError: ", "at low (main.js:2:"} {
			if !strings.Contains(o.Stdout, part) {
				t.Errorf("%s: no %q in\n%s", lang, part, o.Stdout)
			}
		}
		for _, part := range []string{"blob:", "tandem:", "native"} {
			if strings.Contains(o.Stdout, part) {
				t.Errorf("%s: %q in\n%s", lang, part, o.Stdout)
			}
		}
	}
}
