// What programs in an interview make Go's compiler do. It is never run.
export const REHEARSAL = `package main

import (
	"errors"
	"fmt"
	"os"
	"sort"
	"strings"
)

type shape interface{ area() float64 }
type square struct{ side float64 }

func (s *square) area() float64 { return s.side * s.side }

func apply[T, U any](all []T, f func(T) U) (out []U) {
	for _, v := range all {
		out = append(out, f(v))
	}
	return out
}

func main() {
	words := strings.Fields(fmt.Sprintf("%v %d", errors.New("b"), len(os.Args)))
	sort.Slice(words, func(i, j int) bool { return words[i] < words[j] })
	seen, done := map[string]int{}, make(chan float64)
	for i, n := range apply(words, func(s string) int { return len(s) }) {
		seen[words[i]] += n
		go func() { done <- shape(&square{float64(n)}).area() }()
	}
	for range words {
		select {
		case a := <-done:
			defer fmt.Println(a, seen)
		}
	}
}
`;
