import assert from 'node:assert/strict';
import test from 'node:test';
import { makeConsole } from './console.js';
import { errorHead, inspect } from './inspect.js';

test('how many more elements there are is no element', () => {
  const rows = inspect(Array.from({ length: 101 }, (_, i) => i)).split('\n');
  assert.match(rows[1], /^ {3}0, {2}1, {2}2, /);
  assert.equal(rows.at(-2), '  ... 1 more item');
});

test('halves of a character are shown as what they are', () => {
  assert.equal(inspect('😀'.split('')), String.raw`[ '\ud83d', '\ude00' ]`);
  assert.equal(inspect(['😀', '\x9b']), String.raw`[ '😀', '\x9B' ]`);
});

test('an error has the name of its class, and the place where that was called', () => {
  class LostError extends Error {}
  class Lost extends TypeError {}
  class Named extends Error {
    name = 'Other';
  }
  const head = (error, stack = '') => errorHead(Object.assign(error, { stack }));
  assert.equal(head(new LostError('gone')), 'LostError: gone');
  assert.equal(head(new LostError()), 'LostError');
  assert.equal(head(new Lost('gone')), 'Lost [TypeError]: gone');
  assert.equal(head(new Named('gone')), 'Other: gone');
  assert.equal(head(new TypeError('TypeError: x')), 'TypeError: TypeError: x');
  const bare = Object.assign(Object.create(Object.create(Error.prototype)), { message: 'gone' });
  assert.equal(head(bare, '    at main.js:3:9\n    at f (main.js:5:1)'), 'Error: gone\n    at main.js:3:9\n    at f (main.js:5:1)');
  const stack = '    at LostError (main.js:1:38)\n    at f (main.js:3:9)\n    at LostError (main.js:5:1)\n';
  assert.equal(head(new LostError('gone'), stack), 'LostError: gone\n    at f (main.js:3:9)\n    at LostError (main.js:5:1)');
});

test('console.dir goes as deep as it is told', () => {
  let said = '';
  const { dir } = makeConsole((_, s) => {
    said += s;
  }, Date.now);
  const deep = { a: { b: { c: { d: { e: { f: { g: {} } } } } } } };
  dir(deep, { depth: null });
  dir(deep, { depth: 0 });
  dir(deep);
  assert.equal(said, '{ a: { b: { c: { d: { e: { f: { g: {} } } } } } } }\n{ a: [Object] }\n{ a: { b: { c: { d: { e: { f: [Object] } } } } } }\n');
});
