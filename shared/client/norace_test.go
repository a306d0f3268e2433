//go:build !race

package client

// modelSizes is what TestModel explores: edits each, drops.
var modelSizes = [][2]int{{2, 1}}

const pairs = 20_000 // that type at one place in TestApart
