import assert from 'node:assert/strict';
import test from 'node:test';
import { difference, fromChanges, hash, lengthBefore, loneSurrogates, moved, toEdits } from './op.js';

const change = (rangeOffset, rangeLength, text) => ({ rangeOffset, rangeLength, text });

function apply(text, op) {
  let at = 0, out = '';
  for (const part of op) {
    if (typeof part === 'string') out += part;
    else if (part > 0) out += text.slice(at, (at += part));
    else at -= part;
  }
  assert.equal(at, text.length, 'the op covers the text');
  return out;
}

const cases = [
  ['a key', 'hello', [change(5, 0, '!')], [5, '!']],
  ['a key at the start', 'hello', [change(0, 0, '>')], ['>', 5]],
  ['into nothing', '', [change(0, 0, 'a')], ['a']],
  ['everything deleted', 'abc', [change(0, 3, '')], [-3]],
  ['a replacement inserts first', 'abc', [change(1, 1, 'xy')], [1, 'xy', -1, 1]],
  ['many cursors come in descending order', 'a\nb\nc', [change(5, 0, ';'), change(3, 0, ';'), change(1, 0, ';')], [1, ';', 2, ';', 2, ';']],
  ['two inserts at one place come right one first', 'xy', [change(1, 0, 'B'), change(1, 0, 'A')], [1, 'AB', 1]],
  ['Enter that trims blanks', 'if x:\n    ', [change(10, 0, '\n    '), change(6, 4, '')], [6, '\n    ', -4]],
  ['neighbours melt', 'abcd', [change(2, 1, 'Y'), change(1, 1, 'X')], [1, 'XY', -2, 1]],
  ['an insert after a delete at one place goes before it', 'abc', [change(2, 0, 'x'), change(1, 1, '')], [1, 'x', -1, 1]],
  ['the op of no change keeps all', 'abc', [], [3]],
];

for (const [name, text, changes, want] of cases) {
  test(`fromChanges: ${name}`, () => {
    assert.deepEqual(fromChanges(text.length, changes), want);
  });
}

test('fromChanges: emoji stay whole, halves are replaced', () => {
  assert.deepEqual(fromChanges(2, [change(2, 0, '😀')]), [2, '😀']);
  assert.deepEqual(fromChanges(0, [change(0, 0, '\ud83d')]), ['\ufffd']);
  // Two halves at one place are one character.
  assert.deepEqual(fromChanges(0, [change(0, 0, '\ude00'), change(0, 0, '\ud83d')]), ['😀']);
});

test('lengthBefore undoes what the changes did', () => {
  assert.equal(lengthBefore(10, [change(4, 2, 'abc'), change(0, 1, '')]), 10);
  assert.equal(lengthBefore(0, [change(0, 7, '')]), 7);
});

test('random events: op and edits agree with the text', () => {
  let seed = 42;
  const random = (n) => (seed = (seed * 1103515245 + 12345) % 2147483648) % n;
  for (let round = 0; round < 2000; round++) {
    const text = 'abcdefghijklmnopqrstuvwxyz'.slice(0, random(27));
    const changes = [];
    for (let at = 0; at <= text.length && changes.length < 5; ) {
      at += random(6);
      if (at > text.length) break;
      const del = Math.min(random(4), text.length - at);
      changes.unshift(change(at, del, 'XYZ'.slice(0, random(4))));
      at += del;
    }
    let want = text;
    for (const c of changes) want = want.slice(0, c.rangeOffset) + c.text + want.slice(c.rangeOffset + c.rangeLength);
    const op = fromChanges(text.length, changes);
    assert.equal(apply(text, op), want);
    for (let i = 0; i < op.length; i++) {
      assert.ok(op[i] !== 0 && op[i] !== '', 'no empty part');
      if (i > 0) assert.ok(kind(op[i]) !== kind(op[i - 1]), 'no neighbours of one kind');
      if (i > 0) assert.ok(!(kind(op[i]) === 'insert' && kind(op[i - 1]) === 'delete'), 'insert before delete');
    }
    let edited = text;
    for (const [pos, del, ins] of toEdits(op).reverse()) edited = edited.slice(0, pos) + ins + edited.slice(pos + del);
    assert.equal(edited, want);
  }
});

const kind = (part) => (typeof part === 'string' ? 'insert' : part < 0 ? 'delete' : 'keep');

test('toEdits joins an insert with the delete behind it', () => {
  assert.deepEqual(toEdits([5, 'x', -2, 5]), [[5, 2, 'x']]);
  assert.deepEqual(toEdits([-3]), [[0, 3, '']]);
  assert.deepEqual(toEdits([4]), []);
});

test('loneSurrogates', () => {
  assert.deepEqual(loneSurrogates('a😀b'), []);
  assert.deepEqual(loneSurrogates('\ud83dx😀\ude00'), [0, 4]);
});

test('difference never splits a pair', () => {
  assert.equal(difference('abc', 'abc'), null);
  assert.deepEqual(difference('abc', 'abXc'), [2, 0, 'X']);
  assert.deepEqual(difference('aaa', 'aa'), [2, 1, '']);
  assert.deepEqual(difference('x😀y', 'x😁y'), [1, 2, '😁']); // the two share the first half
  assert.deepEqual(difference('😀', '🤀'), [0, 2, '🤀']); // and these the second
  assert.deepEqual(difference('', 'a'), [0, 0, 'a']);
});

for (const [name, op, pos, want] of [
  ['behind what is typed at it', [3, 'ab', 2], 3, 5],
  ['left of what is typed behind it', [3, 'ab', 2], 2, 2],
  ['back over what is deleted before it', [1, -2, 2], 3, 1],
  ['to the start of what is deleted around it', [1, -3, 1], 2, 1],
  ['behind what replaces it', [1, 'xyz', -3, 1], 2, 4],
  ['with many cursors', [1, ';', 2, ';', 2, ';'], 5, 8],
  ['nowhere', [4], 2, 2],
]) {
  test(`moved: ${name}`, () => assert.equal(moved(pos, op), want));
}

// What ot.Text.Hash gives for them (shared/ot/ot_test.go).
for (const [text, want] of [['', 2166136261], ['héllo\n', 3187864905], ['你好 😀', 1479454881]]) {
  test(`hash of ${JSON.stringify(text)}`, () => assert.equal(hash(text), want));
}
