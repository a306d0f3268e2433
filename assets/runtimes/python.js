// Python by Pyodide. Its worker starts from a snapshot of an interpreter's memory where there is one
// that this browser can continue, else it starts from nothing, which takes seconds longer.
import './python-prelude.js';
import { loadPyodide, version } from '../node_modules/pyodide/pyodide.mjs';
import createPyodideModule from '../node_modules/pyodide/pyodide.asm.mjs';
import { info } from '../node_modules/pyodide/pyodide-lock.json';
import bootSource from './python-boot.py';
import { expand } from './python-memory.js';
import { signals } from './python-signals.js';
import { Ended, start } from './worker.js';

const BASE = 'https://runtime.invalid/'; // nothing is ever fetched from it
const EINTR = 27;

let pyodide, runMain, sitePackages;

async function boot({ modules, data }) {
  const snapshot = typeof WebAssembly.Suspending === 'function' ? data['python.snapshot'] : undefined;
  if (snapshot) {
    try {
      pyodide = await load(modules, data, expand(snapshot));
    } catch (err) {
      console.warn('Python starts without its snapshot:', err);
    }
  }
  pyodide ??= await load(modules, data);
  const namespace = pyodide.toPy({});
  pyodide.runPython(bootSource, { globals: namespace, filename: '<tandem>' });
  runMain = namespace.get('main');
  sitePackages = namespace.get('site_packages');
  return `Python ${namespace.get('version')}, Pyodide ${version}`;
}

// Pyodide fetches its files and compiles its module; both are here already.
async function load(modules, data, snapshot) {
  const { fetch: realFetch } = self;
  const { instantiateStreaming } = WebAssembly;
  self.fetch = async (url) => {
    if (!String(url).endsWith('python_stdlib.zip')) return new Promise(() => {});
    return { ok: true, arrayBuffer: async () => data['python_stdlib.zip'] };
  };
  WebAssembly.instantiateStreaming = async (_, imports) => {
    const module = modules['pyodide.wasm'];
    return { module, instance: await WebAssembly.instantiate(module, imports) };
  };
  try {
    return await loadPyodide({
      indexURL: BASE, packageBaseUrl: BASE, createPyodideModule,
      lockFileContents: JSON.stringify({ info, packages: {} }),
      jsglobals: {}, // what `import js` gives: nothing of the worker's
      env: { HOME: '/home/you', PYTHONINSPECT: '' },
      ...(snapshot ? { _loadSnapshot: snapshot } : {}),
    });
  } finally {
    self.fetch = realFetch;
    WebAssembly.instantiateStreaming = instantiateStreaming;
  }
}

async function run(io) {
  for (const [path, text] of Object.entries(io.files)) pyodide.FS.writeFile(path, text);
  for (const { data } of io.libraries) pyodide.unpackArchive(await data.arrayBuffer(), 'wheel', { extractDir: sitePackages });
  connect(io);
  const end = await runMain.callPromising(io.entry, io.files[io.entry], nap(io), seed(), io.told ? () => io.lineLater() : undefined);
  const { code, reason, message, line, column } = end.toJs({ dict_converter: Object.fromEntries });
  io.flush();
  if (reason === 'stopped') return { code, reason };
  if (message && line) io.diagnostic(io.entry, line, column, message);
  return { code, reason, message, line, column };
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

const nap = (io) => (seconds) => void io.sleep(seconds * 1000);

const seed = () => crypto.getRandomValues(new Uint32Array(8)).join('');

// The event loop of asyncio.
const keep = ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'MessageChannel', 'MessagePort', 'console'];

start({ stops: true, keep, boot, run });
