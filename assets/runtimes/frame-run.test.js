import assert from 'node:assert/strict';
import test from 'node:test';
import { Run } from './frame-run.js';
import { BUSY, CELL, SHARED_BYTES, WAITING } from './protocol.js';

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
