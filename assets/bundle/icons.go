package main

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"strings"
)

// The mark of icons/brand.svg on its 24-unit grid: two brackets facing away, a slash between.
var strokes = []struct {
	color  color.NRGBA
	points [][2]float64
}{
	{color.NRGBA{0x6e, 0xa8, 0xfe, 255}, [][2]float64{{8, 6}, {2.5, 12}, {8, 18}}},
	{color.NRGBA{0xf5, 0x9e, 0x6c, 255}, [][2]float64{{16, 6}, {21.5, 12}, {16, 18}}},
	{color.NRGBA{0x9a, 0xa3, 0xb2, 255}, [][2]float64{{13.5, 4.5}, {10.5, 19.5}}},
}

var ground = color.NRGBA{0x0f, 0x11, 0x15, 255}

const strokeWidth = 2.2

// addIcons copies the vector mark and draws the sizes that installers ask for.
func (b *builder) addIcons() error {
	svgs, err := filepath.Glob(b.path("icons", "*.svg"))
	if err != nil {
		return err
	}
	for _, p := range svgs {
		data, err := os.ReadFile(p)
		if err != nil {
			return err
		}
		b.add(&file{name: "icons/" + strings.ToLower(filepath.Base(p)), body: data, precache: true})
	}
	sizes := []struct {
		name   string
		pixels int
		mark   float64 // share of the width that the mark takes
		corner float64 // radius as a share of the width; 0 fills the square, for masks
	}{
		{"icons/192.png", 192, .72, .2},
		{"icons/512.png", 512, .72, .2},
		{"icons/maskable.png", 512, .54, 0},
	}
	for _, s := range sizes {
		var out bytes.Buffer
		enc := png.Encoder{CompressionLevel: png.BestCompression}
		if err := enc.Encode(&out, drawIcon(s.pixels, s.mark, s.corner)); err != nil {
			return err
		}
		b.add(&file{name: s.name, body: out.Bytes(), precache: true})
	}
	return b.addScreenshots()
}

// addScreenshots takes the pictures that installers show. Nobody needs them offline.
func (b *builder) addScreenshots() error {
	for _, name := range []string{"screenshot.png", "screenshot-phone.png"} {
		data, err := os.ReadFile(b.path(name))
		if err != nil {
			return err
		}
		b.add(&file{name: "icons/" + name, body: data})
	}
	return nil
}

func drawIcon(pixels int, mark, corner float64) image.Image {
	img := image.NewNRGBA(image.Rect(0, 0, pixels, pixels))
	size := float64(pixels)
	unit := size * mark / 24 // pixels per grid unit
	offset := size * (1 - mark) / 2
	for y := range pixels {
		for x := range pixels {
			px, py := float64(x)+.5, float64(y)+.5
			c := ground
			c.A = uint8(255 * coverage(outside(px, py, size, size*corner)))
			for _, s := range strokes {
				d := math.Inf(1)
				for i := 1; i < len(s.points); i++ {
					p, q := s.points[i-1], s.points[i]
					d = min(d, segment(px, py, offset+p[0]*unit, offset+p[1]*unit, offset+q[0]*unit, offset+q[1]*unit))
				}
				c = over(c, s.color, coverage(d-strokeWidth*unit/2))
			}
			img.SetNRGBA(x, y, c)
		}
	}
	return img
}

// coverage is how much of a pixel lies inside, from its centre's distance to the edge.
func coverage(d float64) float64 { return max(0, min(1, .5-d)) }

// outside is the distance to a square with round corners, negative inside.
func outside(x, y, size, r float64) float64 {
	dx, dy := math.Abs(x-size/2)-size/2+r, math.Abs(y-size/2)-size/2+r
	return math.Hypot(max(dx, 0), max(dy, 0)) + min(max(dx, dy), 0) - r
}

// segment is the distance from a point to a line between two others.
func segment(x, y, x1, y1, x2, y2 float64) float64 {
	dx, dy := x2-x1, y2-y1
	t := max(0, min(1, ((x-x1)*dx+(y-y1)*dy)/(dx*dx+dy*dy)))
	return math.Hypot(x-x1-t*dx, y-y1-t*dy)
}

func over(under, top color.NRGBA, a float64) color.NRGBA {
	mix := func(u, t uint8) uint8 { return uint8(float64(u)*(1-a) + float64(t)*a + .5) }
	return color.NRGBA{mix(under.R, top.R), mix(under.G, top.G), mix(under.B, top.B), max(under.A, uint8(255*a))}
}
