package e2e

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/page"
)

// weigh lets a test see how much memory the Go program has, and how many JavaScript values it holds.
const weigh = `{
	let made
	Object.defineProperty(self, "Go", {get: () => made, set: (Go) => {
		made = class extends Go { constructor() { super(); self.program = this } }
	}})
	self.weight = () => ({Bytes: program.mem.buffer.byteLength, Refs: program._values.length - program._idPool.length})
	self.MonacoEnvironment = {globalAPI: true}
}`

type weight struct{ Bytes, Refs int }

// collected is the weight on the home page after the program has looked for what it does not need any more: it is made
// to read some megabytes of blanks from a field.
func (p *person) collected() weight {
	p.t.Helper()
	return eval[weight](p, `(async () => {
		document.querySelector("a.brand").click()
		await until(() => document.getElementById("join-link"))
		const field = document.getElementById("join-link")
		field.style.display = "none" // laying out what it holds would take seconds
		for (let i = 0; i < 100; i++) { // in pieces, so that no single one needs more memory
			field.value = " ".repeat(128 << 10)
			field.form.requestSubmit()
			await new Promise(done => setTimeout(done))
		}
		await new Promise(done => setTimeout(done, 100))
		field.value = field.style.display = ""
		return weight()
	})()`)
}

// leastCollected is the weight after several collections: one may leave what was just being let go of.
func (p *person) leastCollected() weight {
	p.t.Helper()
	least := p.collected() // which takes some memory the first time
	for range 4 {
		again := p.collected()
		least = weight{again.Bytes, min(least.Refs, again.Refs)}
	}
	return least
}

func TestNavigationsLeaveNothing(t *testing.T) {
	t.Parallel()
	srv := ownServer(t)
	ada := newDevice(t, "Ada", srv.addr)
	ada.savesData(false) // what runs code comes and goes with each session, too
	send(ada, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: weigh})
	ids := []string{ada.create("Python"), ada.create("JavaScript")}
	eval[bool](ada, `self.until = (cond) => new Promise((done) => {
		const look = () => { cond() ? done() : setTimeout(look, 5) }
		look()
	}), true`)
	// Rounds of two navigations: home, and to a session. Go's heap is at its height after some 200, half a megabyte over what it is
	// after 60, and stays there: of 720 the last 500 added nothing.
	const rounds, settled = 130, 30
	round := func(i int) {
		path := quote("/s/" + ids[i%len(ids)])
		eval[bool](ada, `(async () => {
			document.querySelector("a.brand").click()
			await until(() => document.querySelector(".home a[href$='" + `+path+` + "']"))
			document.querySelector(".home a[href$='" + `+path+` + "']").click()
			await until(() => document.querySelector("[aria-label=Connection]")?.innerText.startsWith("Connected") && tandem.editor.text() !== "")
			return true
		})()`)
	}
	for i := range settled {
		round(i)
	}
	early := ada.leastCollected()
	for i := range rounds - settled {
		round(i)
	}
	late := ada.leastCollected()
	// Some 50 values, now these and now those, wait until their finalizers run: it is once in a while that none does.
	for i := 0; i < 30 && late.Refs*100 > early.Refs*105; i++ {
		round(i)
		late = ada.collected()
	}
	t.Logf("after %d navigations %+v, after %d %+v", 2*settled, early, 2*rounds, late)
	for what, n := range map[string][2]int{"bytes of memory": {early.Bytes, late.Bytes}, "JavaScript values": {early.Refs, late.Refs}} {
		if n[1]*100 > n[0]*105 {
			t.Errorf("%s grew from %d to %d", what, n[0], n[1])
		}
	}
}

// TestLongTyping types TANDEM_KEYS keys (3,000) as fast as the page takes them. A person types 36,000 in two hours.
func TestLongTyping(t *testing.T) {
	t.Parallel()
	keys := 3_000
	if n, err := strconv.Atoi(os.Getenv("TANDEM_KEYS")); err == nil {
		keys = n
	}
	ada := newDevice(t, "Ada", rig.server.addr)
	send(ada, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: weigh})
	id := ada.create("Python")
	ada.replaceAll("\n")
	ada.size(400, 300) // less to paint
	// Lines of code with typos that are taken back; from 300 lines on, the first ones go.
	eval[bool](ada, `self.typeKeys = async (from, to) => {
		const [editor] = monaco.editor.getEditors(), line = "if total > limit: return [x for x in items if x.price]  # line "
		const command = (id) => editor.trigger("keyboard", id, {})
		const type = (text) => editor.trigger("keyboard", "type", {text})
		for (let i = from; i < to; i++) {
			const at = i % (line.length + 6)
			if (at < line.length) type(line[at])
			else if (at === line.length + 2) command("deleteLeft")
			else if (at === line.length + 5) type("\n")
			else type(String(i % 10))
			if (editor.getModel().getLineCount() > 300) editor.executeEdits("test", [{range: new monaco.Range(1, 1, 100, 1), text: ""}])
			if (i % 5 === 4) await new Promise(done => setTimeout(done))
		}
		return weight()
	}, true`)
	ada.atEnd()
	const part = 500
	var all []int
	for from := 0; from < keys; from += part {
		w := eval[weight](ada, fmt.Sprintf("typeKeys(%d, %d)", from, min(from+part, keys)))
		all = append(all, w.Bytes>>20)
	}
	t.Logf("%d keys; MB of memory after each %d: %v", keys, part, all)
	first, last := all[0], all[len(all)-1]
	if hours := first + (last-first)*36_000/keys; slices.Max(all) >= 64 || hours >= 64 {
		t.Errorf("the program took %d MB, and would take %d MB in two hours", slices.Max(all), hours)
	}
	if text := settle(t, id, ada); strings.Count(text, "\n") < min(keys/70, 190) {
		t.Errorf("%d keys left %s", keys, clip(text))
	}
}
