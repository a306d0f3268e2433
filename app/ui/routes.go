// Package ui is what people see: go-app components. It touches no JavaScript; package browser does.
package ui

import "github.com/maxence-charriere/go-app/v10/pkg/app"

// Routes says which component shows which path: in the browser the page, on the server the skeleton, which is the
// same for every path and holds nothing of anybody's.
func Routes() {
	app.Route("/", page(func() app.Composer { return &Home{} }))
	// That an id has its length is not asked here: a bound would make the program spend longer on this expression than on
	// drawing the page.
	app.RouteWithRegexp("^/s/[A-Za-z0-9_-]+/?$", page(func() app.Composer { return &Session{} }))
	app.Route(padPath, page(func() app.Composer { return &Session{} }))
	app.RouteWithRegexp("", page(func() app.Composer { return &message{Code: noPage} }))
}

func page(make func() app.Composer) func() app.Composer {
	if app.IsServer {
		return func() app.Composer { return &skeleton{} }
	}
	return make
}

// skeleton is the page before the Go program runs.
type skeleton struct{ app.Compo }

func (s *skeleton) Render() app.UI {
	return app.Div().Class("page skeleton").Body(
		app.Header().Body(brand()),
		app.Main().Aria("busy", "true"),
		app.Footer().Body(app.Span().Class("chip idle").Text("Loading…")),
	)
}

// brand leads home. On a session's page that means to leave it.
func brand() app.UI {
	return app.A().Class("brand").Href("/").Aria("label", "Tandem, home").Body(
		logo(),
		app.Span().Text("Tandem"),
	)
}
