package ot

import "strings"

// How many deletes and inserts a difference may take before it becomes one replacement. The search takes their square.
const (
	maxLineEdits = 500
	maxCharEdits = 60 // in between two common lines: beyond that what matches does so by chance
)

// Diff is an op that makes b of a: by lines, and within the lines that differ by characters.
func Diff(a, b *Text) Op {
	x, y := strings.SplitAfter(a.String(), "\n"), strings.SplitAfter(b.String(), "\n")
	ids := map[string]rune{}
	var out Builder
	i := 0
	for _, l := range hunks(number(x, ids), number(y, ids), maxLineEdits) {
		out.Keep(units(x[i:l.i]))
		p, q := []rune(strings.Join(x[l.i:l.i1], "")), []rune(strings.Join(y[l.j:l.j1], ""))
		k := 0
		for _, c := range hunks(p, q, maxCharEdits) {
			out.Keep(units([]string{string(p[k:c.i])}))
			out.Delete(units([]string{string(p[c.i:c.i1])}))
			out.Insert(string(q[c.j:c.j1]))
			k = c.i1
		}
		out.Keep(units([]string{string(p[k:])}))
		i = l.i1
	}
	out.Keep(units(x[i:]))
	return out.Op()
}

func units(lines []string) (n int) {
	for _, s := range lines {
		k, _ := measure(s)
		n += k
	}
	return n
}

// number gives equal lines the same number.
func number(lines []string, ids map[string]rune) []rune {
	ns := make([]rune, len(lines))
	for i, s := range lines {
		if _, ok := ids[s]; !ok {
			ids[s] = rune(len(ids))
		}
		ns[i] = ids[s]
	}
	return ns
}

// hunk says that x[i:i1] has to become y[j:j1].
type hunk struct{ i, i1, j, j1 int }

// hunks is what has to change to make y of x, by the greedy algorithm of Myers: row d holds, for each diagonal k, how
// far x is covered by d edits at best. Over maxEdits it is all between the common start and the common end.
func hunks(x, y []rune, maxEdits int) []hunk {
	from := 0
	for from < min(len(x), len(y)) && x[from] == y[from] {
		from++
	}
	x, y = x[from:], y[from:]
	for len(x) > 0 && len(y) > 0 && x[len(x)-1] == y[len(y)-1] {
		x, y = x[:len(x)-1], y[:len(y)-1]
	}
	if len(x)+len(y) == 0 {
		return nil
	}
	var rows [][]int // rows[d][k+d], for k = -d, -d+2, … d
	steps := 0
	for d := 0; d <= maxEdits && steps < 1<<22; d++ {
		row := make([]int, 2*d+1)
		for k := -d; k <= d; k += 2 {
			i := 0
			if d > 0 {
				i, _ = forward(rows[d-1], k)
			}
			for i < len(x) && i-k < len(y) && x[i] == y[i-k] {
				i++
				steps++
			}
			row[k+d] = i
			if i >= len(x) && i-k >= len(y) {
				return backward(append(rows, row), k, from)
			}
		}
		rows = append(rows, row)
	}
	return []hunk{{from, from + len(x), from, from + len(y)}}
}

// forward tells how far an edit more leads on diagonal k, and whether it deletes.
func forward(row []int, k int) (i int, deletes bool) {
	d := len(row) / 2
	at := func(k int) int {
		if k < -d || k > d {
			return -1
		}
		return row[k+d]
	}
	if k > -d-1 && (k == d+1 || at(k-1) >= at(k+1)) {
		return at(k-1) + 1, true
	}
	return at(k + 1), false
}

// backward reads the way that led to the end on diagonal k, and joins edits without anything kept in between.
func backward(rows [][]int, k, from int) (hs []hunk) {
	for d := len(rows) - 1; d > 0; d-- {
		i, deletes := forward(rows[d-1], k)
		h := hunk{i, i, i - k, i - k}
		if deletes {
			h.i--
			k--
		} else {
			h.j--
			k++
		}
		if n := len(hs) - 1; n >= 0 && hs[n].i == h.i1 && hs[n].j == h.j1 {
			hs[n].i, hs[n].j = h.i, h.j
		} else {
			hs = append(hs, h)
		}
	}
	for a, b := 0, len(hs)-1; a < b; a, b = a+1, b-1 {
		hs[a], hs[b] = hs[b], hs[a]
	}
	for n := range hs {
		h := &hs[n]
		h.i, h.i1, h.j, h.j1 = h.i+from, h.i1+from, h.j+from, h.j1+from
	}
	return hs
}
