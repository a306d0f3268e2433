// Package e2e holds the tests that drive the built binary in a real Chromium. They operate the page as a person
// does, by role and accessible name, by mouse and by key, and read the editor's text through tandem.editor.
package e2e
