package e2e

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"time"

	"github.com/chromedp/chromedp"
)

// chrome is the one browser process of a test run. Every person gets a browser context of their own in it.
type chrome struct {
	ctx    context.Context
	cancel context.CancelFunc
}

func startChrome() (*chrome, error) {
	path := os.Getenv("CHROMIUM")
	if path == "" {
		var err error
		if path, err = exec.LookPath("chromium"); err != nil {
			return nil, fmt.Errorf("there is no Chromium: install the package chromium, or name one in CHROMIUM")
		}
	}
	opts := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path),
		chromedp.Flag("headless", "new"),
		chromedp.Flag("no-sandbox", os.Getuid() == 0), // Chromium refuses its own sandbox to root
		chromedp.Flag("disable-gpu", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("window-size", "1440,900"),
		chromedp.WSURLReadTimeout(startLimit),
	)
	// Line numbers are found at once: for whoever listens to a page's console, as the tests do, an exception in Monaco's
	// script would otherwise have all of it read again, which doubles what the editor's start takes.
	engine := "--no-enable-lazy-source-positions"
	// Each window's address bar is a page of its own, which no test opens and which took a fifth of the machine's time.
	without := "Translate,BlinkGenPropertyTrees,WebUIOmniboxPopup,WebUIOmniboxAimPopup,WebUIOmniboxFullPopup"
	if flag.Lookup("test.bench").Value.String() == "" {
		// Compiling each page's program better and better takes a fifth of the machine's time, and no test is about that.
		engine += " --wasm-lazy-compilation --liftoff-only"
		// A process that is made ready for a window's next page, another tenth, is wasted where each person has one page.
		without += ",SpareRendererForSitePerProcess"
	}
	opts = append(opts, chromedp.Flag("js-flags", engine), chromedp.Flag("disable-features", without))
	alloc, stop := chromedp.NewExecAllocator(context.Background(), opts...)
	ctx, cancel := chromedp.NewContext(alloc, chromedp.WithErrorf(func(string, ...any) {})) // events of other tabs are no errors of ours
	c := &chrome{ctx: ctx, cancel: func() { cancel(); stop() }}
	if err := chromedp.Do(ctx); err != nil {
		c.cancel()
		return nil, fmt.Errorf("start Chromium at %s: %w", path, err)
	}
	return c, nil
}

// stop closes the browser in order and waits for its process.
func (c *chrome) stop() error {
	defer c.cancel()
	ctx, cancel := context.WithTimeout(c.ctx, 15*time.Second)
	defer cancel()
	if err := chromedp.Cancel(ctx); err != nil {
		return fmt.Errorf("close Chromium: %w", err)
	}
	return nil
}
