import assert from 'node:assert/strict';
import test from 'node:test';
import { INTERRUPT } from './protocol.js';
import { signals } from './python-signals.js';

function fake() {
  const io = { signal: false, flushed: 0, flushOld: () => io.flushed++, interrupted: () => io.signal, clearInterrupt: () => (io.signal = false) };
  return { io, buffer: signals(io) };
}

test('a signal is seen once', () => {
  const { io, buffer } = fake();
  io.signal = true;
  assert.equal(buffer[0], INTERRUPT);
  buffer[0] = 0;
  assert.equal(buffer[0], 0);
});

test('a signal that comes between the look and the clearing is seen by the next look', () => {
  const { io, buffer } = fake();
  assert.equal(buffer[0], 0);
  io.signal = true;
  buffer[0] = 0;
  assert.equal(buffer[0], INTERRUPT);
  buffer[0] = 0;
  assert.equal(io.signal, false);
});

test('each look lets out what was printed', () => {
  const { io, buffer } = fake();
  void buffer[0];
  void buffer[0];
  assert.equal(io.flushed, 2);
});
