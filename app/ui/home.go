package ui

import (
	"time"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"tandem/app/browser"
	"tandem/shared/session"
)

// Home is the first page: create a session, join one, go back to one.
type Home struct {
	app.Compo

	name     string
	language string
	recent   []browser.Recent
	live     *browser.Live // being created
	problem  string        // with creating
	unjoined string        // what is wrong with the pasted link
	install  bool
	update   bool // a newer version is on this device
	offline  bool // the server can't be reached
	looks    int  // for a server; the latest one counts, and is the only one that goes on
	theme    string
	release  func() // of the page's events
}

func (h *Home) OnMount(ctx app.Context) {
	defer browser.Recover()
	h.name, h.recent, h.theme = browser.Name(), browser.Recents(), browser.Theme()
	h.language = session.Languages[0].ID
	h.install, h.update = ctx.IsAppInstallable(), ctx.AppUpdateAvailable()
	app.TryUpdate() // also after a session, which may have lasted longer than the version
	ctx.Page().SetTitle("Tandem — live coding interviews")
	h.reach(ctx)
	network := browser.OnNetwork(func() { ctx.Dispatch(h.reach) })
	colours := browser.OnTheme(func(theme string) { ctx.Dispatch(func(app.Context) { h.theme = theme }) })
	h.release = func() { network(); colours() }
	switch {
	case h.name == "":
		browser.Focus("your-name")
	case cameBack:
		browser.FocusIfLost("home-heading") // the keyboard was in the session, and what is here is to be read out
	}
}

// cameBack tells that this page has shown a session before.
var cameBack bool

// newSession is the address at which Enter starts a session, once the name is known.
const newSession = "/?new"

func (h *Home) OnNav(ctx app.Context) {
	defer browser.Recover()
	if ctx.Page().URL().Query().Has("new") && browser.Name() != "" {
		browser.Focus("create")
	}
}

func (h *Home) OnAppUpdate(ctx app.Context)        { h.update = ctx.AppUpdateAvailable() }
func (h *Home) OnAppInstallChange(ctx app.Context) { h.install = ctx.IsAppInstallable() }

// reach asks whether there is a server, and again while there is none.
func (h *Home) reach(ctx app.Context) {
	defer browser.Recover()
	h.looks++
	look := h.looks
	browser.Reach(func(ok bool) {
		ctx.Dispatch(func(ctx app.Context) {
			defer browser.Recover()
			if look != h.looks {
				return
			}
			if h.offline = !ok; h.offline {
				ctx.After(askAgain, func(ctx app.Context) {
					defer browser.Recover()
					if look == h.looks {
						h.reach(ctx)
					}
				})
			}
		})
	})
}

func (h *Home) OnDismount() {
	defer browser.Recover()
	if h.release != nil {
		h.release()
	}
	if h.live != nil {
		h.live.Watch(nil)
		h.live.Close()
	}
}

func (h *Home) Render() app.UI {
	return app.Div().Class("page home").Body(
		h.nav(),
		app.Main().Body(
			app.Div().Body(
				&banners{Offline: h.offlineText(), Update: h.update},
				app.H1().ID("home-heading").TabIndex(-1).Text("Live coding interviews, side by side."),
				app.P().Class("lead").Text("Share one link. Write in the same editor and run the code in the browser, with nothing to install."),
				app.Ul().Class("facts").Body(
					fact("Nobody’s typing is lost.", "Edits merge as you type, and survive a dropped connection."),
					fact("Runs in the browser, sandboxed.", "Python, JavaScript, TypeScript, Go and SQL, with no server that executes code."),
					fact("Yours.", "One binary, no accounts, works offline once loaded."),
				),
			),
			app.Div().Class("card").Body(h.createForm(), app.Div().Class("or").Text("or join one"), h.joinForm()),
		),
		app.Section().Class("recent").Aria("label", "Sessions on this device").Body(
			app.If(len(h.recent) > 0, func() app.UI { return &recents{List: h.recent, Now: time.Now().UnixMilli(), Home: h} }),
		),
	)
}

func (h *Home) offlineText() string {
	if !h.offline {
		return ""
	}
	return "You are offline. The practice pad and the sessions that you opened on this device still open; a new session needs the server."
}

func (h *Home) nav() app.UI {
	return app.Nav().Aria("label", "Tandem").Body(
		brand(),
		app.Span().Class("gap"),
		app.A().Href(padPath).Text(padTitle),
		app.Span().Body(app.If(h.install, func() app.UI {
			return app.Button().Class("btn ghost").Type("button").Text("Install").OnClick(h.onInstall)
		})),
		themeButton(h.theme, h.onTheme),
	)
}

func fact(bold, rest string) app.UI {
	return app.Li().Body(
		app.Span().Class("tick").Aria("hidden", "true").Text("✓"),
		app.Span().Body(app.B().Text(bold), app.Text(" "), app.Span().Class("dim").Text(rest)),
	)
}

func (h *Home) createForm() app.UI {
	busy := h.live != nil
	return app.Form().Class("create").OnSubmit(h.onCreate).Body(
		app.Div().Class("row").Body(
			app.Label().For("your-name").Text("Your name"),
			app.Input().ID("your-name").Class("field").Type("text").Value(h.name).MaxLength(session.MaxName).
				Attr("autocomplete", "name").Spellcheck(false).Aria("invalid", h.problem != "" && h.name == "").Aria("describedby", "create-problem"),
		),
		app.Div().Class("row").Body(
			app.Div().Class("legend").ID("start-in").Text("Start in"),
			app.Div().Class("lang").Role("radiogroup").Aria("labelledby", "start-in").Body(
				app.Range(session.Languages).Slice(func(i int) app.UI {
					l := session.Languages[i]
					return app.Label().Body(
						app.Input().Type("radio").Name("language").Value(l.ID).Checked(l.ID == h.language).OnChange(h.pick(l.ID), app.EventScope(l.ID)),
						app.Span().Text(l.Label),
					)
				}),
			),
		),
		app.Button().ID("create").Class("btn primary wide").Type("submit").Aria("disabled", busy).Aria("label", "Create session").
			Text(map[bool]string{false: "Create session", true: "Creating…"}[busy]),
		app.P().ID("create-problem").Class("problem").Role("alert").Hidden(h.problem == "").Text(h.problem),
	)
}

func (h *Home) joinForm() app.UI {
	return app.Form().Class("join-form").OnSubmit(h.onJoin).Body(
		app.Div().Class("join").Body(
			app.Input().ID("join-link").Class("field").Type("text").Aria("label", "Session link or ID").Placeholder("Paste a link or an ID").
				Attr("autocomplete", "off").Spellcheck(false).Aria("invalid", h.unjoined != "").Aria("describedby", "join-problem"),
			app.Button().Class("btn").Type("submit").Text("Join"),
		),
		app.P().ID("join-problem").Class("problem").Role("alert").Hidden(h.unjoined == "").Text(h.unjoined),
	)
}

func (h *Home) pick(language string) app.EventHandler {
	return func(app.Context, app.Event) { h.language = language }
}

func (h *Home) onInstall(ctx app.Context, e app.Event) {
	defer browser.Recover()
	ctx.ShowAppInstallPrompt()
}

func (h *Home) onTheme(ctx app.Context, e app.Event) {
	defer browser.Recover()
	h.theme = switchTheme(h.theme)
}

func (h *Home) onCreate(ctx app.Context, e app.Event) {
	e.PreventDefault()
	defer browser.Recover()
	if h.live != nil {
		return
	}
	h.name, h.unjoined = browser.Value("your-name"), ""
	if !named(h.name) {
		h.name, h.problem = "", "Say who you are first: the others see this name."
		browser.Focus("your-name")
		return
	}
	if h.offline || !browser.Online() {
		h.problem = "You are offline. A new session needs the server."
		return
	}
	h.problem = ""
	h.live = browser.Create(h.name, h.language)
	h.live.Watch(func() { ctx.Dispatch(h.created) })
	ctx.After(giveUp, h.late(h.live))
}

const (
	giveUp   = 10 * time.Second // the home page waits for a new session
	askAgain = 5 * time.Second  // until the next look for a server that could not be reached
)

func (h *Home) created(ctx app.Context) {
	defer browser.Recover()
	if h.live == nil {
		return
	}
	switch v := h.live.View(); {
	case v.Stage == browser.Ended:
		h.fail(v.Ending.Message)
	case v.Stage == browser.In && v.Session != "":
		h.live.Watch(nil)
		h.live = nil
		ctx.Navigate("/s/" + v.Session)
	}
}

// late ends an attempt to create a session, if it still goes on.
func (h *Home) late(attempt *browser.Live) func(app.Context) {
	return func(app.Context) {
		defer browser.Recover()
		if h.live == attempt {
			h.fail("The server can't be reached. Look at your connection and try again.")
		}
	}
}

func (h *Home) fail(why string) {
	h.live.Watch(nil)
	h.live.Close()
	h.live, h.problem = nil, why
}

func (h *Home) onJoin(ctx app.Context, e app.Event) {
	e.PreventDefault()
	defer browser.Recover()
	h.problem = ""
	id, problem := parseLink(browser.Value("join-link"), browser.Host())
	if h.unjoined = problem; problem != "" {
		browser.Focus("join-link")
		return
	}
	if name := browser.Value("your-name"); named(name) {
		browser.Introduce(id, name)
	}
	ctx.Navigate("/s/" + id)
}

// recents lists the sessions that this device was in.
type recents struct {
	app.Compo
	List []browser.Recent
	Now  int64
	Home *Home
}

func (r *recents) Render() app.UI {
	return app.Div().Body(
		app.H2().Text("On this device"),
		app.Ul().Class("list").Body(app.Range(r.List).Slice(func(i int) app.UI {
			s := r.List[i]
			title := s.Title
			if title == "" {
				title = untitled
			}
			return app.Li().Class("item").Body(
				app.B().Text(title),
				app.Span().Text(language(s.Language)),
				app.Span().Text(when(s, time.UnixMilli(r.Now))),
				app.Span().Class("end").Body(
					app.Button().Class("btn ghost").Type("button").Aria("label", "Forget "+title).Title("Remove it from this device").
						Text("Forget").OnClick(r.forget(s.ID), app.EventScope(s.ID)),
					app.A().Class("btn").Href("/s/"+s.ID).Aria("label", "Open "+title).Text("Open"),
				),
			)
		})),
	)
}

func (r *recents) forget(id string) app.EventHandler {
	return func(app.Context, app.Event) {
		defer browser.Recover()
		browser.Forget(id)
		r.Home.recent = browser.Recents()
	}
}
