// Texts that change with every key, in elements that the Go program's tree leaves alone. They are written once a frame: most
// keys are saved before the next one, and an element whose text is as before costs nothing.
const waiting = new Map(); // id → text

function write() {
  for (const [id, text] of waiting) {
    const e = document.getElementById(id);
    if (e && e.textContent !== text) e.textContent = text;
  }
  waiting.clear();
}

/** Tells whether there is such an element. */
export function set(id, text) {
  const there = document.getElementById(id) !== null;
  if (there) {
    if (waiting.size === 0 && !document.hidden) requestAnimationFrame(write);
    waiting.set(id, text);
    if (document.hidden) write(); // no frame is made then
  }
  return there;
}
