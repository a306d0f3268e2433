// The page's side of one sandbox frame: makes it, hears it, notices when it goes silent.
import { FROM_FRAME, rebuild } from './protocol.js';
import { Missing } from './runner-files.js';

const PING = 1000; // ms
const MISSED = 8; // pings without an answer. Counted, not timed: a page that slept is no silence; a busy machine needs some patience
const LOADING = 20; // the same while a language loads: the frame takes and compiles tens of megabytes, which is no silence
const ALIVE = 20_000; // ms for the frame's page to come
const SILENT = 3000; // ms after something came that doesn't speak: the browser's own page that says it is offline

export class Frame {
  /** hear(message) gets every rebuilt message; lost(error) is called once, if the frame has to go. */
  constructor(url, hear, lost) {
    this.hear = hear;
    this.lost = lost;
    this.gone = false;
    this.isAlive = false;
    this.missed = 0;
    this.pings = 0;
    this.watched = false;
    this.patience = MISSED;
    this.element = document.createElement('iframe');
    this.element.setAttribute('sandbox', 'allow-scripts');
    this.element.setAttribute('allow', 'cross-origin-isolated');
    this.element.setAttribute('aria-hidden', 'true');
    this.element.tabIndex = -1;
    this.element.title = 'Sandbox';
    this.element.style.cssText = 'position:absolute;width:0;height:0;border:0;visibility:hidden';
    this.element.src = url;
    this.onMessage = (e) => this.receive(e);
    window.addEventListener('message', this.onMessage);
    this.alive = new Promise((resolve, reject) => Object.assign(this, { resolve, reject }));
    this.alive.catch(() => {});
    this.waiting = setTimeout(() => this.drop('The sandbox could not be loaded. Check the connection and run again.'), ALIVE);
    // Without a server it comes from the HTTP cache, or not at all: a service worker has no say in an opaque origin.
    this.element.addEventListener('load', () => {
      clearTimeout(this.waiting);
      if (!this.isAlive) this.waiting = setTimeout(() => this.drop(new Missing('The sandbox that runs code')), SILENT);
    });
    this.clock = setInterval(() => this.tick(), PING);
    document.body.append(this.element);
  }

  receive(e) {
    // An opaque origin says "null"; another frame's messages and those of a frame that was dropped are not ours.
    if (this.gone || e.source !== this.element.contentWindow || e.origin !== 'null') return;
    const m = rebuild(FROM_FRAME, e.data);
    if (!m) return this.drop('The sandbox sent something that is not allowed.');
    this.missed = 0;
    if (m.type === 'pong') return;
    if (m.type === 'alive') {
      clearTimeout(this.waiting);
      this.isAlive = true;
      this.isolated = m.isolated === 1;
      return this.resolve();
    }
    this.hear(m);
  }

  /** Only a frame at work is watched: an idle one costs nothing. */
  watch(on, loading) {
    if (on && !this.watched) this.missed = 0;
    this.patience = loading ? LOADING : MISSED;
    this.watched = on;
  }

  tick() {
    if (!this.watched) return;
    if (this.missed >= this.patience) return this.drop('The sandbox stopped answering and was started anew.');
    this.missed++;
    this.send({ type: 'ping', n: ++this.pings });
  }

  send(message) {
    if (!this.gone) this.element.contentWindow?.postMessage(message, '*');
  }

  drop(why) {
    if (this.gone) return;
    const err = why instanceof Error ? why : new Error(why);
    this.gone = true;
    clearTimeout(this.waiting);
    clearInterval(this.clock);
    window.removeEventListener('message', this.onMessage);
    this.element.remove();
    this.reject(err);
    this.lost(err);
  }
}
