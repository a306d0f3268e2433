import assert from 'node:assert/strict';
import test from 'node:test';

// A browser's WebSocket, of which the test says what happens to it.
const made = [];
class FakeSocket {
  static CONNECTING = 0;
  static OPEN = 1;
  static CLOSING = 2;
  readyState = FakeSocket.CONNECTING;
  sent = [];
  constructor(url, protocol) {
    Object.assign(this, { url: String(url), protocol });
    made.push(this);
  }
  opens() {
    this.readyState = FakeSocket.OPEN;
    this.onopen?.();
  }
  send(text) { this.sent.push(text); }
  close() { this.readyState = FakeSocket.CLOSING; }
}
Object.assign(globalThis, { WebSocket: FakeSocket, location: { href: 'https://tandem.test/s/a' } });
const { begin, open } = await import('./socket.js');

/** Opens as the program does, and gives what it hears. */
async function asked(protocol = 'tandem.v1') {
  const heard = [];
  const socket = open('/ws', protocol, { open: () => heard.push('open'), message: (text) => heard.push(text), close: (code) => heard.push(code) });
  await Promise.resolve();
  return { heard, socket };
}

test('the early connection is taken, once, whether it is open already or not', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  for (const opensFirst of [true, false]) {
    made.length = 0;
    begin('/ws', 'tandem.v1');
    assert.equal(made[0].url, 'wss://tandem.test/ws');
    if (opensFirst) made[0].opens();
    const { heard, socket } = await asked();
    if (!opensFirst) made[0].opens();
    assert.deepEqual(heard, ['open']);
    made[0].onmessage({ data: 'hello' });
    made[0].onclose({ code: 4000, reason: '' });
    assert.deepEqual(heard, ['open', 'hello', 4000]);
    socket.send('x');
    assert.deepEqual(made[0].sent, ['x']);
    t.mock.timers.runAll();
    assert.notEqual(made[0].readyState, FakeSocket.CLOSING, 'it is in use');
    await asked();
    assert.equal(made.length, 2, 'the next is another');
  }
});

test('one that has ended, or that speaks another protocol, is not taken', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  made.length = 0;
  begin('/ws', 'tandem.v1');
  made[0].readyState = FakeSocket.CLOSING;
  await asked();
  begin('/ws', 'tandem.v1');
  await asked('tandem.v2');
  assert.equal(made.length, 4);
  t.mock.timers.runAll();
});

test('one that nobody asks for is closed before the server grows tired of it', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  made.length = 0;
  begin('/ws', 'tandem.v1');
  made[0].opens();
  t.mock.timers.tick(5000);
  assert.equal(made[0].readyState, FakeSocket.CLOSING);
});
