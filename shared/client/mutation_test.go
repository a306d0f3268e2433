package client

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// A mutation breaks one rule in one place; the named test has to find that.
type mutation struct {
	rule, file, old, new string
	pkg, test            string
}

var mutations = []mutation{
	{"the tie, in the engine", "shared/ot/transform.go", "case mine == ins:", "case mine == ins && theirs != ins:", "shared/ot", "TestTie"},
	{"the tie, in the server", "server/room/order.go", "moved, _, err := ot.Transform(*op, change.Op)", "_, moved, err := ot.Transform(change.Op, *op)",
		"server/room", "TestConverge"},
	{"the tie, in the client", "shared/client/rebase.go", "later, op, err = ot.TransformLarge(b.Op, op)", "op, later, err = ot.TransformLarge(op, b.Op)",
		"shared/client", "TestLaterGoesLeft"},
	{"the own caret goes right", "shared/session/cursor.go", "at := op.Map(r[0], false)", "at := op.Map(r[0], true)", "shared/client", "TestApart"},
	{"the own caret goes right", "shared/session/cursor.go", "at := op.Map(r[0], false)", "at := op.Map(r[0], true)", "shared/client", "TestOwnCaretStaysLeft"},
	{"no dedupe in the server", "server/room/order.go", "if req.Seq <= r.state.Acked(p.user.ID) {", "if false {",
		"server/room", "TestRepeatIsAcknowledgedNotApplied"},
	{"two ops of the log composed first, in the engine", "shared/ot/log.go", "\tl.each(i, l.n,", `
	if i+2 <= l.n {
		both, _ := Compose(l.Op(i), l.Op(i+1))
		if o, _, err = Transform(o, both); err != nil {
			return o, err
		}
		i += 2
	}
	l.each(i, l.n,`, "shared/ot", "TestOneByOne"},
	{"two ops of the log composed first, in the server", "server/room/order.go", "\tvar err error\n\tfor i := 0; i < len(missed)", `
	var err error
	if len(missed) > 1 {
		first, ok1 := missed[0].Body.(session.CodeChange)
		second, ok2 := missed[1].Body.(session.CodeChange)
		if ok1 && ok2 {
			second.Op, _ = ot.Compose(first.Op, second.Op)
			err = over(&b.Op, b.Doc, second)
			missed = missed[2:]
		}
	}
	for i := 0; i < len(missed)`, "server/room", "TestOneByOne"},
	{"a split pair is let pass", "shared/ot/text.go", "return ErrSplit", "continue", "shared/ot", "TestHostile"},
	{"what was sent is composed into", "shared/client/queue.go", "return !q.sent && !q.saved", "return !q.saved", "shared/client", "TestSentDoesNotChange"},
	{"undo is not moved over what others did", "shared/client/history.go", "*s = step{op: mine,", "_ = mine\n\t*s = step{op: s.op,", "shared/client", "TestUndoIsOnesOwn"},
	{"the text is not compared with its hash", "shared/client/receive.go", "e.Hash != 0 && e.Hash != c.code().Hash()", "false", "shared/client", "TestHeals"},
	{"the editor is not compared with its text", "shared/client/receive.go", "c.text.Len() == units && c.text.Hash() == hash", "true", "shared/client", "TestShows"},
	{"what is pending is dropped with a snapshot", "shared/client/receive.go", "c.base, c.past = w.State, nil", "c.base, c.past, c.queue = w.State, nil, nil",
		"shared/client", "TestSnapshotInsteadOfResume"},
	{"what was sent is cut while it may arrive", "shared/client/pieces.go", "!q.open() && !c.noneLate()", "false", "shared/client", "TestSentIsCutOnceItCannotArrive"},
	{"what was refused gets another number while it may arrive", "shared/client/receive.go", "if c.noneLate() {", "if true {", "shared/client", "TestRefusedEditArrivesAfterAll"},
	{"what has no room now is taken off the undo stack", "shared/client/history.go", "if overfills(s.op) {", "if *from = (*from)[:last]; overfills(s.op) {",
		"shared/client", "TestUndoThatHasNoRoom"},
}

// TestMutations is the test of the tests: each mutation turns its test red. It builds a package for each of them, so
// that is part of make fuzz; whether the code still has what they break is always looked at.
func TestMutations(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range mutations {
		t.Run(m.rule+"/"+m.test, func(t *testing.T) {
			file := filepath.Join(root, m.file)
			source, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if strings.Count(string(source), m.old) != 1 {
				t.Fatalf("%s does not hold this once:\n%s", m.file, m.old)
			}
			if !long {
				return
			}
			mutant := filepath.Join(t.TempDir(), filepath.Base(file))
			overlay := filepath.Join(t.TempDir(), "overlay.json")
			replace, _ := json.Marshal(map[string]any{"Replace": map[string]string{file: mutant}})
			if err := os.WriteFile(mutant, []byte(strings.Replace(string(source), m.old, m.new, 1)), 0o644); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(overlay, replace, 0o644); err != nil {
				t.Fatal(err)
			}
			cmd := exec.Command("go", "test", "-overlay", overlay, "-count=1", "-vet=off", "-timeout=2m", "-run", "^"+m.test+"$", "./"+m.pkg)
			cmd.Dir, cmd.Env = root, append(os.Environ(), "TANDEM_LONG=")
			out, err := cmd.CombinedOutput()
			if err == nil || !strings.Contains(string(out), "--- FAIL: "+m.test+" ") {
				t.Errorf("%s does not find it: %v\n%s", m.test, err, out)
			}
		})
	}
}
