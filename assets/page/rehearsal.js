// A rehearsal of the Go program. Browsers compile a function when it is first called, which is half of what the program's
// start takes; and what one thread has compiled is compiled for all. So while the page's thread starts the editor, the
// program plays the practice pad here, on a stage where everything is there and nothing does anything: no request is made,
// nothing is read or kept. It goes on until the page ends it by taking the program.
const its = { length: 0, then: undefined, [Symbol.toPrimitive]: () => '' }; // what has no `then` is there at once
export const nothing = new Proxy(function () {}, {
  get: (_, key) => (key in its ? its[key] : nothing),
  set: () => true,
  apply: () => nothing,
  construct: () => nothing,
});

const real = new Set(['Object', 'Array', 'Uint8Array', 'Date', 'fs', 'process', 'path']); // Go's own packages start with these

/** @param {Record<string, unknown>} props what must be of a type, by name */
const stage = (props) => new Proxy(self, {
  get: (_, key) => (key in props ? props[key] : real.has(key) ? self[key] : nothing),
  set: () => true,
});

/**
 * @param {WebAssembly.Module} program
 * @param {typeof Go} Go of wasm_exec.js
 * @param {Record<string, unknown>} props more of the stage
 */
export async function rehearse(program, Go, props = {}) {
  const no = () => false;
  const world = stage({
    location: { origin: '', pathname: '/pad', href: '/pad' },
    goappGetenv: () => '', goappIsAppInstallable: no, goappIsAppInstalled: no, goappIsAppleBrowser: no,
    goappUpdatedBeforeWasmLoaded: false, goappAppInstallChangedBeforeWasmLoaded: false,
    ...props,
  });
  const go = new Go();
  go.exit = () => {};
  Object.defineProperty(go, '_values', { // what Go calls its global object
    configurable: true,
    set(values) { Object.defineProperty(go, '_values', { value: values.map((v) => (v === self ? world : v)) }); },
  });
  await go.run(await WebAssembly.instantiate(program, go.importObject));
}
