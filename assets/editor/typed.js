// What is typed before the Go program has a client for it: kept in the tab's own storage, by the page's path, so no reload loses it.
const key = () => `tandem.typed.${location.pathname.replace(/\/$/, '')}`;

export function keep(text) {
  try {
    if (text) sessionStorage.setItem(key(), text);
    else sessionStorage.removeItem(key());
  } catch {
    self.tandem.unkept = true; // storage is blocked, or full
  }
}

export function kept() {
  try {
    return sessionStorage.getItem(key()) ?? '';
  } catch {
    return '';
  }
}
