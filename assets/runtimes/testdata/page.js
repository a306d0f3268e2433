// The page of the tests: the runner as the product's page has it, and a way to wait for what it says.
import manifest from '../manifest.json';
import { createRunner } from '../runner.js';

const events = [];
const waiting = new Set();

const raw = { id: 'raw', entry: 'main.js', files: [{ name: 'raw.worker.js', kind: 'worker' }] };
const runner = createRunner({ sandbox: WHERE.sandbox, file: (name) => WHERE.files[name] }, [...manifest.languages, raw]);
runner.init((json) => {
  events.push(JSON.parse(json));
  for (const check of [...waiting]) check();
});

/** Resolves once test() gives something truthy; it is asked after every event. */
function until(test) {
  return new Promise((resolve) => {
    const check = () => {
      const found = test();
      if (!found) return;
      waiting.delete(check);
      resolve(found);
    };
    waiting.add(check);
    check();
  });
}

const of = (id, type) => events.filter((e) => e.id === id && (!type || e.type === type));
const text = (id, ch) => of(id, 'out').filter((e) => !ch || e.ch === ch).map((e) => e.s).join('');

// The times between two turns of the page's own loop.
let turn = performance.now();
let gaps = [];
const channel = new MessageChannel();
setInterval(() => {
  const now = performance.now();
  gaps.push(now - turn);
  turn = now;
}, 5);

// What the attacks would like to reach.
localStorage.setItem('secret', 'kept');
sessionStorage.setItem('secret', 'kept');
document.cookie = 'secret=kept';
const heard = [];
new BroadcastChannel('app').onmessage = (e) => heard.push(e.data);

const middle = (all) => all.toSorted((a, b) => a - b)[all.length >> 1] ?? 0;

let count = 0;

/** The longest gap of a page that does nothing for a moment. */
async function rest() {
  gaps = [];
  turn = performance.now();
  await new Promise((done) => setTimeout(done, 200));
  return Math.max(0, ...gaps);
}

/** Runs a case of cases.json and tells everything about it. */
async function play({ lang, code, stdin, input = [], ahead = [], stop, ms, timers }) {
  const id = `run-${++count}`;
  const began = performance.now();
  gaps = [];
  turn = began;
  runner.run(JSON.stringify({ id, lang, code, stdin, limits: ms ? { ms } : undefined }));
  for (const line of ahead) runner.input(id, line);
  const exited = until(() => of(id, 'exit')[0]);
  let stopped = 0;
  for (let i = 0; i < input.length; i++) {
    await Promise.race([until(() => of(id, 'need').length > i), exited]);
    runner.input(id, input[i]);
  }
  if (stop) {
    await Promise.race([until(() => text(id).includes(stop) || (stop === 'need' && of(id, 'need').length)), exited]);
    stopped = performance.now();
    runner.stop(id);
  }
  const exit = await exited;
  const ended = performance.now();
  return {
    id, exit, stdout: text(id, 1), stderr: text(id, 2), all: text(id), needs: of(id, 'need').length,
    diagnostics: of(id, 'diagnostic'), exits: of(id, 'exit').length, outs: of(id, 'out').length,
    took: ended - began, stopTook: stopped ? ended - stopped : 0, gap: Math.max(0, ...gaps), usual: middle(gaps),
  };
}

Object.assign(window, { runner, heard, events, until, play, rest, of, text });
