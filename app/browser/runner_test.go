package browser

import (
	"slices"
	"testing"
)

// All that is wrong with a program is marked, also when the run has ended; somebody else's error takes its place.
func TestMarksOfARunAreGathered(t *testing.T) {
	l := &Live{labels: labels{}, seenEnds: map[string]bool{}}
	want := func(lines ...int) {
		t.Helper()
		var got []int
		for _, m := range l.runner.marks {
			got = append(got, m.Line)
		}
		if !slices.Equal(got, lines) {
			t.Errorf("marked are %v, want %v", got, lines)
		}
	}
	l.runner.run = "own"
	l.diagnose("undefined: a", 3, 2)
	l.diagnose("no place", 0, 0)
	l.diagnose("undefined: b", 5, 0)
	want(3, 5)
	l.mark("own", "undefined: a", 3, 2) // the end of the run names the first
	want(3, 5)
	l.mark("other", "undefined: a", 3, 2) // maybe the line was changed in between, and the mark is gone
	want(3)
	l.diagnose("undefined: b", 5, 1)
	want(5)
	l.mark("other", "SyntaxError", 7, 1)
	want(7)
}
