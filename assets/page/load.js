// The WASM streams straight into the compiler; a second reader of the same bytes only counts them for the progress shown.
const slowMs = 400; // faster than that, a percentage is only flicker

const loader = () => document.getElementById('app-wasm-loader');

function say(text) {
  const label = document.getElementById('app-wasm-loader-label');
  if (label) label.textContent = text;
}

async function count(response, total) {
  const since = performance.now();
  let done = 0;
  for (const reader = response.body.getReader(); ;) {
    const { done: end, value } = await reader.read();
    if (end) return;
    done += value.byteLength;
    if (total > 0 && performance.now() - since > slowMs) say(`Loading ${Math.min(99, Math.round((100 * done) / total))} %`);
  }
}

function failed(err) {
  console.error('start of the program:', err);
  const box = loader();
  if (!box) return;
  say('This page could not be loaded. ');
  const again = document.createElement('button');
  again.className = 'btn small';
  again.style.pointerEvents = 'auto';
  again.textContent = 'Try again';
  again.addEventListener('click', () => location.reload());
  box.append(again);
}

/** Resolves once the program runs, or can't. */
export async function load() {
  say('');
  try {
    const response = await fetch(self.tandem.url('app.wasm'));
    if (!response.ok) throw new Error(`app.wasm: ${response.status}`);
    count(response.clone(), self.tandem.size('app.wasm')).catch(() => {}); // the compiler reports what went wrong
    const go = new self.Go();
    const { instance } = await WebAssembly.instantiateStreaming(response, go.importObject);
    performance.mark('tandem:go');
    go.run(instance).catch(console.error).finally(self.tandem.gone);
    loader()?.remove();
  } catch (err) {
    failed(err);
  }
}
