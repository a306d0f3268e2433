// Runs the Go program, which boot.js has begun to load, and shows how far that has come.
import { makeDoor } from './door.js';

const slowMs = 400; // faster than that, a percentage is only flicker

const loader = () => document.getElementById('app-wasm-loader');

function say(text) {
  const label = document.getElementById('app-wasm-loader-label');
  if (label) label.textContent = text;
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
  const total = self.tandem.size('app.wasm');
  self.tandem.onBytes = (bytes) => {
    if (performance.now() > slowMs) say(`Loading ${Math.min(99, Math.round((100 * bytes) / total))} %`);
  };
  try {
    const program = await self.tandem.program;
    await self.tandem.partsCame(); // Go's own script may be among them
    if (self.tandem.wasHere) self.tandem.socket.begin('/ws', TANDEM_PROTOCOL);
    const go = new self.Go();
    const { door, open } = makeDoor(go);
    self.tandem.door = door;
    const instance = await WebAssembly.instantiate(program, go.importObject);
    performance.mark('tandem:go');
    open(instance.exports);
    go.run(instance).catch(console.error).finally(self.tandem.gone);
    loader()?.remove();
  } catch (err) {
    failed(err);
  }
}
