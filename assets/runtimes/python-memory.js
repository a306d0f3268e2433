// The memory of an interpreter without its empty pages, which are nearly half of it: its size in bytes, then stretches,
// each as its place, its length and its bytes. Numbers have 4 bytes, little-endian.

const PAGE = 4096;

const empty = (page) => page.every((byte) => byte === 0);

/** @param {Uint8Array} memory */
export function squeeze(memory) {
  const pieces = [numbers(memory.length)];
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

/** @param {ArrayBuffer} packed @returns {ArrayBuffer} */
export function expand(packed) {
  const view = new DataView(packed);
  const memory = new Uint8Array(view.getUint32(0, true));
  for (let at = 4; at < packed.byteLength;) {
    const place = view.getUint32(at, true), length = view.getUint32(at + 4, true);
    memory.set(new Uint8Array(packed, at + 8, length), place);
    at += 8 + length;
  }
  return memory.buffer;
}
