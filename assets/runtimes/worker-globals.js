// What may stay in a worker's realm once its language has started: for a program that runs in that
// very realm, and for one that found a way into it. A list of what stays, not of what goes: a new
// browser brings new names, and they must not be a way out.

const LANGUAGE = `Object Function Array Number parseFloat parseInt Infinity NaN undefined Boolean String Symbol Date
  Promise RegExp Error AggregateError EvalError RangeError ReferenceError SyntaxError TypeError URIError SuppressedError
  globalThis JSON Math Temporal Intl ArrayBuffer SharedArrayBuffer Atomics DataView Uint8Array Int8Array Uint16Array Int16Array
  Uint32Array Int32Array Float16Array Float32Array Float64Array Uint8ClampedArray BigUint64Array BigInt64Array BigInt Map Set
  WeakMap WeakSet WeakRef FinalizationRegistry Proxy Reflect Iterator DisposableStack AsyncDisposableStack WebAssembly
  decodeURI decodeURIComponent encodeURI encodeURIComponent escape unescape eval isFinite isNaN`;

const BROWSER = `self TextEncoder TextDecoder URL URLSearchParams AbortController AbortSignal Event EventTarget DOMException
  performance crypto atob btoa structuredClone queueMicrotask`;

const KEEP = new Set(`${LANGUAGE} ${BROWSER}`.split(/\s+/));

/** Deletes everything but that and `more` from the global object and what it inherits. */
export function strip(more = []) {
  const left = [];
  const keep = new Set([...KEEP, ...more]);
  delete URL.createObjectURL;
  delete URL.revokeObjectURL;
  for (let on = self; on && on !== EventTarget.prototype && on !== Object.prototype; on = Object.getPrototypeOf(on)) {
    for (const name of Object.getOwnPropertyNames(on)) {
      if (keep.has(name) || name === 'constructor') continue;
      if (!Reflect.deleteProperty(on, name) && !harmless(on, name)) left.push(name);
    }
  }
  // The constructors lead to the same prototypes; nobody needs them.
  for (let on = Object.getPrototypeOf(self); on && on !== EventTarget.prototype && on !== Object.prototype; on = Object.getPrototypeOf(on)) {
    Reflect.deleteProperty(on, 'constructor');
  }
  if (left.length) throw new Error(`These could not be taken away: ${left.join(' ')}`);
}

// Constants, like TEMPORARY: numbers lead nowhere.
function harmless(on, name) {
  const d = Object.getOwnPropertyDescriptor(on, name);
  return typeof d.value === 'number' || typeof d.value === 'string';
}
