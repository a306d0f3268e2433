import assert from 'node:assert/strict';
import test from 'node:test';
import { transform } from 'sucrase';
import { columns } from './typescript-columns.js';

test('each name has its column back', () => {
  const code = 'const before: Map<string, number> = new Map<string, number>(), behind: string = low;\n\nfunction f<T>(a: T, b?: number): T { return (a as T)!; }\nlet last = 1 as number + end;\n';
  const { code: made, sourceMap } = transform(code, {
    transforms: ['typescript'], disableESTransforms: true, filePath: 'main.ts', sourceMapOptions: { compiledFilename: 'main.js' },
  });
  const column = columns(sourceMap.mappings);
  for (const [line, name] of [[1, 'before'], [1, 'behind'], [1, 'low'], [3, 'return'], [3, 'b'], [4, 'last'], [4, 'end']]) {
    const at = (text) => text.split('\n')[line - 1].search(new RegExp(`\\b${name}\\b`)) + 1;
    assert.equal(column(line, at(made)), at(code), name);
  }
  assert.equal(column(99, 7), 7);
});
