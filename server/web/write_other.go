//go:build !unix

package web

import (
	"net"
	"syscall"
)

// rawConn is nil: every write may wait, and gets a goroutine.
func rawConn(net.Conn) syscall.RawConn { return nil }

func writeNow(_ syscall.RawConn, data []byte) (rest []byte) { return data }
