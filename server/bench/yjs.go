package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/gorilla/websocket"
)

// yjs measures the same typing on y-websocket, in memory or with each update given to LevelDB, which doesn't sync it.
func (b *bench) yjs(name string) (err error) {
	if b.child, err = startYjs(b.peers, name == "y-leveldb"); err != nil {
		return err
	}
	defer b.stop()
	url := "ws://" + b.child.addr + "/"
	rooms := 0 // of all loads
	meet := func(n int) ([]*writer, error) {
		first := rooms
		rooms += n
		return pairs(n, func(i int) (a, b *writer, err error) {
			room := fmt.Sprint(url, "room-", first+i)
			if a, err = connect(&yjs{id: 1, other: 2}, room); err != nil {
				return nil, nil, err
			}
			b, err = connect(&yjs{id: 2, other: 1}, room)
			return a, b, err
		})
	}
	return b.loads(name, meet, []*child{b.child}, nil)
}

// startYjs starts y-websocket's own server from the folder that its packages are in.
func startYjs(dir string, keep bool) (*child, error) {
	addr, err := freeAddr()
	if err != nil {
		return nil, err
	}
	host, port, _ := net.SplitHostPort(addr)
	c := &child{cmd: exec.Command("node", filepath.Join(dir, "node_modules/y-websocket/bin/server.cjs")), addr: addr}
	c.cmd.Env = append(os.Environ(), "HOST="+host, "PORT="+port)
	c.cmd.Stderr = os.Stderr
	if keep {
		if c.data, err = os.MkdirTemp("", "tandem-bench-"); err != nil {
			return nil, err
		}
		c.cmd.Env = append(c.cmd.Env, "YPERSISTENCE="+c.data)
	}
	if err := c.cmd.Start(); err != nil {
		return nil, err
	}
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if conn, err := net.Dial("tcp", addr); err == nil {
			conn.Close()
			return c, c.settle()
		}
	}
	c.stop()
	return nil, errors.New("y-websocket does not start (its packages: make server/bench/testdata/peers/node_modules/.installed)")
}

// yjs is the wire of y-websocket for one who types a run of single units: the sync protocol of y-protocols with updates
// in their first encoding, as lib0 writes numbers. The server sends each update to all, the one who typed it included.
type yjs struct{ id, other uint64 }

const (
	yjsSync, yjsUpdate = 0, 2 // of a message
	yjsString          = 4    // the content of an item
	yjsOrigin          = 0x80 // that an item has one on its left
)

func (y *yjs) edit(w *writer) (int, []byte) {
	clock := uint64(w.seq - 1)
	update := []byte{1, 1} // one client, one item
	update = binary.AppendUvarint(update, y.id)
	update = binary.AppendUvarint(update, clock)
	if clock == 0 {
		update = append(update, yjsString, 1, 4, 'c', 'o', 'd', 'e') // in the text of this name
	} else {
		update = append(update, yjsString|yjsOrigin)
		update = binary.AppendUvarint(update, y.id)
		update = binary.AppendUvarint(update, clock-1)
	}
	update = append(update, 1, 'x', 0) // nothing deleted
	return websocket.BinaryMessage, append(binary.AppendUvarint([]byte{yjsSync, yjsUpdate}, uint64(len(update))), update...)
}

func (y *yjs) read(_ *writer, frame []byte) (seq int64, own bool, err error) {
	if len(frame) < 2 || frame[0] != yjsSync || frame[1] != yjsUpdate {
		return 0, false, nil // the states that are exchanged at the start
	}
	var fields [5]uint64 // length, clients, items, client, clock
	for i, rest := 0, frame[2:]; i < len(fields); i++ {
		n := 0
		if fields[i], n = binary.Uvarint(rest); n <= 0 {
			return 0, false, fmt.Errorf("unexpected update %x", frame)
		}
		rest = rest[n:]
	}
	id, clock := fields[3], fields[4]
	if fields[1] != 1 || fields[2] != 1 || id != y.id && id != y.other {
		return 0, false, fmt.Errorf("unexpected update %x", frame)
	}
	return int64(clock) + 1, id == y.id, nil
}
