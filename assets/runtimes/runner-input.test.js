import assert from 'node:assert/strict';
import test from 'node:test';
import { LIMITS } from './protocol.js';
import { Typed } from './runner-input.js';

test('lines wait until the program asks, each once and in order', () => {
  const sent = [];
  const typed = new Typed((line) => sent.push(line), false);
  assert.equal(typed.take('a'), '');
  assert.equal(typed.take('b'), '');
  assert.deepEqual(sent, []);
  assert.equal(typed.ask(), false);
  assert.equal(typed.ask(), false);
  assert.equal(typed.ask(), true, 'now somebody has to type');
  assert.deepEqual(sent, ['a', 'b']);
  assert.equal(typed.take('c'), '');
  assert.equal(typed.take('d'), '');
  assert.deepEqual(sent, ['a', 'b', 'c'], 'it has asked for one');
});

test('what is over the bounds is refused with a sentence, and what waits is kept', () => {
  for (const [line, fits] of [['x', 100], ['x'.repeat(1 << 10), 16], ['x'.repeat(LIMITS.line), 1]]) {
    const sent = [];
    const typed = new Typed((l) => sent.push(l), false);
    for (let i = 0; i < fits; i++) assert.equal(typed.take(line), '');
    assert.match(typed.take(line), /not taken/);
    assert.equal(typed.ask(), false);
    assert.equal(typed.take(line), '', 'there is room again');
    for (let i = 0; i < fits; i++) typed.ask();
    assert.equal(typed.ask(), true);
    assert.equal(sent.length, fits + 1);
  }
  assert.match(new Typed(assert.fail, false).take('x'.repeat(LIMITS.line + 1)), /too long/);
  assert.match(new Typed(assert.fail, true).take('x'), /in advance/);
});
