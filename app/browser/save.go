package browser

import (
	"strings"
	"time"

	"tandem/shared/client"
)

const (
	saveSoon    = 250 * time.Millisecond // after a change of one's own
	saveLater   = 3 * time.Second        // after what others did: the server has it
	maxFarewell = 1 << 20                // bytes that are put aside when the page goes
)

// saveKey is where the state of a client in a session is kept on this device.
func saveKey(id, client string) string { return "live." + id + "." + client }

// saver keeps what the client needs to go on after a reload: text, place in the stream, edits under way.
type saver struct {
	timer    *time.Timer
	due      time.Time
	cost     time.Duration // of the last save: a session with much output takes long to write down
	farewell bool          // there is a copy in localStorage or the tab's own storage
}

// maxShare is how much of the time goes into saving, at most: one part in so many.
const maxShare = 25

// saveIn makes sure that the state is stored within d.
func (l *Live) saveIn(d time.Duration) {
	d = max(d, l.saver.cost*maxShare)
	due := time.Now().Add(d)
	if l.saver.timer != nil {
		if !l.saver.due.After(due) {
			return
		}
		l.saver.timer.Stop()
	}
	l.saver.due = due
	l.saver.timer = l.after(d, l.save)
}

func (l *Live) save() {
	if l.saver.timer != nil {
		l.saver.timer.Stop()
		l.saver.timer = nil
	}
	begin := time.Now()
	data, ok := l.saved()
	if !ok {
		return
	}
	store(saveKey(l.id, l.cfg.Client), data)
	l.saver.cost = time.Since(begin)
	if l.saver.farewell {
		l.saver.farewell = false
		takeFarewell(saveKey(l.id, l.cfg.Client))
	}
}

func (l *Live) saved() (data string, ok bool) {
	if l.c == nil || l.id == "" || l.broken || !l.joined() {
		return "", false
	}
	return l.cfg.Name + "\n" + string(l.c.Save()), true
}

// farewell saves as the page goes: the database may not get to it any more, so it is also put where it is written at
// once. What is not at the server outlives the tab; what can be undone, a reload of it.
func (l *Live) farewell() {
	l.pour()
	l.save()
	data, ok := l.saved()
	if !ok || len(data) >= maxFarewell {
		return
	}
	key := "tandem." + saveKey(l.id, l.cfg.Client)
	if l.c.Settled() {
		tab().try("setItem", key, data)
	} else {
		remember(key, data)
	}
	l.saver.farewell = true
}

// takeFarewell finds what was put aside, and removes it.
func takeFarewell(key string) string {
	key = "tandem." + key
	data := recall(key)
	remember(key, "")
	if v, _ := tab().try("getItem", key); data == "" {
		data = v.str()
	}
	tab().try("removeItem", key)
	return data
}

// restore finds what was kept, if anything.
func restore(id, client string, done func(name, saved string)) {
	key := saveKey(id, client)
	if data := takeFarewell(key); data != "" {
		store(key, data)
		done(splitSaved(data))
		return
	}
	load(key, func(data string, _ bool) { done(splitSaved(data)) })
}

func splitSaved(data string) (name, saved string) {
	name, saved, _ = strings.Cut(data, "\n")
	return name, saved
}

// newClient goes on from what was kept, or anew where that can't be read.
func newClient(l *Live, saved string) *client.Client {
	if saved != "" {
		if c, err := client.Restore(host{l}, l.cfg, []byte(saved)); err == nil {
			return c
		}
	}
	return client.New(host{l}, l.cfg)
}
