// tandem.runner: what the page says to run code, and what it hears of it. The code itself runs in
// workers inside the sandbox frame; nothing comes from there that protocol.js doesn't know.
//
//   init(cb)        cb(json) hears: progress, ready, failed, out, need, diagnostic, exit
//   prepare(lang)   loads a language in advance
//   run(json)       {id, lang, code, stdin?, limits: {ms}}; ends with exactly one exit for the id
//   stop(id)
//   input(id, line) gives '', or the sentence that says why the line was not taken
import { fetchFiles, Missing } from './runner-files.js';
import { Typed } from './runner-input.js';
import { Wheels } from './runner-wheels.js';
import { Frame } from './runner-frame.js';
import manifest from './manifest.json';
import { LIMITS, TO_FRAME, rebuild } from './protocol.js';

const PROGRESS = 100; // ms between two words about loading

/**
 * where: {sandbox: url, file(name): {url, bytes}, wheels()}, names as in manifest.json; no url, no such file. wheels gives
 * the server's list of wheels.
 */
export function createRunner(where, languages = manifest.languages) {
  const runs = new Map(); // id → {sent, typed}: those that have no exit yet
  const loading = new Map(); // lang → promise, settled once the frame has the language
  let frame = null;
  const wheels = new Wheels(where.wheels);
  let report = () => {};

  const say = (event) => report(JSON.stringify(event));
  const language = (id) => languages.find((l) => l.id === id);

  function hear(m) {
    switch (m.type) {
      case 'ready':
      case 'failed':
        loaded(m);
        return;
      case 'exit': return finish(m);
      case 'need':
        if (runs.get(m.id)?.typed.ask()) say(m);
        return;
      case 'out': case 'diagnostic':
        if (runs.has(m.id)) say(m);
    }
  }

  function finish({ id, code, ms, reason, message, line, column }) {
    if (!runs.delete(id)) return;
    say({ type: 'exit', id, code, ms, reason, ...(message ? { error: { message, line: line ?? 0, column: column ?? 0 } } : {}) });
    watch();
  }

  function crash(id, message) {
    finish({ id, code: 1, ms: 0, reason: 'crash', message });
  }

  function lost(err) {
    frame = null;
    for (const load of loading.values()) load.fail(err);
    loading.clear();
    for (const id of [...runs.keys()]) crash(id, err.message);
  }

  function watch() {
    const loads = [...loading.values()].some((l) => !l.done);
    frame?.watch(runs.size > 0 || loads, loads);
  }

  function theFrame() {
    frame ??= new Frame(where.sandbox, hear, lost);
    return frame;
  }

  function load(lang) {
    const known = loading.get(lang);
    if (known) return known.promise;
    const entry = { done: false };
    entry.promise = new Promise((resolve, reject) => Object.assign(entry, { resolve, reject }));
    entry.promise.catch(() => {}); // told by `failed`; whoever runs waits for it himself
    entry.fail = (err) => {
      if (entry.done) return;
      entry.done = true;
      say({ type: 'failed', lang, message: err.message, ...(err instanceof Missing && { reason: 'missing' }) });
      entry.reject(err);
    };
    loading.set(lang, entry);
    fill(lang, entry).catch((err) => {
      if (loading.get(lang) === entry) {
        loading.delete(lang);
        frame?.send({ type: 'drop', lang });
      }
      entry.fail(err);
      watch();
    });
    return entry.promise;
  }

  async function fill(lang, entry) {
    const files = language(lang).files.map((f) => ({ ...f, ...where.file(f.name) })).filter((f) => f.url);
    let told = -Infinity;
    const progress = (done, total) => {
      const now = performance.now();
      if (now - told < PROGRESS && done < total) return;
      told = now;
      say({ type: 'progress', lang, phase: 'load', done, total });
    };
    const to = theFrame();
    const alive = to.alive.then(() => to.send({ type: 'expect', lang, files: files.map((f) => f.name).join('\n') }));
    const give = ({ name, kind, data }) => alive.then(() => to.send({ type: 'file', lang, name, kind, data }), () => {}); // told below
    await Promise.all([alive, fetchFiles(files, progress, give)]);
    if (to !== frame) throw new Error('The sandbox was started anew.');
    say({ type: 'progress', lang, phase: 'start', done: 1, total: 1 });
    to.send({ type: 'load', lang });
    watch();
  }

  function loaded(m) {
    const entry = loading.get(m.lang);
    if (!entry || entry.done) return;
    if (m.type === 'failed') {
      loading.delete(m.lang);
      entry.fail(new Error(m.message));
    } else {
      entry.done = true;
      say({ type: 'ready', lang: m.lang, ms: m.ms, version: m.version });
      entry.resolve();
    }
    watch();
  }

  async function run({ id, lang, code, stdin, limits }) {
    if (runs.has(id)) return;
    const given = stdin !== undefined && stdin !== null;
    runs.set(id, { sent: false, typed: new Typed((s) => frame.send({ type: 'input', id, s }), given) });
    if (!language(lang)) return crash(id, 'This language cannot be run.');
    let libraries = [];
    const wanted = { type: 'run', id, lang, code, entry: language(lang).entry, ms: clamp(limits?.ms ?? LIMITS.ms) };
    if (given) wanted.stdin = stdin;
    if (!rebuild(TO_FRAME, wanted)) return crash(id, 'The program or its input is too large to run.');
    try {
      await load(lang);
      if (lang === 'python') libraries = await wheels.give(code, frame);
    } catch (err) {
      return crash(id, err.message);
    }
    const state = runs.get(id);
    if (!state) return; // stopped while it was loading
    state.sent = true;
    if (libraries.length) wanted.libraries = libraries.join('\n');
    frame.send(wanted);
    watch();
  }

  return {
    init: (cb) => {
      report = cb;
    },
    prepare: (lang) => {
      if (language(lang)) load(lang).catch(() => {});
    },
    run: (json) => void run(JSON.parse(json)),
    stop: (id) => {
      const state = runs.get(id);
      if (!state) return;
      if (state.sent) frame.send({ type: 'stop', id });
      else finish({ id, code: 130, ms: 0, reason: 'stopped' });
    },
    input: (id, s) => runs.get(id)?.typed.take(String(s)) ?? 'The run is over.',
  };
}

const clamp = (ms) => Math.max(1, Math.min(LIMITS.maxMs, Math.round(Number(ms)) || LIMITS.ms));
