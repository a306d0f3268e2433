package ot

import (
	"slices"
	"unicode/utf16"
)

// The second oracle: an op as one element per unit, everything done unit by unit. Too slow and too simple to be wrong
// in the way that the engine could be.
type unitOp []struct {
	kind int
	unit uint16
}

func expand(o Op) (u unitOp) {
	add := func(kind int, units ...uint16) {
		for _, x := range units {
			u = append(u, struct {
				kind int
				unit uint16
			}{kind, x})
		}
	}
	at := 0
	for c := (cursor{s: o.s}); c.next(); at += c.keep + c.cut {
		add(keep, make([]uint16, c.keep)...)
		add(ins, utf16.Encode([]rune(c.text()))...)
		add(del, make([]uint16, c.cut)...)
	}
	add(keep, make([]uint16, o.base-at)...)
	return u
}

// pack is the canonical op of u.
func (u unitOp) pack() Op {
	var b Builder
	for i := 0; i < len(u); {
		j := i
		for j < len(u) && u[j].kind == u[i].kind {
			j++
		}
		switch u[i].kind {
		case keep:
			b.Keep(j - i)
		case del:
			b.Delete(j - i)
		default:
			var units []uint16
			for _, e := range u[i:j] {
				units = append(units, e.unit)
			}
			b.Insert(string(utf16.Decode(units)))
		}
		i = j
	}
	return b.Op()
}

func (u unitOp) apply(text []uint16) (out []uint16) {
	for _, e := range u {
		switch e.kind {
		case keep:
			out, text = append(out, text[0]), text[1:]
		case del:
			text = text[1:]
		default:
			out = append(out, e.unit)
		}
	}
	return out
}

func (u unitOp) compose(v unitOp) (out unitOp) {
	for len(u) > 0 || len(v) > 0 {
		switch {
		case len(v) > 0 && v[0].kind == ins:
			out, v = append(out, v[0]), v[1:]
		case u[0].kind == del:
			out, u = append(out, u[0]), u[1:]
		case v[0].kind == keep:
			out, u, v = append(out, u[0]), u[1:], v[1:]
		default:
			if u[0].kind == keep {
				out = append(out, v[0])
			}
			u, v = u[1:], v[1:]
		}
	}
	return out
}

// over is u after v; left tells whether u's inserts go left of v's.
func (u unitOp) over(v unitOp, left bool) (out unitOp) {
	for len(u) > 0 || len(v) > 0 {
		switch {
		case len(u) > 0 && u[0].kind == ins && (left || len(v) == 0 || v[0].kind != ins):
			out, u = append(out, u[0]), u[1:]
		case len(v) > 0 && v[0].kind == ins:
			v = v[1:]
			out = append(out, unitOp{{kind: keep}}...)
		default:
			if v[0].kind == keep {
				out = append(out, u[0])
			}
			u, v = u[1:], v[1:]
		}
	}
	return out
}

// index is where the unit that stood at pos went, or where what surrounded it closed up.
func (u unitOp) index(pos int, after bool) int {
	text := make([]uint16, 0, len(u))
	for _, e := range u {
		if e.kind != ins {
			text = append(text, 0)
		}
	}
	marker := slices.Concat(unitOp(nil), make(unitOp, pos), unitOp{{ins, '|'}}, make(unitOp, len(text)-pos))
	return slices.Index(marker.over(u, !after).apply(u.apply(text)), '|')
}
