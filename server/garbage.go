package main

import (
	"context"
	"runtime/debug"
	"sync"
	"time"
)

// How much garbage may gather until it is collected, in percent of what is in use, where GOGC does not say.
const (
	garbageAtRest = 50   // keeps the memory of many people who rest small
	garbageAtWork = 200  // measured with make bench, saturated: a tenth less CPU an edit, and the slowest edits are sooner
	workFrom      = 4000 // edits a second that make a server one at work; with less than half of them it is at rest again
)

// tendGarbage does collectGarbage, unless GOGC says how, until it is stopped.
func tendGarbage(ctx context.Context, env func(string) string, edits func() uint64) (stop func()) {
	if env("GOGC") != "" {
		return func() {}
	}
	ctx, cancel := context.WithCancel(ctx)
	var tending sync.WaitGroup
	tending.Go(func() { collectGarbage(ctx, edits, debug.SetGCPercent) })
	return func() {
		cancel()
		tending.Wait()
	}
}

// collectGarbage has it collected as suits what the server does, at rest at first, until ctx ends. Set is
// debug.SetGCPercent.
func collectGarbage(ctx context.Context, edits func() uint64, set func(percent int) int) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	before, works := edits(), false
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		now := edits()
		rate := now - before
		before = now
		if !works && rate >= workFrom {
			works = true
			set(garbageAtWork)
		} else if works && rate < workFrom/2 {
			works = false
			set(garbageAtRest)
			debug.FreeOSMemory() // or it is kept until somebody needs it
		}
	}
}
