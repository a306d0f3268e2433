// On the first visit no service worker stands behind the page yet, so what the page loads of the lazy files is put by the page
// where the worker will look for it. The bytes come from the HTTP cache: nothing is fetched twice.
import { lazyCache } from './routes.js';

async function keep(path) {
  const cache = await caches.open(lazyCache);
  if (!(await cache.match(path))) await cache.add(new Request(path, { cache: 'force-cache' }));
}

export function keepLazy() {
  if (!self.caches || !navigator.serviceWorker || navigator.serviceWorker.controller) return;
  new PerformanceObserver((list) => {
    for (const { name } of list.getEntries()) {
      const { origin, pathname } = new URL(name);
      if (origin === location.origin && self.tandem.isLazy(pathname)) {
        keep(pathname).catch(() => {}); // the disk is full: it works, only not offline
      }
    }
  }).observe({ type: 'resource', buffered: true });
}
