package browser

import (
	"strconv"
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
	timer     *time.Timer
	due       time.Time
	cost      time.Duration // of the last save: a session with much output takes long to write down
	farewells int           // copies put into localStorage or the tab's own storage since there was none
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
	l.saver.timer = l.after(d, func() { l.save() })
}

// save stores the client's state as it is now, and gives what it stores: who it is, when that was, and what it needs to go
// on. It is the moment to look whether that is what the editor shows, too, which costs less than to save. There is nothing to
// keep of somebody who is not in the session yet and has done nothing.
func (l *Live) save() (at int64, data string) {
	if l.saver.timer != nil {
		l.saver.timer.Stop()
		l.saver.timer = nil
	}
	if l.c == nil || l.id == "" || l.broken || l.over || !l.joined() && l.c.Settled() {
		return 0, ""
	}
	begin := time.Now()
	l.compare()
	at = now()
	data = signed(l.cfg.Name, at, l.c.Save())
	takeSeat(l.id, l.cfg.Client, !l.c.Settled())
	key, farewells := saveKey(l.id, l.cfg.Client), l.saver.farewells
	store(key, data, func() {
		l.do(func() {
			if l.saver.farewells == farewells && farewells > 0 { // what was put aside is older than this
				l.saver.farewells = 0
				dropFarewell(key)
			}
		})
	})
	l.saver.cost = time.Since(begin)
	return at, data
}

// signed says of what was saved whose it is and when that was.
func signed(name string, at int64, saved []byte) string {
	return name + "\n" + strconv.FormatInt(at, 10) + "\n" + string(saved)
}

// farewell saves as the page goes: the database may not get to it any more, so it is also put where it is written at
// once. What is not at the server outlives the tab; what can be undone, a reload of it.
func (l *Live) farewell() {
	l.pour()
	at, data := l.save()
	if len(data) >= maxFarewell { // of the same moment, so that the database's counts if it gets there
		data = signed(l.cfg.Name, at, l.c.SaveBare())
	}
	if data == "" || len(data) >= maxFarewell {
		return
	}
	key := "tandem." + saveKey(l.id, l.cfg.Client)
	if l.c.Settled() {
		tab().try("setItem", key, data)
	} else {
		remember(key, data)
	}
	l.saver.farewells++
}

// farewellOf finds what was put aside, the later one.
func farewellOf(key string) string {
	v, _ := tab().try("getItem", "tandem."+key)
	return later(recall("tandem."+key), v.str())
}

func dropFarewell(key string) {
	remember("tandem."+key, "")
	tab().try("removeItem", "tandem."+key)
}

// dropSaved forgets what was kept under a key, everywhere.
func dropSaved(key string) {
	drop(key)
	dropFarewell(key)
}

// restore finds what was kept, if anything.
func restore(id, client string, done func(name, saved string)) {
	key := saveKey(id, client)
	load(key, func(stored string, _ bool) {
		data := later(stored, farewellOf(key))
		if data != stored {
			store(key, data, func() { dropFarewell(key) })
		} else {
			dropFarewell(key)
		}
		name, _, saved := splitSaved(data)
		done(name, saved)
	})
}

// later gives the one that was saved later, or the first of two equals.
func later(a, b string) string {
	if _, atA, _ := splitSaved(a); b != "" {
		if _, atB, _ := splitSaved(b); a == "" || atB > atA {
			return b
		}
	}
	return a
}

func splitSaved(data string) (name string, at int64, saved string) {
	name, data, _ = strings.Cut(data, "\n")
	stamp, saved, _ := strings.Cut(data, "\n")
	at, _ = strconv.ParseInt(stamp, 10, 64)
	return name, at, saved
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
