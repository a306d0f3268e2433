// The page's own scripts and styles. On a bad line one of them may not come: it is asked for once more, and if it doesn't come
// then either, the page says so. Nothing of that needs another of our files.
import { showBar } from './bar.js';

const againMs = 500; // a network that is being changed needs a moment
const tried = new Map(); // url → the promise of its second coming

const isPart = (e) => (e instanceof HTMLScriptElement || (e instanceof HTMLLinkElement && e.rel === 'stylesheet'))
  && new URL(e.src || e.href, location.href).pathname.startsWith('/web/');

function again(element) {
  const url = element.src || element.href;
  if (tried.has(url)) return;
  tried.set(url, new Promise((resolve) => {
    setTimeout(() => {
      const other = document.createElement(element.localName);
      Object.assign(other, element.localName === 'script' ? { async: false, src: url } : { rel: 'stylesheet', href: url });
      other.onload = resolve;
      other.onerror = missing;
      element.replaceWith(other);
    }, againMs);
  }));
}

function missing() {
  if (document.readyState === 'loading') addEventListener('DOMContentLoaded', missing, { once: true });
  else showBar('A part of this page could not be loaded.', 'Try again');
}

export function watchParts() {
  addEventListener('error', ({ target }) => { if (isPart(target)) again(target); }, true); // it doesn't bubble
}

/** Resolves once what did not come at first is there. */
export const partsCame = () => Promise.all(tried.values());
