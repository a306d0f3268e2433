package runtimes

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"net"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// realm gives the sandbox frame's own realm, where no user code ever runs.
func realm(t *testing.T, ctx context.Context) context.Context {
	t.Helper()
	targets, err := chromedp.Targets(ctx)
	if err != nil {
		t.Fatal(err)
	}
	page := eval[string](t, ctx, "location.origin")
	for _, info := range targets {
		if info.Type == "iframe" && strings.HasPrefix(info.URL, page+"/sandbox/") {
			frame, cancel := chromedp.NewContext(ctx, chromedp.WithTargetID(info.TargetID))
			t.Cleanup(cancel)
			return frame
		}
	}
	t.Fatalf("the sandbox frame has no process of its own: %+v", targets)
	return nil
}

// TestHeaders: the policy allows the page's one script by its hash, and nothing else that could be text.
func TestHeaders(t *testing.T) {
	sandbox := string(built[0].Body)
	scripts := regexp.MustCompile(`(?s)<script>(.*?)</script>`).FindAllStringSubmatch(sandbox, -1)
	if len(scripts) != 1 || strings.Count(sandbox, "<script") != 1 {
		t.Fatalf("the sandbox page has %d scripts, want one inline", len(scripts))
	}
	sum := sha256.Sum256([]byte(scripts[0][1]))
	csp := Headers(built[0].Body)["Content-Security-Policy"]
	if !strings.Contains(csp, "'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"'") {
		t.Errorf("the policy doesn't name the script's hash: %s", csp)
	}
	for _, part := range []string{"default-src 'none'", "connect-src 'none'", "worker-src blob:", "frame-ancestors 'self'", "sandbox allow-scripts"} {
		if !strings.Contains(csp, part) {
			t.Errorf("the policy lacks %s: %s", part, csp)
		}
	}
	for _, part := range []string{"unsafe-inline", "'unsafe-eval'", "allow-same-origin", "http:", "https:", "data:", "*"} {
		if strings.Contains(csp, part) {
			t.Errorf("the policy has %s: %s", part, csp)
		}
	}
}

// TestRealm: in the frame's own realm, too, nothing but WebRTC gets out, and that is why nobody's code runs there.
func TestRealm(t *testing.T) {
	p := newPrey(t)
	play(t, p.ctx, program{Lang: "raw", Code: hello["raw"]})
	frame := realm(t, p.ctx)
	code := `globalThis.__skip = ['WebRTC', 'own navigation', 'BroadcastChannel']; globalThis.__lines = [];
		globalThis.__Blob = Blob; globalThis.__makeUrl = (b) => URL.createObjectURL(b);
		globalThis.console = {log: (s) => __lines.push(s)}; ` + p.expand.Replace(source(t, "attacks.js"))
	code = strings.Replace(code, "(async () => {\n  const limit", "globalThis.__done = (async () => {\n  const limit", 1)
	if err := chromedp.Do(frame, chromedp.Evaluate[chromedp.Void](code)); err != nil {
		t.Fatal(err)
	}
	lines, err := chromedp.Run(frame, chromedp.Evaluate[[]string]("__done.then(() => __lines)", chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatal(err)
	}
	if len(lines) != 75 {
		t.Errorf("%d attempts told how they went, want 75", len(lines))
	}
	// What loads or sends without telling how it went, only the servers can judge.
	harmless := regexp.MustCompile(`^(eval|new Function|constructor\.constructor|setTimeout of a string|fetch later|sendBeacon|image|style|style sheet|script|form|iframe|iframe own|media and objects|link|ping|alert|top navigation) -> `)
	for _, line := range lines {
		if strings.Contains(line, "REACHED") && !harmless.MatchString(line) {
			t.Error(line)
		}
	}
	t.Log(strings.Join(lines, "\n"))
	p.unharmed(t, "raw")
}

// TestWebRTC: the one way out of the frame's own realm is open, and newPrey notices who takes it. So the attacks that fail to
// reach it, and unharmed after every test here, prove that no program ran in that realm.
func TestWebRTC(t *testing.T) {
	p := newPrey(t)
	play(t, p.ctx, program{Lang: "raw", Code: hello["raw"]})
	attempt := p.expand.Replace(`(() => { const c = new RTCPeerConnection({iceServers: [{urls: '{{STUN}}'}]}); c.createDataChannel('x');
		return c.createOffer().then((o) => c.setLocalDescription(o)).then(() => true) })()`)
	if _, err := chromedp.Run(realm(t, p.ctx), chromedp.Evaluate[bool](attempt, chromedp.EvalAwaitPromise)); err != nil {
		t.Fatal(err)
	}
	select {
	case <-p.reached:
	case <-time.After(15 * time.Second):
		if !routed(t) {
			t.Skip("this machine has no network but itself: WebRTC asks no STUN server")
		}
		t.Error("nothing arrived: whoever runs code in the frame's realm would go unnoticed")
	}
}

// routed tells whether the machine has a network besides itself.
func routed(t *testing.T) bool {
	t.Helper()
	all, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	return slices.ContainsFunc(all, func(a net.Addr) bool {
		ip, ok := a.(*net.IPNet)
		return ok && ip.IP.IsGlobalUnicast()
	})
}

// TestWatchdog: a frame that doesn't answer is made anew; its runs end, and the next one works.
func TestWatchdog(t *testing.T) {
	p := newPrey(t)
	play(t, p.ctx, program{Lang: "javascript", Code: hello["javascript"]})
	frame := realm(t, p.ctx)
	if err := chromedp.Do(frame, chromedp.Evaluate[chromedp.Void]("setTimeout(() => { for (;;); })")); err != nil {
		t.Fatal(err)
	}
	o := play(t, p.ctx, program{Lang: "javascript", Code: "for (;;);", MS: 60_000})
	if o.Exit.Reason != "crash" || o.Exits != 1 || o.Exit.Error == nil || !strings.Contains(o.Exit.Error.Message, "anew") {
		t.Errorf("the run in the silent frame: %s", o)
	}
	t.Logf("noticed after %.0f ms, gap %.0f ms", o.Took, o.Gap)
	p.unharmed(t, "javascript")
}

// TestNavigation: a frame that was led elsewhere isn't listened to.
func TestNavigation(t *testing.T) {
	p := newPrey(t)
	play(t, p.ctx, program{Lang: "raw", Code: hello["raw"]})
	frame := realm(t, p.ctx)
	if err := chromedp.Do(frame, chromedp.Evaluate[chromedp.Void]("setTimeout(() => { location = '"+p.evil.URL+"/stolen' })")); err != nil {
		t.Fatal(err)
	}
	o := play(t, p.ctx, program{Lang: "raw", Code: hello["raw"]})
	if o.Exits != 1 {
		t.Errorf("%d exits, want 1", o.Exits)
	}
	p.unharmed(t, "raw")
}
