// A language in the frame: its files, compiled once, and the worker that waits for the next run.
import guard from './guard.js?text';
import { FROM_WORKER, rebuild, SHARED_BYTES } from './protocol.js';

const guardUrl = URL.createObjectURL(new Blob([guard], { type: 'text/javascript' }));

const BOOT = 60_000; // ms a worker may take to get ready: slow machines, cold caches

/**
 * One worker, inside its guard, which ends with it. It serves one run and is ended; its messages after that find
 * nobody: what is still on its way to the guard ends with the guard.
 */
class Seat {
  constructor(script) {
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
  }

  /** Hands over a file, which the worker reads at once. */
  give(name, data) {
    this.worker.postMessage({ type: 'file', name, data });
  }

  /** Lets the language get ready, when all of its files were given. */
  start(modules, first) {
    const init = { type: 'init', modules, first };
    if (globalThis.crossOriginIsolated) {
      init.shared = new SharedArrayBuffer(SHARED_BYTES);
      this.cells = new Int32Array(init.shared, 0, 16);
      this.bytes = new Uint8Array(init.shared);
    }
    this.timer = setTimeout(() => this.fail('The runtime did not start in time.'), BOOT);
    this.worker.postMessage(init);
  }

  receive(e) {
    if (this.ended) return;
    const m = rebuild(FROM_WORKER, e.data);
    if (!m) return this.fail('The guard sent something that is not allowed.');
    if (m.type === 'failed') return this.fail(m.message);
    if (this.run) return this.run.receive(m);
    clearTimeout(this.timer);
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
  constructor(id) {
    this.id = id;
    this.script = null; // URL
    this.modules = new Map(); // name → promise
    this.data = new Map(); // name → Blob
    this.opened = null; // the modules, once all files have come
    this.spare = null;
  }

  /** How many files have come. */
  get files() {
    return this.modules.size + this.data.size + (this.script ? 1 : 0);
  }

  /** Takes a file as it comes: the first worker gets as far with it as it can. */
  add({ name, kind, data }) {
    if (kind === 'worker') {
      this.script = URL.createObjectURL(new Blob([data], { type: 'text/javascript' }));
      this.cool();
      this.seat();
    } else if (kind === 'wasm') {
      const module = data.arrayBuffer().then((bytes) => WebAssembly.compile(bytes));
      module.catch(() => {}); // open hears of it
      this.modules.set(name, module);
    } else {
      this.data.set(name, data);
      this.spare?.give(name, data);
    }
  }

  /** Starts the first worker, all files having come. Returns what it says of itself. */
  async open() {
    const compiled = [...this.modules].map(async ([name, module]) => [name, await module]);
    this.opened = Object.fromEntries(await Promise.all(compiled));
    this.modules.clear();
    if (!this.spare || this.spare.ended) this.seat();
    this.spare.start(this.opened, true);
    return this.spare.ready;
  }

  /** Makes a worker with the files that have come. */
  seat() {
    this.spare = new Seat(this.script);
    for (const [name, data] of this.data) this.spare.give(name, data);
  }

  warm() {
    if (this.spare?.ended) this.spare = null;
    if (!this.opened || this.spare) return;
    this.seat();
    this.spare.start(this.opened, false);
  }

  cool() {
    this.spare?.end();
    this.spare = null;
  }

  /** Gives away the spare worker once it is ready; null if nobody wants it any more. */
  async take(wanted) {
    for (;;) {
      this.warm();
      const seat = this.spare;
      await seat.ready;
      if (!wanted()) return null;
      if (this.spare === seat) {
        this.spare = null;
        return seat;
      }
    }
  }
}
