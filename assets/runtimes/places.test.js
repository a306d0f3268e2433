import assert from 'node:assert/strict';
import test from 'node:test';
import { importAt, only, thrownAt } from './places.js';

const at = (place) => place && `${place.line}:${place.column}`;

test('what was thrown and is no error came from the one place that throws', () => {
  assert.equal(at(thrownAt("f();\nfunction f() {\n  throw 'x';\n}", 'x')), '3:3');
  assert.equal(at(thrownAt("// throw it\n  throw 5", 5)), '2:3');
  assert.equal(at(thrownAt("if (a) throw new Error('a');\nthrow 5", 5)), '2:1', 'what is made is no number');
  assert.equal(at(thrownAt('throw new Thing()', {})), '1:1');
  assert.equal(at(thrownAt("const no = 1;\nPromise.reject('x')", 'x')), '2:1');
  assert.equal(at(thrownAt("new Promise((yes, no) => setTimeout(() => no('late'), 5))", 'late')), '1:43');
  assert.equal(at(thrownAt("new Promise<void>((yes: any, no: any) => {\n  no('x');\n})", 'x')), '2:3');
  assert.equal(at(thrownAt("await new Promise(done => setTimeout(done));\nthrow 'x'", 'x')), '2:1');
});

test('where several places may have thrown it, none is said', () => {
  assert.equal(thrownAt("if (a) throw 'x';\nthrow 'y'", 'x'), null);
  assert.equal(thrownAt("if (a) throw 'x';\nPromise.reject('x')", 'x'), null);
  assert.equal(thrownAt("const make = (yes, no) => no(1);\nnew Promise(make);\nthrow 5", 5), null);
  assert.equal(thrownAt("new Promise((yes, no) => { no(1); setTimeout(no) })", 1), null);
  assert.equal(thrownAt("function* g() { yield }\nconst it = g(); it.next(); it.throw(5);\nif (a) throw 1", 5), null);
  assert.equal(thrownAt('', 5), null);
});

test('a module is named where it is imported', () => {
  assert.equal(at(importAt("import a from 'a';\nimport { b } from \"./b.js\";", './b.js')), '2:19');
  assert.equal(at(importAt("const a = await import('a+b')", 'a+b')), '1:24');
  assert.equal(importAt("import a from 'a';", 'b'), null);
});

test('a word that is there once has a place', () => {
  assert.equal(at(only('// await\nconst a =\n  await f();', /\bawait\b/g)), '3:3');
  assert.equal(only('await f(); await g()', /\bawait\b/g), null);
});
