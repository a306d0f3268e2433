// The one definition of what may be said between the page, the sandbox frame and a worker.
//
//   page  --TO_FRAME-->  frame  ----(trusted)----->  worker
//   page  <-FROM_FRAME-  frame  <-FROM_WORKER-(guard)  worker
//
// The guard is the frame's arm: a worker of ours around each worker that runs a program. What a program
// floods is the guard's queue, and that ends with it; the frame is never behind.
//
// Nobody hands on an object that it received: every hop builds a fresh one, field by field, from
// these lists. A message with a field too many, too few, too long or of another type is none.

export const LIMITS = {
  code: 1 << 20, // UTF-16 units: the session's own limit for a text
  chunk: 7 << 10, // units in one out message; the harness cuts longer ones. For each of over 16 KB Chromium's page stands still 10 ms.
  line: 16 << 10, // units of one line of input
  stdin: 256 << 10, // units of input given in advance
  message: 4 << 10, // units of an error message
  names: 16 << 10, // units of the names of libraries
  outBytes: 1 << 20, // bytes of output a run, as UTF-8
  outLines: 10_000, // lines of output a run
  messages: 5_000, // messages a worker may send in a run …
  messageRate: 200, // … and this many more for each second of it
  marks: 100, // diagnostics a run
  bytes: 8 << 20, // units of text a worker may send in a run
  ms: 10_000, // time at work a run has, unless told otherwise
  maxMs: 600_000, // … at most
  grace: 400, // ms between asking a worker to stop and ending it: all hear of the end within 500
};

const text = (max) => (v) => typeof v === 'string' && v.length <= max;
const int = (min, max) => (v) => Number.isInteger(v) && v >= min && v <= max;
const oneOf = (...all) => (v) => all.includes(v);
const blob = (v) => v instanceof Blob;
const optional = (check) => Object.assign((v) => check(v), { optional: true });

const id = text(64);
const lang = (v) => typeof v === 'string' && /^[a-z0-9-]{1,32}$/.test(v);
const message = text(LIMITS.message);
const place = int(0, 10_000_000);
const ms = int(0, 86_400_000);
const fault = { message: optional(message), line: optional(place), column: optional(place) };

export const REASONS = ['ok', 'error', 'stopped', 'timeout', 'memory', 'crash', 'output'];

const out = { id, ch: oneOf(1, 2), s: text(LIMITS.chunk) };
const need = { id };
const diagnostic = { id, file: text(256), line: place, column: place, severity: oneOf('error', 'warning', 'info'), message };

const FILE_KINDS = ['worker', 'wasm', 'data'];

export const TO_FRAME = table({
  ping: { n: int(0, 2 ** 31) },
  expect: { lang, files: text(4096) }, // their names, a line each
  file: { lang, name: text(64), kind: oneOf(...FILE_KINDS), data: blob },
  load: { lang }, // all of them came
  drop: { lang }, // one of them won't come
  library: { name: text(256), data: blob }, // what a program may import; kept for all runs
  run: { id, lang, code: text(LIMITS.code), entry: text(256), stdin: optional(text(LIMITS.stdin)), ms: int(1, LIMITS.maxMs),
    libraries: optional(text(LIMITS.names)) }, // names, a line each
  stop: { id },
  input: { id, s: text(LIMITS.line) },
});

export const FROM_FRAME = table({
  alive: { isolated: oneOf(0, 1) },
  pong: { n: int(0, 2 ** 31) },
  ready: { lang, ms, version: text(64) },
  failed: { lang, message },
  out, need, diagnostic,
  exit: { id, code: int(-1, 255), ms, reason: oneOf(...REASONS), ...fault },
});

export const FROM_WORKER = table({
  // stops: looks at the signal while it works. compiles: works for the program before that begins
  ready: { ms, version: text(64), stops: oneOf(0, 1), compiles: oneOf(0, 1) },
  failed: { message },
  begun: { id }, // the program, where it was compiled before, and no shared memory tells so
  out, need, diagnostic,
  exit: { id, code: int(-1, 255), reason: oneOf('ok', 'error', 'stopped', 'memory', 'output', 'crash'), ...fault },
});

/** Cuts output into the pieces of messages, never between the halves of a surrogate pair. */
export function chunks(s) {
  const all = [];
  for (let at = 0, end; at < s.length; at = end) {
    end = Math.min(at + LIMITS.chunk, s.length);
    if (end < s.length && s.charCodeAt(end - 1) >> 10 === 0x36) end--;
    all.push(s.slice(at, end));
  }
  return all;
}

/** The guard's own word: there is new output in the shared memory. */
export const FROM_GUARD = new Map([...FROM_WORKER, ...table({ wrote: {} })]);

function table(types) {
  return new Map(Object.entries(types).map(([type, fields]) => [type, Object.entries(fields)]));
}

/** Builds a message of `types` from data that somebody sent, or null. The result has no prototype. */
export function rebuild(types, data) {
  if (typeof data !== 'object' || data === null || Object.getPrototypeOf(data) !== Object.prototype) return null;
  if (!Object.hasOwn(data, 'type')) return null;
  const type = data.type;
  const fields = typeof type === 'string' ? types.get(type) : undefined;
  if (!fields) return null;
  const made = Object.create(null);
  made.type = type;
  let seen = 1;
  for (const [name, check] of fields) {
    if (!Object.hasOwn(data, name)) {
      if (check.optional) continue;
      return null;
    }
    const value = data[name];
    if (!check(value)) return null;
    made[name] = value;
    seen++;
  }
  return seen === Object.keys(data).length ? made : null;
}

/** What a message weighs: its text. Anything else that could be heavy was refused by rebuild. */
export function weight(made) {
  let sum = 0;
  for (const name in made) if (typeof made[name] === 'string') sum += made[name].length;
  return sum;
}

// The words that page, frame and worker share of one run, as Int32 indexes of its SharedArrayBuffer.
export const CELL = {
  signal: 0, // 0 or INTERRUPT; the frame sets it, the runtime may clear it when it has seen it
  input: 1, // EMPTY, LINE, END; the frame fills, the worker empties
  bytes: 2, // length of the line in bytes
  idle: 3, // BUSY; WAITING for input or for its compiler; SLEEPING; only the worker writes it
  written: 4, // bytes of output
};
export const INTERRUPT = 2; // the value that Pyodide takes for SIGINT
export const EMPTY = 0, LINE = 1, END = 2;
export const BUSY = 0, WAITING = 1, SLEEPING = 2;
export const LINE_AT = 64; // byte offset of the line
export const OUT_AT = LINE_AT + LIMITS.line * 3 + 1; // byte offset of the output: after UTF-8 of the longest line, and its newline
export const OUT_BYTES = 2 * LIMITS.outBytes; // each may be for the other stream, which takes one more
export const SHARED_BYTES = OUT_AT + OUT_BYTES;
