// Which way the service worker serves a request. Pure.

export const lazyCache = 'runtimes-1'; // survives updates: its files are named by content

const pages = /^\/(s\/[A-Za-z0-9_-]+\/?|pad)?$/;

/** @returns {'navigate' | 'kept' | 'keptOnceUsed' | ''} */
export function strategy(request, origin, lazy) {
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== origin) return '';
  if (request.mode === 'navigate') return pages.test(url.pathname) ? 'navigate' : '';
  if (lazy.has(url.pathname)) return 'keptOnceUsed';
  // What is named by content is never stale; the manifest names icons of its own version.
  return url.pathname.startsWith('/web/') || url.pathname === '/manifest.webmanifest' ? 'kept' : '';
}

/** Whether a page names the files of a version and no others: while a server's nodes change, another one's may come. */
export function isOfVersion(html, files) {
  const named = html.match(/\/web\/[\w./-]+\.\w{12,}\.\w+/g) ?? [];
  return named.length > 0 && named.every((path) => files.has(path));
}

/** A file's path without the hash of its content: /web/runtimes/python.<hash>.wasm → /web/runtimes/python.wasm. */
export const plainName = (path) => path.replace(/\.[^./]+(\.[^./]+)$/, '$1');
