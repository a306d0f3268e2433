package main

import (
	"context"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// A busy server collects less often, a resting one keeps little; what is between the two changes nothing.
func TestCollectGarbage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		var edits atomic.Uint64
		var set []int
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			collectGarbage(ctx, edits.Load, func(percent int) int {
				set = append(set, percent)
				return 0
			})
		}()
		synctest.Wait()
		for _, second := range []struct {
			edits uint64
			want  []int
		}{
			{0, nil},
			{workFrom - 1, nil},
			{workFrom, []int{garbageAtWork}},
			{10 * workFrom, []int{garbageAtWork}},
			{workFrom / 2, []int{garbageAtWork}},
			{workFrom/2 - 1, []int{garbageAtWork, garbageAtRest}},
			{workFrom / 2, []int{garbageAtWork, garbageAtRest}},
		} {
			edits.Add(second.edits)
			time.Sleep(time.Second)
			synctest.Wait()
			if !slices.Equal(set, second.want) {
				t.Errorf("after a second of %d edits: set %v, want %v", second.edits, set, second.want)
			}
		}
		stop()
		<-ended
	})
}
