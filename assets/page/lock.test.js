import assert from 'node:assert/strict';
import test from 'node:test';

const taken = new Set();
const locks = {
  async request(name, how, use) {
    if (taken.has(name)) return use(null);
    taken.add(name);
    await use({ name });
    taken.delete(name);
  },
};
Object.defineProperty(globalThis, 'navigator', { value: { locks }, configurable: true });
performance.getEntriesByType = () => [{ type: 'navigate' }];

test('a name is another tab’s once all that asked for it here have given it back', async () => {
  const [here, there] = await Promise.all([import('./lock.js?here'), import('./lock.js?there')]);
  assert.equal(await here.lock('a'), true);
  assert.equal(await there.lock('a'), false);
  assert.equal(await here.lock('a'), true); // the page of the same session again, before the first has stored all
  here.unlock('a');
  await new Promise(setImmediate);
  assert.equal(await there.lock('a'), false);
  here.unlock('a');
  await new Promise(setImmediate);
  assert.equal(await there.lock('a'), true);
  assert.equal(await here.lock('a'), false);
});

test('over plain http, where a browser has no locks, tabs ask each other', async (t) => {
  navigator.locks = undefined;
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const [here, there] = await Promise.all([import('./lock.js?one'), import('./lock.js?two')]);
  const unanswered = (answer) => {
    t.mock.timers.tick(1000);
    return answer;
  };
  assert.equal(await unanswered(here.lock('b')), true);
  assert.equal(await there.lock('b'), false);
  assert.equal(await here.lock('b'), true);
  here.unlock('b');
  assert.equal(await there.lock('b'), false);
  here.unlock('b');
  assert.equal(await unanswered(there.lock('b')), true);
  assert.equal(await here.lock('b'), false);
  there.unlock('b');
});
