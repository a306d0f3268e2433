// Promises that were rejected and that nobody handles. QuickJS tells its host of them, but this build
// exports no way to say who wants to know. So the callback is put where JS_SetHostPromiseRejectionTracker
// would put it: in JSRuntime, right after the interrupt handler, whose place is found by setting it.
// Whatever doesn't look as expected means: do without.

const RUNTIME_BYTES = 1024; // more than the struct has before the handlers

// (module (import "h" "f" (func (param i32 i64 i64 i32 i32))) (export "f" (func 0))): a JavaScript
// function becomes one that a table takes only by way of a module.
const THROUGH = new Uint8Array([
  0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 9, 1, 0x60, 5, 0x7f, 0x7e, 0x7e, 0x7f, 0x7f, 0,
  2, 7, 1, 1, 0x68, 1, 0x66, 0, 0, 7, 5, 1, 1, 0x66, 0, 0,
]);

/** Calls setHandler, which sets the interrupt handler, and returns the live Map of promise → handle of its reason. */
export function trackRejections({ vm, runtime, memory, table, setHandler }) {
  const rejected = new Map();
  const at = runtime.rt.value;
  const before = new Uint32Array(memory.buffer.slice(at, at + RUNTIME_BYTES));
  setHandler();
  const after = new Uint32Array(memory.buffer.slice(at, at + RUNTIME_BYTES));
  const changed = [...after.keys()].filter((i) => before[i] !== after[i]);
  const place = changed[0] + 2; // past the interrupt handler and its opaque
  if (!table || changed.length !== 1 || after[place] !== 0 || after[place + 1] !== 0) return rejected;

  const slot = vm.module._malloc(8);
  const told = (ctx, promise, reason, handled) => {
    if (handled) return void rejected.delete(promise);
    new DataView(memory.buffer).setBigInt64(slot, reason, true);
    rejected.set(promise, vm.memory.heapValueHandle(vm.ffi.QTS_DupValuePointer(ctx, slot)));
  };
  const { f } = new WebAssembly.Instance(new WebAssembly.Module(THROUGH), { h: { f: told } }).exports;
  const index = table.grow(1);
  table.set(index, f);
  new DataView(memory.buffer).setUint32(at + place * 4, index, true);
  return rejected;
}
