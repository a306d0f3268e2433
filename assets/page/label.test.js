import assert from 'node:assert/strict';
import test from 'node:test';

const written = [];
const saved = { text: '', get textContent() { return this.text; }, set textContent(to) { written.push(this.text = to); } };
const frames = [];
const page = globalThis.document = { hidden: false, getElementById: (id) => (id === 'saved' ? saved : null) };
globalThis.requestAnimationFrame = (f) => frames.push(f);
const { set } = await import('./label.js');
const frame = () => frames.splice(0).forEach((f) => f());

test('a text is written with the next frame, the last of several, and only if it is another', () => {
  assert.equal(set('saved', 'Saving…'), true);
  set('saved', 'All changes saved');
  assert.deepEqual(written, []);
  frame();
  assert.deepEqual(written, ['All changes saved']);
  set('saved', 'Saving…');
  set('saved', 'All changes saved');
  frame();
  assert.equal(written.length, 1);
  set('saved', 'Saving…');
  frame();
  assert.equal(written.length, 2);
});

test('a page that is not seen has no frames, and is right all the same', () => {
  page.hidden = true;
  set('saved', 'Not saved');
  assert.equal(saved.text, 'Not saved');
  page.hidden = false;
  set('saved', 'All changes saved');
  frame();
  assert.equal(saved.text, 'All changes saved');
});

test('who sets a text hears whether there is a place for it', () => assert.equal(set('nowhere', 'x'), false));
