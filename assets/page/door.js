// The way between the Go program and the page for what comes with every key and every frame. By syscall/js a call takes a dozen
// steps between the two languages, and one that comes in a turn of all goroutines before it returns. Here it is one step, with
// texts in the program's memory: see browser/door_wasm.go. The goroutines have their turn with the next frame, if there is
// something for them to do that the program knows of, and in any case soon.
const soonMs = 100;
const shortBytes = 256;
const bytesPerUnit = 3; // of UTF-8, at most

/** Makes the door of a program that is to be instantiated with `go`, and tells how to open it then. */
export function makeDoor(go) {
  const encoder = new TextEncoder();
  const decoder = new TextDecoder();
  let program; // what it exports
  let all = new Uint8Array(); // of its memory, which moves where it grows
  const memory = () => {
    if (all.buffer !== program.mem.buffer) all = new Uint8Array(program.mem.buffer);
    return all;
  };
  // The browser's own coders are slow to start: what is short and plain is made by hand.
  const read = (at, bytes) => {
    const from = memory();
    let text = '';
    for (let i = at; bytes <= shortBytes && i < at + bytes && from[i] < 0x80; i++) text += String.fromCharCode(from[i]);
    return text.length === bytes ? text : decoder.decode(from.subarray(at, at + bytes));
  };
  /** @returns how many bytes it wrote */
  const write = (text, at) => {
    const to = memory();
    let i = 0;
    for (; i < text.length && text.length <= shortBytes; i++) {
      const unit = text.charCodeAt(i);
      if (unit >= 0x80) break;
      to[at + i] = unit;
    }
    return i === text.length ? i : encoder.encodeInto(text, to.subarray(at, at + bytesPerUnit * text.length)).written;
  };

  const methods = new Map(); // number → [object, name]
  let last = 0;
  go.importObject.tandem = {
    /** 2 if the method gave something, 1 if not, 0 if it threw. */
    tell(method, a, aBytes, b, bBytes) {
      const [object, name] = methods.get(method) ?? [];
      try {
        return object?.[name]?.(read(a, aBytes), read(b, bBytes)) ? 2 : 1;
      } catch (err) {
        console.error(err);
        return 0;
      }
    },
  };

  let due = null; // what gives the goroutines their turn
  let inFrame = false; // with the next frame
  const takeTurn = () => {
    const turn = due;
    due = null;
    inFrame = false;
    turn?.();
  };

  const door = {
    /** A function that takes a text to Go; `turn` is to be called some time after. */
    in: (ear, turn) => (text) => {
      if (go.exited) throw new Error('the program has ended');
      const at = program.room(bytesPerUnit * text.length);
      const waits = program.hear(ear, write(text, at));
      if (!due) setTimeout(takeTurn, soonMs);
      due = turn;
      if (!waits || inFrame) return;
      inFrame = true;
      if (document.hidden) queueMicrotask(takeTurn); // there are no frames then, and timers are slow
      else requestAnimationFrame(takeTurn);
    },
    /** The number of a method that Go may tell something, until it is closed. */
    out(object, name) {
      methods.set(++last, [object, name]);
      return last;
    },
    close: (method) => methods.delete(method),
  };
  return { door, open: (exports) => { program = exports; } };
}
