import assert from 'node:assert/strict';
import test from 'node:test';
import { Run } from './frame-run.js';
import { BUSY, CELL, SHARED_BYTES, WAITING } from './protocol.js';
import { Writer } from './shared-output.js';

test('of both streams all is heard in its order, and then the end', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
  const shared = new SharedArrayBuffer(SHARED_BYTES);
  const cells = new Int32Array(shared, 0, 16), bytes = new Uint8Array(shared);
  const told = [];
  const run = new Run({ id: 'r', code: '', entry: 'main.js', ms: 1000 }, (m) => told.push(m.s ?? m.type), () => told.push('over'));
  run.start({ cells, bytes, worker: { postMessage() {} }, end() {} }, new Map());
  const printed = Array.from({ length: 1000 }, (_, i) => String(i));
  const writer = new Writer(cells, bytes);
  printed.forEach((s, i) => writer.write(1 + (i & 1), s));
  run.receive({ type: 'wrote' });
  run.receive({ type: 'exit', id: 'r', code: 0, reason: 'ok' });
  assert.ok(told.length < printed.length, 'the page is not given all at once');
  run.stop();
  for (let i = 0; i < 9; i++) t.mock.timers.tick(100);
  assert.deepEqual(told, [...printed, 'exit', 'over']);
});

test('waiting for input is no work, also where the clock ticks rarely', (t) => {
  let now = 0;
  t.mock.method(performance, 'now', () => now);
  const shared = new SharedArrayBuffer(SHARED_BYTES);
  const cells = new Int32Array(shared, 0, 16);
  const told = [];
  const run = new Run({ id: 'r', code: '', entry: 'main.py', ms: 1000 }, (m) => told.push(m.type), () => {});
  run.start({ cells, bytes: new Uint8Array(shared), stoppable: true, worker: { postMessage() {} }, end() {} }, new Map());
  now = 500; // of work
  run.tick();
  cells[CELL.idle] = WAITING;
  run.receive({ type: 'need', id: 'r' });
  now = 60_500;
  run.input('a line');
  cells[CELL.idle] = BUSY;
  now = 60_900;
  run.tick();
  assert.equal(run.ending, '', 'the program was at work for 900 ms');
  now = 61_100;
  run.tick();
  assert.equal(run.ending, 'timeout');
  run.end('timeout', {});
  assert.deepEqual(told, ['need', 'exit']);
});
