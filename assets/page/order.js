// The two large files, in the order in which they are wanted: at once they would share the line, and both be late. On a session's
// page one wants to type, so the editor's script comes first, and the program's bytes while the editor's code is compiled and runs;
// the program itself runs after that. Elsewhere nothing works without the program, and the editor waits for it.
const lateMs = 4000; // the program waits no longer than that for the editor

/** @returns {Promise<WebAssembly.Module>} the Go program, compiled, when it may run */
export function loadBoth(page, url, onBytes) {
  const after = page === 'session' ? url('editor.js') : '';
  const script = after && preload(after); // before the worker asks whether it came
  const worker = new Worker(url('program.worker.js'), { name: 'program' });
  let its = compiled(worker, onBytes);
  worker.postMessage({ program: url('app.wasm'), after });
  if (script) {
    const late = new Promise((resolve) => { setTimeout(resolve, lateMs); });
    const ran = settled(script).then(() => {
      worker.postMessage({}); // where it could not find out sooner
      return settled(addScript(after));
    });
    late.then(() => worker.postMessage({}));
    its = Promise.all([its, Promise.race([ran, late])]).then(([program]) => program);
  }
  const program = its.finally(() => worker.terminate());
  program.catch(() => {}); // whoever waits for it hears of it
  if (!script) {
    const idle = self.requestIdleCallback ?? setTimeout;
    program.finally(() => idle(() => addScript(url('editor.js')))).catch(() => {});
  }
  return program;
}

function preload(href) {
  const link = document.createElement('link');
  Object.assign(link, { rel: 'preload', as: 'script', fetchPriority: 'high', href });
  document.head.append(link);
  return link;
}

function addScript(src) {
  const script = document.createElement('script');
  Object.assign(script, { async: true, src });
  document.head.append(script);
  return script;
}

/** Resolves when an element has loaded, and a script has run; or can't. */
const settled = (element) => new Promise((resolve) => { element.onload = element.onerror = resolve; });

/** In a worker: bytes that come while this thread runs the editor's code would wait for it, and stop the download. */
function compiled(worker, onBytes) {
  return new Promise((resolve, reject) => {
    worker.onerror = () => reject(new Error('the worker that compiles the program has failed'));
    worker.onmessage = ({ data: { bytes, module, problem } }) => {
      if (module) resolve(module);
      else if (problem) reject(new Error(problem));
      else onBytes(bytes);
    };
  });
}
