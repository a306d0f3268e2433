package e2e

import "testing"

// How long a program may take is the server's to say, and the page keeps to it.
func TestTimeLimitIsTheServers(t *testing.T) {
	srv := ownServer(t, "-run-limit", "1s")
	ada := newDevice(t, "Ada", srv.addr)
	id := ada.create("JavaScript")
	ada.replaceAll("console.log('spin' + 'ning')\nwhile (true) {}\n")
	ada.saved()
	ada.click("button", "Run")
	ada.prints(firstRun, "spinning")
	ada.idle(firstRun)
	until(t, patience, "the log has the end of the run", func() bool {
		runs := lookAt(t, srv, id).State.Runs
		return len(runs) == 1 && runs[0].End != nil
	})
	if end := lookAt(t, srv, id).State.Runs[0].End; end.Reason != "timeout" || end.MS < 500 || end.MS > 6000 {
		t.Errorf("the run ended as %+v, with a limit of 1 s", end)
	}
}
