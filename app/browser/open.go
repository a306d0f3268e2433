package browser

import (
	"strings"

	"tandem/shared/client"
	"tandem/shared/session"
)

// handed is the session that the home page created, for the session page to take over.
var handed *Live

// introduced is the session that the person asked to join on the home page, under the name given there.
var introduced string

// Create begins a new session. Watch it: once its view has a Session, that page can be opened.
func Create(name, language string) *Live {
	if handed != nil {
		handed.Close()
	}
	SetName(name)
	l := newLive("")
	l.cfg = client.Config{Name: session.CleanName(name), Language: language}
	handed = l
	l.do(func() {
		l.stage, l.dirty = Joining, true
		whenReady(func() {
			l.pickClient(nil, func(id string) {
				l.cfg.Client = id
				l.start("")
			})
		}, "socket", "store")
	})
	return l
}

// Introduce says that the person gave their name already and wants to join the session.
func Introduce(id, name string) {
	SetName(name)
	introduced = id
}

// Open takes part in a session: the one that was just created, one that this device knows, or one whose page asks
// for a name first.
func Open(id string) *Live {
	if h := handed; h != nil {
		handed = nil
		if h.View().Session == id {
			return h
		}
		h.Close()
	}
	l := newLive(id)
	l.do(func() { whenReady(func() { l.do(l.find) }, "socket", "store") })
	return l
}

// padLanguage is what the practice pad was left in; each language has a pad of its own.
const padLanguage = "tandem.pad"

// OpenPad opens the practice pad of a language, or the last one.
func OpenPad(language string) *Live {
	if _, ok := session.LookupLanguage(language); !ok {
		language = recall(padLanguage)
	}
	if _, ok := session.LookupLanguage(language); !ok {
		language = session.Languages[0].ID
	}
	remember(padLanguage, language)
	l := newLive("pad." + language) // no server has a session with a dot in its id
	l.local = true
	l.do(func() { whenReady(func() { l.do(l.find) }, "journal", "store") })
	return l
}

// find looks for what this device knows of the session.
func (l *Live) find() {
	l.pickClient(candidates(l.id), func(id string) {
		l.cfg = client.Config{Client: id, Session: l.id, Key: recall(keySecret + l.id)}
		restore(l.id, id, func(name, saved string) {
			l.do(func() {
				switch {
				case l.local:
					_, l.cfg.Language, _ = strings.Cut(l.id, ".")
					l.cfg.Name, l.cfg.Title = "Another tab", "Practice pad" // as other tabs see this one
					l.start(saved)
				case saved != "":
					l.cfg.Name = name
					l.start(saved)
				case (introduced == l.id || len(seatsIn(l.id)) > 0) && Name() != "": // was in it: not asked again
					l.cfg.Name = Name()
					l.start("")
				default:
					l.stage, l.dirty = Naming, true
					l.seek()
				}
				introduced = ""
			})
		})
	})
}

// seek looks whether there is such a session, so that nobody gives a name for nothing. Where the server doesn't say, or
// something was typed already, the join will tell.
func (l *Live) seek() {
	path := "/api/sessions/" + global().call("encodeURIComponent", l.id).str()
	fetch(path, map[string]any{"cache": "no-store"}, func(response object) {
		response.call("json").then(func(told object) {
			l.do(func() {
				if told.get("missing").there() && l.stage == Naming && l.editor.call("text").str() == "" {
					l.endWith(session.CloseNoSession, "")
				}
			})
		})
	})
}

// Join goes on with the name that the person gave.
func (l *Live) Join(name string) {
	l.do(func() {
		if l.stage == Naming {
			SetName(name)
			l.cfg.Name = session.CleanName(name)
			l.start("")
		}
	})
}

// start makes the client and connects.
func (l *Live) start(saved string) {
	l.stage, l.dirty = Joining, true
	l.cfg.Seed = uint64(now())
	l.c = newClient(l, saved)
	l.hold(l.holding)
	if l.editor.adopted && !l.joined() {
		// Typed before anything was known: it is an edit of the empty text, and merges like any other.
		l.meet(l.editor.call("text").str())
	}
	l.tick()
}

const clientLock = "client:" // + client id: held by the tab that speaks for it

// pickClient finds a client id that no other tab speaks for: the first of those given, or a new one. A duplicated
// tab comes with a copy of the other's id, and a tab opened again finds the id of the one that was closed.
func (l *Live) pickClient(ids []string, done func(id string)) {
	tryClient(ids, func(id string) { l.do(func() { done(id) }) })
}

func tryClient(ids []string, done func(id string)) {
	switch {
	case len(ids) == 0:
		id := newID()
		lock(clientLock+id, func(bool) { done(id) })
	case !session.ValidID(ids[0]):
		tryClient(ids[1:], done)
	default:
		lock(clientLock+ids[0], func(ok bool) {
			if ok {
				done(ids[0])
			} else {
				tryClient(ids[1:], done)
			}
		})
	}
}
