package e2e

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"sync"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
)

// watch collects what a page says and does behind the person's back. Whatever it holds against the page when the
// test ends fails the test, unless the test expected it.
type watch struct {
	mu       sync.Mutex
	origins  map[string]bool  // host:port that requests may go to
	allowed  []*regexp.Regexp // complaints that the test provokes
	console  []string         // everything, for the log file
	problems []string         // errors, uncaught exceptions, policy violations, foreign requests
	received []string         // frames of WebSockets, in order
	sent     []string
	asked    []string // addresses of all requests
}

// reportViolations makes the page tell of what its content security policy stopped.
const reportViolations = `document.addEventListener("securitypolicyviolation", e =>
	console.error("policy violation: " + e.effectiveDirective + " stopped " + e.blockedURI + " at " + e.sourceFile + ":" + e.lineNumber + " " + e.sample))`

func (w *watch) event(ev any) {
	switch ev := ev.(type) {
	case *runtime.EventConsoleAPICalled:
		line := string(ev.Type) + ": " + args(ev.Args)
		w.note(line, ev.Type == runtime.ConsoleAPICalledTypeError || strings.Contains(line, "panic"))
	case *runtime.EventExceptionThrown:
		d := ev.ExceptionDetails
		line := "uncaught: " + d.Text
		if d.Exception != nil {
			line += " " + d.Exception.Description
		}
		w.note(fmt.Sprintf("%s at %s:%d", line, d.URL, d.LineNumber), true)
	case *log.EventEntryAdded:
		w.note(fmt.Sprintf("%s: %s %s", ev.Entry.Level, ev.Entry.Text, ev.Entry.URL), ev.Entry.Level == log.EntryLevelError)
	case *network.EventRequestWillBeSent:
		w.request(ev.Request.URL)
	case *network.EventWebSocketCreated:
		w.request(ev.URL)
	case *network.EventWebSocketFrameReceived:
		w.mu.Lock()
		w.received = append(w.received, string(ev.Response.PayloadData))
		w.mu.Unlock()
	case *network.EventWebSocketFrameSent:
		w.mu.Lock()
		w.sent = append(w.sent, string(ev.Response.PayloadData))
		w.mu.Unlock()
	}
}

func args(list []*runtime.RemoteObject) string {
	var b strings.Builder
	for _, a := range list {
		switch {
		case len(a.Value) > 0:
			b.WriteString(strings.Trim(string(a.Value), `"`))
		default:
			b.WriteString(a.Description)
		}
		b.WriteByte(' ')
	}
	return b.String()
}

func (w *watch) note(line string, problem bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.console = append(w.console, line)
	if problem {
		w.problems = append(w.problems, line)
	}
}

// request notes a request that leaves our origin.
func (w *watch) request(raw string) {
	u, err := url.Parse(raw)
	if err != nil {
		w.note("request to "+raw, true)
		return
	}
	switch u.Scheme {
	case "http", "https", "ws", "wss":
	default:
		return // data: and blob: stay in the page
	}
	w.mu.Lock()
	w.asked = append(w.asked, raw)
	own := w.origins[u.Host]
	w.mu.Unlock()
	if !own {
		w.note("request to another host: "+raw, true)
	}
}

// allow names a complaint that the test provokes, as a regular expression.
func (w *watch) allow(patterns ...string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, p := range patterns {
		w.allowed = append(w.allowed, regexp.MustCompile(p))
	}
}

// complaints lists what nobody expected.
func (w *watch) complaints() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var list []string
next:
	for _, p := range w.problems {
		for _, re := range w.allowed {
			if re.MatchString(p) {
				continue next
			}
		}
		list = append(list, p)
	}
	return list
}

// frames gives the WebSocket frames so far.
func (w *watch) frames() (received, sent []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]string(nil), w.received...), append([]string(nil), w.sent...)
}

// urls gives the addresses of all requests so far.
func (w *watch) urls() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]string(nil), w.asked...)
}

// lostNetwork matches what Chromium itself prints when a connection is cut or refused.
const lostNetwork = `WebSocket connection to|net::ERR_|Failed to fetch|Failed to load resource|NetworkError|error occurred when fetching the script`
