package browser

import "encoding/json"

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
