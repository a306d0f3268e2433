// Package browser is all of the program that touches JavaScript: the editor, the runner, the connection, what is
// kept on this device. It compiles outside the browser too, where it does nothing.
package browser

import (
	"errors"
	"sync"
	"time"

	"tandem/shared/client"
	"tandem/shared/session"
)

const (
	tickAway = 100 * time.Millisecond // while there is no connection
	tickHere = time.Second            // while there is one
)

// Live is one session on this page: the client, its connection, the editor and the runner. It outlives the page that
// shows it: the home page creates a session, the session page takes it over.
type Live struct {
	mu    sync.Mutex
	queue []func() // guarded by mu; whoever finds it idle works it off
	busy  bool     // guarded by mu
	view  View     // guarded by mu
	watch func()   // guarded by mu; told that View is new

	// The fields below belong to whoever works off the queue.
	id       string
	local    bool // a practice pad: its log is on this device, and no server is asked for anything
	cfg      client.Config
	c        *client.Client
	stage    Stage
	ending   Ending
	sock     conn
	ticker   *time.Timer
	editor   editor
	runner   runner
	given    string // input for one's own next runs
	saver    saver
	labels   labels
	told     string // the last refusal that was shown
	dirty    bool   // the view has to be made again
	typing   bool   // an edit of one's own is being done
	edit     int64  // when the last one was, on the steady clock
	holding  client.Held
	ahead    int64           // ms that the device's own clock is ahead of the steady one
	rescue   *rescue         // of what another tab left unsent; nil: none is on
	alone    map[string]bool // clients with something unsent for which no tab spoke at the last look
	lookedAt int64           // when that was
	peers    map[peer]string // as JSON, without its closing brace
	peersDue bool            // the others' cursors are to be drawn at the next tick
	people   int             // counts changes
	runs     int
	notices  []string
	seenEnds map[string]bool // runs whose end was seen
	broken   bool
	over     bool
	release  func() // of the page's own events
}

func newLive(id string) *Live {
	l := &Live{id: id, labels: labels{}, seenEnds: map[string]bool{}, alone: map[string]bool{}, peers: map[peer]string{}}
	onFailure = func() {
		l.do(func() {
			l.save() // the client is sound if the panic was elsewhere on the page
			l.fail()
		})
	}
	l.release = l.listenToPage()
	return l
}

// do runs f when nothing else of this session runs: at once, or after what runs now. It never waits.
func (l *Live) do(f func()) {
	l.mu.Lock()
	l.queue = append(l.queue, f)
	if l.busy {
		l.mu.Unlock()
		return
	}
	l.busy = true
	for len(l.queue) > 0 {
		next := l.queue[0]
		l.queue = l.queue[1:]
		l.mu.Unlock()
		l.guard(next)
		l.mu.Lock()
		if len(l.queue) == 0 {
			l.mu.Unlock()
			l.guard(l.settle)
			l.mu.Lock()
		}
	}
	l.busy = false
	l.mu.Unlock()
}

func (l *Live) guard(f func()) {
	defer func() {
		if v := recover(); v != nil {
			l.fail()
			failed(v)
		}
	}()
	f()
}

// after runs f in the queue, later.
func (l *Live) after(d time.Duration, f func()) *time.Timer {
	waits = true
	return time.AfterFunc(d, func() {
		defer Recover()
		l.do(f)
	})
}

// fail is what follows a panic: nothing is saved any more, so that what is kept on this device stays good.
func (l *Live) fail() { l.broken = true }

// View is what the page shows now.
func (l *Live) View() View {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.view
}

// Watch sets who is told that the view is new. It is called from any goroutine and must not wait.
func (l *Live) Watch(f func()) {
	l.mu.Lock()
	l.watch = f
	l.mu.Unlock()
	if f != nil {
		f()
	}
}

// Mount takes the editor into a host element.
func (l *Live) Mount(host string) {
	l.do(func() {
		whenReady(func() {
			seam("editor").get("ready").then(func(object) {
				seam("editor").call("quiet").then(func(object) { l.do(func() { l.adopt(host) }) })
			})
		}, "editor")
	})
}

func (l *Live) adopt(host string) {
	if l.over || l.stage == Ended || l.editor.adopted || !element(host).there() {
		return
	}
	clear(l.labels)
	typed := l.editor.adopt(l, host)
	if l.c != nil {
		l.meet(typed)
	}
	l.dirty = true
}

// Unmount gives the editor back to the page.
func (l *Live) Unmount() { l.do(l.editor.release) }

// Close leaves the session: the others see it at once.
func (l *Live) Close() {
	l.do(func() {
		if l.over {
			return
		}
		l.editor.release()
		if l.c != nil && l.stage != Ended {
			l.quitRun()
			l.save()
			l.c.Leave()
		}
		l.finish(session.CloseLeft)
		l.over = true
		l.release()
		id := l.cfg.Client // another tab may be that client once what was just saved is stored
		load(saveKey(l.id, id), func(string, bool) { unlock(clientLock + id) })
	})
}

// Delete removes the session for good, for everybody, where this device has the interviewer's key; then nothing of it stays
// on this device either. Done tells whether the server did.
func (l *Live) Delete(done func(ok bool)) {
	l.do(func() {
		with := map[string]any{"Authorization": "Bearer " + recall(keySecret+l.id)}
		fetch("/api/sessions/"+l.id, map[string]any{"method": "DELETE", "headers": with}, func(response object) {
			l.do(func() {
				ok := response.get("ok").there()
				if ok {
					l.broken = true // or the page would save it once more as it goes
					Forget(l.id)
				}
				done(ok)
			})
		})
	})
}

// finish ends the connection and the timers.
func (l *Live) finish(code int) {
	if l.sock != nil {
		l.sock.close(code)
		l.sock = nil
	}
	for _, t := range []*time.Timer{l.ticker, l.saver.timer, l.runner.timer} {
		if t != nil {
			t.Stop()
		}
	}
	if l.rescue != nil {
		l.rescue.end()
	}
	if runnerOwner == l {
		runnerOwner = nil
	}
}

// SetLanguage asks for a change that all see.
func (l *Live) SetLanguage(id string) {
	l.do(func() { l.withClient(func(c *client.Client) { l.refused(c.SetLanguage(id)) }) })
}

// SetTitle names the session; only an interviewer may.
func (l *Live) SetTitle(title string) {
	l.do(func() { l.withClient(func(c *client.Client) { l.refused(c.SetTitle(title)) }) })
}

// SetRunLimit sets how many milliseconds a run may be at work; only an interviewer may.
func (l *Live) SetRunLimit(ms int) {
	l.do(func() { l.withClient(func(c *client.Client) { l.refused(c.SetRunLimit(ms)) }) })
}

// FocusEditor moves the keyboard into the editor.
func (l *Live) FocusEditor() { l.do(func() { l.editor.call("focus") }) }

// Reveal shows a place of the code, 1-based.
func (l *Live) Reveal(line, column int) {
	l.do(func() { l.editor.call("reveal", line, max(1, column)) })
}

// Text is the code as it is shown.
func (l *Live) Text(done func(text string)) {
	l.do(func() { l.withClient(func(c *client.Client) { done(c.Text()) }) })
}

// Rescue is Text after the end of the session: what is left of it on this page.
func (l *Live) Rescue(done func(text string)) {
	l.do(func() {
		if l.c != nil {
			done(l.c.Text())
		}
	})
}

// Notices gives the sentences that the person should read now, once.
func (l *Live) Notices(done func([]string)) {
	l.do(func() {
		n := l.notices
		l.notices = nil
		if len(n) > 0 {
			done(n)
		}
	})
}

// refused shows why the client did not take a request.
func (l *Live) refused(err error) {
	var refusal *session.Refusal
	if errors.As(err, &refusal) {
		l.notice(refusal.Message)
	}
}

func (l *Live) notice(text string) { l.notices, l.dirty = append(l.notices, text), true }

func (l *Live) withClient(f func(*client.Client)) {
	if l.c != nil && l.stage != Ended {
		f(l.c)
	}
}

// state is the fold as it is shown; nil before the first welcome. It is made anew each time: not for every key.
func (l *Live) state() *session.State {
	if !l.joined() {
		return nil
	}
	return l.c.State()
}

// joined tells whether the server has welcomed this client, now or before the page was loaded again.
func (l *Live) joined() bool    { return l.c != nil && l.c.You().ID != "" }
func (l *Live) connected() bool { return l.c != nil && l.c.Status().Phase == client.Connected }

// ClearMarks removes the marks of errors from the editor.
func (l *Live) ClearMarks() { l.do(func() { l.editor.call("setMarkers", "[]") }) }
