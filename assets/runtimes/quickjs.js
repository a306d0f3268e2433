// JavaScript by QuickJS: an engine of its own inside the worker, so that memory has a cap, stopping
// is clean, and the program can't reach what the worker itself has.
import { newQuickJSWASMModuleFromVariant, newVariant } from 'quickjs-emscripten-core';
import base from '@jitl/quickjs-wasmfile-release-sync';
import { trackRejections } from './quickjs-rejections.js';
import prelude from './quickjs-prelude.js?text';
import { unsettled } from './unsettled.js';
import { Ended, start } from './worker.js';

const MEMORY = 256 << 20; // bytes
const STACK = 128 << 10; // bytes; more overflows the worker's own stack first, which can't be caught
const NAP = 50; // ms of sleep at most at a time

let program; // that of the one run, ready for its code

async function boot(file) {
  const module = await file('quickjs.wasm');
  let instance;
  const instantiateWasm = (imports, done) => {
    WebAssembly.instantiate(module, imports).then((made) => {
      instance = made;
      done(made);
    });
    return {};
  };
  const engine = await newQuickJSWASMModuleFromVariant(newVariant(base, { emscriptenModule: { instantiateWasm } }));
  const runtime = engine.newRuntime();
  runtime.setMemoryLimit(MEMORY);
  runtime.setMaxStackSize(STACK);
  runtime.setModuleLoader((name) => ({ error: new Error(`Cannot find module '${name}'`) }), (base, name) => name);
  program = new Program(runtime, runtime.newContext());
  program.rejected = trackRejections({
    vm: program.vm, runtime, memory: engine.getWasmMemory(), table: instance.exports.table,
    setHandler: () => runtime.setInterruptHandler(() => program.lookUp()),
  });
  program.install();
  return 'QuickJS';
}

function run(io) {
  program.io = io;
  return program.main();
}

class Program {
  constructor(runtime, vm) {
    this.io = null; // none before the run
    this.runtime = runtime;
    this.vm = vm;
    this.ended = null; // the Ended that io threw while the program was running
  }

  mustStop() {
    return this.ended !== null || this.io.interrupted() || this.io.output.full;
  }

  /** Now and then while the engine works: whether it has to stop. */
  lookUp() {
    if (!this.io) return false;
    this.io.flushOld();
    return this.mustStop();
  }

  /** Gives the engine its host functions and evaluates the prelude. */
  install() {
    const { vm } = this;
    const host = vm.newObject();
    const define = (name, body) => vm.newFunction(name, body).consume((f) => vm.setProp(host, name, f));
    define('out', (ch, s) => void this.io.out(vm.getNumber(ch) === 2 ? 2 : 1, vm.getString(s)));
    define('now', () => vm.newNumber(performance.now()));
    define('line', () => {
      try {
        const line = this.io.line();
        return line === null ? vm.null : vm.newString(line);
      } catch (err) {
        if (!(err instanceof Ended)) return { error: vm.newError(err.message) };
        this.ended = err;
        return vm.undefined;
      }
    });
    define('promise', (p) => {
      const state = vm.getPromiseState(p);
      if (state.notAPromise) return vm.null; // it only says so
      const told = vm.newObject();
      vm.newString(state.type).consume((type) => vm.setProp(told, 'type', type));
      if (state.type !== 'pending') vm.setProp(told, 'value', state.value ?? state.error);
      return told;
    });
    vm.setProp(vm.global, 'host', host);
    vm.unwrapResult(vm.evalCode(prelude, 'tandem:prelude'));
    this.driver = vm.getProp(vm.global, '__driver');
    for (const name of ['host', '__driver']) vm.unwrapResult(vm.evalCode(`delete globalThis.${name}`, 'tandem:prelude'));
  }

  async main() {
    const { vm, io } = this;
    const code = io.files[io.entry];
    if (/[\ud800-\udbff]/.test(code)) this.call('begin', vm.newString(io.entry), vm.newString(code));
    const module = this.isModule(code);
    const result = vm.evalCode(code, io.entry, module ? { type: 'module' } : { type: 'global', strict: false });
    if (result.error) return this.fault(result.error);
    const value = result.value;
    const early = this.settle();
    if (early) return early;
    for (;;) {
      const wait = vm.getNumber(this.call('next').value);
      if (wait < 0) break;
      for (let left = wait; left > 0 && !this.mustStop(); left -= NAP) io.sleep(Math.min(left, NAP));
      if (this.mustStop()) return this.stopped();
      const fired = this.call('fire');
      if (fired.error) return this.fault(fired.error);
      const bad = this.settle();
      if (bad) return bad;
    }
    return module ? this.moduleFault(value) : null;
  }

  call(name, ...args) {
    const { vm, driver } = this;
    return vm.callFunction(vm.getProp(driver, name), vm.undefined, ...args);
  }

  /** import, export and await at the top need a module; a script keeps sloppy mode and globals. */
  isModule(code) {
    if (!/(^|[^\w$.])(import|export|await)\b/.test(code)) return false;
    const { error, value } = this.vm.evalCode(code, this.io.entry, { type: 'global', strict: false, compileOnly: true });
    (error ?? value).dispose();
    return Boolean(error);
  }

  /** Runs the jobs that promises have left. */
  settle() {
    const jobs = this.runtime.executePendingJobs();
    if (jobs.error) return this.fault(jobs.error);
    const [lost] = this.rejected.values();
    if (lost && !this.mustStop()) return this.fault(lost);
    return this.mustStop() ? this.stopped() : null;
  }

  /** A module is a promise of its end. */
  moduleFault(value) {
    const state = this.vm.getPromiseState(value);
    if (state.type === 'pending') return unsettled(this.io);
    return state.type === 'rejected' ? this.fault(state.error) : null;
  }

  stopped() {
    if (this.ended) throw this.ended;
    throw new Ended(this.io.output.full ? 'output' : 'stopped');
  }

  /** Says what went wrong and where, as the program's end. */
  fault(error) {
    if (this.mustStop()) return this.stopped();
    const { vm, io } = this;
    this.runtime.setMemoryLimit(-1); // telling takes memory, too
    const described = this.call('describe', error, vm.newString(io.entry), vm.newString(io.files[io.entry]));
    if (described.error) {
      const text = JSON.stringify(vm.dump(error));
      io.out(2, `Uncaught ${text}\n`);
      return { code: 1, message: text };
    }
    const { text, message, line, column } = JSON.parse(vm.getString(described.value));
    const memory = /^InternalError: out of memory/.test(message);
    const deep = /^InternalError: stack overflow/.test(message);
    const hint = deep ? '\nThis engine allows about 700 calls inside each other; "JavaScript (V8)" allows thousands.' : '';
    io.out(2, `${text}${hint}\n`);
    if (line) io.diagnostic(io.entry, line, column, message);
    return { code: 1, reason: memory ? 'memory' : 'error', message: message + hint, line, column };
  }
}

start({ stops: true, boot, run });
