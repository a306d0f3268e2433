// A snapshot of Pyodide without the empty pages of its memory, which are nearly half of it: Pyodide's own header, its
// length before it, then stretches of the memory, each as its place, its length and its bytes. Numbers have 4 bytes,
// little-endian.

const PAGE = 4096;

const empty = (page) => page.every((byte) => byte === 0);

/** @param {Uint8Array} snapshot as Pyodide makes it: the second number says where the memory begins. */
export function squeeze(snapshot) {
  const start = new DataView(snapshot.buffer, snapshot.byteOffset).getUint32(4, true);
  const memory = snapshot.subarray(start);
  const pieces = [numbers(start), snapshot.subarray(0, start)];
  for (let at = 0; at < memory.length;) {
    const from = at;
    while (at < memory.length && !empty(memory.subarray(at, at + PAGE))) at += PAGE;
    if (at > from) {
      const bytes = memory.subarray(from, at);
      pieces.push(numbers(from, bytes.length), bytes);
    }
    at += PAGE; // an empty one, or the end
  }
  const packed = new Uint8Array(pieces.reduce((n, p) => n + p.length, 0));
  let to = 0;
  for (const p of pieces) {
    packed.set(p, to);
    to += p.length;
  }
  return packed;
}

function numbers(...all) {
  const view = new DataView(new ArrayBuffer(4 * all.length));
  for (const [i, n] of all.entries()) view.setUint32(4 * i, n, true);
  return new Uint8Array(view.buffer);
}

/** @param {ArrayBuffer} packed @returns {Uint8Array} */
export function header(packed) {
  return new Uint8Array(packed, 4, new DataView(packed).getUint32(0, true));
}

/** Puts what was squeezed into a memory that is used up to a place and empty from there on. */
export function expand(packed, memory, used) {
  const view = new DataView(packed);
  let end = 0; // of the last stretch
  for (let at = 4 + view.getUint32(0, true); at < packed.byteLength;) {
    const place = view.getUint32(at, true), length = view.getUint32(at + 4, true);
    memory.fill(0, end, Math.min(place, used));
    memory.set(new Uint8Array(packed, at + 8, length), place);
    end = place + length;
    at += 8 + length;
  }
  memory.fill(0, end, used);
}
