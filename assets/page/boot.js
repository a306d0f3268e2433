// Part of the page, and runs before anything is painted: theme, page, where our files are, and what is said when the Go
// program is gone. The build step puts TANDEM_URLS, TANDEM_SIZES and TANDEM_LAZY in; no other file has to know a hash.
import { installPolicy } from './policy.js';
import { applyTheme, watchTheme } from './theme.js';
import { showGone } from './gone.js';
import { loadBoth } from './order.js';
import { partsCame, watchParts } from './parts.js';

const root = document.documentElement;
const urls = TANDEM_URLS;
const sizes = TANDEM_SIZES;
const lazy = new Set(TANDEM_LAZY);

const read = (key) => {
  try {
    return localStorage.getItem(key);
  } catch {
    return null; // storage is blocked: everything has a default
  }
};

const [, session] = /^\/s\/([A-Za-z0-9_-]+)\/?$/.exec(location.pathname) ?? [];

function pageOf(path) {
  if (session || path === '/pad') return 'session';
  return path === '/' ? 'home' : 'other';
}

let started;
self.tandem = {
  url: (name) => urls[name] ?? '',
  size: (name) => sizes[name] ?? 0,
  isLazy: (path) => lazy.has(path),
  /** Whether this device was in the session: then the program joins it as soon as it runs, and asks for no name first. */
  wasHere: Boolean(session && read(`tandem.last.${session}`)),
  language: read('tandem.language') ?? 'python',
  /** What the editor starts with the next time a page is opened. */
  remember(language) {
    try {
      localStorage.setItem('tandem.language', language);
    } catch { /* only a better first paint is lost */ }
  },
  theme: { get: () => read('tandem.theme') ?? 'system', set: applyTheme },
  gone: showGone,
  partsCame,
  editor: { ready: new Promise((resolve) => { started = resolve; }), started: (api) => started(api) },
};

root.dataset.page = pageOf(location.pathname);
installPolicy();
watchParts();
self.tandem.program = loadBoth(root.dataset.page, self.tandem.url, (bytes) => self.tandem.onBytes?.(bytes));
applyTheme(self.tandem.theme.get());
watchTheme();
