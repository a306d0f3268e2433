package ot

import "strings"

// Diff compares what lies between the common start and the common end in a table. Over these sizes, one replacement
// has to do.
const (
	maxLineCells = 1 << 20 // 4 MB for some milliseconds: a thousand lines by a thousand
	maxCharCells = 1 << 16 // within lines: in longer ones, what matches does so by chance
)

// Diff is an op that makes b of a: by lines, and where lines differ by characters.
func Diff(a, b *Text) Op {
	x, y := strings.SplitAfter(a.String(), "\n"), strings.SplitAfter(b.String(), "\n")
	var out Builder
	compare(x, y, maxLineCells, func(kept, cut, put []string) {
		out.Keep(units(kept))
		p, q := strings.Split(strings.Join(cut, ""), ""), strings.Split(strings.Join(put, ""), "")
		compare(p, q, maxCharCells, func(kept, cut, put []string) {
			out.Keep(units(kept))
			out.Delete(units(cut))
			out.Insert(strings.Join(put, ""))
		})
	})
	return out.Op()
}

func units(pieces []string) (n int) {
	for _, s := range pieces {
		k, _ := measure(s)
		n += k
	}
	return n
}

// compare tells how y comes from x: again and again some of x is kept, and then some of x gives way to some of y.
func compare(x, y []string, maxCells int, yield func(kept, cut, put []string)) {
	start := 0
	for start < min(len(x), len(y)) && x[start] == y[start] {
		start++
	}
	kept := x[:start]
	x, y = x[start:], y[start:]
	end := 0
	for end < min(len(x), len(y)) && x[len(x)-1-end] == y[len(y)-1-end] {
		end++
	}
	tail := x[len(x)-end:]
	x, y = x[:len(x)-end], y[:len(y)-end]
	i, j, w := 0, 0, len(y)+1
	if len(x)*w <= maxCells {
		common := make([]int32, (len(x)+1)*w) // [i*w+j] of x[i:] and y[j:], at best
		for i := len(x) - 1; i >= 0; i-- {
			for j := len(y) - 1; j >= 0; j-- {
				if x[i] == y[j] {
					common[i*w+j] = common[(i+1)*w+j+1] + 1
				} else {
					common[i*w+j] = max(common[(i+1)*w+j], common[i*w+j+1])
				}
			}
		}
		for m, n := 0, 0; m < len(x) && n < len(y); {
			if x[m] == y[n] {
				yield(kept, x[i:m], y[j:n])
				kept = x[m : m+1]
				m, n = m+1, n+1
				i, j = m, n
			} else if common[(m+1)*w+n] >= common[m*w+n+1] {
				m++
			} else {
				n++
			}
		}
	}
	yield(kept, x[i:], y[j:])
	yield(tail, nil, nil)
}
