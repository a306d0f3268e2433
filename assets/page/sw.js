// Keeps the page usable without the server. The build step puts TANDEM_VERSION, TANDEM_SHELL and TANDEM_LAZY in.
import { lazyCache, linksOf, strategy } from './routes.js';

const cacheName = `shell-${TANDEM_VERSION}`;
const navigationMs = 3000; // how long a page waits for the server before the kept one is shown

const shell = TANDEM_SHELL;
const lazy = new Set(TANDEM_LAZY);
const lazyList = '/web/lazy.json'; // never on a server: what this version calls lazy, for the one after it

// All of a version or nothing: when one file fails, this worker doesn't get active and the one before stays.
async function install() {
  const page = await fetch('/', { cache: 'no-cache' });
  if (!page.ok) throw new Error(`/: ${page.status}`);
  const html = await page.clone().text();
  const cache = await caches.open(cacheName);
  const paths = new Set([...shell, ...linksOf(html)]);
  await Promise.all([cache.put('/', page), cache.put(lazyList, Response.json([...lazy])), ...[...paths].map(async (path) => {
    const response = await fetch(path, { cache: 'no-cache' });
    if (!response.ok) throw new Error(`${path}: ${response.status}`);
    await cache.put(path, response);
  })]);
}

// Pages of the version before may still be open, with a server that no longer has their files: that one version stays.
async function activate() {
  const before = (await caches.keys()).filter((name) => name.startsWith('shell-') && name !== cacheName);
  await Promise.all(before.slice(0, -1).map((name) => caches.delete(name)));
  const list = before.length > 0 && await (await caches.open(before.at(-1))).match(lazyList);
  const wanted = new Set([...lazy, ...(list ? await list.json() : [])]);
  const cache = await caches.open(lazyCache);
  for (const request of await cache.keys()) if (!wanted.has(new URL(request.url).pathname)) await cache.delete(request);
}

self.addEventListener('install', (e) => {
  // No wait for old pages: they keep their own files by name, and nothing of theirs is reloaded. No claim either: a page
  // that came without a worker would take its first one for an update.
  self.skipWaiting();
  e.waitUntil(install().catch(async (err) => {
    await caches.delete(cacheName);
    throw err;
  }));
});
self.addEventListener('activate', (e) => e.waitUntil(activate()));

async function navigate(request) {
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

async function kept(request) {
  return (await (await caches.open(cacheName)).match(request)) ?? (await caches.match(request)) ?? fetch(request);
}

async function keptOnceUsed(request) {
  const cache = await caches.open(lazyCache);
  const found = await cache.match(request);
  if (found) return found;
  const response = await fetch(request);
  if (response.ok) cache.put(request, response.clone()).catch(() => {}); // the disk is full: it works, only not offline
  return response;
}

async function fresh(request) {
  try {
    return await fetch(request);
  } catch (err) {
    const found = await (await caches.open(cacheName)).match(request);
    if (found) return found;
    throw err;
  }
}

self.addEventListener('fetch', (e) => {
  const how = strategy(e.request, self.location.origin, lazy);
  if (how) e.respondWith({ navigate, kept, keptOnceUsed, fresh }[how](e.request));
});
