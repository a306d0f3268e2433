//go:build js && wasm

package browser

import (
	"syscall/js"
	"unsafe"
)

// What comes and goes with every key and every frame takes this door instead of syscall/js: see assets/page/door.js. What
// comes in runs where the program waits for events. As in a js.Func, nothing that it does may block.

var (
	ears    = map[int32]func(text string){}
	lastEar int32
	inbox   []byte // where JavaScript writes the text

	turn = js.FuncOf(func(js.Value, []js.Value) any { return nil }) // lets the goroutines run until none can
)

const keptInbox = 64 << 10 // bytes

func door() object { return tandem().get("door") }

// listenText makes a callback that is given one string.
func listenText(f func(text string)) callback {
	lastEar++
	ear := lastEar
	ears[ear] = f
	return callback{door().call("in", ear, object{turn.Value}).v, func() { delete(ears, ear) }}
}

// room is where JavaScript may write so many bytes, until it calls hear.
//
//go:wasmexport room
func room(bytes int32) unsafe.Pointer {
	if len(inbox) < int(bytes) {
		inbox = make([]byte, max(bytes, keptInbox))
	}
	return unsafe.Pointer(unsafe.SliceData(inbox))
}

// hear tells whether a goroutine waits for its turn.
//
//go:wasmexport hear
func hear(ear, bytes int32) bool {
	defer Recover()
	text := string(inbox[:bytes])
	if len(inbox) > keptInbox {
		inbox = nil
	}
	if f := ears[ear]; f != nil { // it may have been let go of
		f(text)
	}
	was := waits
	waits = false
	return was
}

// A method is a JavaScript object's, which takes one or two strings; release it after the last call.
type method struct{ number int32 }

func (o object) method(name string) method { return method{int32(door().call("out", o, name).num())} }

// call calls it, and tells whether it gave something. As object.call it does nothing where there is no such method, and
// panics where it throws.
func (m method) call(a, b string) (gave bool) {
	r := tell(m.number, a, b)
	if r == 0 {
		panic("JavaScript threw what the console says")
	}
	return r == 2
}

func (m method) release() { door().call("close", m.number) }

//go:wasmimport tandem tell
func tell(method int32, a, b string) int32
