// The two large files, in the order in which they are wanted: at once they would share the line, and both be late. On a session's
// page one wants to type, so the editor's script comes first, and the program's bytes while the editor's code runs. Elsewhere
// nothing works without the program, and the editor waits for it.
const lateMs = 4000; // the program waits no longer than that for the editor's bytes

/** @returns {Promise<WebAssembly.Module>} the Go program, compiled */
export function loadBoth(page, url, onBytes) {
  let turn;
  const its = new Promise((resolve) => { turn = resolve; });
  const program = compile(url, its, onBytes);
  program.catch(() => {}); // whoever waits for it hears of it
  if (page === 'session') {
    const bytes = preload(url('editor.js'));
    bytes.onload = bytes.onerror = () => {
      turn();
      addScript(url('editor.js'));
    };
    setTimeout(turn, lateMs);
  } else {
    turn();
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
}

/** In a worker: bytes that come while this thread runs the editor's code would wait for it, and stop the download. */
function compile(url, its, onBytes) {
  const worker = new Worker(url('program.worker.js'), { name: 'program' });
  const program = new Promise((resolve, reject) => {
    worker.onerror = () => reject(new Error('the worker that compiles the program has failed'));
    worker.onmessage = ({ data: { bytes, module, problem } }) => {
      if (module) resolve(module);
      else if (problem) reject(new Error(problem));
      else onBytes(bytes);
    };
  });
  its.then(() => worker.postMessage(url('app.wasm')));
  return program.finally(() => worker.terminate());
}
