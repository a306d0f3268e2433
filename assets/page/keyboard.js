/** Keeps --keyboard at the height that an on-screen keyboard takes from the page, so that the line being typed stays in sight. */
export function watchKeyboard() {
  const view = self.visualViewport;
  if (!view) return;
  const set = () => {
    const taken = Math.max(0, Math.round(innerHeight - view.height - view.offsetTop));
    // A few pixels are a browser's own bar, and a pinch is no keyboard.
    document.documentElement.style.setProperty('--keyboard', taken > 80 && view.scale === 1 ? `${taken}px` : '0px');
  };
  view.addEventListener('resize', set);
  view.addEventListener('scroll', set);
}
