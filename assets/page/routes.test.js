import assert from 'node:assert/strict';
import test from 'node:test';
import { isOfVersion, plainName, strategy } from './routes.js';

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
  ['GET', 'cors', '/manifest.webmanifest', 'kept'],
  ['GET', 'no-cors', '/favicon.ico', ''],
  ['GET', 'cors', '/api/sessions', ''],
  ['GET', 'websocket', '/ws', ''],
  ['GET', 'no-cors', 'https://elsewhere.example/web/editor.js', ''],
]) {
  test(`${method} ${path} (${mode}): ${want || 'left alone'}`, () => {
    assert.equal(strategy({ method, mode, url: new URL(path, origin).href }, origin, lazy), want);
  });
}

const named = (name, hash, ext) => `/web/${name}.${hash.repeat(6)}.${ext}`;
const files = new Set([named('page', 'cc', 'js'), named('icons/192', 'aa', 'png'), named('tandem', 'bb', 'css'), '/manifest.webmanifest']);
const html = `<head><script>urls={"tandem.css":"${named('tandem', 'bb', 'css')}"};if(path.startsWith("/web/"))go()</script>
  <script defer src="${named('page', 'cc', 'js')}"></script><link rel=icon href=${named('icons/192', 'aa', 'png')}>
  <link rel="manifest" href="/manifest.webmanifest"><a href="/s/abc">x</a><link rel=canonical href="https://x.example/"></head>`;

for (const [what, page, want] of [
  ['its own', html, true],
  ['one with another script', html.replace('page.cc', 'page.dd'), false],
  ['one whose script names another style', html.replace('tandem.bb', 'tandem.dd'), false],
  ['a login', '<form action="/login"><link rel="stylesheet" href="/login.css"></form>', false],
]) {
  test(`isOfVersion: ${what}: ${want}`, () => assert.equal(isOfVersion(page, files), want));
}

test('plainName: without the hash', () => {
  assert.equal(plainName('/web/runtimes/python.worker.0a1b2c3d4e5f.js'), '/web/runtimes/python.worker.js');
  assert.equal(plainName('/web/runtimes/python.0a1b2c3d4e5f.wasm'), '/web/runtimes/python.wasm');
});
