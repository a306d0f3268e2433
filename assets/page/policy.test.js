import assert from 'node:assert/strict';
import test from 'node:test';
import { isOurs } from './policy.js';

const origin = 'https://tandem.example';

for (const [url, want] of [
  ['/web/editor.worker.0a1b2c.js', true],
  ['/web/runtimes/host.0a1b2c.mjs', true],
  ['https://tandem.example/app-worker.js', true],
  ['https://elsewhere.example/web/editor.js', false],
  ['//elsewhere.example/web/editor.js', false],
  ['/web/../s/abc.js', false],
  ['/web/editor.js?x', false],
  ['/s/abc', false],
  ['/web/page.html', false],
  ['data:text/javascript,0', false],
  ['blob:https://tandem.example/1', false],
  ['javascript:0', false],
]) {
  test(`${url} is ${want ? '' : 'not '}ours`, () => assert.equal(isOurs(url, origin), want));
}
