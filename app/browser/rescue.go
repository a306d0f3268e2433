package browser

import (
	"time"

	"tandem/shared/client"
	"tandem/shared/ot"
	"tandem/shared/session"
)

const (
	rescueEvery = 5_000                  // milliseconds between two looks for what other tabs left unsent
	rescueTick  = 200 * time.Millisecond // of a client that brings it to the server
)

// A rescue brings to the server what a tab of this device left unsent when it was closed. It is that tab's client once more,
// under its lock, without an editor: so each edit has the number that it had, and counts once, whatever had arrived of it.
type rescue struct {
	l     *Live
	id    string // of the client
	name  string
	c     *client.Client
	sock  conn
	timer *time.Timer
	over  bool
}

// lookAround begins a rescue where a tab is gone that had something unsent. One that was not there at one look only may be
// on its way back: a page that is loaded again has no lock for a moment.
func (l *Live) lookAround() {
	if l.local || l.stage != In || !l.connected() || l.rescue != nil || steady()-l.lookedAt < rescueEvery {
		return
	}
	l.lookedAt = steady()
	for _, s := range seatsIn(l.id) {
		if !s.unsent || s.client == l.cfg.Client {
			continue
		}
		lock(clientLock+s.client, func(ok bool) {
			l.do(func() {
				if ok && l.alone[s.client] && l.rescue == nil && l.stage == In && !l.over {
					r := &rescue{l: l, id: s.client}
					l.rescue = r
					restore(l.id, s.client, func(name, saved string) { l.do(func() { r.start(name, saved) }) })
					return
				}
				if l.alone[s.client] = ok; ok {
					unlock(clientLock + s.client)
				}
			})
		})
	}
}

func (r *rescue) start(name, saved string) {
	if r.over {
		return
	}
	cfg := client.Config{Client: r.id, Session: r.l.id, Name: name, Key: r.l.cfg.Key, Seed: uint64(now())}
	c, err := client.Restore(r, cfg, []byte(saved))
	if err != nil {
		r.end() // nobody can read it, nor could a tab
		return
	}
	r.name, r.c = name, c
	r.tick()
}

func (r *rescue) tick() {
	if r.over {
		return
	}
	reconnect, stop := r.c.Tick(steady())
	if stop {
		r.hangUp()
	}
	if reconnect {
		r.connect()
	}
	switch status := r.c.Status(); {
	case status.Phase == client.Ended:
		r.end()
	case status.Saved && status.Phase == client.Connected:
		r.done()
	default:
		r.timer = r.l.after(rescueTick, r.tick)
	}
}

func (r *rescue) connect() {
	r.hangUp()
	var s conn
	mine := func(f func()) {
		r.l.do(func() {
			if r.sock == s && !r.over {
				f()
			}
		})
	}
	s = dialServer(
		func() { mine(func() { r.c.Opened(steady()) }) },
		func(frame string) {
			mine(func() {
				if r.c.Receive([]byte(frame), steady()) != nil {
					r.hangUp()
				}
			})
		},
		func(code int) {
			mine(func() {
				r.sock = nil
				r.c.Closed(code, steady())
			})
		})
	r.sock = s
}

func (r *rescue) hangUp() {
	if r.sock != nil {
		r.sock.close(closeAbandoned)
		r.sock = nil
	}
}

// done keeps that all of it is at the server, and then lets others be that client.
func (r *rescue) done() {
	data := signed(r.name, now(), r.c.Save())
	r.c.Leave()
	r.sock.close(session.CloseLeft)
	r.over = true
	store(saveKey(r.l.id, r.id), data, func() {
		r.l.do(func() {
			seatIsSent(r.l.id, r.id)
			dropFarewell(saveKey(r.l.id, r.id))
			unlock(clientLock + r.id)
			r.l.rescue = nil
		})
	})
}

// end gives up what could not be done; it stays kept. The page tries no other.
func (r *rescue) end() {
	if r.over {
		return
	}
	r.over = true
	r.hangUp()
	if r.timer != nil {
		r.timer.Stop()
	}
	unlock(clientLock + r.id)
}

// A rescue is its client's host: there is nobody to show anything to.

func (r *rescue) Send(frame []byte) {
	if r.sock != nil {
		r.sock.send(string(frame))
	}
}

func (r *rescue) Apply(ot.Op, []session.Range) {}
func (r *rescue) Changed(client.Change)        {}
func (r *rescue) Stop(string)                  {}
func (r *rescue) Input(string, string)         {}
