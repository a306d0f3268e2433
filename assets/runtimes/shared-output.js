// Output by way of the run's shared memory: what a program has printed is there whatever happens to its worker. There is room
// for all that a run may print, so nothing is ever overwritten. It is UTF-8; two bytes that no UTF-8 has tell which of stdout
// and stderr what follows belongs to.
import { CELL, OUT_AT, OUT_BYTES } from './protocol.js';

const STDOUT = 0xfe, STDERR = 0xff;
const STEP = 64 << 10; // bytes that are encoded at a time

// Kept before user code can replace them: it must not get at the memory, which tells the time limit whether the program works.
const { encodeInto } = TextEncoder.prototype;
const { apply } = Reflect;
const { load, store } = Atomics;

/** The worker's side. */
export class Writer {
  constructor(cells, bytes) {
    this.cells = cells;
    this.bytes = bytes;
    this.encoder = new TextEncoder();
    this.step = new Uint8Array(STEP); // TextEncoder can't write into shared memory itself
    this.ch = 1;
    this.end = 0;
  }

  /** Adds text, of which no more comes in all than a budget of LIMITS.outBytes lets through. */
  write(ch, s) {
    if (ch !== this.ch) this.bytes[OUT_AT + this.end++] = ch === 2 ? STDERR : STDOUT;
    this.ch = ch;
    for (let rest = s; rest !== '';) {
      const { read, written } = apply(encodeInto, this.encoder, [rest, this.step]);
      for (let i = 0; i < written; i++) this.bytes[OUT_AT + this.end + i] = this.step[i];
      this.end += written;
      rest = read === rest.length ? '' : rest.slice(read);
    }
    store(this.cells, CELL.written, this.end);
  }
}

/** The frame's side. A program may have found the memory and have written there what it likes: all of it is output. */
export class Reader {
  constructor(cells, bytes) {
    this.cells = cells;
    this.bytes = bytes;
    this.ch = 1;
    this.end = 0;
    this.utf8 = { 1: new TextDecoder(), 2: new TextDecoder() };
  }

  /** Whether there is something that was not told. */
  get more() {
    return Math.min(load(this.cells, CELL.written), OUT_BYTES) > this.end;
  }

  /**
   * Calls say(ch, text) for what was added since the last time, piece by piece in the order in which it was printed. Where the
   * program changed its stream more than so many times the rest is for the next time; all: of stdout, then of stderr, now.
   */
  read(say, pieces, all) {
    const end = Math.min(load(this.cells, CELL.written), OUT_BYTES);
    if (!(end > this.end)) return;
    const fresh = this.bytes.slice(OUT_AT + this.end, OUT_AT + end); // a copy that nobody changes
    const tell = (bytes) => {
      const s = this.utf8[this.ch].decode(bytes, { stream: true });
      if (s !== '') say(this.ch, s);
    };
    let at = 0;
    for (; at < fresh.length && pieces > 0; pieces--) {
      let to = at;
      while (fresh[to] < STDOUT) to++;
      tell(fresh.subarray(at, to));
      if (to < fresh.length) this.ch = streamOf(fresh[to]);
      at = to + 1;
    }
    this.end = all ? end : Math.min(end, this.end + at);
    if (at >= fresh.length || !all) return;
    const rest = { 1: [], 2: [] };
    let last = this.ch;
    for (const byte of fresh.subarray(at)) {
      if (byte < STDOUT) rest[last].push(byte);
      else last = streamOf(byte);
    }
    for (this.ch of [1, 2]) tell(Uint8Array.from(rest[this.ch]));
    this.ch = last;
  }
}

const streamOf = (mark) => (mark === STDERR ? 2 : 1);
