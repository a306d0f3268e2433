// Keeps the page usable without the server. The build step puts TANDEM_VERSION and the lists of files in.
import { isOfVersion, lazyCache, plainName, strategy } from './routes.js';

const cacheName = `shell-${TANDEM_VERSION}`;
const navigationMs = 3000; // how long a page waits for the server before the kept one is shown

const shell = TANDEM_SHELL;
const lazy = new Set(TANDEM_LAZY);
const files = new Set([...shell, ...lazy, ...TANDEM_REST]); // all that a page of this version names
const mark = '/web/kept.json'; // never on a server: that all is here, since when, and what this version calls lazy

// All of a version or nothing: when one file fails, this worker doesn't get active and the one before stays. The mark comes
// last, so a cache without one is what a browser that was closed in the middle left.
async function install() {
  const cache = await caches.open(cacheName);
  const there = await cache.match(mark); // the same version was here before: pages may live on what it has
  try {
    const page = await get('/', 'no-cache');
    if (page.redirected || !isOfVersion(await page.clone().text(), files)) throw new Error('the page is another version’s, or somebody else’s');
    await Promise.all([cache.put('/', page), ...shell.map(async (path) => {
      // Named by content, it is right wherever it comes from: on a first visit the page has just fetched most of it.
      await cache.put(path, await get(path, path.startsWith('/web/') ? 'default' : 'no-cache'));
    })]);
    await cache.put(mark, Response.json({ at: Date.now(), lazy: [...lazy] }));
  } catch (err) {
    if (!there) await caches.delete(cacheName);
    throw err;
  }
  await renew().catch(() => {}); // or with the next run
}

/** Fetches this version's files of what was used of others': what ran without a network yesterday does so today. */
async function renew() {
  const cache = await caches.open(lazyCache);
  const there = (await cache.keys()).map((request) => new URL(request.url).pathname);
  const used = new Set(there.map(plainName));
  const missing = [...lazy].filter((path) => used.has(plainName(path)) && !there.includes(path));
  await Promise.allSettled(missing.map((path) => cache.add(path)));
}

async function get(path, cache) {
  const response = await fetch(path, { cache });
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return response;
}

// Pages of the version before may still be open, with a server that no longer has their files: that one version stays.
async function activate() {
  const others = await Promise.all((await caches.keys()).filter((name) => name.startsWith('shell-') && name !== cacheName)
    .map(async (name) => ({ name, ...await (await (await caches.open(name)).match(mark))?.json() })));
  others.sort((a, b) => (b.at ?? 0) - (a.at ?? 0)); // a server may have gone back a version, so their order says nothing
  const [before, ...older] = others;
  await Promise.all(older.map(({ name }) => caches.delete(name)));
  const wanted = new Set([...lazy, ...(before?.lazy ?? [])]);
  const cache = await caches.open(lazyCache);
  for (const request of await cache.keys()) if (!wanted.has(new URL(request.url).pathname)) await cache.delete(request);
}

self.addEventListener('install', (e) => {
  // No wait for old pages: they keep their own files by name, and nothing of theirs is reloaded. No claim either: a page
  // that came without a worker would take its first one for an update.
  self.skipWaiting();
  e.waitUntil(install());
});
self.addEventListener('activate', (e) => e.waitUntil(activate()));

async function navigate({ request }) {
  const kept = await (await caches.open(cacheName)).match('/');
  if (!kept) return fetch(request);
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), navigationMs);
  try {
    const response = await fetch(request, { signal: limit.signal });
    return response.status >= 500 ? kept : response;
  } catch {
    return kept;
  } finally {
    clearTimeout(timer);
  }
}

async function kept({ request }) {
  return (await (await caches.open(cacheName)).match(request)) ?? (await caches.match(request)) ?? fetch(request);
}

async function keptOnceUsed(e) {
  const { request } = e;
  const cache = await caches.open(lazyCache);
  const found = await cache.match(request);
  if (found) return found;
  const response = await fetch(request);
  if (response.ok) e.waitUntil(cache.put(request, response.clone()).catch(() => {})); // the disk is full: it works, only not offline
  return response;
}

self.addEventListener('fetch', (e) => {
  const how = strategy(e.request, self.location.origin, lazy);
  if (how) e.respondWith({ navigate, kept, keptOnceUsed }[how](e));
});
