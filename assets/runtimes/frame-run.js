// One run of somebody's code: its clock, its input, its end. Lives in the frame. Whatever the program
// does, the page hears exactly one exit.
import { Budget } from './budget.js';
import { BUSY, CELL, chunks, EMPTY, END, INTERRUPT, LIMITS, LINE, LINE_AT, SLEEPING, WAITING } from './protocol.js';
import { Reader } from './shared-output.js';

const TICK = 50; // ms between two looks at what the worker is doing
const SLEEPY = 6; // a program that mostly sleeps may last this many times its limit
const PREPARE = 120_000; // ms that a runtime may work before the program begins: a compiler
const QUEUED = 100; // lines typed ahead
const PIECES = 200; // of output that are told at a time: the page takes a while for each
const PAUSE = 33; // ms between the last of them

export class Run {
  constructor(request, tell, over) {
    this.id = request.id;
    this.request = request;
    this.tell = tell;
    this.over = over;
    this.seat = null;
    this.ended = false;
    this.ending = ''; // why we asked the worker to stop
    this.budget = new Budget(LIMITS.outBytes, LIMITS.outLines);
    this.pieces = 0; // of output that were told
    this.shared = null; // Reader of the output, where there is shared memory
    this.lines = [];
    this.waiting = false;
    this.begun = false; // the program itself
    this.spent = { busy: 0, slept: 0, prepared: 0 }; // ms
  }

  /** Starts on a worker that is ready, with those of the libraries that the run names. */
  start(seat, libraries) {
    this.seat = seat;
    seat.run = this;
    this.begun = !seat.compiles;
    if (seat.cells) this.shared = new Reader(seat.cells, seat.bytes);
    const { id, code, entry, stdin, ms, libraries: names } = this.request;
    this.began = this.looked = performance.now();
    this.ticker = setInterval(() => this.tick(), TICK);
    seat.worker.postMessage({
      type: 'run', id, files: { [entry]: code }, entry, stdin: stdin ?? '',
      stdinMode: stdin !== undefined ? 'given' : seat.cells ? 'shared' : 'told',
      libraries: (names?.split('\n') ?? []).filter((n) => libraries.has(n)).map((name) => ({ name, data: libraries.get(name) })),
      limits: { outBytes: LIMITS.outBytes, outLines: LIMITS.outLines },
    });
  }

  /** A message that the guard has passed. */
  receive(m) {
    if (this.ended) return;
    this.look();
    if (this.ended) return;
    switch (m.type) {
      case 'wrote': return;
      case 'out': return this.say(m.ch, m.s);
      case 'diagnostic': return this.tell(m);
      case 'need': return this.need();
      case 'begun': return void (this.begun = true);
      case 'exit': return this.end(this.ending || m.reason, m);
      default: return this.crash('The program sent what only the runtime may send.');
    }
  }

  /** Tells what the program has printed into the shared memory since the last look, as long as it may in its order. */
  look(all = false) {
    const left = LIMITS.messages + ((performance.now() - this.began) * LIMITS.messageRate) / 1000 - this.pieces;
    this.shared?.read((ch, s) => this.say(ch, s), Math.min(PIECES, left), all || left < PIECES);
    if (this.budget.full) this.end('output', {});
  }

  /** Tells output, within the run's limits. */
  say(ch, s) {
    for (const piece of chunks(this.budget.take(s))) {
      this.tell({ type: 'out', id: this.id, ch, s: piece });
      this.pieces++;
    }
  }

  need() {
    if (this.waiting) return; // interrupted, and asked again
    this.count();
    this.waiting = true;
    if (this.lines.length) return this.feed();
    this.tell({ type: 'need', id: this.id });
  }

  /** A line that somebody typed. A lone ^D ends the input. */
  input(s) {
    if (this.ended || this.lines.length >= QUEUED) return;
    this.lines.push(s);
    if (this.waiting) this.feed();
  }

  feed() {
    const { cells, bytes, worker } = this.seat;
    if (cells && Atomics.load(cells, CELL.input) !== EMPTY) return;
    this.count(); // a tick may be long ago: a page in the background has few of them
    const line = this.lines.shift();
    this.waiting = false;
    if (!cells) return worker.postMessage({ type: 'input', s: line === '\u0004' ? null : line });
    if (line === '\u0004') Atomics.store(cells, CELL.input, END);
    else {
      // TextEncoder can't write into shared memory itself.
      const utf8 = new TextEncoder().encode(line.endsWith('\n') ? line : line + '\n');
      bytes.set(utf8, LINE_AT);
      Atomics.store(cells, CELL.bytes, utf8.length);
      Atomics.store(cells, CELL.input, LINE);
    }
    Atomics.notify(cells, CELL.input);
  }

  tick() {
    this.look();
    if (this.ended) return;
    this.count();
    const { busy, slept, prepared } = this.spent;
    const ms = this.request.ms;
    if (!this.ending && (busy > ms || busy + slept > SLEEPY * ms || prepared > PREPARE)) this.stop('timeout');
  }

  /** Adds the time since the last look to what the program does now. */
  count() {
    const now = performance.now();
    const cells = this.seat.cells;
    const doing = cells ? Atomics.load(cells, CELL.idle) : this.waiting || !this.begun ? WAITING : BUSY;
    if (doing === SLEEPING) this.spent.slept += now - this.looked;
    else if (doing !== WAITING) this.spent.busy += now - this.looked;
    else if (!this.waiting) this.spent.prepared += now - this.looked;
    this.looked = now;
  }

  /** Asks the worker to stop; if it doesn't within the grace it is ended. */
  stop(reason = 'stopped') {
    if (this.ended || this.ending) return;
    this.ending = reason;
    if (!this.seat) return this.end(reason, { code: 130 });
    const cells = this.seat.cells;
    if (!cells || !this.seat.stoppable) return this.end(reason, { code: 130 });
    Atomics.store(cells, CELL.signal, INTERRUPT);
    Atomics.notify(cells, CELL.signal);
    Atomics.notify(cells, CELL.input);
    this.killer = setTimeout(() => this.end(reason, { code: 137 }), LIMITS.grace);
  }

  crash(message) {
    this.end('crash', { code: 1, message });
  }

  end(reason, { code = 1, message = '', line = 0, column = 0 }) {
    if (this.ended) return;
    this.ended = true;
    clearInterval(this.ticker);
    clearTimeout(this.killer);
    this.seat?.end();
    const ms = this.began === undefined ? 0 : Math.round(performance.now() - this.began);
    const exit = { type: 'exit', id: this.id, code, ms, reason };
    if (message) Object.assign(exit, { message, line, column }); // our own strings and numbers
    this.finish(exit, Boolean(this.ending) || reason === 'crash');
  }

  /** Tells what came until the end, and that. Nobody waits for the order of what a program that was ended has printed. */
  finish(exit, all) {
    this.look(all);
    if (this.shared?.more && !this.budget.full) return void setTimeout(() => this.finish(exit, all), PAUSE);
    if (this.budget.full) exit.reason = 'output';
    this.tell(exit);
    this.over(this);
  }
}
