package ui

import (
	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"tandem/app/browser"
	"tandem/shared/session"
)

// untitled is what a session without a title is called.
const untitled = "Untitled session"

// fileName is what a session's code is called as a file.
func fileName(language string) string {
	if l, ok := session.LookupLanguage(language); ok {
		return l.File
	}
	return "code.txt"
}

// named tells whether anything would be left of a name.
func named(name string) bool {
	return session.CleanTitle(name) != ""
}

// escape tells whether a key is Escape, but for the one that closes what an input method offers.
func escape(e app.Event) bool {
	return e.Get("key").String() == "Escape" && !e.Get("isComposing").Bool()
}

func themeButton(theme string, on app.EventHandler) app.UI {
	label, icon := themeLabel(theme), iconLight
	if theme == "light" {
		icon = iconDark
	}
	return app.Button().Class("btn ghost icon").Type("button").Aria("label", label).Title(label).OnClick(on).Body(icon())
}

func themeLabel(theme string) string {
	if theme == "light" {
		return "Switch to dark colours"
	}
	return "Switch to light colours"
}

func switchTheme(theme string) string {
	if theme == "light" {
		theme = "dark"
	} else {
		theme = "light"
	}
	browser.SetTheme(theme)
	return theme
}
