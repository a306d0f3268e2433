package runtimes

import (
	"encoding/binary"
	"errors"
)

const (
	exportSection = 7
	tableKind     = 1
)

// exportTable adds the function table to what a WebAssembly module exports, as "table".
func exportTable(_ *Builder, body []byte) ([]byte, error) {
	const header = 8
	if len(body) < header {
		return nil, errors.New("this is no WebAssembly module")
	}
	out := append([]byte(nil), body[:header]...)
	found := false
	for rest := body[header:]; len(rest) > 0; {
		id := rest[0]
		size, n := binary.Uvarint(rest[1:])
		if n <= 0 || uint64(len(rest)-1-n) < size {
			return nil, errors.New("a section of the WebAssembly module is cut off")
		}
		section := rest[1+n : 1+n+int(size)]
		rest = rest[1+n+int(size):]
		if id == exportSection {
			count, c := binary.Uvarint(section)
			if c <= 0 {
				return nil, errors.New("the exports of the WebAssembly module are broken")
			}
			added := binary.AppendUvarint(nil, count+1)
			added = append(added, section[c:]...)
			added = append(added, 5, 't', 'a', 'b', 'l', 'e', tableKind, 0)
			section, found = added, true
		}
		out = append(out, id)
		out = binary.AppendUvarint(out, uint64(len(section)))
		out = append(out, section...)
	}
	if !found {
		return nil, errors.New("the WebAssembly module exports nothing")
	}
	return out, nil
}
