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
    this.works = 0; // of the browser that are under way
    this.waits = false; // the program, at the top, for a promise
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

  /** The program isn't over before the promise, which its own doing settles. */
  until(promise, failed) {
    this.waits = true;
    apply(then, promise, [() => {
      this.waits = false;
      this.check();
    }, failed]);
  }

  /** The same for a promise that the browser settles. Gives one that is to be used in its place. */
  during(promise) {
    this.works++;
    const done = () => {
      this.works--;
      setTimer(() => this.check());
    };
    return apply(then, promise, [(value) => {
      done();
      return value;
    }, (reason) => {
      done();
      throw reason;
    }]);
  }

  check() {
    this.io.flush();
    this.io.rest(this.timers.size > 0);
    if (this.timers.size || this.works) return;
    // A rejection that nobody handles is told after the task in which it happened.
    setTimer(() => {
      if (!this.timers.size && !this.works) this.end(this.waits ? 'unsettled' : 'over');
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
