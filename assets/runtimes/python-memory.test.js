import assert from 'node:assert/strict';
import test from 'node:test';
import { expand, header, squeeze } from './python-memory.js';

const page = (fill) => new Uint8Array(4096).fill(fill);
const join = (...parts) => Uint8Array.from(parts.flatMap((p) => [...p]));
const HEAD = Uint8Array.of(1, 2, 3, 4, 12, 0, 0, 0, 5, 6, 7, 8); // the second number is its length

for (const [name, memory, size] of [
  ['nothing', new Uint8Array(0), 0],
  ['only empty pages', join(page(0), page(0)), 0],
  ['no empty page', join(page(1), page(2)), 8 + 8192],
  ['empty ones between, before and behind', join(page(0), page(1), page(2), page(0), page(3), page(0)), 8 + 8192 + 8 + 4096],
  ['an end within a page', join(page(0), page(7), [0, 0, 1]), 8 + 4096 + 3],
  ['an empty end within a page', join(page(7), [0, 0]), 8 + 4096],
  ['a page that is empty but for its last byte', join([...page(0).subarray(1), 9], page(0)), 8 + 4096],
]) {
  test(`squeeze and expand: ${name}`, () => {
    const packed = squeeze(join(HEAD, memory));
    assert.equal(packed.length, 4 + HEAD.length + size);
    assert.deepEqual(header(packed.buffer), HEAD);
    for (const used of [0, 1, 4096, 5000, memory.length].filter((n) => n <= memory.length)) {
      const into = new Uint8Array(memory.length).fill(0xee, 0, used);
      expand(packed.buffer, into, used);
      assert.deepEqual(into, memory, `with ${used} bytes used`);
    }
  });
}

test('expand refuses what is cut, and what is larger than the memory', () => {
  const packed = squeeze(join(HEAD, page(1), page(2)));
  const into = new Uint8Array(8192);
  for (const length of [0, 3, 19, 23, 4000]) assert.throws(() => expand(packed.buffer.slice(0, length), into, 0), RangeError, `${length} bytes`);
  assert.throws(() => expand(packed.buffer, into.subarray(1), 0), RangeError);
});
