package e2e

import (
	"slices"
	"testing"

	"github.com/chromedp/cdproto/page"
)

// stopwatch measures what the Go program takes of each key press and of each remote edit: the time within its callbacks,
// less what they spend in the editor themselves. What the browser takes to send a frame is told apart.
const stopwatch = `(() => {
	const w = self.watch = { keys: 0, remote: 0, editor: 0, send: 0 }
	const timed = (f, what) => (...a) => { const t = performance.now(); try { return f(...a) } finally { w[what] += performance.now() - t } }
	let tandem
	Object.defineProperty(self, "tandem", { get: () => tandem, set(v) {
		tandem = v
		v.editor.ready.then(() => {
			const { adopt, apply, setPeers } = v.editor
			v.editor.apply = timed(apply, "editor")
			v.editor.setPeers = timed(setPeers, "editor")
			v.editor.adopt = (host, cb) => {
				for (const name of ["edit", "select"]) cb[name] = timed(cb[name], "keys")
				return adopt(host, cb)
			}
		})
		let socket
		Object.defineProperty(v, "socket", { get: () => socket, set(s) {
			socket = { ...s, open: (url, protocol, cb) => {
				const opened = s.open(url, protocol, { ...cb, message: timed(cb.message, "remote") })
				return { ...opened, send: timed(opened.send, "send") }
			} }
		} })
	} })
})()`

// BenchmarkShare is what a key press and a remote edit cost in Go. A remote edit's includes the cursor that comes with it.
func BenchmarkShare(b *testing.B) {
	const keys = 200
	_, door, id := bench(b)
	ada, bob := newDevice(b, "Ada", door.addr), newDevice(b, "Bob", door.addr)
	ada.savesData(false)
	bob.savesData(false)
	send(ada, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: stopwatch})
	ada.join(id)
	bob.join(id)
	ada.atEnd()
	bob.atStart()
	var own, sends, remote []float64
	for b.Loop() {
		eval[bool](ada, "(watch.keys = watch.send = 0, true)")
		for range keys {
			ada.press("x")
		}
		own = append(own, eval[float64](ada, "watch.keys")/keys)
		sends = append(sends, eval[float64](ada, "watch.send")/keys)
		ada.saved()
		until(b, patience, "Bob has it", func() bool { return bob.code() == ada.code() })
		eval[bool](ada, "(watch.remote = watch.editor = 0, true)")
		for range keys {
			bob.press("y")
		}
		until(b, patience, "Ada has it", func() bool { return bob.code() == ada.code() })
		remote = append(remote, eval[float64](ada, "watch.remote - watch.editor")/keys)
		bob.emptied()
		until(b, patience, "Ada has nothing", func() bool { return ada.code() == "" })
	}
	for _, all := range [][]float64{own, sends, remote} {
		slices.Sort(all)
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(own[len(own)/2], "key-ms")
	b.ReportMetric(sends[len(sends)/2], "of-it-sending-ms")
	b.ReportMetric(remote[len(remote)/2], "remote-edit-ms")
}
