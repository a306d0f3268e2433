package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"

	"tandem/assets"
)

// secure sets the headers of every response. With COOP and COEP the page is cross-origin isolated, which programs
// that wait for input need.
func secure(h http.Header) {
	h.Set("Content-Security-Policy", filePolicy)
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Embedder-Policy", "require-corp")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=(), display-capture=(), usb=(), serial=(), payment=()")
}

// filePolicy is for whatever is no page: workers take it as theirs.
const filePolicy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// pagePolicy is the page's; the %s are the script in it, where sockets lead and where the sandbox may come from. Monaco
// writes style elements and style attributes, and its own style sheet holds data: images. The Trusted Types policies are
// ours and Monaco's.
const pagePolicy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval' %s; style-src 'self' 'unsafe-inline'; " +
	"img-src 'self' data:; font-src 'self'; connect-src 'self'%s; worker-src 'self'; manifest-src 'self'; frame-src %s; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'; " +
	"require-trusted-types-for 'script'; trusted-types default dompurify defaultWorkerFactory editorViewLayer " +
	"domLineBreaksComputer stickyScrollViewLayer standaloneColorizer tokenizeToString diffEditorWidget diffReview " +
	"editorGhostText richScreenReaderContent 'allow-duplicates'"

// host is what a Host header may look like to be named in a policy.
var host = regexp.MustCompile(`^([A-Za-z0-9.-]+|\[[0-9a-fA-F:]+\])(:[0-9]{1,5})?$`)

// policyFor names the one place where frames come from: a page's own host, the sandbox's folder.
func (s *Server) policyFor(r *http.Request) string {
	hosts := []string{}
	if host.MatchString(r.Host) {
		hosts = append(hosts, r.Host)
	}
	for _, o := range s.cfg.Origins {
		hosts = append(hosts, strings.TrimSuffix(o, "/"))
	}
	if len(hosts) == 0 {
		return fmt.Sprintf(pagePolicy, s.page.script, "", "'self'")
	}
	sockets := ""
	if host.MatchString(r.Host) { // browsers whose 'self' leaves out sockets
		sockets = " ws://" + r.Host + " wss://" + r.Host
	}
	return fmt.Sprintf(pagePolicy, s.page.script, sockets, strings.Join(hosts, "/sandbox/ ")+"/sandbox/")
}

// sandboxHeaders are what the sandbox page is served with. They come with it, since they name its script by hash.
func sandboxHeaders(files *assets.Set) (map[string]string, error) {
	const name = "runtimes/headers.json"
	a, ok := files.Get(files.URL(name))
	if !ok {
		return nil, fmt.Errorf("the web files lack %s", name)
	}
	data, _ := a.Body("identity")
	var all map[string]map[string]string
	if err := json.Unmarshal(data, &all); err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	headers := all["sandbox.html"]
	if !strings.Contains(headers["Content-Security-Policy"], "sandbox allow-scripts") {
		return nil, fmt.Errorf("%s does not lock the sandbox page", name)
	}
	return headers, nil
}
