package browser

import (
	"encoding/json"
	"strings"
	"time"
	"unicode/utf8"

	"tandem/shared/client"
	"tandem/shared/session"
)

const (
	settleTime = 3000                  // ms that a run waits for the acknowledgement of edits, at most
	gatherTime = 40 * time.Millisecond // output is gathered for this long into one event
	gatherSize = session.MaxOutputChunk / 2
)

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

// runner runs the code of one session, one run at a time. Its fields belong to the Live's inbox.
type runner struct {
	runtime  Runtime
	prepared string // the language that was prepared
	run      string // the own run, from the click to its end; empty if there is none
	language string
	since    int64  // ms; when it was asked for
	begun    bool   // its start is in the log
	given    string // its input, where that was given in advance
	needs    bool   // it waits for a line of input
	typed    bool   // something was typed into the editor since
	size     int    // bytes of output so far
	checked  int    // the change of the runs that was looked at last
	marks    []mark // in the editor …
	marked   string // … of this run

	stream  string // of what is gathered
	pending strings.Builder
	timer   *time.Timer
}

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

// Run runs the code as it is now. Nothing happens while the own last run goes on.
func (l *Live) Run() { l.do(l.ask) }

func (l *Live) ask() {
	if l.c == nil || l.runner.run != "" || l.stage != In {
		return
	}
	r := &l.runner
	*r = runner{runtime: r.runtime, prepared: r.prepared, run: newID(), since: now(), given: l.given}
	l.editor.call("setMarkers", "[]")
	l.dirty = true
	l.begin()
}

// overtaken ends the own program when the log has its end: after a long drop the others were told that it crashed.
func (l *Live) overtaken() {
	r := &l.runner
	if !r.begun || r.run == "" || r.checked == l.runs {
		return
	}
	r.checked = l.runs
	for _, known := range l.state().Runs {
		if known.Run == r.run && known.End != nil {
			l.dropRun()
			l.notice("You were away from the session for so long that your run was ended.")
			return
		}
	}
}

// dropRun ends the own program without a word to the others.
func (l *Live) dropRun() {
	r := &l.runner
	l.stopOwn(r.run)
	if r.timer != nil {
		r.timer.Stop()
	}
	*r = runner{runtime: r.runtime, prepared: r.prepared}
	l.dirty = true
}

// begin starts the run that was asked for, as soon as the server has the text that will run; at once where there is
// no server to wait for.
func (l *Live) begin() {
	r := &l.runner
	if r.run == "" || r.begun {
		return
	}
	if l.connected() && !l.c.Settled() && now()-r.since < settleTime {
		return
	}
	r.begun, r.language = true, l.state().Language
	if err := l.c.StartRun(r.run, r.language); err != nil {
		l.refused(err)
		*r = runner{runtime: r.runtime, prepared: r.prepared}
		l.dirty = true
		return
	}
	ask := map[string]any{"id": r.run, "lang": r.language, "code": l.c.Text()}
	if r.given != "" {
		ask["stdin"] = r.given
		l.gather(session.Stdin, r.given)
		l.pour()
	}
	if ms := l.c.RunLimit(); ms > 0 {
		ask["limits"] = map[string]int{"ms": ms}
	}
	request, _ := json.Marshal(ask)
	if !seam("runner").get("run").there() {
		l.end(session.RunEnd{Run: r.run, Exit: 1, Reason: session.ReasonCrash, Error: &session.RunError{Message: "The code can't run on this page yet. Try again in a moment."}})
		return
	}
	seam("runner").call("run", string(request))
}

// ran takes an event of the page's runner.
func (l *Live) ran(e runEvent) {
	r := &l.runner
	switch e.Type {
	case "progress", "ready", "failed":
		l.loaded(e)
		return
	}
	if e.ID != r.run || r.run == "" || l.c == nil {
		return
	}
	switch e.Type {
	case "out":
		stream := session.Stdout
		if e.Channel == 2 {
			stream = session.Stderr
		}
		l.gather(stream, e.Text)
	case "need":
		l.pour()
		r.needs, l.dirty = true, true
	case "diagnostic":
		l.diagnose(e.Message, e.Line, e.Column)
	case "exit":
		end := session.RunEnd{Run: r.run, Exit: e.Code, MS: e.MS, Reason: e.Reason}
		if e.Error != nil {
			end.Error = &session.RunError{Message: e.Error.Message, Line: e.Error.Line, Column: e.Error.Column}
		}
		l.end(end)
	}
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

// gather collects output for a moment, so that a program that prints byte by byte makes few events.
func (l *Live) gather(stream, text string) {
	r := &l.runner
	if r.stream != stream {
		l.pour()
		r.stream = stream
	}
	room := max(0, session.MaxRunOutput-r.size)
	over := len(text) > room
	text = text[:cutAt(text, room)]
	r.size += len(text)
	r.pending.WriteString(text)
	if over { // with what it was given: what it prints by itself the page's runner limits
		run, ms := r.run, max(0, now()-r.since)
		l.stopOwn(run)
		l.end(session.RunEnd{Run: run, Exit: 1, MS: ms, Reason: session.ReasonOutput})
	} else if r.pending.Len() >= gatherSize {
		l.pour()
	} else if r.timer == nil {
		r.timer = l.after(gatherTime, l.pour)
	}
}

// pour sends what was gathered.
func (l *Live) pour() {
	r := &l.runner
	if r.timer != nil {
		r.timer.Stop()
		r.timer = nil
	}
	text := r.pending.String()
	r.pending.Reset()
	for len(text) > 0 && l.c != nil && r.run != "" {
		n := cutAt(text, min(len(text), gatherSize))
		l.c.Output(r.run, r.stream, text[:n])
		text = text[n:]
	}
}

// cutAt is the last place up to n where no character is split.
func cutAt(text string, n int) int {
	if n >= len(text) {
		return len(text)
	}
	for n > 0 && !utf8.RuneStart(text[n]) {
		n--
	}
	return n
}

func (l *Live) end(e session.RunEnd) {
	l.pour()
	l.runner.run, l.runner.needs, l.dirty = "", false, true
	l.c.EndRun(e.Run, e)
}

// Stop ends a run, also somebody else's: that is asked of the one who runs.
func (l *Live) Stop(run string) {
	l.do(func() {
		if run != l.runner.run {
			l.withClient(func(c *client.Client) { c.StopRun(run) })
			return
		}
		l.stopOwn(run)
	})
}

func (l *Live) stopOwn(run string) {
	switch {
	case run != l.runner.run || run == "":
	case l.runner.begun:
		seam("runner").call("stop", run)
	default: // it had not begun yet
		l.runner.run, l.dirty = "", true
	}
}

// Give sets what one's own next runs read, in place of asking; empty: they ask.
func (l *Live) Give(text string) {
	if text != "" && !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	l.do(func() { l.given = text })
}

// Input hands a line to a run, also to somebody else's.
func (l *Live) Input(run, line string) {
	l.do(func() {
		if run != l.runner.run {
			l.withClient(func(c *client.Client) { c.SendInput(run, line) })
			return
		}
		l.feed(run, line)
	})
}

// feed gives the own run a line, and tells everybody what was given. The page's runner keeps it until the program asks.
func (l *Live) feed(run, line string) {
	if run != l.runner.run || !l.runner.begun {
		return
	}
	if why := seam("runner").call("input", run, line).str(); why != "" {
		l.notice(why)
		return
	}
	l.gather(session.Stdin, line+"\n")
	l.pour()
	l.runner.needs, l.dirty = false, true
}

// quitRun ends the own run with the page: nobody would hear of its end any more.
func (l *Live) quitRun() {
	r := &l.runner
	if r.begun && r.run != "" && l.c != nil {
		run, ms := r.run, max(0, now()-r.since)
		l.stopOwn(run)
		l.end(session.RunEnd{Run: run, Exit: -1, MS: ms, Reason: session.ReasonCrash,
			Error: &session.RunError{Message: "The page that ran this was left."}})
	}
}

// endOrphan ends the run that this client began before the page was loaded again: nothing runs it any more.
func (l *Live) endOrphan() {
	s := l.state()
	if s == nil {
		return
	}
	if r := s.Running(l.c.You().ID); r != nil && r.Run != l.runner.run {
		l.c.EndRun(r.Run, session.RunEnd{Exit: -1, MS: max(0, now()-l.c.At(r.At)), Reason: session.ReasonCrash,
			Error: &session.RunError{Message: "The page was loaded again while this ran."}})
	}
}

// A mark is a place of the code, from 1, at which something is wrong.
type mark struct {
	Line    int    `json:"line"`
	Column  int    `json:"column"`
	Message string `json:"message"`
}

// diagnose shows one more place at which the own run failed.
func (l *Live) diagnose(message string, line, column int) {
	if line <= 0 {
		return
	}
	if l.runner.marked != l.runner.run {
		l.runner.marks = nil
	}
	l.showMarks(l.runner.run, append(l.runner.marks, mark{line, max(1, column), message}))
}

// mark shows where a run failed, in place of what is shown, unless that is of this very run: of the own run all is known.
func (l *Live) mark(run, message string, line, column int) {
	if line > 0 && run != l.runner.marked {
		l.showMarks(run, []mark{{line, max(1, column), message}})
	}
}

func (l *Live) showMarks(run string, all []mark) {
	l.runner.marked, l.runner.marks = run, all
	data, _ := json.Marshal(all)
	l.editor.call("setMarkers", string(data))
}
