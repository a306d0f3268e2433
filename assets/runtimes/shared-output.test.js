import assert from 'node:assert/strict';
import test from 'node:test';
import { Budget } from './budget.js';
import { CELL, LIMITS, OUT_AT, OUT_BYTES, SHARED_BYTES } from './protocol.js';
import { Reader, Writer } from './shared-output.js';

function memory() {
  const shared = new SharedArrayBuffer(SHARED_BYTES);
  return [new Int32Array(shared, 0, 16), new Uint8Array(shared)];
}

function heard(reader, pieces = Infinity, all = true) {
  const said = [];
  reader.read((ch, s) => said.push([ch, s]), pieces, all);
  return said;
}

test('what is written is read once, in order, by its stream', () => {
  const both = memory();
  const writer = new Writer(...both), reader = new Reader(...both);
  writer.write(1, 'one');
  writer.write(2, 'zwö');
  writer.write(2, '!');
  assert.deepEqual(heard(reader), [[1, 'one'], [2, 'zwö!']]);
  assert.deepEqual(heard(reader), []);
  const long = '日本😀'.repeat(50_000);
  writer.write(1, long);
  assert.deepEqual(heard(reader), [[1, long]]);
});

test('all that a run may print has room, also if each byte is for the other stream', () => {
  const both = memory();
  const writer = new Writer(...both), reader = new Reader(...both);
  for (let i = 0; i < 1000; i++) writer.write(1 + (i & 1), 'x');
  assert.ok(both[0][CELL.written] <= 1000 * (OUT_BYTES / LIMITS.outBytes));
  const said = heard(reader, 600);
  assert.deepEqual(said[599], [2, 'x']);
  assert.deepEqual(said.slice(600), [[1, 'x'.repeat(200)], [2, 'x'.repeat(200)]]);
  writer.write(2, 'y');
  assert.deepEqual(heard(reader, 0), [[2, 'y']]);
});

test('what is left for the next time keeps its order', () => {
  const both = memory();
  const writer = new Writer(...both), reader = new Reader(...both);
  const printed = Array.from({ length: 1000 }, (_, i) => [1 + (i & 1), `é${i}`]);
  for (const [ch, s] of printed) writer.write(ch, s);
  assert.deepEqual([...heard(reader, 600, false), ...heard(reader, 300, false)], printed.slice(0, 900));
  writer.write(1, 'end');
  assert.deepEqual(heard(reader, 600, false), [...printed.slice(900), [1, 'end']]);
  assert.deepEqual(heard(reader, 600, false), []);
});

test('what a program wrote there is output, and no more than fits', () => {
  for (const written of [-1, 2 ** 31 - 1, -(2 ** 31), OUT_BYTES + 1]) {
    const [cells, bytes] = memory();
    crypto.getRandomValues(bytes.slice(0, 1000)).forEach((b, i) => {
      bytes[OUT_AT + i] = b;
    });
    cells[CELL.written] = written;
    const reader = new Reader(cells, bytes);
    const said = heard(reader);
    assert.ok(said.every(([ch, s]) => (ch === 1 || ch === 2) && s.isWellFormed()));
    assert.ok(said.reduce((sum, [, s]) => sum + s.length, 0) <= OUT_BYTES);
    assert.equal(said.length > 0, written > 0);
    cells[CELL.written] = 5; // less than before
    assert.deepEqual(heard(reader), written > 0 ? [] : heard(new Reader(cells, bytes)));
  }
});

test('a budget counts bytes of UTF-8, and splits no character', () => {
  for (const [bytes, s, want] of [[3, 'abc', 'abc'], [3, 'abcd', 'abc'], [5, '日本', '日'], [6, '日本', '日本'], [3, '😀', ''], [4, '😀', '😀'],
    [3, '\ud800', '\ud800'], [3, 'éé', 'é'], [4, 'éé', 'éé'], [9, '\ud800\ud800x', '\ud800\ud800x']]) {
    const budget = new Budget(bytes, 10);
    assert.equal(budget.take(s), want);
    assert.equal(budget.full, want !== s);
    if (budget.full) assert.equal(budget.take('x'), '', 'after a cut nothing comes');
  }
  const lines = new Budget(100, 2);
  assert.equal(lines.take('a\nb\n'), 'a\nb\n');
  assert.equal(lines.take('c\nd'), 'c');
});
