import assert from 'node:assert/strict';
import test from 'node:test';
import { Ansi } from './ansi.js';
import { Rows } from './rows.js';

// What a terminal shows of it, as long as the cursor stays in the rows.
function shown(s, above = '') {
  const rows = new Rows(above.split('\n').map((line) => [...line].map((c) => ({ c, look: '' }))));
  let rest = '';
  new Ansi().read(s, (part, { classes }) => {
    rest += rows.write(part, classes);
  }, (how, n) => rows.move(how, n));
  const said = [];
  rows.each((text, look) => said.push(look ? `<${look}>${text}` : text));
  return said.join('') + rest;
}

for (const [name, want, s, above] of [
  ['what is written over what was there', '50 %%', '100 %\r50 %'],
  ['a spinner', 'work -', 'work |\b/\b-'],
  ['a space that wipes', 'ab  ', 'abcd\b\b  '],
  ['the end of the line goes', 'ab', 'abcd\x1b[2D\x1b[K'],
  ['the line goes, the cursor stays', '    x', 'abcd\x1b[2Kx'],
  ['its start goes', '   d', 'abcd\x1b[2D\x1b[1K'],
  ['a column', 'abX', 'ab\x1b[3GX'],
  ['beyond the end', 'a   b', 'a\x1b[3Cb'],
  ['two bars', 'one 2\ntwo 2', '\x1b[A\rone 2\n\rtwo 2', 'one 1\ntwo 1'],
  ['a line that is taken back', 'a\nnew', '\x1b[1A\x1b[2K\rnew\x1b[J', 'a\nold\nolder'],
  ['not above the first, nor far to the right', 'Xb', '\x1b[9A\x1b[9D\x1b[9D\rX', 'ab'],
  ['a colour in the middle', 'a<fg1>X|c'.replace('|', ''), 'abc\x1b[2D\x1b[31mX\x1b[0m'],
  ['signs of two units', '😀x', '😀日\bx'],
  ['the screen from its start', 'new\nold', '\x1b[Hnew', 'one\nold'],
  ['the screen emptied and written', 'new', '\x1b[H\x1b[Jnew', 'one\nold'],
  ['a place where nothing is', 'a\n\n  X', '\x1b[3;3HX', 'a'],
  ['a newline in the last row ends it', 'ab\ncd', 'ab\rab\ncd'],
]) {
  test(name, () => assert.equal(shown(s, above), want));
}

test('a cursor that is sent far away takes no room', () => {
  assert.equal(shown('\x1b[999999999Cx').length, 1001);
  assert.equal(shown('\x1b[999999999C'.repeat(99) + 'x').length, 1001);
  assert.equal(shown('\x1b[999999999Hx').length, 200);
});
