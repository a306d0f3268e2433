// A language in the frame: its files, compiled once, and the worker that waits for the next run.
import guard from './guard.js?text';
import { FROM_GUARD, rebuild, SHARED_BYTES } from './protocol.js';

const guardUrl = URL.createObjectURL(new Blob([guard], { type: 'text/javascript' }));

const BOOT = 60_000; // ms a worker may take to get ready: slow machines, cold caches

/**
 * One worker, inside its guard, which ends with it. It serves one run and is ended; its messages after that find
 * nobody: what is still on its way to the guard ends with the guard.
 */
class Seat {
  /** files are the names of what will be given; first tells whether no other worker of the language was there before. */
  constructor(script, files, first) {
    this.run = null;
    this.ended = false;
    this.stoppable = false; // whether the runtime looks at the signal while it works
    this.compiles = false; // whether it works before the program begins
    this.cells = this.bytes = null;
    this.worker = new Worker(guardUrl);
    this.ready = new Promise((resolve, reject) => Object.assign(this, { resolve, reject }));
    this.ready.catch(() => {}); // whoever waits for it hears of it; a spare has nobody yet
    this.worker.onmessage = (e) => this.receive(e);
    this.worker.onerror = (e) => {
      e.preventDefault();
      this.fail(`The runtime failed: ${String(e.message).slice(0, 500)}`);
    };
    this.worker.postMessage({ type: 'begin', script });
    const init = { type: 'init', files, first };
    if (globalThis.crossOriginIsolated) {
      init.shared = new SharedArrayBuffer(SHARED_BYTES);
      this.cells = new Int32Array(init.shared, 0, 16);
      this.bytes = new Uint8Array(init.shared);
    }
    this.worker.postMessage(init);
  }

  /** Hands over a file: the language is getting ready meanwhile, and waits for it where it needs it. */
  give(name, data) {
    if (!(data instanceof Blob)) return this.worker.postMessage({ type: 'file', name, data });
    // Read here, since the worker hears nothing while it works.
    const hand = (bytes) => this.worker.postMessage({ type: 'file', name, data: bytes }, [bytes]);
    data.arrayBuffer().then(hand, () => this.fail('A file of the runtime could not be read.'));
  }

  /** All was given. */
  hurry() {
    this.timer = setTimeout(() => this.fail('The runtime did not start in time.'), BOOT);
    this.ready.then(() => clearTimeout(this.timer), () => {});
  }

  receive(e) {
    if (this.ended) return;
    const m = rebuild(FROM_GUARD, e.data);
    if (!m) return this.fail('The guard sent something that is not allowed.');
    if (m.type === 'failed') return this.fail(m.message);
    if (this.run) return this.run.receive(m);
    if (m.type === 'ready') {
      this.stoppable = m.stops === 1;
      this.compiles = m.compiles === 1;
      this.resolve(m);
    }
    else this.fail('The runtime spoke out of turn.');
  }

  fail(message) {
    if (this.ended) return;
    this.reject(new Error(message));
    this.end();
    this.run?.crash(message);
  }

  end() {
    this.ended = true;
    clearTimeout(this.timer);
    this.worker.onmessage = this.worker.onerror = null;
    this.worker.terminate();
    this.reject(new Error('ended'));
  }
}

export class Lang {
  /** files are the names of those that will come, that of the worker's script among them. */
  constructor(id, files) {
    this.id = id;
    this.missing = new Set(files);
    this.files = files;
    this.script = null; // URL
    this.given = new Map(); // name → what a worker gets of it: a module, or a Blob
    this.compiling = [];
    this.opened = false;
    this.spare = null;
    this.wanted = 0; // how many wait for the spare
  }

  get complete() {
    return this.missing.size === 0;
  }

  /** Takes a file as it comes: the first worker gets as far with it as it can. */
  add({ name, kind, data }) {
    if (!this.missing.delete(name)) return;
    if (kind === 'worker') {
      this.script = URL.createObjectURL(new Blob([data], { type: 'text/javascript' }));
      this.seat(true);
    } else if (kind === 'wasm') {
      const compiled = data.arrayBuffer().then((bytes) => WebAssembly.compile(bytes));
      const module = compiled.then((m) => this.give(name, m));
      module.catch(() => {}); // open hears of it
      this.compiling.push(module);
    } else {
      this.give(name, data);
    }
  }

  give(name, data) {
    this.given.set(name, data);
    this.spare?.give(name, data);
  }

  /** All files have come: waits until the first worker is ready, and returns what it says of itself. */
  async open() {
    await Promise.all(this.compiling);
    this.compiling = [];
    if (!this.spare || this.spare.ended) this.seat(true);
    this.opened = true;
    this.spare.hurry();
    return this.wait();
  }

  async wait() {
    this.wanted++;
    try {
      return await this.spare.ready;
    } finally {
      this.wanted--;
    }
  }

  /** Makes a worker with the files that have come. */
  seat(first) {
    this.spare = new Seat(this.script, this.files, first);
    for (const [name, data] of this.given) this.spare.give(name, data);
  }

  warm() {
    if (this.spare?.ended) this.spare = null;
    if (!this.opened || this.spare) return;
    this.seat(false);
    this.spare.hurry();
  }

  cool() {
    this.spare?.end();
    this.spare = null;
  }

  /** Is cool unless somebody waits for the worker. */
  rest() {
    if (this.wanted === 0) this.cool();
  }

  /** Gives away the spare worker once it is ready; null if nobody wants it any more. */
  async take(wanted) {
    for (;;) {
      this.warm();
      const seat = this.spare;
      await this.wait();
      if (!wanted()) return null;
      if (this.spare === seat) {
        this.spare = null;
        return seat;
      }
    }
  }
}
