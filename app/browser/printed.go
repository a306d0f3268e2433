package browser

// Printed is what an element shows of a run's output. tandem.terminal draws it; the tree leaves it alone. The fields
// belong to the page's goroutine.
type Printed struct {
	run     string
	written int // bytes
	next    Run
	waiting bool // for the next frame
}

// Show brings the element with an id up to date with a run, in the next frame.
func (p *Printed) Show(id string, r Run) {
	p.next = r
	if p.waiting {
		return
	}
	p.waiting = true
	soon(func() {
		p.waiting = false
		p.write(element(id))
	})
}

func (p *Printed) write(e object) {
	if !e.there() {
		return
	}
	r, total := p.next, 0
	for _, o := range r.Output {
		total += len(o.Text)
	}
	if p.run != r.ID || p.written > total {
		p.run, p.written = r.ID, 0
		seam("terminal").call("clear", e)
	}
	skip := p.written
	for _, o := range r.Output {
		if skip >= len(o.Text) {
			skip -= len(o.Text)
			continue
		}
		seam("terminal").call("write", e, o.Stream, o.Text[skip:])
		skip = 0
	}
	p.written = total
}

// CopyOutput puts what the runs within an element printed on the clipboard and tells done whether it is there.
func CopyOutput(id string, done func(ok bool)) {
	Copy(seam("terminal").call("text", element(id)).str(), done)
}
