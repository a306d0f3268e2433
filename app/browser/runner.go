package browser

import (
	"encoding/json"
	"strings"
	"time"

	"tandem/shared/client"
	"tandem/shared/session"
)

const settleTime = 3000 // ms that a run waits for the acknowledgement of edits, at most

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

// Run runs the code as it is now. Nothing happens while the own last run goes on.
func (l *Live) Run() { l.do(l.ask) }

func (l *Live) ask() {
	if l.c == nil || l.runner.run != "" || l.stage != In {
		return
	}
	r := &l.runner
	*r = runner{runtime: r.runtime, prepared: r.prepared, run: newID(), since: steady(), given: l.given}
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
	if l.connected() && !l.c.Settled() && steady()-r.since < settleTime {
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

// quitRun ends the own run with the page: nobody would hear of its end any more.
func (l *Live) quitRun() {
	r := &l.runner
	if r.begun && r.run != "" && l.c != nil {
		run, ms := r.run, max(0, steady()-r.since)
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
		l.c.EndRun(r.Run, session.RunEnd{Exit: -1, MS: max(0, steady()-l.c.At(r.At)), Reason: session.ReasonCrash,
			Error: &session.RunError{Message: "The page was loaded again while this ran."}})
	}
}
