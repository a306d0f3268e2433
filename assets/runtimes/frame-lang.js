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
  constructor(script, init) {
    this.run = null;
    this.ended = false;
    this.stoppable = false; // whether the runtime looks at the signal while it works
    this.compiles = false; // whether it works before the program begins
    this.cells = this.bytes = null;
    if (globalThis.crossOriginIsolated) {
      const shared = new SharedArrayBuffer(SHARED_BYTES);
      this.cells = new Int32Array(shared, 0, 16);
      this.bytes = new Uint8Array(shared);
      init = { ...init, shared };
    }
    this.worker = new Worker(guardUrl);
    this.ready = new Promise((resolve, reject) => Object.assign(this, { resolve, reject }));
    this.ready.catch(() => {}); // whoever waits for it hears of it; a spare has nobody yet
    this.timer = setTimeout(() => this.fail('The runtime did not start in time.'), BOOT);
    this.worker.onmessage = (e) => this.receive(e);
    this.worker.onerror = (e) => {
      e.preventDefault();
      this.fail(`The runtime failed: ${String(e.message).slice(0, 500)}`);
    };
    this.worker.postMessage({ type: 'begin', script, init });
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
    this.files = new Map();
    this.spare = null;
  }

  add({ name, kind, data }) {
    const file = { kind, data };
    if (kind === 'wasm') {
      file.data = data.arrayBuffer().then((bytes) => WebAssembly.compile(bytes));
      file.data.catch(() => {}); // open hears of it
    }
    this.files.set(name, file);
  }

  /** Starts the first worker with what has come. Returns what it says of itself. */
  async open() {
    const init = { type: 'init', modules: {}, data: {}, first: true };
    for (const [name, { kind, data }] of this.files) {
      if (kind === 'worker') this.script = URL.createObjectURL(new Blob([data], { type: 'text/javascript' }));
      else if (kind === 'wasm') init.modules[name] = await data;
      else init.data[name] = data;
    }
    this.files.clear();
    this.init = init;
    this.warm();
    this.init = { ...init, first: false };
    return this.spare.ready;
  }

  warm() {
    if (this.spare?.ended) this.spare = null;
    if (this.script) this.spare ??= new Seat(this.script, this.init);
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
