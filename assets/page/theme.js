// Light or dark: by the system, or as chosen on this device.
const system = matchMedia('(prefers-color-scheme: light)');
let chosen = 'system';

function show() {
  const theme = chosen === 'system' ? (system.matches ? 'light' : 'dark') : chosen;
  document.documentElement.dataset.theme = theme;
  document.querySelector('meta[name="theme-color"]')?.setAttribute('content', theme === 'light' ? '#ffffff' : '#161920');
  dispatchEvent(new CustomEvent('tandem:theme', { detail: theme }));
}

/** @param {'system' | 'light' | 'dark'} choice */
export function applyTheme(choice) {
  chosen = choice === 'light' || choice === 'dark' ? choice : 'system';
  try {
    if (chosen === 'system') localStorage.removeItem('tandem.theme');
    else localStorage.setItem('tandem.theme', chosen);
  } catch { /* chosen for this page only */ }
  show();
}

export function watchTheme() {
  system.addEventListener('change', show);
}
