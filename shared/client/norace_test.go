//go:build !race

package client

// modelSizes is what TestModel explores: edits each, drops.
var modelSizes = [][2]int{{2, 1}}

// A random test does 1/part of what it is for.
const part = 1

const pairs = 20_000 // that type at one place in TestApart
