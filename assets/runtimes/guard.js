// The worker around a program's worker: passes on what is allowed, as fresh objects, up to the budget.
// It is the only one that hears the program, so a flood is its trouble alone: the frame's clock goes
// on, and ends both at once.
import { Budget } from './budget.js';
import { CELL, FROM_WORKER, LIMITS, rebuild, weight } from './protocol.js';

const POST = 33; // ms between two posts of output: every other frame of a screen

let worker = null;
let ended = false;
let cells = null; // of the shared memory
let run = null; // what the run has used: {id, began, printed, messages, marks, weight}
let pending = []; // output not posted yet: {ch, s}
let posted = 0, timer, looking;

self.onmessage = ({ data }) => {
  if (data.type === 'begin') return begin(data.script);
  if (data.type === 'file') return worker.postMessage(data, data.data instanceof ArrayBuffer ? [data.data] : []);
  if (data.type === 'init' && data.shared) cells = new Int32Array(data.shared, 0, 16);
  if (data.type !== 'run') return worker.postMessage(data);
  run = { id: data.id, began: performance.now(), printed: new Budget(LIMITS.outBytes, LIMITS.outLines), messages: 0, marks: 0, weight: 0 };
  worker.postMessage(data);
  if (cells) look();
};

// Whether there is new output in the shared memory. The frame reads it; the clock is here, where a page in the background
// doesn't slow it down.
function look() {
  let seen = 0;
  looking = setInterval(() => {
    const written = Atomics.load(cells, CELL.written);
    if (written === seen) return;
    seen = written;
    self.postMessage({ type: 'wrote' });
  }, POST);
}

function begin(script) {
  worker = new Worker(script);
  worker.onmessage = (e) => receive(e.data);
  worker.onmessageerror = () => fail('The program sent something that could not be read.');
  worker.onerror = (e) => {
    e.preventDefault();
    fail(`The runtime failed: ${String(e.message).slice(0, 500)}`);
  };
}

function receive(data) {
  if (ended) return;
  const m = rebuild(FROM_WORKER, data);
  if (!m) return fail('The program sent something that is not allowed.');
  if (!run || m.type === 'failed') return self.postMessage(m);
  const allowed = LIMITS.messages + ((performance.now() - run.began) * LIMITS.messageRate) / 1000;
  run.weight += weight(m);
  if (++run.messages > allowed || run.weight > LIMITS.bytes) return fail('The program sent more than a run may.');
  if (m.id !== run.id) return fail('The program spoke for another run.');
  switch (m.type) {
    case 'out': return out(m.ch, m.s);
    case 'exit':
      end();
      return self.postMessage(m);
    default:
      if (m.type !== 'need' && ++run.marks > LIMITS.marks) return fail('The program sent more than a run may.');
      flush();
      self.postMessage(m);
  }
}

function out(ch, s) {
  const kept = run.printed.take(s);
  const last = pending.at(-1);
  if (last && last.ch === ch && last.s.length + kept.length <= LIMITS.chunk) last.s += kept;
  else if (kept) pending.push({ ch, s: kept });
  if (run.printed.full) {
    // Our own harness would have ended it sooner.
    end();
    return self.postMessage({ type: 'exit', id: run.id, code: 1, reason: 'output' });
  }
  const due = posted + POST - performance.now();
  if (due <= 0) flush();
  else timer ??= setTimeout(flush, due);
}

function flush() {
  clearTimeout(timer);
  timer = undefined;
  posted = performance.now();
  for (const { ch, s } of pending) self.postMessage({ type: 'out', id: run.id, ch, s });
  pending = [];
}

// The worker has said its last; the frame ends us when it hears why.
function end() {
  ended = true;
  clearInterval(looking);
  worker.terminate();
  flush();
}

function fail(message) {
  if (ended) return;
  end();
  self.postMessage({ type: 'failed', message });
}
