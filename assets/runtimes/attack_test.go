package runtimes

import (
	"context"
	"net"
	"os"
	"strings"
	"sync/atomic"
	"testing"
)

// prey is what the attacks aim at: the page with its storage, two servers and a STUN port.
type prey struct {
	site, evil *site
	packets    atomic.Int64
	reached    chan struct{} // closed with the first packet
	ctx        context.Context
	expand     *strings.Replacer
}

func newPrey(t *testing.T) *prey {
	t.Helper()
	p := &prey{site: serve(t), evil: serve(t), reached: make(chan struct{})}
	stun, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for buf := make([]byte, 1500); ; {
			if _, _, err := stun.ReadFrom(buf); err != nil {
				return
			}
			if p.packets.Add(1) == 1 {
				close(p.reached)
			}
		}
	}()
	t.Cleanup(func() {
		stun.Close()
		<-done
	})
	p.expand = strings.NewReplacer("{{SITE}}", p.site.URL, "{{EVIL}}", p.evil.URL, "{{STUN}}", "stun:"+stun.LocalAddr().String())
	p.ctx = open(t, p.site)
	return p
}

// unharmed checks that nothing got out and the page is as it was, and that the next run works.
func (p *prey) unharmed(t *testing.T, langs ...string) {
	t.Helper()
	for _, hit := range p.site.asked() {
		if strings.Contains(hit, "stolen") {
			t.Errorf("the app's server was reached: %s", hit)
		}
	}
	if hits := p.evil.asked(); len(hits) != 0 {
		t.Errorf("the other server was reached: %v", hits)
	}
	if n := p.packets.Load(); n != 0 {
		t.Errorf("%d STUN packets got out: user code ran in the frame's own realm", n)
	}
	state := eval[[]string](t, p.ctx, `(async () => [localStorage.length + localStorage.getItem('secret'), sessionStorage.getItem('secret'),
		document.cookie, location.pathname, String(heard.length), String(document.querySelectorAll('iframe').length <= 1),
		String(Object.keys(Object.prototype).length), String(({}).polluted), String((await indexedDB.databases()).length)])()`)
	if got := strings.Join(state, " "); got != "1kept kept secret=kept / 0 true 0 undefined 0" {
		t.Errorf("the page was changed: %s", got)
	}
	for _, lang := range langs {
		o := play(t, p.ctx, program{Lang: lang, Code: hello[lang]})
		if o.Exit.Reason != "ok" || o.Stdout != "hello\n" || o.Exits != 1 {
			t.Errorf("the next run of %s: %s", lang, o)
		}
	}
}

var hello = map[string]string{
	"raw": "console.log('hello'); exit()", "javascript": "console.log('hello')",
	"javascript-v8": "console.log('hello')", "python": "print('hello')",
}

func source(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// TestAttempts runs every attempt of the lists in each language, and in a worker that holds nothing back.
func TestAttempts(t *testing.T) {
	p := newPrey(t)
	for _, c := range []struct {
		lang, file string
		count      int // attempts in the file
	}{
		{"raw", "attacks.js", 78},
		{"javascript-v8", "attacks.js", 78},
		{"javascript", "attacks.js", 78},
		{"python", "attacks.py", 20},
	} {
		t.Run(c.lang, func(t *testing.T) {
			o := play(t, p.ctx, program{Lang: c.lang, Code: p.expand.Replace(source(t, c.file)), MS: 60_000})
			lines := strings.Split(strings.TrimSuffix(o.Stdout, "\n"), "\n")
			told := 0
			for _, line := range lines {
				if strings.Contains(line, " -> ") {
					told++
				}
				if strings.Contains(line, "REACHED") {
					t.Error(line)
				}
			}
			if told != c.count || o.Exit.Reason != "ok" {
				t.Errorf("%d attempts told how they went, want %d; the end was %+v\n%s", told, c.count, o.Exit, o.Stderr)
			}
			t.Logf("%.0f ms, gap %.0f ms\n%s", o.Took, o.Gap, o.Stdout)
			p.unharmed(t, c.lang)
		})
	}
}
