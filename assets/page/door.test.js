import assert from 'node:assert/strict';
import test from 'node:test';

globalThis.document = { hidden: false };
globalThis.requestAnimationFrame = () => {};
const { makeDoor } = await import('./door.js');

// A program that writes down what it hears, and needs more memory for each text.
function program(go) {
  const mem = new WebAssembly.Memory({ initial: 1 });
  const heard = [];
  let waits = 0;
  const { door, open } = makeDoor(go);
  open({
    mem,
    room: (bytes) => mem.grow(Math.ceil(bytes / 65536)) * 65536,
    hear(ear, bytes) {
      heard.push([ear, new TextDecoder().decode(new Uint8Array(mem.buffer, mem.buffer.byteLength - 65536, bytes))]);
      return waits;
    },
  });
  /** @returns {[number, number]} where a text is, and its bytes */
  const put = (text) => {
    const at = mem.grow(1) * 65536;
    return [at, new TextEncoder().encodeInto(text, new Uint8Array(mem.buffer, at)).written];
  };
  return { door, heard, put, setWaits: (w) => { waits = w; }, tell: go.importObject.tandem.tell };
}

test('texts go in, wherever the memory is by then', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { door, heard } = program({ importObject: {} });
  const texts = ['größer 😀', 'plain', 'long '.repeat(100)];
  texts.forEach(door.in(7, () => {}));
  assert.deepEqual(heard, texts.map((text) => [7, text]));
});

test('the goroutines have a turn: in the next frame if one waits, once for all that came, and soon in any case', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const frames = [];
  t.mock.method(globalThis, 'requestAnimationFrame', (f) => frames.push(f));
  const { door, setWaits } = program({ importObject: {} });
  let turns = 0;
  const into = door.in(1, () => turns++);
  into('a');
  into('b');
  assert.equal(frames.length, 0);
  t.mock.timers.tick(100);
  assert.equal(turns, 1);
  setWaits(1);
  into('c');
  into('d');
  assert.equal(frames.length, 1);
  frames[0]();
  t.mock.timers.tick(100);
  assert.equal(turns, 2);
});

test('a hidden page, which has no frames, gives the turn at once', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  document.hidden = true;
  const { door, setWaits } = program({ importObject: {} });
  setWaits(1);
  await new Promise((turn) => { door.in(1, turn)('a'); });
  document.hidden = false;
});

test('nothing goes into a program that has ended', () => {
  const go = { importObject: {}, exited: false };
  const { door, heard } = program(go);
  go.exited = true;
  assert.throws(() => door.in(1, () => {})('a'), /ended/);
  assert.deepEqual(heard, []);
});

test('a method is told two texts, and whether it gave something or threw is told', (t) => {
  t.mock.method(console, 'error', () => {});
  const { door, put, tell } = program({ importObject: {} });
  const said = [];
  const object = { say: (...texts) => said.push(texts.join('+')) > 1, fail() { throw new Error('no'); } };
  const [say, fail, none] = ['say', 'fail', 'none'].map((name) => door.out(object, name));
  const with2 = (method) => tell(method, ...put('größer'), ...put('😀'));
  assert.deepEqual([say, say, fail, none].map(with2), [1, 2, 0, 1]);
  assert.deepEqual(said, ['größer+😀', 'größer+😀']);
  door.close(say);
  assert.equal(with2(say), 1);
  assert.equal(said.length, 2);
});
