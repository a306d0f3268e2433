package browser

import (
	"time"

	"tandem/shared/session"
)

// whenReady runs f once window.tandem has the named parts: their scripts load beside the Go program.
func whenReady(f func(), names ...string) {
	for _, name := range names {
		if !seam(name).there() {
			if global().get("document").there() {
				time.AfterFunc(20*time.Millisecond, func() {
					defer Recover()
					whenReady(f, names...)
				})
			}
			return
		}
	}
	f()
}

// waits tells that goroutines or timers were given something to do: whoever came in by the door asks for their turn then.
var waits bool

// A seamMethod is called with every key or frame. Until its seam is there a call does nothing.
type seamMethod struct {
	seam, name string
	m          method
	known      bool
}

var (
	editorApply    = seamMethod{seam: "editor", name: "apply"}
	editorSetPeers = seamMethod{seam: "editor", name: "setPeers"}
	labelSet       = seamMethod{seam: "label", name: "set"}
)

func (s *seamMethod) call(a, b string) (gave bool) {
	if !s.known {
		o := seam(s.seam)
		if !o.there() {
			return false
		}
		s.m, s.known = o.method(s.name), true
	}
	return s.m.call(a, b)
}

// load reads from the page's database; ok is false where there is nothing or no database.
func load(key string, done func(value string, ok bool)) {
	seam("store").call("get", key).then(func(v object) { done(v.str(), v.isString()) })
}

// store keeps a value; done is called when it outlives the page, or can't.
func store(key, value string, done func()) {
	seam("store").call("set", key, value).then(func(object) { done() })
}

func drop(key string) { seam("store").call("del", key) }

// lock asks for a name that only one tab can hold, as long as it lives or needs it.
func lock(name string, done func(ok bool)) {
	seam("store").call("lock", name).then(func(ok object) { done(ok.there()) })
}

// unlock gives back what lock gave.
func unlock(name string) { seam("store").call("unlock", name) }

// fetch asks the server and hands over its response, or nothing where there is none.
func fetch(path string, how map[string]any, done func(response object)) {
	if answer, ok := global().try("fetch", path, how); ok {
		answer.then(done)
	} else {
		done(none())
	}
}

// A conn is what carries the client's frames.
type conn interface {
	send(frame string)
	close(code int)
}

// A socket is a connection to the server. Its callbacks are let go of after it closed.
type socket struct {
	handle                 object
	sending                method
	opened, message, ended callback
	over                   bool
}

// dialServer opens a connection; closed is called exactly once, also where it never opened.
func dialServer(opened func(), message func(string), closed func(code int)) conn {
	s := &socket{}
	s.opened = listen(func([]object) { opened() })
	s.message = listenText(message)
	s.ended = listen(func(args []object) {
		if !s.over {
			s.release()
			closed(first(args).num())
		}
	})
	s.handle = seam("socket").call("open", "/ws", session.Protocol, map[string]callback{"open": s.opened, "message": s.message, "close": s.ended})
	s.sending = s.handle.method("send")
	return s
}

func (s *socket) send(frame string) {
	if !s.over {
		s.sending.call(frame, "")
	}
}

// close ends the connection from here; closed is not called any more.
func (s *socket) close(code int) {
	if !s.over {
		s.release()
		s.handle.call("drop", code)
	}
}

func (s *socket) release() {
	s.over = true
	s.opened.release()
	s.message.release()
	s.sending.release()
	s.ended.release()
}
