import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import test from 'node:test';
import { ask, imports, Wheels } from './runner-wheels.js';

for (const [code, ...want] of [
  ['import tiny', 'tiny'],
  ['import a, b.c as d , e as f', 'a', 'b', 'e'],
  ['from a.b import (c,\n  d)', 'a'],
  ['if x: import late\ndef f():\n\timport inner; import other', 'late', 'inner', 'other'],
  ['try:\n    from fast import x\nexcept ImportError:\n    from slow import x', 'fast', 'slow'],
  ['importlib.import_module("by.name"); __import__(\'older\')', 'by', 'older'],
  ['important = 1\nprint("x")'],
]) {
  test(JSON.stringify(code), () => assert.deepEqual([...imports(code)].sort(), want.sort()));
}

test('a server that never ends its list is not waited for', { timeout: 3000 }, async (t) => {
  const server = createServer((_, answer) => answer.writeHead(200).write('[')).listen(0, '127.0.0.1');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server, 'listening');
  const wheels = new Wheels(() => ask(`http://127.0.0.1:${server.address().port}/wheels.json`, 50));
  assert.deepEqual(await wheels.give('import numpy', {}), []);
});
