package journal

import "go.uber.org/goleak"

// childRole is what this test binary does when a test started it as a child; nil where it is the test itself.
func childRole() func() { return nil }

var leakOptions []goleak.Option
