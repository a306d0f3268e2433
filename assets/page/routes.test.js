import assert from 'node:assert/strict';
import test from 'node:test';
import { linksOf, strategy } from './routes.js';

const origin = 'https://tandem.example';
const lazy = new Set(['/web/ts.worker.aa.js', '/web/runtimes/python.bb.wasm']);

for (const [method, mode, path, want] of [
  ['GET', 'navigate', '/', 'navigate'],
  ['GET', 'navigate', '/?new', 'navigate'],
  ['GET', 'navigate', '/pad', 'navigate'],
  ['GET', 'navigate', '/s/abc_-9', 'navigate'],
  ['GET', 'navigate', '/s/abc/export', ''],
  ['GET', 'navigate', '/healthz', ''],
  ['POST', 'navigate', '/', ''],
  ['GET', 'no-cors', '/web/editor.aa.js', 'kept'],
  ['GET', 'same-origin', '/web/ts.worker.aa.js', 'keptOnceUsed'],
  ['GET', 'cors', '/web/runtimes/python.bb.wasm', 'keptOnceUsed'],
  ['GET', 'no-cors', '/app.js', 'fresh'],
  ['GET', 'cors', '/api/sessions', ''],
  ['GET', 'websocket', '/ws', ''],
  ['GET', 'no-cors', 'https://elsewhere.example/web/editor.js', ''],
]) {
  test(`${method} ${path} (${mode}): ${want || 'left alone'}`, () => {
    assert.equal(strategy({ method, mode, url: new URL(path, origin).href }, origin, lazy), want);
  });
}

test('linksOf: what the page loads, and nothing else', () => {
  const html = `<head><link rel="icon" href="/web/icons/192.aa.png"><link type="text/css" rel="stylesheet" href="/app.css">
    <script defer src="/app.js"></script><script src="/web/boot.cc.js"></script><link rel=canonical href="https://x.example/">
    <a href="/s/abc">x</a><script src="//elsewhere.example/x.js"></script><link rel="next" href="/s/abc"></head>`;
  assert.deepEqual(linksOf(html), ['/web/icons/192.aa.png', '/app.css', '/app.js', '/web/boot.cc.js']);
});
