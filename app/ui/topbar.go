package ui

import (
	"slices"
	"strconv"
	"strings"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"tandem/app/browser"
	"tandem/shared/session"
)

// topBar is the session's header.
type topBar struct {
	app.Compo
	Live       *browser.Live
	Title      string
	Language   string
	Pad        bool // of the practice pad: nobody else is here
	In         bool // joined: there is something to operate
	Owner      bool // may set the title
	Mine       string
	Running    string // the run that Stop stops
	RunnerName string
	Stoppable  bool
	RunMS      int // milliseconds that a run may be at work
	People     []browser.Person
	Theme      string
	Copied     bool
	Install    bool
	Page       *Session

	menu bool
	sure bool // to delete the session: that entry was chosen once
	held bool // the keyboard may be with what goes when the run ends: the Stop button, the line of input
}

func (b *topBar) OnMount(ctx app.Context)  { b.fill() }
func (b *topBar) OnUpdate(ctx app.Context) { ctx.Defer(func(app.Context) { b.fill() }) }

// fill puts the values into the fields, which the tree can't empty. What can be chosen is the page's by now, and not what it was
// when it was drawn: or a list would jump back under whoever goes through it by keys.
func (b *topBar) fill() {
	defer browser.Recover()
	v := &b.Page.view
	browser.SetValue("title", b.Title)
	if v.Language != "" {
		browser.SetValue("language", v.Language)
	}
	browser.SetValue("run-limit", strconv.Itoa(v.RunMS/1000))
	switch {
	case b.Stoppable:
		b.held = b.held || b.Mine != ""
	case b.held:
		b.held = false
		browser.FocusIfLost("run")
	}
}

func (b *topBar) Render() app.UI {
	return app.Header().Body(
		brand(),
		app.H1().Class("hide").Text(b.heading()),
		app.Span().Class("sep"),
		app.Input().ID("title").Class("title").Type("text").Aria("label", "Session title").Placeholder(map[bool]string{true: untitled}[b.In]).
			MaxLength(session.MaxTitle).Title(b.Title).ReadOnly(!b.Owner).Spellcheck(false).Attr("autocomplete", "off").
			OnChange(b.onTitle).OnKeyDown(b.onTitleKey),
		app.Select().ID("language").Class("btn").Aria("label", "Language").Disabled(!b.In).OnChange(b.onLanguage).Body(
			app.Range(session.Languages).Slice(func(i int) app.UI {
				l := session.Languages[i]
				return app.Option().Value(l.ID).Text(l.Label)
			}),
		),
		b.runButton(),
		app.Span().Class("stop-at").Body(app.If(b.Stoppable, func() app.UI { return b.stopButton() })),
		app.Span().Class("gap"),
		app.Div().Class("others").Body(app.If(b.Pad, func() app.UI {
			return app.A().Class("btn").Href(newSession).Text("New session")
		}).Else(func() app.UI { return b.others() })),
		b.more(),
	)
}

// heading names the page. Before one is in, nobody knows whether the session has a title.
func (b *topBar) heading() string {
	if !b.In && b.Title == "" {
		return "Tandem"
	}
	return titleOf(b.Title)
}

// others is who is here, since when, and how more come.
func (b *topBar) others() app.UI {
	return app.Div().Class("others").Body(
		app.Span().ID("timer").Class("timer").Title("Time since the session began").Role("timer").Aria("label", "Time since the session began"),
		app.Span().Class("sep"),
		&peopleList{List: b.People},
		app.Button().Class("btn primary copy-link").Type("button").Aria("label", "Copy link").Disabled(!b.In).OnClick(b.Page.onCopy).
			Text(map[bool]string{false: "Copy link", true: "Copied ✓"}[b.Copied]),
	)
}

func (b *topBar) runButton() app.UI {
	keys, title := "Ctrl ↵", "Run the code (Ctrl+Enter)"
	if browser.Apple() {
		keys, title = "⌘↵", "Run the code (⌘ Enter)"
	}
	return app.Button().ID("run").Class("btn run").Type("button").Title(title).
		Aria("disabled", !b.In || b.Mine != "").OnClick(b.onRun).Body(
		iconRun(), app.Text("Run"), app.Elem("kbd").Aria("hidden", "true").Text(keys))
}

func (b *topBar) stopButton() app.UI {
	title := "Stop your run"
	if b.Mine == "" {
		title = "Stop the run of " + b.RunnerName
	}
	return app.Button().ID("stop").Class("btn danger").Type("button").Aria("label", "Stop").Title(title).OnFocus(b.onStopFocus).OnClick(b.onStop).
		Body(iconStop(), app.Text("Stop"))
}

func (b *topBar) more() app.UI {
	return app.Div().ID("menu-at").Class("menu-at").TabIndex(-1).OnKeyDown(b.onMenuKey).On("focusout", b.onMenuLeft).Body(
		app.Button().ID("more").Class("btn ghost icon").Type("button").Aria("label", "More").Aria("expanded", b.menu).Aria("controls", "menu").
			OnClick(b.onMore).Body(iconMore()),
		app.Div().ID("menu").Class("menu").Hidden(!b.menu).Body(
			app.Button().Class("menu-item").Type("button").Text(themeLabel(b.Theme)).OnClick(b.Page.onTheme),
			app.Button().Class("menu-item").Type("button").Text("Save the code as a file").OnClick(b.onSave),
			b.limit(),
			app.Button().Class("menu-item").Type("button").Text("Install Tandem").Hidden(!b.Install).OnClick(b.onInstall),
			app.A().Class("menu-item").Href("/").
				Text(map[bool]string{false: "Leave the session", true: "To the first page"}[b.Pad]),
			app.Button().Class("menu-item danger").Type("button").Text(map[bool]string{false: "Delete the session", true: reallyDelete}[b.sure]).
				Hidden(!b.Owner || b.Pad).OnClick(b.onDelete),
		),
	)
}

// runLimits are the times that an interviewer may choose from, in seconds.
var runLimits = []int{5, 10, 30, 60, 300}

// limit chooses how long a run may work; without the interviewer's key one only reads it.
func (b *topBar) limit() app.UI {
	seconds := b.RunMS / 1000
	all := runLimits
	if !slices.Contains(all, seconds) { // what the server's administrator chose
		all = slices.Insert(slices.Clone(all), 0, seconds)
		slices.Sort(all)
	}
	return app.Label().Class("menu-item choice").Title("Waiting for input doesn't count").Body(
		app.Span().Text("Time limit of a run"),
		app.Select().ID("run-limit").Class("btn small").Aria("label", "Time limit of a run").Disabled(!b.Owner).OnChange(b.onLimit).Body(
			app.Range(all).Slice(func(i int) app.UI {
				return app.Option().Value(strconv.Itoa(all[i])).Text(limitText(all[i])).Selected(all[i] == seconds)
			}),
		),
	)
}

func limitText(seconds int) string {
	if seconds >= 60 && seconds%60 == 0 {
		return strconv.Itoa(seconds/60) + " min"
	}
	return strconv.Itoa(seconds) + " s"
}

func (b *topBar) onLimit(ctx app.Context, e app.Event) {
	defer browser.Recover()
	if seconds, err := strconv.Atoi(browser.Chosen("run-limit")); err == nil {
		b.Page.setRunLimit(seconds * 1000)
	}
}

func (b *topBar) onTitle(ctx app.Context, e app.Event) {
	defer browser.Recover()
	if b.Owner {
		b.Live.SetTitle(browser.Value("title"))
	}
}

// onTitleKey ends the editing of the title: Enter takes it, Escape brings the old one back.
func (b *topBar) onTitleKey(ctx app.Context, e app.Event) {
	defer browser.Recover()
	switch {
	case escape(e):
		browser.Blur("title")
		browser.SetValue("title", b.Title)
		b.Live.FocusEditor()
	case e.Get("key").String() == "Enter" && !e.Get("isComposing").Bool():
		e.PreventDefault() // or the key would go to the editor, which has the focus by then
		browser.Blur("title")
		b.Live.FocusEditor()
	}
}

func (b *topBar) onLanguage(ctx app.Context, e app.Event) {
	defer browser.Recover()
	b.Page.setLanguage(ctx, browser.Chosen("language"))
}

func (b *topBar) onRun(ctx app.Context, e app.Event) {
	defer browser.Recover()
	b.Live.Run()
}

func (b *topBar) onStop(ctx app.Context, e app.Event) {
	defer browser.Recover()
	if b.Mine != "" {
		b.Live.Stop(b.Mine)
	} else if b.Running != "" {
		b.Live.Stop(b.Running)
	}
}

func (b *topBar) onStopFocus(ctx app.Context, e app.Event) { b.held = true }

func (b *topBar) onMore(ctx app.Context, e app.Event) {
	defer browser.Recover()
	b.menu, b.sure = !b.menu, false
}

func (b *topBar) onMenuKey(ctx app.Context, e app.Event) {
	defer browser.Recover()
	if b.menu && escape(e) {
		b.closeMenu()
	}
}

// closeMenu gives the keyboard back to the button, or it would be lost with the entry that had it.
func (b *topBar) closeMenu() {
	b.menu, b.sure = false, false
	browser.Focus("more")
}

// onMenuLeft closes the menu when the keyboard, or a click, goes elsewhere.
func (b *topBar) onMenuLeft(ctx app.Context, e app.Event) {
	defer browser.Recover()
	browser.WhenLeft("menu-at", func() {
		ctx.Dispatch(func(app.Context) { b.menu, b.sure = false, false })
	})
}

// reallyDelete is what the entry asks before it does it.
const reallyDelete = "Delete it for everybody?"

func (b *topBar) onDelete(ctx app.Context, e app.Event) {
	defer browser.Recover()
	switch {
	case !b.sure:
		b.sure = true
		return
	case e.Get("detail").Int() > 1: // the rest of a double click answers no question
		return
	}
	b.closeMenu()
	b.Page.deleting = true
	b.Live.Delete(func(ok bool) {
		ctx.Dispatch(func(ctx app.Context) {
			defer browser.Recover()
			b.Page.deleting = false
			if ok {
				ctx.Navigate("/")
				return
			}
			b.Page.notify(ctx, "The session was not deleted: the server can't do it just now.", "warn")
			b.Page.show(ctx)
		})
	})
}

func (b *topBar) onInstall(ctx app.Context, e app.Event) {
	defer browser.Recover()
	b.closeMenu()
	ctx.ShowAppInstallPrompt()
}

func (b *topBar) onSave(ctx app.Context, e app.Event) {
	defer browser.Recover()
	b.closeMenu()
	b.Live.Text(func(text string) { browser.Download(fileName(b.Language), text) })
}

// peopleList shows who is here, you first, and who left, faded. Of many who are here the last are only counted.
type peopleList struct {
	app.Compo
	List []browser.Person
}

// maxFaces is how many people the header shows: as many as it has room for on a phone.
const maxFaces = 4

func (p *peopleList) Render() app.UI {
	faces, rest := facesOf(p.List)
	return app.Ul().Class("people").Aria("label", "People").Body(
		app.Range(faces).Slice(func(i int) app.UI {
			q := faces[i]
			return app.Li().Class("avatar p"+strconv.Itoa(q.Color), map[bool]string{false: "away"}[q.Here || q.You]).Body(
				app.Span().Aria("hidden", "true").Title(describe(q)).Text(initials(q.Name)),
				app.Span().Class("hide").Text(describe(q)),
				app.Span().Class("dot").Aria("hidden", "true"),
			)
		}),
		app.If(len(rest) > 0, func() app.UI {
			more := strconv.Itoa(len(rest))
			names := more + " more: " + strings.Join(rest, ", ")
			return app.Li().Class("avatar").Title(names).Body(
				app.Span().Aria("hidden", "true").Text("+"+more),
				app.Span().Class("hide").Text(names),
			)
		}),
	)
}

// facesOf picks who is shown and names the others who are here. Who left has what room there is, and only under a name that
// is not shown: whoever comes back by another tab is another person to the server.
func facesOf(all []browser.Person) (faces []browser.Person, rest []string) {
	for _, q := range all {
		if q.Here || q.You {
			faces = append(faces, q)
		}
	}
	if len(faces) > maxFaces {
		for _, q := range faces[maxFaces-1:] {
			rest = append(rest, q.Name)
		}
		return faces[:maxFaces-1], rest
	}
	for _, q := range all {
		shown := slices.ContainsFunc(faces, func(f browser.Person) bool { return f.Name == q.Name })
		if !shown && len(faces) < maxFaces {
			faces = append(faces, q)
		}
	}
	return faces, nil
}
