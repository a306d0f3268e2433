import assert from 'node:assert/strict';
import test from 'node:test';
import { imports } from './runner-wheels.js';

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
