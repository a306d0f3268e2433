package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"go.uber.org/goleak"
)

// rig is what all tests share: one Chromium and one server. A test that stops its server starts one of its own.
var rig struct {
	chrome *chrome
	server *server
}

// root is the project's folder, out where screenshots and logs go.
var (
	root = filepath.Join("..", "..")
	out  = filepath.Join(root, "build", "e2e")
)

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	if err := os.MkdirAll(out, 0o755); err != nil {
		return fail(err)
	}
	var err error
	if rig.server, err = startServer(filepath.Join(out, "server.log")); err != nil {
		return fail(err)
	}
	if rig.chrome, err = startChrome(); err != nil {
		rig.server.kill()
		return fail(err)
	}
	code := m.Run()
	closeSeats()
	if err := rig.chrome.stop(); err != nil {
		code = max(code, fail(err))
	}
	if err := rig.server.stop(); err != nil {
		code = max(code, fail(err))
	}
	if err := goleak.Find(); err != nil {
		code = max(code, fail(err))
	}
	return code
}

func fail(err error) int {
	fmt.Fprintln(os.Stderr, "e2e:", err)
	return 1
}
