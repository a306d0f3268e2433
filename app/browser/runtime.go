package browser

import "encoding/json"

// How the page's runner is started and a language is loaded.

// A runEvent is what tandem.runner tells: see assets/runtimes/host.js.
type runEvent struct {
	Type    string `json:"type"`
	Lang    string `json:"lang"`
	ID      string `json:"id"`
	Phase   string `json:"phase"`
	Done    int64  `json:"done"`
	Total   int64  `json:"total"`
	MS      int64  `json:"ms"`
	Version string `json:"version"`
	Message string `json:"message"`
	Channel int    `json:"ch"`
	Text    string `json:"s"`
	Code    int    `json:"code"`
	Reason  string `json:"reason"`
	Line    int    `json:"line"`
	Column  int    `json:"column"`
	Error   *struct {
		Message string `json:"message"`
		Line    int    `json:"line"`
		Column  int    `json:"column"`
	} `json:"error"`
}

// The page has one tandem.runner; its events go to the session that is open.
var (
	runnerStarted bool
	runnerOwner   *Live
	loadedHere    = map[string]string{} // language → version, of what is loaded: the runner tells it once
)

func (l *Live) startRunner() {
	runnerOwner = l
	if runnerStarted {
		l.prepare()
		return
	}
	whenReady(func() {
		runnerStarted = true
		// Never released: the page's runner tells its events as long as the page lives.
		seam("runner").call("init", listen(func(args []object) {
			var e runEvent
			if json.Unmarshal([]byte(first(args).str()), &e) != nil {
				return
			}
			noteLoaded(e)
			if owner := runnerOwner; owner != nil {
				owner.do(func() { owner.ran(e) })
			}
		}))
		if owner := runnerOwner; owner != nil {
			owner.do(owner.prepare)
		}
	}, "runner")
}

func noteLoaded(e runEvent) {
	switch e.Type {
	case "ready":
		loadedHere[e.Lang] = e.Version
	case "progress", "failed":
		delete(loadedHere, e.Lang)
	}
}

// prepare loads the runtime of the session's language, once the editor can be used. On a line that costs, the first run does it.
func (l *Live) prepare() {
	s := l.state()
	if s == nil || !runnerStarted || l.runner.prepared == s.Language {
		return
	}
	l.runner.prepared = s.Language
	l.dirty = true
	if version, ok := loadedHere[s.Language]; ok {
		l.runner.runtime = Runtime{Language: s.Language, State: "ready", Version: version}
		return
	}
	if savesData() {
		l.runner.runtime = Runtime{Language: s.Language, State: "later"}
		return
	}
	l.runner.runtime = Runtime{Language: s.Language, State: "loading", Percent: -1}
	idle(func() {
		l.do(func() {
			if l.runner.prepared == s.Language {
				seam("runner").call("prepare", s.Language)
			}
		})
	})
}

func (l *Live) loaded(e runEvent) {
	r := &l.runner
	if e.Lang != "" && e.Lang != r.prepared {
		return
	}
	switch e.Type {
	case "progress":
		percent := -1
		if e.Total > 0 {
			percent = int(min(100, e.Done*100/e.Total))
		}
		r.runtime = Runtime{Language: r.prepared, State: "loading", Percent: percent}
	case "ready":
		r.runtime = Runtime{Language: r.prepared, State: "ready", Version: e.Version}
	case "failed":
		r.runtime = Runtime{Language: r.prepared, State: "failed"}
		if e.Reason == "missing" {
			r.runtime.State = "missing"
		}
		r.prepared = "" // the next run, the next change of language or the next network tries again
	}
	l.dirty = true
}
