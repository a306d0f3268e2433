package client

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
)

// long is set by make fuzz.
var long = os.Getenv("TANDEM_LONG") != ""

const (
	shortRun = 20_000 // edits that TestConverge does at least
	longRun  = 1_000_000
)

// A run of chance: people who type, paste, delete, undo, over lines that delay and break, to a server that
// restarts, forgets and can't save. What it did is a script.
type chance struct {
	*rand.Rand
	stage *stage
	moves []move
	names []string
	runes rune // the next one that is nowhere yet
	undo  bool // people undo and redo, so the same rune may rightly be there twice
	hard  bool // snapshots, old saves
	edits int
	runs  int
}

const start = "def f():\n    return 1\n\nprint(f())\n"

func newChance(seed uint64) *chance {
	r := rand.New(rand.NewPCG(seed, 1))
	c := &chance{Rand: r, stage: newStage(start), runes: 0x4e00, undo: r.IntN(3) == 0, hard: r.IntN(2) == 0}
	c.stage.once = !c.undo
	if r.IntN(2) == 0 {
		c.moves = append(c.moves, lax())
		c.moves[0].do(c.stage)
	}
	for i := range 2 + r.IntN(7) {
		if i < 3 || r.IntN(2) == 0 {
			c.names = append(c.names, string(rune('a'+i)))
		}
	}
	return c
}

// text is n runes that are nowhere else, some of them surrogate pairs, some over several lines.
func (c *chance) text(n int) string {
	var b strings.Builder
	for range n {
		if c.runes++; c.runes == 0x9f00 {
			c.runes = 0x20000
		}
		switch r := c.runes; c.IntN(6) {
		case 0:
			b.WriteRune(r | 0x10000) // at most 0x2ffff
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// next is one thing that happens.
func (c *chance) next() move {
	name := c.names[c.IntN(len(c.names))]
	a := c.stage.actor(name)
	n := a.editor.Len()
	switch k := c.IntN(100); {
	case k < 34:
		return c.edit(name, n)
	case k < 50:
		return sendOne(name)
	case k < 68:
		return hearOne(name)
	case k < 76:
		return send(name)
	case k < 84:
		return hear(name)
	case k < 87:
		return wait(int64(c.IntN(400)))
	case k < 89:
		return cut(name)
	case k < 93:
		return open(name)
	case k < 94:
		return late(name)
	case k < 96 && c.undo:
		if c.IntN(3) == 0 {
			return redo(name)
		}
		return undo(name)
	case k < 97:
		return c.ask(name)
	case k < 98:
		return []func(string) move{hold, holdAll, release}[c.IntN(3)](name)
	}
	switch k := c.IntN(30); {
	case k < 2:
		return restart()
	case k < 3:
		return noSave(1 + c.IntN(3))
	case k < 4:
		return unsure(1 + c.IntN(3))
	case k < 5:
		return wait(int64(c.IntN(20_000)))
	case k < 6 && !c.stage.server.lax: // which hears for longer than the client reckons with
		return refuse(1 + c.IntN(2))
	case k < 8 && c.hard:
		return forget(c.IntN(6))
	case k < 16:
		return refresh(name)
	case k < 20 && c.hard:
		return save(name, "old")
	case k < 22 && a.saves["old"].data != nil:
		return reload(name, "old")
	}
	return sel(name, c.IntN(n+1), c.IntN(n+1))
}

func (c *chance) edit(name string, n int) move {
	c.edits++
	pos := c.IntN(n + 1)
	if c.IntN(3) == 0 {
		pos = min(n, 3) // where others are too
	}
	switch c.IntN(8) {
	case 0, 1:
		return erase(name, pos, 1+c.IntN(4))
	case 2:
		return replace(name, pos, c.IntN(5), c.text(1+c.IntN(3)))
	case 3:
		var hits []hit
		for at := c.IntN(n/3 + 1); at <= n && len(hits) < 5; at += 1 + c.IntN(n/3+2) {
			hits = append(hits, hit{at, c.IntN(3), c.text(c.IntN(3))})
		}
		return many(name, hits...)
	case 4:
		return paste(name, pos, c.text(1+c.IntN(20)))
	}
	return edit(name, pos, c.text(1))
}

func (c *chance) ask(name string) move {
	id := fmt.Sprintf("r%d", c.runs)
	switch c.IntN(5) {
	case 0:
		return title(name, fmt.Sprintf("title %d", c.edits))
	case 1:
		return language(name, []string{"python", "javascript"}[c.IntN(2)])
	case 2:
		c.runs++
		return starts(name, fmt.Sprintf("r%d", c.runs))
	case 3:
		return prints(name, id, "out\n")
	}
	return ends(name, id)
}

// play plays n things and lets all come to rest. It gives what went wrong.
func (c *chance) play(n int) string {
	for range n {
		m := c.next()
		c.moves = append(c.moves, m)
		if m.do(c.stage); c.stage.problem != "" {
			return c.stage.problem
		}
	}
	c.moves = append(c.moves, settle())
	c.stage.settle()
	return c.stage.problem
}

// shrink leaves out of a script what is not needed for it to fail.
func shrink(moves []move, fails func([]move) bool) []move {
	for size := len(moves) / 2; size > 0; {
		shorter := false
		for from := 0; from+size <= len(moves); {
			less := append(append([]move{}, moves[:from]...), moves[from+size:]...)
			if fails(less) {
				moves, shorter = less, true
			} else {
				from += size
			}
		}
		if !shorter || size > len(moves) {
			size /= 2
		}
	}
	return moves
}

// converge plays a seed; a failure becomes a story.
func converge(t testing.TB, seed uint64) (edits int) {
	c := newChance(seed)
	problem := c.play(40 + c.IntN(260))
	if problem == "" {
		return c.edits
	}
	again := func(moves []move) string {
		s := newStage(start)
		s.once = c.stage.once
		problem, _ := s.perform(moves)
		return problem
	}
	moves := shrink(c.moves, func(moves []move) bool { return again(moves) != "" })
	t.Fatalf("seed %d: %s\nshrunk: %s%s", seed, problem, again(moves), story(start, moves))
	return 0
}

func TestConverge(t *testing.T) {
	edits, seed, enough := 0, uint64(0), shortRun/part
	if long {
		enough = longRun
	}
	for ; edits < enough; seed++ {
		edits += converge(t, seed)
	}
	t.Logf("%d edits in %d sessions", edits, seed)
}

func FuzzConverge(f *testing.F) {
	f.Add(uint64(1))
	f.Fuzz(func(t *testing.T, seed uint64) { converge(t, seed) })
}
