package client

import "testing"

func TestTwoType(t *testing.T) {
	play(t, "abc", edit("a", 0, "X"), edit("b", 3, "Y"), send("b"), send("a"), want("XabcY"))
}
