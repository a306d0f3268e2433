// Evaluated inside QuickJS before the user's code: console, timers, input. QuickJS itself has none.
// `host` comes from quickjs.js: out(ch, s), line(), now(), promise(p). What this returns, the host drives.
import { makeConsole } from './console.js';
import { extend, inspect } from './inspect.js';
import { describe } from './uncaught.js';

const host = globalThis.host;
const timers = new Map(); // id → {at, every, run}
let lastTimer = 0;

// To the host a text ends at its first NUL, which shows nothing anyway.
const out = (ch, s) => host.out(ch, s.replaceAll('\0', ''));

function later(run, wait, every) {
  if (typeof run !== 'function') throw new TypeError('The callback must be a function.');
  const delay = Math.max(1, Number(wait) || 0);
  timers.set(++lastTimer, { at: host.now() + delay, every: every ? delay : 0, run });
  return lastTimer;
}

function earliest() {
  let best = null;
  for (const [id, t] of timers) if (best === null || t.at < best[1].at) best = [id, t];
  return best;
}

const globals = {
  console: makeConsole(out, host.now),
  setTimeout: (run, wait, ...args) => later(() => run(...args), wait, false),
  setInterval: (run, wait, ...args) => later(() => run(...args), wait, true),
  setImmediate: (run, ...args) => later(() => run(...args), 0, false),
  clearTimeout: (id) => void timers.delete(id),
  clearInterval: (id) => void timers.delete(id),
  queueMicrotask: (run) => void Promise.resolve().then(run),
  structuredClone: (value) => clone(value, new Map()),
  performance: { now: host.now },
  readline: (question = '') => read(question),
  prompt: (question = '', otherwise = null) => read(question) ?? otherwise,
};

// A line of input without its end; null when there is no more.
function read(question) {
  if (question !== '') out(1, String(question));
  const line = host.line();
  return line === null ? null : line.replace(/\r?\n$/, '');
}

function clone(v, seen) {
  if (typeof v === 'function' || typeof v === 'symbol') throw new Error(`${inspect(v)} could not be cloned.`);
  if (typeof v !== 'object' || v === null) return v;
  if (seen.has(v)) return seen.get(v);
  const keep = (made) => (seen.set(v, made), made);
  if (v instanceof Date) return keep(new Date(v));
  if (v instanceof RegExp) return keep(new RegExp(v.source, v.flags));
  if (v instanceof Map) {
    const made = keep(new Map());
    for (const [k, x] of v) made.set(clone(k, seen), clone(x, seen));
    return made;
  }
  if (v instanceof Set) {
    const made = keep(new Set());
    for (const x of v) made.add(clone(x, seen));
    return made;
  }
  if (v instanceof ArrayBuffer) return keep(v.slice(0));
  if (ArrayBuffer.isView(v)) return keep(new v.constructor(v));
  if (v instanceof Error) return keep(Object.assign(new v.constructor(v.message), { stack: v.stack }));
  const made = keep(Array.isArray(v) ? new Array(v.length) : {});
  for (const key of Object.keys(v)) made[key] = clone(v[key], seen);
  return made;
}

for (const [name, value] of Object.entries(globals)) {
  Object.defineProperty(globalThis, name, { value, writable: true, configurable: true, enumerable: false });
}

// The engine counts characters, the editor UTF-16 units.
let program = null; // {entry, lines} of one whose columns differ
function columnOf(file, line, column) {
  const text = file === program?.entry ? program.lines[line - 1] : undefined;
  if (text === undefined) return column;
  let at = 0;
  for (let left = column - 1; left > 0 && at < text.length; left--) at += text.codePointAt(at) > 0xffff ? 2 : 1;
  return at + 1;
}

extend({ promiseState: host.promise, columnOf });

globalThis.__driver = {
  begin: (entry, code) => {
    program = { entry, lines: code.split('\n') };
  },
  /** ms until the next timer is due, or -1. */
  next: () => {
    const best = earliest();
    return best ? Math.max(0, best[1].at - host.now()) : -1;
  },
  /** Runs the earliest timer; an error of it comes out. */
  fire: () => {
    const best = earliest();
    if (!best) return;
    const [id, t] = best;
    if (t.every) t.at = host.now() + t.every;
    else timers.delete(id);
    t.run();
  },
  /** An uncaught value as JSON {text, message, line, column}. */
  describe: (thrown, entry, code) => JSON.stringify(describe(thrown, entry, code)),
};
