package browser

import (
	"strconv"

	"tandem/shared/client"
	"tandem/shared/session"
)

// settle follows whatever happened: timers, labels, and the page.
func (l *Live) settle() {
	if l.over {
		return
	}
	if l.c != nil && l.stage != Ended {
		l.step()
	}
	if l.dirty {
		l.dirty = false
		l.show()
	}
}

// step follows the client's status.
func (l *Live) step() {
	status := l.c.Status()
	if l.stage == Joining && l.joined() {
		l.stage, l.dirty = In, true
		l.arrived()
	}
	if status.Phase == client.Ended {
		l.endWith(status.Code, status.Message)
		return
	}
	if status.Message != l.told {
		if l.told = status.Message; l.told != "" {
			l.notice(l.told)
		}
	}
	l.overtaken()
	l.begin()
	saved := l.savedText()
	if l.stage != In {
		saved = ""
	}
	l.labels.set("saved", saved)
	if !l.c.Settled() {
		l.saveIn(saveSoon)
	}
}

// arrived is the first moment at which there is something to show.
func (l *Live) arrived() {
	l.id = l.c.SessionID()
	takeSeat(l.id, l.cfg.Client, !l.c.Settled())
	if key := l.c.Key(); key != "" {
		remember(keySecret+l.id, key)
	}
	if l.editor.adopted {
		l.meet(l.editor.call("text").str())
	}
	for _, r := range l.state().Runs {
		l.seenEnds[r.Run] = r.End != nil
	}
	l.startRunner()
	l.saveIn(saveSoon)
}

// endWith is an end for good: the page says why, and what was typed stays on this device. said is the server's last word.
func (l *Live) endWith(code int, said string) {
	l.save()
	if code == session.CloseNoSession {
		lost(l.id)
	}
	l.dropRun()
	l.stage, l.dirty = Ended, true
	why := session.CloseReason(code)
	if code == session.CloseNoSession && l.joined() {
		why = "It was deleted, or has expired." // the link was right: one was in it
	}
	if code == session.CloseNotAllowed { // the code alone doesn't tell what is wrong with the session
		why = said
	}
	l.ending = Ending{code, why, l.c != nil && l.c.Text() != ""}
	l.editor.release()
	l.finish(session.CloseLeft)
}

// show makes the view again and tells the page.
func (l *Live) show() {
	v := View{Stage: l.stage, Session: l.id, Ending: l.ending, Runtime: l.runner.runtime, Mine: l.runner.run,
		Needs: l.runner.needs, Calm: l.runner.needs && !l.runner.typed, people: l.people, runs: l.runs}
	old := l.View()
	if s := l.state(); s != nil {
		v.Title, v.Language, v.You = s.Title, s.Language, l.c.You()
		v.Created, v.RunMS = l.c.At(s.Created), l.c.RunLimit()
		if v.People = old.People; old.people != v.people || old.You.ID != v.You.ID {
			v.People = peopleOf(s, v.You.ID)
		}
		if v.Runs = old.Runs; old.runs != v.runs || old.people != v.people || old.You.ID != v.You.ID {
			v.Runs = runsOf(s, v.You.ID, func(at int64) int64 { return wall(l.c.At(at)) })
		}
	}
	if l.c != nil {
		status := l.c.Status()
		v.Saved = status.Saved
		v.Link = l.link()
	}
	if v.same(old) && len(l.notices) == 0 {
		return
	}
	l.mu.Lock()
	l.view = v
	watch := l.watch
	l.mu.Unlock()
	if watch != nil {
		watch()
		waits = true
	}
}

// link tells in words where the session is.
func (l *Live) link() Connection {
	if l.local {
		return Connection{Text: "Practice pad"}
	}
	return connection(l.c.Status(), Online)
}

func (l *Live) savedText() string {
	if l.local {
		p, _ := l.sock.(*pad)
		return keptText(l.c.Status(), p != nil && p.unkept)
	}
	return savedText(l.c.Status(), l.connected(), unkept)
}

// keptText never claims more than is true either: what is saved is in this device's database.
func keptText(s client.Status, unkept bool) string {
	switch {
	case unkept:
		return "Not kept: this browser's storage can't be used"
	case s.Saved:
		return "Saved on this device"
	case s.Full:
		return "Not saved: the text is full"
	case s.Unsaved:
		return "Not saved: this device has no room for it"
	}
	return "Saving…"
}

// connection tells the way to the server in words.
func connection(s client.Status, online func() bool) Connection {
	switch {
	case s.Phase == client.Connected && s.RTT >= 0:
		return Connection{Text: "Connected", Delay: " · " + strconv.FormatInt(max(1, s.RTT), 10) + " ms"}
	case s.Phase == client.Connected:
		return Connection{Text: "Connected"}
	case !online() || s.Phase == client.Offline:
		return Connection{Text: "Offline", Tone: "idle"}
	case s.Phase == client.Connecting:
		return Connection{Tone: "idle"}
	}
	return Connection{Text: "Reconnecting…", Tone: "warn"}
}

// savedText never claims more than is true: "All changes saved" means that the server has stored them. Unkept is only asked
// where it matters: not with every key.
func savedText(s client.Status, connected bool, unkept func() bool) string {
	switch {
	case s.Saved:
		return "All changes saved"
	case connected && !s.Unsaved && !s.Full:
		return "Saving…"
	}
	kept := "kept on this device"
	if unkept() {
		kept = "kept while this page is open"
	}
	switch {
	case connected && s.Full:
		return "Not saved: the text is full — " + kept
	case connected:
		return "Not saved: the server can't store just now — " + kept
	}
	return "Not saved yet — " + kept
}

// unkept tells whether this browser keeps nothing.
func unkept() bool { return tandem().get("unkept").there() }
