import assert from 'node:assert/strict';
import test from 'node:test';
import { expand, squeeze } from './python-memory.js';

const page = (fill) => new Uint8Array(4096).fill(fill);
const join = (...parts) => Uint8Array.from(parts.flatMap((p) => [...p]));

for (const [name, memory, size] of [
  ['nothing', new Uint8Array(0), 4],
  ['only empty pages', join(page(0), page(0)), 4],
  ['no empty page', join(page(1), page(2)), 4 + 8 + 8192],
  ['empty ones between, before and behind', join(page(0), page(1), page(2), page(0), page(3), page(0)), 4 + 8 + 8192 + 8 + 4096],
  ['an end within a page', join(page(0), page(7), [0, 0, 1]), 4 + 8 + 4096 + 3],
  ['an empty end within a page', join(page(7), [0, 0]), 4 + 8 + 4096],
  ['a page that is empty but for its last byte', join([...page(0).subarray(1), 9], page(0)), 4 + 8 + 4096],
]) {
  test(`squeeze and expand: ${name}`, () => {
    const packed = squeeze(memory);
    assert.equal(packed.length, size);
    assert.deepEqual(new Uint8Array(expand(packed.buffer)), memory);
  });
}

test('expand refuses what is cut', () => {
  const packed = squeeze(join(page(1), page(2)));
  for (const length of [0, 3, 7, 11, 4000]) assert.throws(() => expand(packed.buffer.slice(0, length)), RangeError);
});
