import assert from 'node:assert/strict';
import test from 'node:test';

// A database whose transactions end as a test says, after each of their requests has succeeded: a disk may be found full that late.
let end;
const soon = (f) => setTimeout(f);
function succeed(result) {
  const request = { result };
  soon(() => request.onsuccess());
  return request;
}
const disk = new Map();
const database = {
  close() {},
  transaction() {
    const tx = { error: new Error('no room'), objectStore: () => store };
    let write = () => {};
    const store = {
      get: (key) => succeed(disk.get(key)),
      put(value, key) {
        write = () => disk.set(key, value);
        return succeed(key);
      },
    };
    soon(() => soon(() => {
      if (end === 'complete') write();
      tx[`on${end}`]?.();
    }));
    return tx;
  },
};
globalThis.indexedDB = { open: () => succeed(database) };
const channels = []; // those that are open
let told = 0;
globalThis.BroadcastChannel = class {
  constructor(name) {
    assert.equal(name, 'tandem.store');
    channels.push(this);
  }

  postMessage() { told += 1; }
  close() { channels.splice(channels.indexOf(this), 1); }
};
globalThis.self = { tandem: {} };
const { get, set } = await import('./store.js');

test('what was not stored lives as long as the page, which knows', async (t) => {
  t.mock.method(console, 'warn', () => {});
  end = 'abort';
  await set('a', 'typed');
  assert.equal(disk.get('a'), undefined);
  assert.equal(await get('a'), 'typed');
  assert.equal(self.tandem.unkept, true);
});

test('set resolves when all is stored', async () => {
  end = 'complete';
  await set('a', 'more');
  assert.equal(disk.get('a'), 'more');
  assert.equal(await get('a'), 'more');
  assert.equal(self.tandem.unkept, false);
});

test('a database that does not open keeps nobody waiting', async (t) => {
  t.mock.method(console, 'warn', () => {});
  t.mock.method(indexedDB, 'open', () => ({}));
  t.mock.timers.enable({ apis: ['setInterval'] });
  database.onclose();
  const asked = get('b');
  t.mock.timers.tick(5000);
  assert.equal(await asked, null);
});

test('a database is waited for while the page is busy, and whoever asks after one that did not open opens it', async (t) => {
  end = 'complete';
  await set('a', 'kept');
  const requests = [];
  let tick;
  t.mock.method(indexedDB, 'open', () => {
    requests.push({ result: database });
    return requests.at(-1);
  });
  t.mock.method(globalThis, 'setInterval', (f) => { tick = f; });
  t.mock.method(console, 'warn', () => {});
  database.onclose();

  const busy = get('a');
  tick(); // once, however long it took
  requests[0].onsuccess();
  assert.equal(await busy, 'kept');

  database.onclose();
  const late = get('a');
  for (let i = 0; i < 50; i++) tick();
  assert.equal(await late, null);
  let closed = 0;
  t.mock.method(database, 'close', () => closed++);
  requests[1].onsuccess();
  await new Promise((resolve) => { setTimeout(resolve); });
  assert.equal(closed, 1);
  const again = get('a');
  requests[2].onsuccess();
  assert.equal(await again, 'kept');
});

test('while its database is made, a page can be told something, and tells others', async (t) => {
  end = 'complete';
  await set('a', 'kept');
  const request = { result: database };
  t.mock.method(indexedDB, 'open', () => request);
  database.onclose();
  const [open, before] = [channels.length, told];
  const asked = get('a');
  assert.equal(told, before + 1);
  assert.equal(channels.length, open + 1);
  assert.equal(typeof channels.at(-1).onmessage, 'function');
  request.onsuccess();
  assert.equal(await asked, 'kept');
  assert.equal(channels.length, open);
});

test('a database that the browser has closed is opened anew', async (t) => {
  end = 'complete';
  await set('a', 'kept');
  const { transaction } = database;
  let n = 0;
  t.mock.method(database, 'transaction', () => {
    if (n++) return transaction();
    throw new Error('closing');
  });
  assert.equal(await get('a'), 'kept');
});
