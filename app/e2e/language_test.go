package e2e

import (
	"fmt"
	"strings"
	"testing"
)

// inLanguage waits until a page shows a language.
func (p *person) inLanguage(name string) {
	p.t.Helper()
	untilShow(p.t, patience, p.who+"'s page is in "+name, func() (bool, string) {
		v := p.value("combobox", "Language")
		return v == name, fmt.Sprintf("it is in %q", v)
	})
}

func TestLanguageIsInSyncAndReplacesAnUntouchedStarter(t *testing.T) {
	ada, bob, id := pair(t, "Python")
	python := ada.code()
	if !strings.Contains(python, "def ") {
		t.Errorf("Python starts with %q", python)
	}
	bob.choose("Language", "JavaScript")
	ada.inLanguage("JavaScript")
	for _, p := range []*person{ada, bob} {
		untilShow(t, patience, p.who+"'s starter is JavaScript's", func() (bool, string) {
			return strings.Contains(p.code(), "console.log") && !strings.Contains(p.code(), "def "), p.code()
		})
	}
	javascript := settle(t, id, ada, bob)
	ada.choose("Language", "Python")
	bob.inLanguage("Python")
	untilShow(t, patience, "Python's starter is back", func() (bool, string) { return bob.code() == python, bob.code() })

	// Touched by one key, and put back: it is nobody's starter any more only while it differs.
	ada.atEnd()
	ada.typing("# mine")
	settle(t, id, ada, bob)
	bob.choose("Language", "JavaScript")
	ada.inLanguage("JavaScript")
	if text := settle(t, id, ada, bob); text != python+"# mine" {
		t.Errorf("the change of language made %q of what was written", text)
	}
	if seen := look(t, id); seen.State.Language != "javascript" {
		t.Errorf("the server's language is %q", seen.State.Language)
	}

	// A late joiner gets the language and the text, and the colours.
	cleo := newPerson(t, "Cleo")
	cleo.join(id)
	cleo.inLanguage("JavaScript")
	if cleo.code() != python+"# mine" {
		t.Errorf("Cleo gets %q", cleo.code())
	}
	if javascript == python {
		t.Error("both starters are the same")
	}
}

// What somebody has chosen stands until the program hears of it: the page is drawn anew meanwhile, as others do something.
func TestChoiceIsNotTakenBack(t *testing.T) {
	ada, bob, id := pair(t, "Python")
	eval[bool](bob, `(() => {
		const list = document.getElementById("language")
		list.value = "go"
		return list.dispatchEvent(new Event("input", { bubbles: true }))
	})()`)
	ada.fill("textbox", "Session title", "Another title")
	ada.press("Enter")
	untilShow(t, patience, "Bob sees the title", func() (bool, string) {
		v := bob.value("textbox", "Session title")
		return v == "Another title", v
	})
	eval[bool](bob, `new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))`)
	bob.inLanguage("Go")
	eval[bool](bob, `document.getElementById("language").dispatchEvent(new Event("change"))`)
	ada.inLanguage("Go")
	ada.choose("Language", "SQL")
	bob.inLanguage("SQL")
	if seen := look(t, id); seen.State.Language != "sql" {
		t.Errorf("the server's language is %q", seen.State.Language)
	}
}

func TestLanguageAndTitleFarApart(t *testing.T) {
	ada, bob, id := apart(t, "Python")
	play(t, ada, bob, id, scene{"starter gives way to typing", starterGivesWayToTyping}, scene{"title is the interviewer's", titleIsTheInterviewers})
}

// The starter is replaced while somebody begins to type: what was typed must not be lost.
func starterGivesWayToTyping(t *testing.T, ada, bob *person, id string) {
	bob.atEnd()
	together(t, func() { ada.choose("Language", "JavaScript") }, func() { bob.typing("# keep this") })
	bob.inLanguage("JavaScript")
	holds(t, settle(t, id, ada, bob), "# keep this")
}

func titleIsTheInterviewers(t *testing.T, ada, bob *person, id string) {
	code := ada.code()
	ada.fill("textbox", "Session title", "Zwei Wörter 🎻 & <b>mehr</b>")
	ada.press("Enter")
	untilShow(t, patience, "Bob sees the title", func() (bool, string) {
		v := bob.value("textbox", "Session title")
		return v == "Zwei Wörter 🎻 & <b>mehr</b>", v
	})
	bob.focus("textbox", "Session title")
	bob.typing("mine")
	bob.press("Enter")
	bob.inEditor()
	if v := ada.value("textbox", "Session title"); v != "Zwei Wörter 🎻 & <b>mehr</b>" {
		t.Errorf("the guest changed the title to %q", v)
	}
	if text := settle(t, id, ada, bob); text != code {
		t.Errorf("while the title was changed the code became %q", text)
	}
}
