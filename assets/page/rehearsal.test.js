import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import test from 'node:test';
import { pathToFileURL } from 'node:url';

globalThis.self = globalThis;
const { nothing, rehearse } = await import('./rehearsal.js');
await import(pathToFileURL(`${execFileSync('go', ['env', 'GOROOT'], { encoding: 'utf8' }).trim()}/lib/wasm/wasm_exec.js`));
const program = await WebAssembly.compile(await readFile(new URL('../../build/app.wasm', import.meta.url)));

test('the program comes as far as a pad that nobody keeps, and reaches nothing but the stage', async () => {
  const { setTimeout } = globalThis;
  globalThis.setTimeout = (...args) => setTimeout(...args).unref(); // the program's clock goes on
  for (const name of ['fetch', 'WebSocket', 'BroadcastChannel']) {
    globalThis[name] = new Proxy(class {}, { apply: () => assert.fail(name), construct: () => assert.fail(name) });
  }
  const problems = [];
  const only = (props) => new Proxy({}, { get: (_, key) => props[key] ?? nothing });
  const there = new Promise((resolve) => {
    const label = { set: (id, text) => { if (id === 'saved' && /^Not kept/.test(text)) resolve(); } };
    rehearse(program, globalThis.Go, {
      console: only({ error: (...args) => problems.push(args) }),
      tandem: only({ label }),
    }).catch((err) => problems.push(err));
  });
  let late;
  await Promise.race([there, new Promise((_, reject) => { late = setTimeout(() => reject(new Error(`it did not come so far: ${problems}`)), 20_000); })]);
  clearTimeout(late);
  assert.deepEqual(problems, []);
});
