package ui

import (
	"strconv"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"tandem/app/browser"
)

// statusBar is the session's footer. What changes with every key is a leaf that others write to: "saved" package
// browser, "position" the editor.
type statusBar struct {
	app.Compo
	Link    browser.Connection
	Runtime browser.Runtime
}

func (s *statusBar) Render() app.UI {
	tone := s.Link.Tone
	if s.Link.Text == "" {
		tone = "idle"
	}
	name, version, state := runtimeText(s.Runtime)
	counted := s.Runtime.State == "loading" && s.Runtime.Percent > 0 && s.Runtime.Percent < 100
	return app.Footer().Body(
		// What is announced are the turns; what changes every few seconds stands beside it.
		app.Span().Class("chip", tone).Body(
			app.Span().Body(
				app.Span().Role("status").Aria("label", "Connection").Text(s.Link.Text),
				app.Span().Text(s.Link.Delay),
			),
		),
		// Not announced at every key: whoever wants to know reads it.
		app.Span().ID("saved").Role("status").Aria("label", "Saved").Aria("live", "off"),
		app.Span().Class("gap"),
		app.Span().Class("runtime", map[bool]string{true: "counted"}[counted]).Title(s.Runtime.Version).Body(
			app.Span().Role("status").Aria("label", "Runtime").Body(
				app.Text(name), app.Span().Class("wide-only").Text(version), app.Span().Class("state").Text(state),
			),
			app.Span().Body(app.If(counted, func() app.UI {
				percent := strconv.Itoa(s.Runtime.Percent)
				return app.Span().Body(
					app.Text(percent+" % "),
					app.Span().Class("meter").Aria("hidden", "true").Body(app.I().Style("width", percent+"%")),
				)
			})),
		),
		app.Span().ID("position").Class("wide-only").Title("Where the cursor is"),
	)
}

// banners are the lines under the header: offline, and an update that waits.
type banners struct {
	app.Compo
	Offline string // what that means here; empty while there is a server
	Update  bool

	later bool
}

func (b *banners) Render() app.UI {
	return app.Div().Body(
		app.Div().Role("status").Aria("label", "Offline").Body(app.If(b.Offline != "", func() app.UI {
			return app.Div().Class("notice").Text(b.Offline)
		})),
		app.Div().Role("status").Aria("label", "Update").Body(app.If(b.Update && !b.later, func() app.UI {
			return app.Div().Class("notice update").Body(
				app.Span().Text("A newer version of Tandem is ready. It is used when you reload; nothing you typed is lost."),
				app.Span().Class("gap"),
				app.Button().Class("btn small").Type("button").Text("Reload now").OnClick(b.onReload),
				app.Button().Class("btn ghost small").Type("button").Text("Later").OnClick(b.onLater),
			)
		})),
	)
}

func (b *banners) onReload(ctx app.Context, e app.Event) {
	defer browser.Recover()
	browser.Reload()
}

func (b *banners) onLater(ctx app.Context, e app.Event) { b.later = true }
