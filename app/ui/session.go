package ui

import (
	"strings"
	"time"

	"github.com/maxence-charriere/go-app/v10/pkg/app"

	"tandem/app/browser"
	"tandem/shared/session"
)

// Session is the page of one session, or of the practice pad: that is a session on this device.
type Session struct {
	app.Compo

	live     *browser.Live
	path     string // of the page's address
	pad      bool
	view     browser.View
	panel    string // which panel a phone shows: "code" or "output"
	news     bool   // a run has begun or ended that the shown panel does not show
	turnout  string // who came or left last, in words
	theme    string
	notices  []notice
	counted  int // of notices so far
	copied   bool
	looked   bool // whether somebody was typing when the page was to ask for a name
	install  bool
	deleting bool   // by this page, which goes home then: that there is no such session any more is no news to it
	release  func() // of the page's events
}

// A notice is a sentence that stays for a moment.
type notice struct {
	ID   int
	Text string
	Tone string // class of the toast
}

const (
	noticeTime = 6 * time.Second
	copiedTime = 2 * time.Second
)

// OnNav opens the session of the address. The component is the same for all sessions, so what belongs to one is
// set anew.
func (s *Session) OnNav(ctx app.Context) {
	defer browser.Recover()
	path := strings.TrimRight(ctx.Page().URL().Path, "/")
	if path == s.path {
		return
	}
	s.leave()
	*s = Session{Compo: s.Compo, path: path, pad: path == padPath, panel: "code", theme: browser.Theme(), install: ctx.IsAppInstallable()}
	browser.ApplySide()
	ctx.Page().SetTitle("Tandem")
	if s.pad {
		s.take(ctx, browser.OpenPad(""))
	} else {
		s.take(ctx, browser.Open(s.id()))
	}
}

const (
	padPath  = "/pad" // address of the practice pad
	padTitle = "Practice pad"
)

// id is the session's, by the address.
func (s *Session) id() string { return strings.TrimPrefix(s.path, "/s/") }

// take shows a session in place of the one that was shown.
func (s *Session) take(ctx app.Context, live *browser.Live) {
	s.leave()
	s.live = live
	live.Watch(func() {
		ctx.Dispatch(func(ctx app.Context) {
			if s.live == live {
				s.show(ctx)
			}
		})
	})
	s.release = browser.OnTheme(func(theme string) { ctx.Dispatch(func(app.Context) { s.theme = theme }) })
}

// setLanguage asks for a language, which all will see. On the pad each language has a text of its own.
func (s *Session) setLanguage(ctx app.Context, language string) {
	s.view.Language = language // at once: see fill
	if s.pad {
		s.take(ctx, browser.OpenPad(language))
	} else {
		s.live.SetLanguage(language)
	}
}

func (s *Session) setRunLimit(ms int) {
	s.view.RunMS = ms
	s.live.SetRunLimit(ms)
}

func (s *Session) OnDismount() {
	defer browser.Recover()
	cameBack = true
	s.leave()
}

func (s *Session) leave() {
	defer browser.Recover()
	if s.live != nil {
		s.live.Watch(nil)
		s.live.Close()
		s.live = nil
	}
	if s.release != nil {
		s.release()
		s.release = nil
	}
}

func (s *Session) OnAppInstallChange(ctx app.Context) { s.install = ctx.IsAppInstallable() }

// show takes over what is new.
func (s *Session) show(ctx app.Context) {
	defer browser.Recover()
	old, v := s.view, s.live.View()
	if s.pad && v.Stage < browser.In && old.Stage == browser.In {
		return // from one language's pad to another's: the page stays until the other is there
	}
	if s.deleting && v.Stage == browser.Ended {
		return
	}
	if v.Stage == browser.Naming && old.Stage != browser.Naming && s.typing() {
		s.showSoon(ctx) // the rest of the line that is being typed would become the name
		return
	}
	s.view = v
	if s.view.Stage == browser.In && (old.Stage != browser.In || old.Title != s.view.Title) {
		ctx.Page().SetTitle(titleOf(s.view.Title) + " · Tandem")
	}
	if old.Stage != browser.Ended && s.view.Stage == browser.Ended {
		ctx.Page().SetTitle("Tandem")
		browser.Focus("message")
	}
	if old.Stage == browser.Naming && s.view.Stage != browser.Naming {
		live := s.live
		ctx.Defer(func(app.Context) {
			defer browser.Recover()
			live.FocusEditor() // until now the page was inert, and took no focus
		})
	}
	s.follow(old)
	if said := turnout(old.People, v.People); said != "" && old.Stage == browser.In {
		s.turnout = said
	}
	s.live.Notices(func(texts []string) {
		for _, text := range texts {
			s.notify(ctx, text, "warn")
		}
	})
}

// follow shows the output of one's own run, and says of somebody else's that there is something.
func (s *Session) follow(old browser.View) {
	if old.Mine == "" && s.view.Mine != "" {
		s.turnTo("output")
	} else if old.Stage == browser.In && turnOf(old.Runs) != turnOf(s.view.Runs) {
		s.news = s.panel == "code"
	}
}

// turnTo shows a panel, where only one has room.
func (s *Session) turnTo(panel string) { s.panel, s.news = panel, false }

// turnOf is what begins and ends runs: the last one, and whether it goes on.
func turnOf(runs []browser.Run) (turn struct {
	id   string
	over bool
}) {
	if n := len(runs); n > 0 {
		turn.id, turn.over = runs[n-1].ID, runs[n-1].End != nil
	}
	return turn
}

// typing tells whether somebody is in the middle of a line. Keys may have had to wait while the program started, so the first
// answer is to look again.
func (s *Session) typing() bool {
	since, first := browser.SinceKey(), !s.looked
	s.looked = true
	return since < pause || first && since < recently
}

func (s *Session) showSoon(ctx app.Context) {
	defer browser.Recover()
	live := s.live
	ctx.After(pause/4, func(ctx app.Context) {
		defer browser.Recover()
		if s.live == live {
			s.show(ctx)
		}
	})
}

func titleOf(title string) string {
	if title == "" {
		return untitled
	}
	return title
}

func (s *Session) notify(ctx app.Context, text, tone string) {
	s.counted++
	id := s.counted
	s.notices = append(s.notices, notice{id, text, tone})
	ctx.After(noticeTime, func(app.Context) {
		defer browser.Recover()
		for i, n := range s.notices {
			if n.ID == id {
				s.notices = append(s.notices[:i:i], s.notices[i+1:]...)
				return
			}
		}
	})
}

func (s *Session) Render() app.UI {
	return app.Div().Class("root").Body(
		app.If(s.view.Stage == browser.Ended, func() app.UI {
			return &message{Code: s.view.Ending.Code, Text: s.view.Ending.Message, Live: s.live, Rescue: s.view.Ending.Text, Language: s.view.Language}
		}).Else(func() app.UI { return s.desk() }),
		app.Div().Class("dialogs").Body(app.If(s.view.Stage == browser.Naming, func() app.UI {
			return &nameDialog{Live: s.live}
		})),
		app.Div().Class("spoken").Role("status").Aria("label", "Who came or left").Text(s.turnout), // the bar shows it by faces
		s.toasts(),
	)
}

// toasts are the notices. The page of a session that is over says itself what there is to say.
func (s *Session) toasts() app.UI {
	all := s.notices
	if s.view.Stage == browser.Ended {
		all = nil
	}
	return app.Div().Class("toasts").Role("status").Aria("label", "Notices").Body(app.Range(all).Slice(func(i int) app.UI {
		return app.Div().Class("toast", all[i].Tone).Text(all[i].Text)
	}))
}

// desk is the session as one works in it.
func (s *Session) desk() app.UI {
	v := s.view
	title := v.Title
	if s.pad {
		title = padTitle // also while it is being opened
	}
	running, runs := v.Running()
	page := app.Div().Class("page session").DataSet("panel", s.panel).DataSet("link", v.Link.Tone)
	if v.Stage == browser.Naming {
		page = page.Attr("inert", "true")
	}
	return page.Body(
		&topBar{Live: s.live, Title: title, Language: v.Language, In: v.Stage == browser.In, Owner: v.You.Role == session.Interviewer,
			Pad: s.pad, Mine: v.Mine, Running: running.ID, RunnerName: running.Author.Name, Stoppable: runs || v.Mine != "", RunMS: v.RunMS,
			People: v.People, Theme: s.theme, Copied: s.copied, Install: s.install, Page: s},
		app.Div().Class("notices").Body(
			&banners{Offline: offlineText(v)}, // an update is offered on the home page, not in the middle of an interview
		),
		app.Nav().Class("switch").Aria("label", "Panels").Body(
			app.Div().Role("tablist").Aria("label", "Panels").Body(
				s.tab("code", "Code", false),
				s.tab("output", "Output", s.news),
			),
		),
		app.Main().Body(
			&editorHost{Live: s.live},
			app.Div().ID("split").Class("split").Role("separator").Aria("orientation", "vertical").Aria("label", "Width of the output").TabIndex(0).
				Aria("valuenow", 400).Aria("valuemin", 240).
				On("pointerdown", s.onDrag).OnKeyDown(s.onSplitKey),
			&output{Live: s.live, Pad: s.pad, Runs: v.Runs, Mine: v.Mine, Needs: v.Needs, Calm: v.Calm},
		),
		&statusBar{Link: v.Link, Runtime: v.Runtime},
	)
}

func offlineText(v browser.View) string {
	switch {
	case !strings.HasPrefix(v.Link.Text, "Offline"):
		return ""
	case v.Stage == browser.Joining:
		return "You are offline. The session opens here as soon as the server can be reached."
	case v.Stage != browser.In:
		return ""
	}
	return "You are offline. Go on typing: it is kept on this device and merged when the connection is back."
}

func (s *Session) tab(panel, label string, news bool) app.UI {
	on, class, title, index := "false", "tab", "", -1
	if s.panel == panel {
		on, class, index = "true", "tab on", 0
	}
	if news {
		class, title = "tab news", "There is something new"
	}
	return app.Button().ID("tab-"+panel).Class(class).Type("button").Role("tab").Aria("selected", on).TabIndex(index).Title(title).Text(label).
		OnClick(func(app.Context, app.Event) {
			defer browser.Recover()
			s.turnTo(panel)
		}, app.EventScope(panel)).OnKeyDown(s.onTabKey)
}

// onTabKey goes from one tab to the other by the arrow keys.
func (s *Session) onTabKey(ctx app.Context, e app.Event) {
	defer browser.Recover()
	switch e.Get("key").String() {
	case "ArrowLeft", "ArrowRight":
		s.turnTo(map[string]string{"code": "output", "output": "code"}[s.panel])
		browser.Focus("tab-" + s.panel)
	}
}

func (s *Session) onTheme(ctx app.Context, e app.Event) {
	defer browser.Recover()
	s.theme = switchTheme(s.theme)
}

func (s *Session) onCopy(ctx app.Context, e app.Event) {
	defer browser.Recover()
	link := browser.Link(s.id())
	browser.Copy(link, func(ok bool) {
		ctx.Dispatch(func(ctx app.Context) {
			defer browser.Recover()
			if !ok {
				s.notify(ctx, "Copy this link by hand: "+link, "warn")
				return
			}
			s.copied = true
			s.notify(ctx, "Link copied. Whoever opens it joins as a candidate.", "go")
			ctx.After(copiedTime, func(app.Context) { s.copied = false })
		})
	})
}

func (s *Session) onDrag(ctx app.Context, e app.Event) {
	e.PreventDefault() // no text is selected on the way
	defer browser.Recover()
	browser.DragSide()
}

func (s *Session) onSplitKey(ctx app.Context, e app.Event) {
	defer browser.Recover()
	switch e.Get("key").String() {
	case "ArrowLeft":
		browser.StepSide(true)
	case "ArrowRight":
		browser.StepSide(false)
	}
}

// editorHost is where the editor stands. It has no children of its own: the editor's box comes from outside.
type editorHost struct {
	app.Compo
	Live *browser.Live // with another one, the editor is taken anew

	mounted *browser.Live
}

const hostID = "editor-host"

func (h *editorHost) OnMount(ctx app.Context)  { h.take() }
func (h *editorHost) OnUpdate(ctx app.Context) { h.take() }

func (h *editorHost) take() {
	defer browser.Recover()
	if h.mounted != h.Live && h.Live != nil {
		h.mounted = h.Live
		h.Live.Mount(hostID)
	}
}

func (h *editorHost) OnDismount() {
	defer browser.Recover()
	if h.mounted != nil {
		h.mounted.Unmount()
	}
}

func (h *editorHost) Render() app.UI {
	return app.Section().Class("editor").ID(hostID).Aria("label", "Code")
}
