package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

const (
	callLimit = 90 * time.Second       // one command to the browser; a page that hangs must not hang the tests
	patience  = 90 * time.Second       // until something that must come has come, on a machine five times slower than usual
	firstLook = 10 * time.Millisecond  // until a condition is looked at again; each time it takes half as much longer, …
	lastLook  = 150 * time.Millisecond // … up to this: looking costs the page time
)

// A person sits at a browser of their own: nothing is shared with the others, not even storage.
type person struct {
	t    testing.TB
	who  string
	base string // http://host:port of what they call the server
	net  *proxy // between this person and the shared server; nil elsewhere
	seen *watch
	ctx  context.Context
	tab  *chromedp.Target
}

// host is the server's address as this person knows it.
func (p *person) host() string { return strings.TrimPrefix(p.base, "http://") }

// open gives somebody a browser. Their page loads what runs code with the first run only: most tests run nothing, and it
// takes most of the machine's time.
func open(t testing.TB, who, addr string, where ...chromedp.ContextOption) *person {
	t.Helper()
	p := &person{t: t, who: who, base: "http://" + addr, seen: &watch{origins: map[string]bool{addr: true}}}
	var cancel context.CancelFunc
	p.ctx, cancel = chromedp.NewContext(rig.chrome.ctx, append(where, chromedp.WithListener(p.seen.event))...)
	t.Cleanup(func() { p.finish(); cancel() })
	if err := chromedp.Do(p.ctx); err != nil {
		t.Fatalf("%s: open a browser: %v", who, err)
	}
	c := chromedp.FromContext(p.ctx)
	p.tab = c.Target
	send(p, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: reportViolations})
	send(p, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true})
	p.size(1440, 900)
	p.savesData(true)
	for _, name := range []string{"clipboard-read", "clipboard-write"} {
		ctx, stop := context.WithTimeout(p.ctx, callLimit)
		_, err := cdp.Call(ctx, c.Browser, browser.SetPermission, browser.SetPermissionParams{
			BrowserContextID: c.BrowserContextID, Setting: browser.PermissionSettingGranted,
			Permission: &browser.PermissionDescriptor{Name: name, AllowWithoutSanitization: true},
		})
		if stop(); err != nil {
			t.Fatalf("%s: allow %s: %v", who, name, err)
		}
	}
	return p
}

// savesData asks pages to load no more than is needed, or not to mind.
func (p *person) savesData(on bool) {
	p.t.Helper()
	send(p, emulation.SetDataSaverOverride, emulation.SetDataSaverOverrideParams{DataSaverEnabled: &on})
}

// finish fails the test for what the page complained of, and keeps what helps to understand a failure.
func (p *person) finish() {
	for _, c := range p.seen.complaints() {
		p.t.Errorf("%s's page: %s", p.who, c)
	}
	if !p.t.Failed() {
		return
	}
	name := filepath.Join(out, strings.NewReplacer("/", "-", " ", "-").Replace(p.t.Name()+"-"+p.who))
	p.seen.mu.Lock()
	text := strings.Join(p.seen.console, "\n") + "\n\nlast frames received:\n" + strings.Join(tail(p.seen.received, 40), "\n") +
		"\n\nlast frames sent:\n" + strings.Join(tail(p.seen.sent, 40), "\n") + "\n"
	p.seen.mu.Unlock()
	if err := os.WriteFile(name+".log", []byte(text), 0o644); err != nil {
		p.t.Log(err)
	}
	ctx, cancel := context.WithTimeout(p.ctx, 5*time.Second)
	defer cancel()
	if shot, err := cdp.Call(ctx, p.tab, page.CaptureScreenshot, page.CaptureScreenshotParams{}); err == nil {
		if err := os.WriteFile(name+".png", shot.Data, 0o644); err != nil {
			p.t.Log(err)
		}
	}
	p.t.Logf("%s's page is in %s.{log,png}", p.who, name)
}

func tail(list []string, n int) []string {
	list = list[max(0, len(list)-n):]
	short := make([]string, len(list))
	for i, s := range list {
		short[i] = s[:min(len(s), 600)]
	}
	return short
}

// fatal ends the test, or the goroutine in which one of two people works.
func (p *person) fatal(format string, args ...any) {
	p.t.Helper()
	p.t.Fatalf(p.who+": "+format, args...)
}

// send calls the browser and ends the test where that fails.
func send[P, R any](p *person, c cdp.Command[P, R], params P) R {
	p.t.Helper()
	r, err := try(p, c, params)
	if err != nil {
		p.fatal("%s: %v", c.Method, err)
	}
	return r
}

func try[P, R any](p *person, c cdp.Command[P, R], params P) (R, error) {
	ctx, cancel := context.WithTimeout(p.ctx, callLimit)
	defer cancel()
	return cdp.Call(ctx, p.tab, c, params)
}

// eval reads something of the page; a promise is awaited.
func eval[T any](p *person, expr string) T {
	p.t.Helper()
	v, err := tryEval[T](p, expr)
	if err != nil {
		p.fatal("evaluate %s: %v", expr, err)
	}
	return v
}

func tryEval[T any](p *person, expr string) (T, error) {
	var v T
	yes := true
	r, err := try(p, runtime.Evaluate, runtime.EvaluateParams{Expression: expr, ReturnByValue: &yes, AwaitPromise: &yes})
	if err != nil {
		return v, err
	}
	if r.ExceptionDetails != nil {
		if e := r.ExceptionDetails.Exception; e != nil {
			return v, errors.New(e.Description)
		}
		return v, errors.New(r.ExceptionDetails.Text)
	}
	if len(r.Result.Value) == 0 {
		return v, nil
	}
	if err := json.Unmarshal(r.Result.Value, &v); err != nil {
		return v, fmt.Errorf("read %s: %w", r.Result.Value, err)
	}
	return v, nil
}

// until waits for a condition.
func until(t testing.TB, limit time.Duration, what string, cond func() bool) {
	t.Helper()
	untilShow(t, limit, what, func() (bool, string) { return cond(), "" })
}

// untilShow waits for a condition that can say how things stand, for the message if it never comes true.
func untilShow(t testing.TB, limit time.Duration, what string, cond func() (bool, string)) {
	t.Helper()
	if ok, state := comesTrue(limit, cond); !ok {
		t.Fatalf("after %v still not: %s; %s", limit, what, state)
	}
}

// until is untilShow for what the page is to offer; the message tells what it does.
func (p *person) until(what string, cond func() (bool, string)) {
	p.t.Helper()
	if ok, state := comesTrue(patience, cond); !ok {
		p.fatal("after %v still not: %s; %s; the page offers %s", patience, what, state, p.offers())
	}
}

// comesTrue waits for a condition, and tells how things stood at last.
func comesTrue(limit time.Duration, cond func() (bool, string)) (ok bool, state string) {
	end := time.Now().Add(limit)
	for look := firstLook; ; look = min(look*3/2, lastLook) {
		if ok, state = cond(); ok || time.Now().After(end) {
			return ok, state
		}
		time.Sleep(look)
	}
}

// together lets several people act at the same time.
func together(t *testing.T, acts ...func()) {
	t.Helper()
	var wg sync.WaitGroup
	for _, act := range acts {
		wg.Go(act)
	}
	wg.Wait()
	if t.Failed() {
		t.FailNow()
	}
}

// visit opens a path of the server and waits until the page has loaded.
func (p *person) visit(path string) {
	p.t.Helper()
	r := send(p, page.Navigate, page.NavigateParams{URL: p.base + path})
	if r.ErrorText != "" {
		p.fatal("open %s: %s", path, r.ErrorText)
	}
	p.loaded()
}

// reload loads the page again, as F5 does.
func (p *person) reload() {
	p.t.Helper()
	eval[bool](p, "window.beforeReload = true")
	send(p, page.Reload, page.ReloadParams{})
	until(p.t, patience, p.who+" has reloaded the page", func() bool {
		gone, err := tryEval[bool](p, "!window.beforeReload")
		return err == nil && gone
	})
	p.loaded()
}

func (p *person) loaded() {
	p.t.Helper()
	until(p.t, patience, p.who+"'s page has loaded", func() bool {
		done, err := tryEval[bool](p, `document.readyState === "complete"`)
		return err == nil && done
	})
}

func (p *person) path() string {
	p.t.Helper()
	return eval[string](p, "location.pathname")
}

func (p *person) size(width, height int64) {
	p.t.Helper()
	send(p, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{
		Width: width, Height: height, DeviceScaleFactor: 1,
	})
}

// prefers sets a media feature such as prefers-color-scheme.
func (p *person) prefers(name, value string) {
	p.t.Helper()
	send(p, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: name, Value: value}}})
}

// shoot saves a screenshot as build/e2e/<name>.png.
func (p *person) shoot(name string) {
	p.t.Helper()
	shot := send(p, page.CaptureScreenshot, page.CaptureScreenshotParams{})
	if err := os.WriteFile(filepath.Join(out, name+".png"), shot.Data, 0o644); err != nil {
		p.fatal("%v", err)
	}
}

// allow names complaints of the page that the test provokes.
func (p *person) allow(patterns ...string) { p.seen.allow(patterns...) }

var sessionPath = regexp.MustCompile(`^/s/([A-Za-z0-9_-]{1,64})$`)
