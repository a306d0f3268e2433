// Output on its way out of a worker: into the shared memory, where it is heard at once and whatever happens. Where there is
// none it goes by messages: a program that prints now and then is heard at once, also without a newline; one that floods is
// gathered. Either way it is stopped at its limits.
import { Budget } from './budget.js';
import { chunks, LIMITS } from './protocol.js';

const BATCH = LIMITS.chunk; // a batch is sent when it fills a message …
const AGE = 16; // … or this many ms after the last one, at the next write
const BURST = 64; // writes that are sent at once before gathering starts
const MESSAGES = 4_000, RATE = 150; // sent in one run, and more per second of it: the frame ends a worker soon after

export class Output {
  /** writer is that of the shared memory; null: there is none. */
  constructor({ outBytes, outLines }, writer, send, now) {
    this.budget = new Budget(outBytes, outLines);
    this.writer = writer;
    this.send = send;
    this.now = now;
    this.ch = 1;
    this.held = '';
    this.began = this.sent = now();
    this.burst = BURST;
    this.messages = 0;
  }

  /** Whether all is said that may be said. */
  get full() {
    return this.budget.full;
  }

  write(ch, s) {
    if (this.full || s === '') return !this.full;
    const kept = this.budget.take(s);
    if (this.writer) {
      if (kept !== '') this.writer.write(ch, kept);
      return !this.full;
    }
    if (ch !== this.ch) this.flush();
    this.ch = ch;
    this.held += kept;
    const age = this.now() - this.sent;
    if (this.full || this.held.length >= BATCH || age >= AGE || this.burst > 0) this.flush(age);
    return !this.full;
  }

  flushOld() {
    if (this.held !== '' && this.now() - this.sent >= AGE) this.flush(AGE);
  }

  flush(age = 0) {
    if (this.held === '') return;
    // A pause of AGE earns one write that is sent at once.
    this.burst = Math.max(0, Math.min(BURST, this.burst - 1 + Math.floor(age / AGE)));
    if (++this.messages > MESSAGES + ((this.now() - this.began) * RATE) / 1000) this.budget.full = true;
    for (const piece of chunks(this.held)) this.send(this.ch, piece);
    this.held = '';
    this.sent = this.now();
  }
}
