// The Go program has ended, by a fault of its own: no button works any more, so the page says so. What it had stored by then,
// a moment ago, is kept, and so is what it never had; what would be typed from here on is not, so the editor takes nothing.
import { showBar } from './bar.js';

let shown = false;

const ended = (err) => err instanceof WebAssembly.RuntimeError || /Go program has already exited/.test(err?.message);

/** Follows what the program's own end does not tell: a trap of the WASM, and calls of a program that is gone. */
export function watchEnd() {
  addEventListener('error', (e) => { if (ended(e.error)) self.tandem.gone(); });
  addEventListener('unhandledrejection', (e) => { if (ended(e.reason)) self.tandem.gone(); });
}

export function showGone() {
  if (shown) return;
  shown = true;
  showBar(`Something broke on this page. ${self.tandem.unkept
    ? 'This browser keeps nothing: copy what you typed before you reload.' : 'What you typed up to a moment ago is kept.'}`, 'Reload').focus();
  self.tandem.editor.setReadOnly?.(true); // last: whatever is broken, there is the button
}
