package runtimes

import (
	"context"
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
)

// testCase is a row of cases.json: one program in each language that can write it, and what it must do.
type testCase struct {
	Name   string              `json:"name"`
	Code   map[string][]string `json:"code"`
	Stdin  *string             `json:"stdin"`
	Input  []string            `json:"input"`
	Ahead  []string            `json:"ahead"` // typed before the program is there
	Stop   string              `json:"stop"`
	MS     int                 `json:"ms"`
	Repeat int                 `json:"repeat"`
	// Patient: what is wanted of a program that is stopped may take longer than the grace on a busy machine. Then it
	// is tried again.
	Patient bool            `json:"patient"`
	Want    json.RawMessage `json:"want"`
	Per     map[string]json.RawMessage
}

const killed = 137 // exit code of a run that didn't end by itself in the grace

type want struct {
	Reason       string   `json:"reason"`
	Stdout       *string  `json:"stdout"`
	StdoutStarts string   `json:"stdoutStarts"`
	StdoutHas    []string `json:"stdoutHas"`
	Stderr       *string  `json:"stderr"`
	StderrHas    []string `json:"stderrHas"`
	StderrLacks  []string `json:"stderrLacks"`
	Message      string   `json:"message"`
	MessageHas   string   `json:"messageHas"`
	Line         int      `json:"line"`
	Column       int      `json:"column"`
	Marked       bool     `json:"marked"` // a diagnostic for the editor came, too
	Needs        int      `json:"needs"`
	Lines        int      `json:"lines"` // of stdout, exactly
	Bytes        int      `json:"bytes"` // of stdout, exactly
	Exit         int      `json:"exit"`
}

func cases(t *testing.T) []testCase {
	t.Helper()
	data, err := os.ReadFile("cases.json")
	if err != nil {
		t.Fatal(err)
	}
	var list []testCase
	if err := json.Unmarshal(data, &list); err != nil {
		t.Fatal(err)
	}
	return list
}

// TestConformance runs the table for every language, its cases one after another in one page: the case before must not show.
func TestConformance(t *testing.T) {
	list := cases(t)
	langs := map[string]bool{}
	for _, c := range list {
		for lang := range c.Code {
			langs[lang] = true
		}
	}
	for _, lang := range slices.Sorted(maps.Keys(langs)) {
		t.Run(lang, func(t *testing.T) {
			t.Parallel()
			s, evil := serve(t), serve(t)
			ctx := open(t, s)
			for _, c := range list {
				if c.Code[lang] != nil {
					t.Run(c.Name, func(t *testing.T) { c.check(t, ctx, lang, s, evil) })
				}
			}
			for _, hit := range append(s.asked(), evil.asked()...) {
				if strings.Contains(hit, "reached") {
					t.Errorf("the network was reached: %s", hit)
				}
			}
		})
	}
}

func (c testCase) check(t *testing.T, ctx context.Context, lang string, s, evil *site) {
	var w want
	for _, data := range []json.RawMessage{c.Want, c.Per[lang]} {
		if data != nil {
			if err := json.Unmarshal(data, &w); err != nil {
				t.Fatal(err)
			}
		}
	}
	code := strings.NewReplacer("{{SITE}}", s.URL, "{{EVIL}}", evil.URL).Replace(strings.Join(c.Code[lang], "\n"))
	for range max(1, c.Repeat) {
		p := program{Lang: lang, Code: code, Stdin: c.Stdin, Input: c.Input, Ahead: c.Ahead, Stop: c.Stop, MS: c.MS}
		o := play(t, ctx, p)
		for tries := 0; c.Patient && o.Exit.Code == killed && tries < 3; tries++ {
			o = play(t, ctx, p)
		}
		w.compare(t, o)
		t.Logf("%.0f ms, run %.0f ms, stop %.0f ms, gap %.0f ms", o.Took, o.Exit.MS, o.StopTook, o.Gap)
	}
}

func (w want) compare(t *testing.T, o outcome) {
	t.Helper()
	fail := func(what string, got, want any) {
		t.Helper()
		t.Errorf("%s: got %.300q, want %.300q\nstderr: %.500s\nerror: %+v", what, got, want, o.Stderr, o.Exit.Error)
	}
	if o.Exit.Reason != w.Reason {
		fail("reason", o.Exit.Reason, w.Reason)
	}
	if o.Exits != 1 {
		t.Errorf("%d exits, want 1", o.Exits)
	}
	if w.Stdout != nil && o.Stdout != *w.Stdout {
		fail("stdout", o.Stdout, *w.Stdout)
	}
	if !strings.HasPrefix(o.Stdout, w.StdoutStarts) {
		fail("start of stdout", o.Stdout, w.StdoutStarts)
	}
	if w.Stderr != nil && o.Stderr != *w.Stderr {
		fail("stderr", o.Stderr, *w.Stderr)
	}
	for _, part := range w.StdoutHas {
		if !strings.Contains(o.Stdout, part) {
			fail("stdout", o.Stdout, part)
		}
	}
	for _, part := range w.StderrHas {
		if !strings.Contains(o.Stderr, part) {
			fail("stderr", o.Stderr, part)
		}
	}
	for _, part := range w.StderrLacks {
		if strings.Contains(o.Stderr, part) {
			t.Errorf("stderr has %q:\n%s", part, o.Stderr)
		}
	}
	if n := strings.Count(o.Stdout, "\n"); w.Lines != 0 && n != w.Lines {
		t.Errorf("%d lines of stdout, want %d", n, w.Lines)
	}
	if w.Bytes != 0 && len(o.Stdout) != w.Bytes {
		t.Errorf("%d bytes of stdout, want %d", len(o.Stdout), w.Bytes)
	}
	if w.Needs != 0 && o.Needs != w.Needs {
		t.Errorf("asked for input %d times, want %d", o.Needs, w.Needs)
	}
	if w.Exit != 0 && o.Exit.Code != w.Exit {
		t.Errorf("exit code %d, want %d", o.Exit.Code, w.Exit)
	}
	w.compareError(t, o)
}

func (w want) compareError(t *testing.T, o outcome) {
	t.Helper()
	if w.Message == "" && w.MessageHas == "" && w.Line == 0 {
		return
	}
	e := o.Exit.Error
	if e == nil {
		t.Fatalf("no error in the exit, want %+v\nstderr: %s", w, o.Stderr)
	}
	if w.Message != "" && e.Message != w.Message {
		t.Errorf("message %q, want %q", e.Message, w.Message)
	}
	if !strings.Contains(e.Message, w.MessageHas) {
		t.Errorf("message %q, want something with %q", e.Message, w.MessageHas)
	}
	if e.Line != w.Line || (w.Column != 0 && e.Column != w.Column) {
		t.Errorf("error at %d:%d, want %d:%d", e.Line, e.Column, w.Line, w.Column)
	}
	if w.Marked && (len(o.Diagnostics) != 1 || o.Diagnostics[0].Line != w.Line) {
		t.Errorf("marks %+v, want one in line %d", o.Diagnostics, w.Line)
	}
}
