// What people print, and how it should look: values.txt, in every engine.
class Point { constructor(x, y) { this.x = x; this.y = y; } get len() { return 1; } static of() {} #p = 1; }
class P3 extends Point { z = 3; }
const loop = { name: 'loop', list: [1, 2] }; loop.self = loop; loop.list.push(loop);
console.log({ a: 1, 'b-c': 'two', [Symbol('s')]: 3, d: { e: { f: { g: { h: { i: { j: 1 } } } } } } });
console.log([1, 'two', null, undefined, true, -0, NaN, 10n, Symbol('q')]);
console.log(new Map([['k', { v: [1] }], [{ o: 1 }, new Set([1, 'b'])]]), new WeakMap());
console.log(new Point(1, 2), new P3(4, 5), Point, P3, Point.of, () => 1, async function foo() {}, function* gen() {});
console.log(new Date(0), /a+b/gi, 123456789012345678901234567890n, loop);
console.log(Array.from({ length: 30 }, (_, i) => i * i));
console.log(new Array(5), [1, , 3], Array.from({ length: 120 }, (_, i) => i).length, new Uint8Array([1, 2, 3]));
console.log([['a', 1], ['b', 2]], { f() {}, g: (x) => x, get h() { return 1; }, set h(v) {} });
console.log(Object.create(null), Object.assign(Object.create(null), { x: 1 }), Object(1), Object('s'));
console.log('%s is %d years and %i, %f, %j %o %%', 'Bob', 42.5, 42.9, '1.5', { a: 1 }, [1], 'extra');
console.log('line1\nline2', ['line1\nline2', "it's", 'a"b']);
console.table([{ a: 1, b: 'x' }, { a: 2, c: true }]); console.table([[1, 2], [3, 4]]); console.table(['p', 'q']); console.table(5);
console.group('G'); console.log('in\nside'); console.groupEnd(); console.log('out');
console.count(); console.count('x'); console.count(); console.assert(1 === 2, 'math', 1); console.assert(true);
console.log([{ name: 'Alice', age: 30, tags: ['a', 'b'] }, { name: 'Bob', age: 25, tags: [] }, { name: 'Carol', age: 35, tags: ['long tag here', 'another'] }]);
console.log(new Error('plain').message, [new Date(NaN)], globalThis === this);
console.log({ long: 'x'.repeat(100), s: new Set(['apple', 'banana', 'cherry', 'dragonfruit', 'elderberry', 'fig', 'grape']) });
console.log(['apple', 'banana', 'cherry', 'dragonfruit', 'elderberry', 'fig', 'grape', 'honeydew']);
console.log(String(new (class MyError extends Error { constructor(m) { super(m); this.name = 'MyError'; this.code = 7; } })('bad')));
console.log(new AggregateError([new Error('a')], 'many').errors.length, JSON.stringify({ a: [1] }));
console.error('err', { x: 1 }); console.log(); console.log(''); console.log(undefined); console.log(null, [undefined]);
