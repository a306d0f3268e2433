//go:build race

package client

// The race detector makes everything ten times as slow and has little to find in one goroutine: it gets samples of
// what the plain run does in full.
var modelSizes = [][2]int{{1, 1}, {2, 0}}

const part = 4

const pairs = 1_000
