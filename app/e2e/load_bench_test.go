package e2e

import (
	"flag"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// How soon the page is there. Each figure is the median of the rounds, in ms after the navigation began.
//
//	paint      the first contentful paint
//	typable    a key press is seen in the editor; keys are pressed from when the page says that one can type: before, each
//	           would take its part of the slow machine
//	connected  the page says so, which it does when the server has welcomed it
//
// The device was in the session before, so no name is asked for; a round fails if a key that was seen did not reach the server.

// An old laptop on a hotel's network: what Chromium's own emulation makes of this machine.
const (
	hotelDown = 10e6    // bits/s
	hotelUp   = 5e6     // bits/s
	hotelRTT  = 40      // ms
	probe     = "z"     // the key; no starter has this letter
	someone   = "Bob"   // whose device it is
	known     = "bench" // the client that was in the session from there
)

// slowdown is 4 for the old laptop, on a machine that is itself a good one: then "loop-ms" is about 150 for each round.
var slowdown = flag.Float64("slowdown", 4, "how many `times` slower the slow machine of the benchmarks is than this one")

// loop is a measure of the machine as it is at this moment, without any slowdown: of its arithmetic, not of its system calls.
const loop = `(() => {
	const sum = (n) => { let x = 0; for (let i = 0; i < n; i++) x = (x + i * 7) | 0; return x }
	const t = performance.now()
	for (let i = 0; i < 3e4; i++) self.x = sum(1e4)
	return performance.now() - t
})()`

// loadProbe notes when things can be seen; it looks once a frame.
const loadProbe = `(() => {
	const at = self.seen = {}
	const look = () => {
		const now = performance.now()
		if (!at.typable && document.querySelector(".view-lines")?.textContent.includes("` + probe + `")) at.typable = now
		if (!at.connected && document.querySelector('[aria-label="Connection"]')?.textContent.startsWith("` + online + `")) at.connected = now
		at.paint ??= performance.getEntriesByName("first-contentful-paint")[0]?.startTime
		at.go ??= performance.getEntriesByName("tandem:go")[0]?.startTime
		requestAnimationFrame(look)
	}
	requestAnimationFrame(look)
})()`

// A loading is what one round measured.
type loading struct{ Paint, Typable, Connected, Go, Loop float64 }

// bench is a server with a session in it, behind a front door.
func bench(b *testing.B) (srv *server, door *frontDoor, id string) {
	b.Helper()
	srv = ownServer(b)
	door = openFrontDoor(b, srv.addr)
	ada := newDevice(b, "Ada", door.addr)
	ada.savesData(false)
	id = ada.create("Python")
	ada.close()
	return srv, door, id
}

// close ends a person's tab, and the browser context that is theirs alone.
func (p *person) close() {
	p.t.Helper()
	if err := chromedp.Cancel(p.ctx); err != nil {
		p.fatal("close the tab: %v", err)
	}
}

// wasIn makes the device one that was in the session before, with nothing else of it there.
func (p *person) wasIn(id string) {
	p.t.Helper()
	p.visit("/robots.txt")
	eval[bool](p, fmt.Sprintf(`localStorage["tandem.name"] = %q, localStorage["tandem.last.%s"] = %q, true`, someone, id, known+id[:8]))
}

// slowed makes machine and network slow.
func (p *person) slowed() {
	p.t.Helper()
	send(p, emulation.SetCPUThrottlingRate, emulation.SetCPUThrottlingRateParams{Rate: *slowdown})
	send(p, network.EmulateNetworkConditionsByRule, network.EmulateNetworkConditionsByRuleParams{
		MatchedNetworkConditions: []*network.Conditions{{Latency: hotelRTT, DownloadThroughput: hotelDown / 8, UploadThroughput: hotelUp / 8}}})
}

// load opens the session and types, then waits until that is seen and the page is connected, if it can be.
func (p *person) load(id string, offline bool) loading {
	p.t.Helper()
	r := send(p, page.Navigate, page.NavigateParams{URL: p.base + "/s/" + id})
	if r.ErrorText != "" {
		p.fatal("open the session: %s", r.ErrorText)
	}
	eval[bool](p, `(async () => {
		while (!self.tandem) await new Promise((done) => setTimeout(done, 10))
		await tandem.editor.ready
		return true
	})()`)
	p.press(probe)
	return eval[loading](p, fmt.Sprintf(`(async () => {
		while (!seen.typable || !seen.connected && !%t) await new Promise((done) => setTimeout(done, 50))
		return seen
	})()`, offline))
}

// BenchmarkLoad is the cold start, and the same build with the editor's script after the Go program, in turns.
func BenchmarkLoad(b *testing.B) {
	for _, place := range []struct {
		name string
		slow bool
	}{{"cold,CPU÷4,10Mbit/s,40ms", true}, {"cold,localhost", false}} {
		b.Run(place.name, func(b *testing.B) {
			srv, door, id := bench(b)
			cold := func(afterGo bool) loading {
				door.late.Store(afterGo)
				p := newDevice(b, someone, door.addr)
				p.savesData(false)
				defer p.close()
				p.wasIn(id)
				send(p, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: loadProbe})
				speed := eval[float64](p, loop)
				if place.slow {
					p.slowed()
				}
				at := p.load(id, false)
				at.Loop = speed
				p.saved()
				if text := lookAt(b, srv, id).Text(); text != p.code() || !strings.Contains(text, probe) {
					b.Errorf("the page shows %q, the server holds %q", p.code(), text)
				}
				p.emptied()
				return at
			}
			var beside, after []loading
			for b.Loop() {
				beside = append(beside, cold(false))
				if place.slow {
					after = append(after, cold(true))
				}
			}
			report(b, beside, "")
			if place.slow {
				report(b, after, "after-go-")
			}
		})
	}
}

// BenchmarkWarm is a later visit: everything comes from the service worker; then the same with no server at all.
func BenchmarkWarm(b *testing.B) {
	_, door, id := bench(b)
	p := open(b, someone, door.addr) // the browser's own profile: only there it keeps compiled code
	p.allow(lostNetwork)
	p.wasIn(id)
	p.visit("/s/" + id)
	p.connected()
	p.keptForLater()
	send(p, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: loadProbe})
	p.load(id, false)
	p.saved()
	b.Run("service-worker", func(b *testing.B) {
		var all []loading
		var bytes int64
		for b.Loop() {
			p.emptied()
			door.assets.Store(0)
			all = append(all, p.load(id, false))
			p.saved()
			bytes = max(bytes, door.assets.Load())
		}
		report(b, all, "")
		b.ReportMetric(float64(bytes), "asset-bytes")
	})
	p.emptied()
	door.close()
	b.Run("offline", func(b *testing.B) {
		var all []loading
		for b.Loop() {
			all = append(all, p.load(id, true))
		}
		report(b, all, "")
	})
}

// emptied takes the letters of the round before out of the text.
func (p *person) emptied() {
	p.t.Helper()
	p.inEditor()
	p.press("Control+a", "Backspace")
	p.saved()
}

// report gives the medians.
func report(b *testing.B, rounds []loading, what string) {
	b.Helper()
	median := func(of func(loading) float64) float64 {
		var all []float64
		for _, r := range rounds {
			all = append(all, of(r))
		}
		slices.Sort(all)
		return all[len(all)/2]
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(median(func(l loading) float64 { return l.Paint }), what+"paint-ms")
	b.ReportMetric(median(func(l loading) float64 { return l.Typable }), what+"typable-ms")
	b.ReportMetric(median(func(l loading) float64 { return l.Go }), what+"go-ms")
	for name, value := range map[string]float64{
		"connected-ms": median(func(l loading) float64 { return l.Connected }),
		"loop-ms":      median(func(l loading) float64 { return l.Loop }),
	} {
		if value > 0 {
			b.ReportMetric(value, what+name)
		}
	}
	if testing.Verbose() {
		for _, r := range rounds {
			b.Logf("%s%+v", what, r)
		}
	}
}
