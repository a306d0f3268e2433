/** Keeps --keyboard at the height that an on-screen keyboard takes from the page, so that the line being typed stays in sight. */
export function watchKeyboard() {
  const view = self.visualViewport;
  if (!view) return;
  const set = () => {
    const taken = Math.max(0, Math.round(innerHeight - view.height - view.offsetTop));
    // A few pixels are a browser's own bar, and a pinch is no keyboard.
    const there = taken > 80 && view.scale === 1;
    const root = document.documentElement;
    root.style.setProperty('--keyboard', there ? `${taken}px` : '0px');
    root.toggleAttribute('data-keyboard', there);
  };
  view.addEventListener('resize', set);
  view.addEventListener('scroll', set);
}
