// What every language's worker has in common: it gets ready once, serves one run, says how it
// ended. A language is {stops?, compiles?, keep?, boot(file), run(io), rehearse?(wanted)}: whether it looks at the signal
// while it works, whether it works before the program begins, which of the worker's globals it needs after boot, and
// what it does. file(name) promises a WebAssembly.Module or an ArrayBuffer, or undefined where there is no such file;
// boot begins before they have come. A rehearsal goes on while wanted() says so.
import { BUSY, CELL, EMPTY, END, INTERRUPT, LINE_AT, SLEEPING, WAITING } from './protocol.js';
import { strip } from './worker-globals.js';
import { Output } from './worker-output.js';
import { Writer } from './shared-output.js';

// Kept before user code can replace or delete anything.
const post = self.postMessage.bind(self);
const now = performance.now.bind(performance);
const { load, store, wait } = Atomics;
const Bytes = Uint8Array, Decoder = TextDecoder;

/** How a program ends early; thrown through the user's code by io. */
export class Ended extends Error {
  constructor(reason) {
    super(reason);
    this.reason = reason;
  }
}

const NO_WAIT = 'A program can\'t wait for input on this page: it was not opened over https or on localhost. ' +
  'Give the input in advance, by “Input” above the output.';

/** What a language may do for a running program. */
class IO {
  constructor(run, shared) {
    this.files = run.files;
    this.entry = run.entry;
    this.id = run.id;
    this.over = false;
    this.preparing = false;
    this.cells = shared ? new Int32Array(shared, 0, 16) : null;
    this.bytes = shared ? new Uint8Array(shared) : null;
    this.given = run.stdinMode === 'given' ? lines(run.stdin) : null;
    this.told = run.stdinMode === 'told'; // input comes as a message: nothing can stand still for it
    this.libraries = run.libraries;
    this.output = new Output(run.limits, shared ? new Writer(this.cells, this.bytes) : null, (ch, s) => post({ type: 'out', id: run.id, ch, s }), now);
  }

  /** Writes to stdout (1) or stderr (2). A run that has said all it may is over, whatever it does. */
  out(ch, s) {
    if (this.output.write(ch, s) || this.over) return;
    this.over = true;
    post({ type: 'exit', id: this.id, code: 1, reason: 'output' });
  }

  /** Tells that the program isn't working, only waiting for its timers. */
  rest(on) {
    if (on) this.flush();
    if (this.cells) store(this.cells, CELL.idle, on ? SLEEPING : BUSY);
    else if (this.preparing) post({ type: 'begun', id: this.id });
    this.preparing = false;
  }

  flush() {
    this.output.flush();
  }

  /** Tells that the runtime works for the program, which has begun when rest is called. */
  prepare() {
    this.preparing = true;
    if (this.cells) store(this.cells, CELL.idle, WAITING);
  }

  /** Sends what has waited; for runtimes that look up now and then while the program works. */
  flushOld() {
    this.output.flushOld();
  }

  clearInterrupt() {
    if (this.cells) store(this.cells, CELL.signal, 0);
  }

  interrupted() {
    return this.cells !== null && load(this.cells, CELL.signal) === INTERRUPT;
  }

  /** The next line of input with its newline, or null at the end; throws Ended when stopped. */
  line() {
    this.flush();
    if (this.given) return this.given.shift() ?? null;
    if (this.told) throw new Error(NO_WAIT);
    const { cells } = this;
    if (load(cells, CELL.input) === END) return null; // ended for good
    store(cells, CELL.input, EMPTY);
    store(cells, CELL.idle, WAITING);
    post({ type: 'need', id: this.id });
    while (load(cells, CELL.input) === EMPTY) {
      if (this.interrupted()) break;
      wait(cells, CELL.input, EMPTY, 100);
    }
    store(cells, CELL.idle, BUSY);
    const state = load(cells, CELL.input);
    if (state === EMPTY) throw new Ended('stopped');
    if (state === END) return null;
    // No method of the memory is called: a program that has replaced it would have the memory, and with it the time limit.
    const line = new Bytes(load(cells, CELL.bytes));
    for (let i = 0; i < line.length; i++) line[i] = this.bytes[LINE_AT + i];
    store(cells, CELL.input, EMPTY);
    return new Decoder().decode(line);
  }

  /** The same for a runtime that can be suspended. */
  async lineLater() {
    if (!this.told) return this.line();
    this.flush();
    const line = await new Promise((resolve) => {
      this.answer = resolve;
      post({ type: 'need', id: this.id });
    });
    return line === null ? undefined : `${line.replace(/\n$/, '')}\n`;
  }

  /** Sleeps, at most until the run is to stop. */
  sleep(ms) {
    this.flush();
    if (!this.cells) {
      for (const end = now() + ms; now() < end;);
      return;
    }
    store(this.cells, CELL.idle, SLEEPING);
    wait(this.cells, CELL.signal, 0, ms);
    store(this.cells, CELL.idle, BUSY);
  }

  diagnostic(file, line, column, message, severity = 'error') {
    this.flush();
    post({ type: 'diagnostic', id: this.id, file: file.slice(0, 256), line, column, severity, message: message.slice(0, 4096) });
  }
}

function lines(text) {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

const REHEARSE = 500; // ms after a language is ready: a run that waited for it goes first

// The first run of a language that a browser compiles as it goes is slow. This makes it the second one; the code that
// the browser made is every worker's.
async function rehearse(language, shared, wanted) {
  const cells = shared && new Int32Array(shared, 0, 16);
  if (cells) store(cells, CELL.idle, WAITING); // a run that comes now is not at work yet
  await language.rehearse(wanted).catch(() => {}); // the run will say so
  if (cells) store(cells, CELL.idle, BUSY);
}

const count = (n) => (Number.isInteger(n) && n > 0 ? Math.min(n, 10_000_000) : 0);

async function serve(language, m, io) {
  const exit = { type: 'exit', id: m.id, code: 0, reason: 'ok' };
  try {
    const end = (await language.run(io)) ?? {};
    exit.code = end.code ?? 0;
    exit.reason = end.reason ?? (exit.code === 0 ? 'ok' : 'error');
    if (end.message) {
      exit.message = String(end.message).slice(0, 4096);
      exit.line = count(end.line);
      exit.column = count(end.column);
    }
  } catch (err) {
    exit.code = 1;
    exit.reason = err instanceof Ended ? err.reason : 'crash';
    if (exit.reason === 'crash') exit.message = String(err?.message ?? err).slice(0, 4096);
  }
  if (io.over) return;
  io.flush();
  post(exit);
}

/** Makes this worker the given language's. */
export function start(language) {
  let shared = null, io = null, rehearsal = null, given = now();
  const files = new Map(); // name → {promise, resolve}
  self.addEventListener('message', async ({ data }) => {
    if (data.type === 'run') {
      io = new IO(data, shared);
      await rehearsal;
      return serve(language, data, io);
    }
    if (data.type === 'input') return io?.answer?.(data.s);
    if (data.type === 'file') {
      given = now();
      return files.get(data.name).resolve(data.data);
    }
    if (data.type !== 'init') return;
    shared = data.shared ?? null;
    for (const name of data.files) files.set(name, Promise.withResolvers());
    try {
      const version = await language.boot((name) => files.get(name)?.promise);
      strip(language.keep);
      post({ type: 'ready', ms: Math.round(now() - given), version, stops: language.stops && shared ? 1 : 0, compiles: language.compiles ? 1 : 0 });
      const wanted = () => io === null;
      if (data.first && language.rehearse) setTimeout(() => { if (wanted()) rehearsal = rehearse(language, shared, wanted); }, REHEARSE);
    } catch (err) {
      post({ type: 'failed', message: String(err?.stack ?? err).slice(0, 1000) });
    }
  });
}
