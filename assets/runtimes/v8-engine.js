// The browser's own engine, in this very worker. The wall is the frame around it: no network, no
// origin. What the worker has and a program doesn't need is taken away on top.
import { makeConsole } from './console.js';
import { describe } from './uncaught.js';
import { unsettled } from './unsettled.js';
import { Loop } from './v8-loop.js';

// Kept before they are taken away.
const load = self.importScripts.bind(self);
const listen = self.addEventListener.bind(self);
const makeUrl = URL.createObjectURL.bind(URL);
const BlobOf = Blob;
const report = self.reportError?.bind(self);
const now = performance.now.bind(performance);
const errorText = Error.prototype.toString;

// A program that awaits at the top runs inside this; what it adds to the first line is taken off again.
const OPEN = 'self.__main = (async () => {', CLOSE = '\n})()';

// What it says of a program that stops too early, inside that function; and of null and undefined that nobody caught.
const TOO_EARLY = /Unexpected token '\)'/;
const NOTHING = new Map([['Uncaught null', null], ['Uncaught undefined', undefined]]);

// What the engine puts before a SyntaxError's own words.
const LOADING = "Failed to execute 'importScripts' on 'WorkerGlobalScope': ";

// What it says of eval and Function: the policy that forbids them, word for word.
const FORBIDDEN = /Evaluating a string as JavaScript violates [^]*?\s*(?=\n {4}at |$)/;

/**
 * The language: what the engine runs. translate gives {code, column(line, column)}, by which a column of that code becomes
 * one of the program; it may throw {message, line, column}.
 */
export function v8(version, translate = (code) => ({ code, column: (line, column) => column })) {
  return { boot: async () => version, run: (io) => run(io, translate) };
}

async function run(io, translate) {
  const { entry } = io;
  let code, column;
  try {
    ({ code, column } = translate(io.files[entry]));
  } catch ({ message, line, column }) {
    io.out(2, `${message}\n    at ${entry}:${line}:${column}\n`);
    io.diagnostic(entry, line, column, message);
    return { code: 1, message, line, column };
  }
  const kind = kindOf(code);
  const loop = new Loop(io);
  const place = (l, c) => column(l, kind === 'async' && l === 1 ? c - OPEN.length : c);
  const lines = io.files[entry].split('\n');
  placeFrames(entry, lines.length, place);
  const fail = (thrown, at) => {
    // What is wrong in a module has no place here; the error event finds it.
    if (!at && report && kind === 'module' && thrown instanceof SyntaxError) return report(thrown);
    const behind = at?.line > lines.length; // in what we added to the program: it is wrong at its end
    const known = behind ? { line: lines.length, column: lines.at(-1).length + 1 } : at && { line: at.line, column: place(at.line, at.column) };
    const what = describe(thrown, entry, io.files[entry], known);
    for (const key of ['text', 'message']) {
      what[key] = what[key].replace(LOADING, '').replace(FORBIDDEN, 'Code in strings can\'t run here; in "JavaScript" it can.');
      if (behind) what[key] = what[key].replace(TOO_EARLY, 'Unexpected end of input');
    }
    loop.end(what);
  };
  listen('error', (e) => {
    e.preventDefault();
    fail(e.error ?? (NOTHING.has(e.message) ? NOTHING.get(e.message) : e.message), { line: e.lineno, column: e.colno });
  });
  listen('unhandledrejection', (e) => {
    e.preventDefault();
    fail(e.reason);
  });
  provide(io, loop);
  loop.later(() => {
    const promise = evaluate(kind, entry, code);
    if (kind === 'module') loop.during(promise).catch(fail);
    else if (promise) loop.until(promise, fail);
  });
  const failed = await loop.ended;
  if (failed === 'over') return { code: 0 };
  if (failed === 'unsettled') return unsettled(io);
  io.out(2, failed.text + '\n');
  if (failed.line) io.diagnostic(entry, failed.line, failed.column, failed.message);
  return { code: 1, message: failed.message, line: failed.line, column: failed.column };
}

// Stacks, whoever reads them, have the columns of the program as it was typed, and no frames of the runtime.
function placeFrames(entry, last, place) {
  const own = new RegExp(`(\\b${entry.replace('.', '\\.')}:)(\\d+):(\\d+)`);
  const value = (error, sites) => {
    let text = errorText.call(error);
    for (const site of sites) {
      const frame = `\n    at ${site}`;
      const [, name, l, c] = own.exec(frame) ?? [];
      if (l > last || frame.includes('blob:')) continue; // the end of the function around the program is ours
      text += l ? frame.replace(own, `${name}${l}:${place(Number(l), Number(c))}`) : frame;
    }
    return text;
  };
  Object.defineProperty(Error, 'prepareStackTrace', { value, writable: true, configurable: true });
}

const url = (...text) => makeUrl(new BlobOf(text, { type: 'text/javascript' }));

// An error that nobody catches tells its place to the error event, also one of the syntax. So there is no catch here.
function evaluate(kind, entry, code) {
  const name = `\n//# sourceURL=${entry}`;
  if (kind === 'module') return import(url(code, name));
  if (kind === 'script') return void load(url(code, name));
  load(url(OPEN, code, CLOSE, name));
  const main = self.__main;
  delete self.__main;
  return main;
}

// import and export need a module; await at the top, a function around it.
function kindOf(code) {
  if (/^\s*(import\s*[\w{*'"]|export\s+[\w{*])/m.test(code)) return 'module';
  if (!/\bawait\b/.test(code)) return 'script';
  if (/^await\s*\(/m.test(code)) return 'async'; // a call of something named await, to a script
  return parses(code) ? 'script' : 'async'; // where both have an error, that of a program which awaits is the one meant
}

// The engine parses the program as a function's body, which runs nothing.
function parses(code) {
  try {
    load(url('void function () {', code, '\n}'));
    return true;
  } catch {
    return false;
  }
}

function provide(io, loop) {
  const read = (question) => {
    if (question !== '') io.out(1, String(question));
    return io.line()?.replace(/\r?\n$/, '') ?? null;
  };
  const globals = {
    console: makeConsole((ch, s) => io.out(ch, s), now),
    setTimeout: (f, ms, ...args) => loop.setTimer(f, ms, args, false),
    setInterval: (f, ms, ...args) => loop.setTimer(f, ms, args, true),
    setImmediate: (f, ...args) => loop.setTimer(f, 0, args, false),
    clearTimeout: (id) => loop.clearTimer(id),
    clearInterval: (id) => loop.clearTimer(id),
    readline: (question = '') => read(question),
    prompt: (question = '', otherwise = null) => read(question) ?? otherwise,
  };
  for (const name of ['compile', 'instantiate']) {
    const work = WebAssembly[name];
    WebAssembly[name] = (...args) => loop.during(work(...args));
  }
  for (const [name, value] of Object.entries(globals)) {
    Object.defineProperty(self, name, { value, writable: true, configurable: true, enumerable: false });
  }
}
