// Command app is what runs in the browser. Nothing here may mention an HTTP handler: it would double the WASM.
package main

import (
	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"tandem/app/ui"
)

func main() {
	ui.Routes()
	app.RunWhenOnBrowser()
}
