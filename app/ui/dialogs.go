package ui

import (
	"time"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"tandem/app/browser"
	"tandem/shared/session"
)

// nameDialog asks a guest for a name.
type nameDialog struct {
	app.Compo
	Live *browser.Live

	name    string
	problem string
	hasty   time.Time // until then Enter was meant for the editor
}

const (
	pause    = time.Second            // without a key in the editor: then the keyboard may be moved
	hesitate = 500 * time.Millisecond // after that move, for whoever goes on typing
	recently = 5 * time.Second        // whoever typed then may go on
)

func (d *nameDialog) OnMount(ctx app.Context) {
	defer browser.Recover()
	d.name = browser.Name()
	if browser.SinceKey() < recently {
		d.hasty = time.Now().Add(hesitate)
	}
	browser.Focus("join-name")
}

func (d *nameDialog) Render() app.UI {
	return app.Div().Class("backdrop").Body(
		app.Div().Class("dialog").Role("dialog").Aria("modal", "true").Aria("labelledby", "join-heading").Aria("describedby", "join-text").OnKeyDown(d.onEscape).Body(app.Form().OnSubmit(d.onJoin).Body(
			app.H2().ID("join-heading").Text("Join the session"),
			app.P().ID("join-text").Text("The others see this name beside your cursor."),
			app.Div().Class("row").Body(
				app.Label().For("join-name").Text("Your name"),
				app.Input().ID("join-name").Class("field").Type("text").Value(d.name).MaxLength(session.MaxName).Attr("autocomplete", "name").
					Spellcheck(false).Aria("invalid", d.problem != "").Aria("describedby", "join-missing").OnKeyDown(d.onKey),
				app.P().ID("join-missing").Class("problem").Role("alert").Hidden(d.problem == "").Text(d.problem),
			),
			app.Div().Class("actions").Body(
				app.A().Class("btn ghost").Href("/").Text("Not now"),
				app.Button().Class("btn primary").Type("submit").Text("Join session"),
			),
		)),
	)
}

// onKey drops the Enter of a line that was begun in the editor: it would join under that line's name.
func (d *nameDialog) onKey(ctx app.Context, e app.Event) {
	defer browser.Recover()
	if e.Get("key").String() == "Enter" && time.Now().Before(d.hasty) {
		e.PreventDefault()
	}
}

// onEscape is "Not now", unless it was meant for the editor.
func (d *nameDialog) onEscape(ctx app.Context, e app.Event) {
	defer browser.Recover()
	if escape(e) && !time.Now().Before(d.hasty) {
		ctx.Navigate("/")
	}
}

func (d *nameDialog) onJoin(ctx app.Context, e app.Event) {
	e.PreventDefault()
	defer browser.Recover()
	name := browser.Value("join-name")
	if !named(name) {
		d.problem = "Type a name, so that the others know who is here."
		browser.Focus("join-name")
		return
	}
	d.Live.Join(name)
}

// message is a page that only says something, kindly, and shows the way on.
type message struct {
	app.Compo
	Code     int
	Text     string
	Live     *browser.Live
	Rescue   bool // there is text that is on this page only
	Language string
}

func (m *message) Render() app.UI {
	heading, action, label := ending(m.Code)
	if m.Code == session.CloseNoSession && m.Rescue {
		heading = "This session is over" // for whoever was in it
	}
	again, anew := "btn", "btn primary"
	if action != "" { // it leads back into the session, so it is what stands out
		again, anew = anew, again
	}
	return app.Div().Class("page plain-page").Body(
		app.Main().ID("message").TabIndex(-1).Body(
			app.H1().Text(heading),
			app.P().Text(m.Text),
			app.Div().Class("actions").Body(
				app.Button().Class(again).Type("button").Hidden(action == "").Text(label).OnClick(m.onReload),
				app.Button().Class("btn").Type("button").Hidden(!m.Rescue).Text("Save the code as a file").OnClick(m.onSave),
				app.A().Class(anew).Href("/").Text("Create a new session"),
			),
		),
	)
}

func (m *message) onReload(ctx app.Context, e app.Event) {
	defer browser.Recover()
	browser.Reload()
}

// noPage is the code of a message for an address where there is nothing.
const noPage = 404

func (m *message) onSave(ctx app.Context, e app.Event) {
	defer browser.Recover()
	m.Live.Rescue(func(text string) { browser.Download(fileName(m.Language), text) })
}

// ending words the end of a session by its close code: a heading, and what a reload would do, if it helps.
func ending(code int) (heading, action, label string) {
	switch code {
	case noPage:
		return "There is nothing here", "", ""
	case session.CloseNoSession:
		return "This session can’t be found", "", ""
	case session.CloseLimit:
		return "There is no room right now", "reload", "Try again"
	case session.CloseVersion:
		return "Tandem has been updated", "reload", "Reload"
	case session.CloseReplaced:
		return "You are in this session elsewhere", "reload", "Use it here"
	case session.CloseBadFrame:
		return "Something went wrong", "reload", "Reload"
	case session.CloseNotAllowed:
		return "You can’t join this session", "", ""
	}
	return "You left the session", "reload", "Come back"
}
