package browser

import (
	"crypto/rand"
	"encoding/json"
	"slices"

	"tandem/shared/session"
)

// What this device remembers, in localStorage: small, read at once, and the same for all tabs.
const (
	keyName   = "tandem.name"
	keyRecent = "tandem.recent"
	keySecret = "tandem.key." // + session id: the interviewer's key
)

// maxRecent is how many sessions a device lists. The text of an older one is forgotten, unless something in it is unsent;
// the interviewer's key is not, since nobody could give it back.
const maxRecent = 12

func local() object { return storage("localStorage") }
func tab() object   { return storage("sessionStorage") }

// storage may be forbidden altogether, then everything is merely forgotten.
func storage(name string) (o object) {
	defer func() {
		if recover() != nil {
			o = none()
		}
	}()
	return global().get(name)
}

func recall(key string) string {
	v, _ := local().try("getItem", key)
	return v.str()
}

func remember(key, value string) {
	if value == "" {
		local().try("removeItem", key)
		return
	}
	local().try("setItem", key, value)
}

// Name is what the person on this device called themselves last; empty if never.
func Name() string { return recall(keyName) }

// SetName remembers a name.
func SetName(name string) { remember(keyName, session.CleanName(name)) }

// A Recent is a session that this device was in.
type Recent struct {
	ID       string `json:"id"`
	Title    string `json:"title"`
	Language string `json:"language"`
	At       int64  `json:"at"`             // Unix milliseconds of the last visit
	Gone     bool   `json:"gone,omitempty"` // the server knows no such session any more
}

// Recents lists the sessions that this device was in, the latest first.
func Recents() []Recent { return readRecents(recall(keyRecent)) }

func readRecents(data string) []Recent {
	var all []Recent
	if json.Unmarshal([]byte(data), &all) != nil {
		return nil
	}
	return slices.DeleteFunc(all, func(r Recent) bool { return !session.ValidID(r.ID) })
}

// inFront gives a list of first and then the others, without those that are the same.
func inFront[T any](first T, others []T, same func(T) bool) []T {
	return append([]T{first}, slices.DeleteFunc(slices.Clone(others), same)...)
}

// withRecent puts r in front of the others and gives the ids that fall off the end.
func withRecent(all []Recent, r Recent) (now []Recent, gone []string) {
	now = inFront(r, all, func(o Recent) bool { return o.ID == r.ID })
	for len(now) > maxRecent {
		gone = append(gone, now[len(now)-1].ID)
		now = now[:len(now)-1]
	}
	return now, gone
}

func visited(r Recent) {
	now, gone := withRecent(Recents(), r)
	writeRecents(now)
	for _, id := range gone {
		if !anyUnsent(seatsIn(id)) {
			leaveSeats(id)
		}
	}
}

// lost marks a session that the server does not know any more. It stays in the list: this device may have text of it that is
// nowhere else. A later visit takes the mark away.
func lost(id string) {
	all := Recents()
	if i := slices.IndexFunc(all, func(r Recent) bool { return r.ID == id }); i >= 0 {
		all[i].Gone = true
		writeRecents(all)
	}
}

// Forget removes a session from this device: the list, its text, and the interviewer's key.
func Forget(id string) {
	writeRecents(slices.DeleteFunc(Recents(), func(r Recent) bool { return r.ID == id }))
	leaveSeats(id)
	remember(keySecret+id, "")
}

func writeRecents(all []Recent) {
	data, _ := json.Marshal(all)
	remember(keyRecent, string(data))
}

// Theme is what is shown: "light" or "dark".
func Theme() string {
	return global().get("document").get("documentElement").get("dataset").get("theme").str()
}

// SetTheme chooses "light" or "dark" for this device; the editor follows.
func SetTheme(theme string) { tandem().get("theme").call("set", theme) }

// OnTheme calls f when the colours change, also by the system, until release is called.
func OnTheme(f func(theme string)) (release func()) {
	c := listen(func([]object) { f(Theme()) })
	global().call("addEventListener", "tandem:theme", c)
	return func() {
		global().call("removeEventListener", "tandem:theme", c)
		c.release()
	}
}

const idAlphabet = "_-0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

// newID is a nanoid: 21 letters, 126 bits.
func newID() string {
	id := make([]byte, 21)
	rand.Read(id)
	for i, b := range id {
		id[i] = idAlphabet[b&63]
	}
	return string(id)
}
