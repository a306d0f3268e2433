package browser

import (
	"time"

	"tandem/shared/client"
	"tandem/shared/ot"
	"tandem/shared/session"
)

// host is what the client sees of this page.
type host struct{ l *Live }

func (h host) Send(frame []byte) {
	if h.l.sock != nil {
		h.l.sock.send(string(frame))
	}
}

func (h host) Apply(op ot.Op, sel []session.Range) {
	if h.l.editor.adopted {
		editorApply.call(string(op.AppendJSON(nil)), string(appendRanges(nil, sel)))
	}
}

func (h host) Stop(run string)        { h.l.stopOwn(run) }
func (h host) Input(run, text string) { h.l.feed(run, text) }

func (h host) Changed(what client.Change) {
	l := h.l
	if what&client.ChangedCursors != 0 {
		if l.peersDue = l.typing; !l.typing { // the editor moves them itself over what is typed, all but always right
			l.showPeers()
		}
	}
	if what&client.ChangedPeople != 0 {
		l.people++
		l.dirty = true
		l.showPeers()
	}
	if what&client.ChangedRuns != 0 {
		l.runs++
		l.dirty = true
		l.markEnds()
	}
	if what&client.ChangedState != 0 {
		l.dirty = true
		l.tellLanguage()
		l.prepare()
		l.visit()
	}
	if what&client.ChangedStatus != 0 {
		l.statusChanged()
	}
	l.saveIn(saveLater)
}

// statusChanged only makes the view again where it would differ: the status changes with every key.
func (l *Live) statusChanged() {
	if l.link() != l.View().Link {
		l.dirty = true
	}
}

// visit notes the session in the list of the home page.
func (l *Live) visit() {
	if s := l.state(); s != nil {
		tandem().call("remember", s.Language)
		if !l.local {
			visited(Recent{ID: l.c.SessionID(), Title: s.Title, Language: s.Language, At: now()})
		}
	}
}

// markEnds shows in the editor where a run that just ended failed, whoever ran it.
func (l *Live) markEnds() {
	s := l.state()
	if s == nil {
		return
	}
	for i, r := range s.Runs {
		if r.End == nil || l.seenEnds[r.Run] {
			continue
		}
		l.seenEnds[r.Run] = true
		if e := r.End.Error; e != nil && i == len(s.Runs)-1 {
			l.mark(r.Run, e.Message, e.Line, e.Column)
		}
	}
}

// connect opens a connection, in place of one that there may be.
func (l *Live) connect() {
	l.hangUp()
	var s conn
	mine := func(f func()) {
		l.do(func() {
			if l.sock == s {
				f()
			}
		})
	}
	dial := dialServer
	if l.local {
		dial = l.dialPad
	}
	s = dial(
		func() {
			mine(func() {
				l.c.Opened(steady())
				l.dirty = true
			})
		},
		func(frame string) {
			mine(func() { l.receive(frame) })
		},
		func(code int) {
			mine(func() {
				l.sock = nil
				l.c.Closed(code, steady())
				l.dirty = true
				l.schedule()
			})
		})
	l.sock = s
}

func (l *Live) receive(frame string) {
	if l.c == nil || l.stage == Ended {
		return
	}
	l.hear(func() error { return l.c.Receive([]byte(frame), steady()) })
}

// hear lets the client take what the server said.
func (l *Live) hear(take func() error) {
	was := l.connected()
	if err := take(); err != nil {
		global().get("console").call("warn", "tandem: "+err.Error())
		l.hangUp()
		l.schedule()
		return
	}
	if !was && l.connected() {
		l.welcomed()
	}
}

// welcomed follows every welcome: the first, and one after a drop.
func (l *Live) welcomed() {
	l.dirty = true
	l.people++
	l.runs++
	if l.stage == In {
		l.endOrphan()
	}
	l.visit()
	l.prepare() // what could not be loaded
	l.schedule()
}

// closeAbandoned is no clean leave: this side gave the connection up, and comes back.
const closeAbandoned = 4900

// hangUp drops a connection that is of no use.
func (l *Live) hangUp() {
	if l.sock != nil {
		l.sock.close(closeAbandoned)
		l.sock = nil
		l.dirty = true
	}
}

// retry comes back at once: the network is there again, or somebody looks at the page.
func (l *Live) retry() {
	if l.c != nil && l.stage != Ended {
		l.c.Online(steady())
		l.tick()
		l.prepare() // what could not be loaded
	}
	l.dirty = true
}

// cut is what the browser says of the network: it is gone.
func (l *Live) cut() {
	if l.c != nil && l.sock != nil && !l.local {
		l.hangUp()
		l.c.Closed(1006, steady())
		l.schedule()
	}
	l.dirty = true
}

func (l *Live) tick() {
	if l.c == nil || l.stage == Ended || l.over {
		return
	}
	l.wake()
	reconnect, closeIt := l.c.Tick(steady())
	if closeIt {
		l.hangUp()
	}
	if reconnect {
		l.connect()
	}
	if created := l.View().Created; created != 0 {
		l.labels.set("timer", clock((steady()-created)/1000))
	}
	l.statusChanged()
	l.lookAround()
	if l.peersDue {
		l.peersDue = false
		l.showPeers()
	}
	l.schedule()
}

// asleep is how far the device's own clock must have gone ahead of the steady one, in ms, for the device to have slept: in some
// browsers the steady one stands still then.
const asleep = 10_000

// wake comes back at once after the device slept: the connection is most likely dead, which would take a while to show.
func (l *Live) wake() {
	ahead := now() - steady()
	slept := ahead-l.ahead >= asleep
	if l.ahead = ahead; slept {
		l.cut()
		l.c.Online(steady())
	}
}

// schedule sets the next tick.
func (l *Live) schedule() {
	if l.ticker != nil {
		l.ticker.Stop()
	}
	d := tickAway
	if l.connected() {
		d = tickHere
	}
	l.ticker = l.after(d, l.tick)
}

// depart says goodbye as the page goes, so that the others see it at once. The page may come back from the browser's
// memory; then the client connects as after any drop.
func (l *Live) depart() {
	l.quitRun()
	l.farewell()
	if l.sock == nil {
		return
	}
	if l.connected() {
		l.sock.send(string(session.AppendRequest(nil, session.Request{Body: session.Leave{}})))
	}
	l.sock.close(session.CloseLeft)
	l.sock = nil
	l.c.Closed(1006, steady())
}

// listenToPage follows what happens to the page: the network goes and comes, the page is hidden, or ends.
func (l *Live) listenToPage() (release func()) {
	window, document := global(), global().get("document")
	online := listen(func([]object) { l.do(l.retry) })
	offline := listen(func([]object) { l.do(l.cut) })
	leave := listen(func([]object) { l.do(l.depart) })
	hidden := listen(func([]object) {
		l.do(func() {
			if document.get("visibilityState").str() == "hidden" {
				l.farewell()
			} else if l.sock == nil {
				l.retry()
			}
		})
	})
	window.call("addEventListener", "online", online)
	window.call("addEventListener", "offline", offline)
	window.call("addEventListener", "pagehide", leave)
	document.call("addEventListener", "visibilitychange", hidden)
	return func() {
		window.call("removeEventListener", "online", online)
		window.call("removeEventListener", "offline", offline)
		window.call("removeEventListener", "pagehide", leave)
		document.call("removeEventListener", "visibilitychange", hidden)
		// Released later: this may run within one of them.
		time.AfterFunc(time.Second, func() {
			for _, c := range []callback{online, offline, leave, hidden} {
				c.release()
			}
		})
	}
}
