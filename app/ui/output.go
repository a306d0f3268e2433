package ui

import (
	"strconv"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"tandem/app/browser"
)

// output is the panel with what the runs printed.
type output struct {
	app.Compo
	Live  *browser.Live
	Pad   bool // nobody else sees it
	Runs  []browser.Run
	Mine  string
	Needs bool
	Calm  bool

	hidden  string // the last of the runs that were cleared from one's own view
	own     string // the own run whose start was seen
	copied  bool
	giving  bool // the field for input in advance is shown
	waiting bool // something stands in it
}

const (
	logID   = "output"
	givenID = "given"

	maxGiven = 32 << 10 // UTF-16 units of input in advance
)

func (o *output) OnMount(ctx app.Context) {
	defer browser.Recover()
	browser.Follow(logID)
}

// OnUpdate turns to the own run when it starts.
func (o *output) OnUpdate(ctx app.Context) {
	defer browser.Recover()
	if o.Mine != o.own && o.Mine != "" {
		browser.ScrollToEnd(logID)
	}
	o.own = o.Mine
}

func (o *output) shown() []browser.Run {
	for i, r := range o.Runs {
		if r.ID == o.hidden {
			return o.Runs[i+1:]
		}
	}
	return o.Runs // it is so long ago that it is forgotten
}

func (o *output) Render() app.UI {
	runs := o.shown()
	return app.Section().Class("panel").Body(
		app.Div().Class("tabs").Body(
			app.H2().Class("tab on").Text("Output"),
			app.Span().Class("gap"),
			app.Button().ID("give").Class("btn ghost small").Type("button").Aria("label", "Input for your next runs").Aria("expanded", o.giving).
				Aria("controls", "given-at").Title("Give your next runs their input in advance").Text(map[bool]string{false: "Input", true: "Input •"}[o.waiting]).
				OnClick(o.onGive),
			app.Button().Class("btn ghost small").Type("button").Aria("label", "Copy the output").
				Text(map[bool]string{false: "Copy", true: "Copied ✓"}[o.copied]).Hidden(len(runs) == 0).OnClick(o.onCopy),
			app.Button().Class("btn ghost small").Type("button").Aria("label", "Clear your view of the output").Text("Clear").
				Hidden(len(runs) == 0).OnClick(o.onClear),
		),
		app.Div().ID(logID).Class("out").Role("log").Aria("label", "Output").TabIndex(0).Body(
			app.Div().Body(app.Range(runs).Slice(func(i int) app.UI {
				r := runs[i]
				return &runView{Live: o.Live, Run: r, Waits: r.ID == o.Mine && o.Needs}
			})),
			app.Div().Body(o.empty(len(runs) == 0)),
		),
		app.Div().ID("given-at").Class("given").Hidden(!o.giving).Body(
			app.Label().Class("dim").For(givenID).Text("Input for your next runs, as they would read it. Empty: they ask for each line."),
			app.Textarea().ID(givenID).Rows(3).MaxLength(maxGiven).Spellcheck(false).Attr("autocomplete", "off").Attr("autocapitalize", "off").
				On("input", o.onGiven).OnKeyDown(o.onGivenKey),
		),
		app.Div().Body(app.If(o.asked() != "", func() app.UI {
			return &stdin{Live: o.Live, Run: o.asked(), Mine: o.asked() == o.Mine, Focus: o.Calm}
		})),
	)
}

func (o *output) empty(none bool) app.UI {
	text := "Nothing has run yet. Press Run, and the code runs in this browser."
	if !o.Pad {
		text = "Nothing has run yet. Whoever presses Run runs the code in their own browser; everyone sees the output here."
	}
	return app.P().Class("empty").Hidden(!none || o.Mine != "").Text(text)
}

// asked is the run that a line of input would go to: the own one that waits, else somebody else's that goes on.
func (o *output) asked() string {
	if o.Mine != "" {
		if o.Needs {
			return o.Mine
		}
		return ""
	}
	for i := len(o.Runs) - 1; i >= 0; i-- {
		if r := o.Runs[i]; r.End == nil && !r.You {
			return r.ID
		}
	}
	return ""
}

func (o *output) onClear(ctx app.Context, e app.Event) {
	defer browser.Recover()
	if n := len(o.Runs); n > 0 {
		o.hidden = o.Runs[n-1].ID
	}
	o.Live.ClearMarks()
	o.Live.FocusEditor()
}

func (o *output) onCopy(ctx app.Context, e app.Event) {
	defer browser.Recover()
	browser.CopyOutput(logID, func(ok bool) {
		ctx.Dispatch(func(ctx app.Context) {
			defer browser.Recover()
			o.copied = ok
			ctx.After(copiedTime, func(app.Context) { o.copied = false })
		})
	})
}

func (o *output) onGive(ctx app.Context, e app.Event) {
	defer browser.Recover()
	if o.giving = !o.giving; o.giving {
		browser.Focus(givenID)
	}
}

// onGivenKey closes the field by Escape; what stands in it stays.
func (o *output) onGivenKey(ctx app.Context, e app.Event) {
	defer browser.Recover()
	if escape(e) {
		o.giving = false
		browser.Focus("give")
	}
}

func (o *output) onGiven(ctx app.Context, e app.Event) {
	defer browser.Recover()
	text := browser.Value(givenID)
	o.waiting = text != ""
	o.Live.Give(text)
}

// runView is one run.
type runView struct {
	app.Compo
	Live  *browser.Live
	Run   browser.Run
	Waits bool

	printed browser.Printed
}

func (r *runView) OnMount(ctx app.Context)  { r.print() }
func (r *runView) OnUpdate(ctx app.Context) { r.print() }

// print shows what is new; the tree has no part in it.
func (r *runView) print() {
	defer browser.Recover()
	r.printed.Show(r.logID(), r.Run)
}

func (r *runView) logID() string { return "out-" + r.Run.ID }

func (r *runView) Render() app.UI {
	text, bad := remark(r.Run)
	line, _, marked := place(r.Run)
	class := "note"
	if bad {
		class = "err"
	}
	return app.Article().Class("run").Aria("label", who(r.Run)+" "+ran(r.Run, r.Waits)).Body(
		app.Div().Class("runhead").Body(
			app.Span().Body(
				app.Span().Class("who p"+strconv.Itoa(r.Run.Author.Color)).Text(who(r.Run)),
				app.Text(" "+ran(r.Run, r.Waits)),
			),
			app.Span().Body(app.If(r.Run.End == nil && !r.Run.You, func() app.UI {
				return app.Button().Class("btn ghost danger small").Type("button").Aria("label", "Stop the run of "+r.Run.Author.Name).
					Text("Stop").OnClick(r.onStop)
			})),
			app.Span().Body(app.If(marked, func() app.UI {
				return app.Button().Class("btn ghost small").Type("button").Title("Show the line in the editor").
					Text("Line " + strconv.Itoa(line)).OnClick(r.onLine)
			})),
		),
		app.Div().Class("note").Hidden(!r.Run.Trimmed).Text("Earlier output is no longer shown."),
		app.Pre().ID(r.logID()),
		app.Div().Class(class).Hidden(text == "").Text(text),
	)
}

func (r *runView) onStop(ctx app.Context, e app.Event) {
	defer browser.Recover()
	r.Live.Stop(r.Run.ID)
}

func (r *runView) onLine(ctx app.Context, e app.Event) {
	defer browser.Recover()
	if line, column, ok := place(r.Run); ok {
		r.Live.Reveal(line, column)
	}
}

// stdin takes a line of input for a run.
type stdin struct {
	app.Compo
	Live *browser.Live
	Run  string
	Mine bool
	// Focus moves the keyboard here, once.
	Focus bool

	taken bool
}

func (s *stdin) OnMount(ctx app.Context)  { s.take() }
func (s *stdin) OnUpdate(ctx app.Context) { s.take() }

func (s *stdin) take() {
	defer browser.Recover()
	if s.Focus && !s.taken {
		browser.Focus("stdin")
	}
	s.taken = s.Focus
}

func (s *stdin) Render() app.UI {
	hint := "Type a line, press Enter"
	if !s.Mine {
		hint = "Type a line for this run, press Enter"
	}
	return app.Form().Class("stdin").OnSubmit(s.onLine).Body(
		app.Label().Class("dim").For("stdin").Text("stdin ›"),
		app.Input().ID("stdin").Type("text").Placeholder(hint).Aria("label", "Input for the program").Attr("autocomplete", "off").Spellcheck(false).
			Attr("autocapitalize", "off"),
	)
}

func (s *stdin) onLine(ctx app.Context, e app.Event) {
	e.PreventDefault()
	defer browser.Recover()
	s.Live.Input(s.Run, browser.Value("stdin"))
	browser.Clear("stdin")
}
