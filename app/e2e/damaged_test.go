package e2e

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// Who comes back to a session whose log the disk has spoiled is told that, not kept waiting.
func TestDamagedSession(t *testing.T) {
	t.Parallel()
	srv := ownServer(t)
	ada := newDevice(t, "Ada", srv.addr)
	ada.allow(lostNetwork)
	id := ada.create("Python")
	ada.saved()
	until(t, patience, "the editor's worker is there", func() bool { // or it would ask a server that has ended
		return eval[bool](ada, `performance.getEntriesByType("resource").some((e) => e.name.includes("editor.worker") && e.responseEnd > 0)`)
	})
	if err := srv.end(); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(srv.dir, "jetstream", "*", "streams", "TANDEM_LOG", "msgs", "*.blk"))
	if err != nil || len(files) != 1 {
		t.Fatal(files, err)
	}
	b, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	b[bytes.Index(b, []byte("tandem.log."+id))+100] ^= 1
	if err := os.WriteFile(files[0], b, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := srv.start(); err != nil {
		t.Fatal(err)
	}
	ada.find("heading", "You can’t join this session")
	ada.says("This session is damaged where it is stored")
}
