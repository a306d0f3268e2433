package journal

import (
	"log/slog"
	"testing"
)

var quiet = slog.New(slog.DiscardHandler)

// openDir opens the embedded journal of a folder and closes it with the test.
func openDir(t *testing.T, cfg Config) *Store {
	t.Helper()
	if cfg.Logger == nil {
		cfg.Logger = quiet
	}
	s, err := Open(cfg)
	must(t, err)
	t.Cleanup(func() { s.Close() })
	return s
}

func TestEmbedded(t *testing.T) {
	testJournal(t, func(t *testing.T) nodes {
		dir := t.TempDir()
		return func() log { return openDir(t, Config{Dir: dir}) }
	}, false)
}
