// Python by Pyodide. Its worker starts from a snapshot of an interpreter's memory where there is one
// that this browser can continue, else it starts from nothing, which takes seconds longer.
import './python-prelude.js';
import { loadPyodide, version } from '../node_modules/pyodide/pyodide.mjs';
import createPyodideModule from '../node_modules/pyodide/pyodide.asm.mjs';
import { info } from '../node_modules/pyodide/pyodide-lock.json';
import { install } from './python-boot.js';
import bootSource from './python-boot.py';
import { expand, header } from './python-memory.js';
import { signals } from './python-signals.js';
import { Ended, start } from './worker.js';

const BASE = 'https://runtime.invalid/'; // nothing is ever fetched from it
const ARCHIVE = `/lib/python${info.python.replace(/^(\d+)\.(\d+).*/, '$1$2')}.zip`;
const EINTR = 27;
const LOOK = 30; // ms between two looks whether a program that waits is to stop

let pyodide, tandem;
let library; // a promise of it, where Python does not have it yet

async function boot(file) {
  library = file('python_stdlib.zip');
  const module = file('pyodide.wasm');
  const snapshot = typeof WebAssembly.Suspending === 'function' ? file('python.snapshot') : undefined;
  if (snapshot) {
    try {
      pyodide = await load(module, new ArrayBuffer(0), snapshot);
    } catch (err) {
      console.warn('Python starts without its snapshot:', err);
    }
  }
  if (!pyodide) {
    pyodide = await load(module, await library);
    install(pyodide, bootSource);
    library = null;
  }
  tandem = pyodide.pyimport('_tandem');
  return `Python ${tandem.version}, Pyodide ${version}`;
}

// Pyodide fetches its files and compiles its module; here it gets what is given, or on its way. With a snapshot the archive
// of the library may come later: what starts by itself is in the memory.
async function load(module, archive, snapshot) {
  const { fetch: realFetch } = self;
  const { instantiateStreaming } = WebAssembly;
  self.fetch = async (url) => {
    if (!String(url).endsWith('python_stdlib.zip')) return new Promise(() => {});
    return { ok: true, arrayBuffer: async () => archive };
  };
  WebAssembly.instantiateStreaming = async (_, imports) => {
    const made = await module;
    return { module: made, instance: await WebAssembly.instantiate(made, imports) };
  };
  try {
    return await loadPyodide({
      indexURL: BASE, packageBaseUrl: BASE, createPyodideModule: snapshot ? (settings) => resume(settings, snapshot) : createPyodideModule,
      lockFileContents: JSON.stringify({ info, packages: {} }),
      jsglobals: {}, // what `import js` gives: nothing of the worker's
      env: { HOME: '/home/you', PYTHONINSPECT: '' },
    });
  } finally {
    self.fetch = realFetch;
    WebAssembly.instantiateStreaming = instantiateStreaming;
  }
}

// Pyodide makes its module when it has all of a snapshot. Here both come about at once: the memory is put in place when
// the module is there, and without the empty pages, which nobody touches then.
async function resume(settings, snapshot) {
  const module = await createPyodideModule(Object.assign(settings, { noInitialRun: true }));
  const { API, HEAPU8 } = module;
  const packed = await snapshot;
  const config = API.restoreSnapshot(header(packed)); // checks that it fits
  expand(packed, HEAPU8, module._sbrk(0));
  const { finalizeBootstrap } = API;
  API.finalizeBootstrap = (_, deserialize) => finalizeBootstrap(config, deserialize);
  return module;
}

async function run(io) {
  if (library) pyodide.FS.writeFile(ARCHIVE, new Uint8Array(await library), { canOwn: true });
  for (const [path, text] of Object.entries(io.files)) pyodide.FS.writeFile(path, text);
  for (const { data } of io.libraries) pyodide.unpackArchive(await data.arrayBuffer(), 'wheel', { extractDir: tandem.site_packages });
  connect(io);
  const loop = waiting(io);
  const end = await main(io, loop);
  loop.end();
  if (typeof end === 'number') return { code: end & 255 };
  const { code, reason, message, line, column } = end.toJs({ dict_converter: Object.fromEntries });
  io.flush();
  if (reason === 'stopped') return { code, reason };
  if (message && line) io.diagnostic(io.entry, line, column, message);
  return { code, reason, message, line, column };
}

// What Python says of the end; the exit code alone of a program that leaves by os._exit.
async function main(io, loop) {
  try {
    return await tandem.main.callPromising(io.entry, io.files[io.entry], nap(io), loop.rest, seed(), io.told ? () => io.lineLater() : undefined);
  } catch (err) {
    if (Number.isInteger(err?.status)) return err.status;
    throw err;
  }
}

// Wires stdin, stdout, stderr and the stop signal.
function connect(io) {
  for (const [ch, set] of [[1, 'setStdout'], [2, 'setStderr']]) {
    const utf8 = new TextDecoder();
    pyodide[set]({
      isatty: false,
      write: (bytes) => {
        io.out(ch, utf8.decode(bytes, { stream: true }));
        return bytes.length;
      },
    });
  }
  let rest = new Uint8Array(0);
  pyodide.setStdin({
    isatty: false,
    read: (into) => {
      if (rest.length === 0) {
        try {
          const line = io.line();
          if (line === null) return 0;
          rest = new TextEncoder().encode(line);
        } catch (err) {
          if (err instanceof Ended) throw new pyodide.FS.ErrnoError(EINTR); // Python looks at the signal, then raises
          throw err;
        }
      }
      const n = Math.min(into.length, rest.length);
      into.set(rest.subarray(0, n));
      rest = rest.subarray(n);
      return n;
    },
  });
  pyodide.setInterruptBuffer(signals(io));
}

// While Python waits in its own loop nobody but us sees the signal. Called with it still set, Python would raise at once.
function waiting(io) {
  let rests = false;
  const clock = setInterval(() => {
    if (!rests || !io.interrupted()) return;
    io.clearInterrupt();
    tandem.interrupt();
  }, LOOK);
  return {
    rest: (on) => {
      rests = on;
      io.rest(on);
    },
    end: () => clearInterval(clock),
  };
}

const nap = (io) => (seconds) => void io.sleep(seconds * 1000);

const seed = () => crypto.getRandomValues(new Uint32Array(8)).join('');

// The event loop of asyncio.
const keep = ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'MessageChannel', 'MessagePort', 'console'];

start({ stops: true, keep, boot, run });
