//go:build unix

package web

import (
	"net"
	"syscall"
)

// rawConn is for writing without waiting.
func rawConn(c net.Conn) syscall.RawConn {
	if sc, ok := c.(syscall.Conn); ok {
		if raw, err := sc.SyscallConn(); err == nil {
			return raw
		}
	}
	return nil
}

// writeNow gives the connection what it takes without waiting, and returns the rest.
func writeNow(raw syscall.RawConn, data []byte) (rest []byte) {
	if raw == nil || len(data) == 0 {
		return data
	}
	err := raw.Write(func(fd uintptr) bool {
		for len(data) > 0 {
			n, err := syscall.Write(int(fd), data)
			if err == syscall.EINTR {
				continue
			}
			if err != nil || n <= 0 {
				break // it would wait, or it is broken: a plain write shows which
			}
			data = data[n:]
		}
		return true
	})
	if err != nil {
		return nil // closed: there is nobody to write to
	}
	return data
}
