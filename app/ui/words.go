package ui

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"tandem/app/browser"
	"tandem/shared/session"
)

// parseLink reads what somebody pasted to join: a link, a part of one, or an id. It gives the session's id, or a
// sentence that tells what is wrong. host is this page's own.
func parseLink(text, host string) (id, problem string) {
	text = strings.Trim(text, " \t\r\n<>\"'“”")
	text = strings.TrimRight(text, ".,;:!?)/")
	if text == "" {
		return "", "Paste the link or the ID that you were sent."
	}
	if session.ValidID(text) {
		return text, ""
	}
	if !strings.Contains(text, "://") && !strings.HasPrefix(text, "/") {
		text = "//" + text
	}
	u, err := url.Parse(text)
	if err != nil {
		return "", "That is not a link to a session, nor an ID."
	}
	path, found := strings.CutPrefix(u.Path, "/s/")
	if !found || !session.ValidID(strings.Trim(path, "/")) {
		return "", "That is not a link to a session, nor an ID. A link looks like " + host + "/s/…"
	}
	if u.Host != "" && u.Host != host {
		return "", "That link leads to another server. Open it in the browser's address bar: " + u.Host
	}
	return strings.Trim(path, "/"), ""
}

// language is a language's name for people.
func language(id string) string {
	if l, ok := session.LookupLanguage(id); ok {
		return l.Label
	}
	return id
}

// when tells what there is to know of a session in the list beside its name: when one was in it, or that it is gone.
func when(r browser.Recent, now time.Time) string {
	if r.Gone {
		return "Deleted or expired"
	}
	return day(time.UnixMilli(r.At), now)
}

// day tells when something was, as one would say it now.
func day(at, now time.Time) string {
	clock := at.Format("15:04")
	midnight := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, now.Location())
	switch days := int(midnight.Sub(at).Hours()) / 24; {
	case !at.Before(midnight):
		return "Today, " + clock
	case days < 1:
		return "Yesterday, " + clock
	case at.Year() == now.Year():
		return at.Format("2 Jan, ") + clock
	}
	return at.Format("2 Jan 2006")
}

// took tells a duration.
func took(ms int64) string {
	switch {
	case ms < 1000:
		return strconv.FormatInt(ms, 10) + " ms"
	case ms < 60_000:
		return strconv.FormatFloat(float64(ms)/1000, 'f', 1, 64) + " s"
	}
	return strconv.FormatInt(ms/60_000, 10) + " min " + strconv.FormatInt(ms/1000%60, 10) + " s"
}

// turnout tells who came and who left, of the others; empty where nobody did.
func turnout(before, now []browser.Person) string {
	var came, left []string
	for _, p := range now {
		was := slices.ContainsFunc(before, func(b browser.Person) bool { return b.ID == p.ID && b.Here })
		switch {
		case p.You || was == p.Here:
		case p.Here:
			came = append(came, p.Name)
		default:
			left = append(left, p.Name)
		}
	}
	var said []string
	if len(came) > 0 {
		said = append(said, strings.Join(came, ", ")+" joined.")
	}
	if len(left) > 0 {
		said = append(said, strings.Join(left, ", ")+" left.")
	}
	return strings.Join(said, " ")
}

// who is the subject of a sentence about a run.
func who(r browser.Run) string {
	if r.You {
		return "You"
	}
	return r.Author.Name
}

// ran heads a run: what was run, when, for how long. The author stands before it.
func ran(r browser.Run, waits bool) string {
	switch {
	case r.End != nil:
		return "ran " + language(r.Language) + " · " + time.UnixMilli(r.At).Format("15:04:05") + " · " + took(r.End.MS)
	case r.You && waits:
		return "run " + language(r.Language) + " · waiting for input"
	case r.You:
		return "are running " + language(r.Language) + "…"
	}
	return "is running " + language(r.Language) + "…"
}

// remark says how a run ended where its output does not; bad tells that it failed.
func remark(r browser.Run) (text string, bad bool) {
	if r.End == nil {
		return "", false
	}
	message := ""
	if r.End.Error != nil {
		message = strings.TrimSpace(r.End.Error.Message)
	}
	switch r.End.Reason {
	case session.ReasonOK:
		if len(r.Output) == 0 && !r.Trimmed {
			return "Finished without output.", false
		}
		return "", false
	case session.ReasonStopped:
		return "Stopped.", false
	case session.ReasonTimeout:
		return "Stopped after " + took(r.End.MS) + ": that is all the time a run has.", true
	case session.ReasonMemory:
		return "Stopped: it used too much memory.", true
	case session.ReasonOutput:
		return "Stopped: it printed more than is kept.", true
	case session.ReasonCrash:
		if message == "" {
			message = "The run was cut off."
		}
		return message, true
	}
	if message != "" && !printed(r, message) {
		return message, true
	}
	if message == "" && r.End.Exit != 0 {
		return "Ended with exit code " + strconv.Itoa(r.End.Exit) + ".", true
	}
	return "", true
}

// printed tells whether the program's own error output says it already.
func printed(r browser.Run, message string) bool {
	for _, o := range r.Output {
		if o.Stream == session.Stderr && strings.Contains(o.Text, message) {
			return true
		}
	}
	return false
}

// place is where a run failed, for the button that leads there.
func place(r browser.Run) (line, column int, ok bool) {
	if r.End == nil || r.End.Error == nil || r.End.Error.Line <= 0 {
		return 0, 0, false
	}
	return r.End.Error.Line, r.End.Error.Column, true
}

// initials are the letters in a person's circle.
func initials(name string) string {
	words := strings.Fields(name)
	switch {
	case len(words) == 0:
		return "?"
	case len(words) == 1:
		return strings.ToUpper(letters(words[0], 2))
	}
	return strings.ToUpper(letters(words[0], 1) + letters(words[len(words)-1], 1))
}

func letters(word string, n int) string {
	r := []rune(word)
	return string(r[:min(n, len(r))])
}

// describe tells all about a person in the list.
func describe(p browser.Person) string {
	text := p.Name
	if p.You {
		text += " (you)"
	}
	text += ", " + string(p.Role)
	if !p.Here {
		text += ", left"
	}
	return text
}

// runtimeText tells the state of what runs the code here: the language, its version with a space before it, the state.
func runtimeText(r browser.Runtime) (name, version, state string) {
	if state = runtimeState(r); state == "" {
		return "", "", ""
	}
	name = language(r.Language)
	version, _, _ = strings.Cut(r.Version, ",") // the rest is for the tooltip
	if n := len(name); len(version) >= n && strings.EqualFold(version[:n], name) && strings.IndexFunc(version[n:], unicode.IsLetter) != 0 {
		version = version[n:] // "go1.26" and "Python 3.14", but not "SQLite 3.54"
	}
	if strings.HasSuffix(name, "("+version+")") {
		version = ""
	}
	if version = strings.TrimSpace(version); version != "" {
		version = " " + version
	}
	return name, version, " · " + state
}

func runtimeState(r browser.Runtime) string {
	switch r.State {
	case "loading":
		if r.Percent == 100 {
			return "starting…"
		}
		return "loading…"
	case "ready":
		return "ready"
	case "failed":
		return "could not be loaded"
	case "later":
		return "loaded when you run"
	case "missing":
		return "not loaded on this device yet"
	}
	return ""
}
