// When a program in the worker's own realm is over: nothing of it is running and no timer is left.

const setTimer = self.setTimeout.bind(self), clearTimer = self.clearTimeout.bind(self);
const { then } = Promise.prototype;
const { apply } = Reflect;

const LONGEST = 2 ** 31 - 1; // ms; the browser's own limit, beyond it fires at once

export class Loop {
  constructor(io) {
    this.io = io;
    this.timers = new Map(); // ours → the browser's
    this.lastTimer = 0;
    this.waits = 0;
    this.ended = new Promise((resolve) => {
      this.end = resolve;
    });
  }

  /** Runs f as a task of its own, so that its errors are nobody's. */
  later(f) {
    return setTimer(() => this.task(f));
  }

  task(f) {
    this.io.rest(false);
    setTimer(() => this.check()); // before f, which may not come back
    f();
  }

  /** The program isn't over before the promise. */
  until(promise, failed) {
    this.waits++;
    apply(then, promise, [() => {
      this.waits--;
      this.check();
    }, failed]);
  }

  check() {
    this.io.rest(true);
    if (this.timers.size || this.waits) return;
    // A rejection that nobody handles is told after the task in which it happened.
    setTimer(() => {
      if (!this.timers.size && !this.waits) this.end(null);
    });
  }

  setTimer(f, ms, args, repeat) {
    if (typeof f !== 'function') throw new TypeError('The callback must be a function.');
    const id = ++this.lastTimer;
    const wait = Math.min(LONGEST, Math.max(repeat ? 1 : 0, Number(ms) || 0));
    const fire = () => {
      if (repeat) this.timers.set(id, setTimer(fire, wait));
      else this.timers.delete(id);
      this.task(() => f(...args));
    };
    this.timers.set(id, setTimer(fire, wait));
    return id;
  }

  clearTimer(id) {
    clearTimer(this.timers.get(id));
    this.timers.delete(id);
  }
}
