package e2e

import (
	"archive/zip"
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What an operator puts into the folder of wheels, programs import, with what it needs.
func TestWheelsAreImported(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, files := range map[string]map[string]string{
		"tandem_tiny-1.0-py3-none-any.whl": {
			"tandem_tiny/__init__.py":            "from tandem_base import twice\n\ndef four():\n    return twice(2)\n",
			"tandem_tiny-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: tandem-tiny\nVersion: 1.0\nRequires-Dist: tandem-base (>=1)\n",
			"tandem_tiny-1.0.dist-info/WHEEL":    "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
			"tandem_tiny/data/words.txt":         "from the wheel",
		},
		"tandem_base-1.0-py2.py3-none-any.whl": {
			"tandem_base.py":                     "def twice(n):\n    return 2 * n\n",
			"tandem_base-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: tandem_base\nVersion: 1.0\n",
		},
	} {
		if err := os.WriteFile(filepath.Join(dir, name), zipped(t, files), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	srv := ownServer(t, "-wheels", dir)
	ada := newDevice(t, "Ada", srv.addr)
	ada.create("Python")
	ada.replaceAll("import sys\nimport tandem_tiny\nfrom importlib import metadata, resources\n" +
		"print('fo' + 'ur', tandem_tiny.four(), resources.read_text('tandem_tiny.data', 'words.txt'), metadata.version('tandem-tiny'))\n")
	ada.saved()
	for range 2 { // the second time in another worker
		ada.click("button", "Run")
		ada.prints(firstRun, "four 4 from the wheel 1.0")
		ada.idle(patience)
		ada.click("button", "Clear your view of the output")
	}
	ada.replaceAll("try:\n    import tandem_nowhere\nexcept ImportError as e:\n    print('mis' + 'sing:', e)\n")
	ada.saved()
	ada.click("button", "Run")
	ada.prints(patience, "missing: No module named 'tandem_nowhere'")
	if _, err := startServer("", "-wheels", filepath.Join(dir, "nowhere")); err == nil || !strings.Contains(err.Error(), "read the folder of wheels") {
		t.Errorf("with a folder that is not there: %v", err)
	}
}

func zipped(t *testing.T, files map[string]string) []byte {
	t.Helper()
	var data bytes.Buffer
	z := zip.NewWriter(&data)
	for name, text := range files {
		w, err := z.Create(name)
		if err == nil {
			_, err = w.Write([]byte(text))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return data.Bytes()
}
