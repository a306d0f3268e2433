// Texts that change with every key, in elements that the Go program's tree leaves alone.

/** Tells whether there is such an element. */
export function set(id, text) {
  const e = document.getElementById(id);
  if (e) e.textContent = text;
  return e !== null;
}
