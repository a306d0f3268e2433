// Which way the service worker serves a request. Pure.

export const lazyCache = 'runtimes-1'; // survives updates: its files are named by content

const files = /^\/(app\.js|app\.css|wasm_exec\.js|manifest\.webmanifest|favicon\.ico)$/;
const pages = /^\/(s\/[A-Za-z0-9_-]+\/?|pad)?$/;

/** @returns {'navigate' | 'kept' | 'keptOnceUsed' | 'fresh' | ''} */
export function strategy(request, origin, lazy) {
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== origin) return '';
  if (request.mode === 'navigate') return pages.test(url.pathname) ? 'navigate' : '';
  if (lazy.has(url.pathname)) return 'keptOnceUsed';
  if (url.pathname.startsWith('/web/')) return 'kept'; // named by content: never stale
  return files.test(url.pathname) ? 'fresh' : '';
}

/** What the page itself loads: its own scripts, styles and icons, whatever the server calls them. */
export function linksOf(html) {
  const found = new Set();
  for (const [, path] of html.matchAll(/<(?:script|link|img)\b[^>]*?\s(?:src|href)="?(\/[^/"\s>][^"\s>]*)/g)) {
    if (path.startsWith('/web/') || files.test(path)) found.add(path);
  }
  return [...found];
}
