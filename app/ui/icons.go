package ui

import "github.com/maxence-charriere/go-app/v10/pkg/app"

const svgSpace = "http://www.w3.org/2000/svg"

func svg(children ...app.UI) app.UI {
	return app.Elem("svg").XMLNS(svgSpace).Attr("viewBox", "0 0 24 24").Attr("fill", "none").Attr("stroke", "currentColor").
		Attr("stroke-width", "2").Attr("stroke-linecap", "round").Attr("stroke-linejoin", "round").
		Attr("width", "16").Attr("height", "16").Aria("hidden", "true").Body(children...)
}

func path(d string) app.HTMLElem { return app.Elem("path").XMLNS(svgSpace).Attr("d", d) }

func logo() app.UI {
	return svg(
		path("M8 6 2.5 12 8 18").Attr("stroke", "var(--person-1)"),
		path("M16 6l5.5 6L16 18").Attr("stroke", "var(--person-2)"),
		path("M13.5 4.5l-3 15").Attr("stroke", "var(--text-dim)"),
	)
}

func iconRun() app.UI  { return svg(path("M7 5l12 7-12 7z").Attr("fill", "currentColor")) }
func iconStop() app.UI { return svg(path("M6 6h12v12H6z").Attr("fill", "currentColor")) }
func iconMore() app.UI { return svg(path("M5 12h.01M12 12h.01M19 12h.01").Attr("stroke-width", "3")) }
func iconLight() app.UI {
	return svg(path("M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 2v2M12 20v2M4.9 4.9l1.4 1.4M17.7 17.7l1.4 1.4M2 12h2M20 12h2M4.9 19.1l1.4-1.4M17.7 6.3l1.4-1.4"))
}
func iconDark() app.UI { return svg(path("M20 14.5A8.5 8.5 0 0 1 9.5 4 8.5 8.5 0 1 0 20 14.5z")) }
