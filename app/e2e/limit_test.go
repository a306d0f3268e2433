package e2e

import (
	"testing"

	"tandem/shared/session"
)

// How long a program may be at work is the server's to say, then the interviewer's; the page keeps to it.
func TestTimeLimit(t *testing.T) {
	srv := ownServer(t, "-run-limit", "1s")
	ada := newDevice(t, "Ada", srv.addr)
	id := ada.create("JavaScript")
	ends := func(n int) *session.RunEnd {
		t.Helper()
		var last *session.RunEnd
		until(t, firstRun, "the log has the end of the run", func() bool {
			runs := lookAt(t, srv, id).State.Runs
			if len(runs) == n {
				last = runs[n-1].End
			}
			return last != nil
		})
		return last
	}
	ada.replaceAll("console.log('spin' + 'ning')\nconst began = Date.now()\nwhile (Date.now() - began < 2000) {}\nconsole.log('two ' + 'seconds')\n")
	ada.saved()
	ada.click("button", "Run")
	if end := ends(1); end.Reason != session.ReasonTimeout || end.MS < 500 || end.MS > 6000 {
		t.Errorf("the run ended as %+v, with a limit of 1 s", end)
	}

	ada.click("button", "More")
	ada.choose("Time limit of a run", "10 s")
	ada.press("Escape")
	ada.click("button", "Run")
	if end := ends(2); end.Reason != session.ReasonOK {
		t.Errorf("the run ended as %+v, with a limit of 10 s", end)
	}
	if ms := lookAt(t, srv, id).State.RunMS; ms != 10_000 {
		t.Errorf("the log has a limit of %d ms", ms)
	}
}
