// The sandbox frame: an opaque origin without network that keeps the workers and stands between
// them and the page. User code never runs here: in a frame's own realm WebRTC escapes the policy.
import { Lang } from './frame-lang.js';
import { Run } from './frame-run.js';
import { rebuild, TO_FRAME } from './protocol.js';

const RUNS = 4; // runs at a time

const page = window.parent;
const langs = new Map(); // id → Lang, once its files are on their way
const runs = new Map(); // id → Run
const libraries = new Map(); // name → bytes
let used = null; // the Lang of the last load or run
let home = null; // origin of the page: that of its first message

function tell(message) {
  page.postMessage(message, home ?? '*');
}

const handlers = {
  ping: ({ n }) => tell({ type: 'pong', n }),

  expect({ lang, files }) {
    langs.get(lang)?.cool();
    langs.set(lang, new Lang(lang, files.split('\n')));
  },

  file: (m) => langs.get(m.lang)?.add(m),

  drop({ lang }) {
    langs.get(lang)?.cool();
    langs.delete(lang);
  },

  library({ name, data }) {
    libraries.set(name, data);
  },

  async load(m) {
    const lang = langs.get(m.lang);
    try {
      if (!lang?.complete) throw new Error('A file of the runtime is missing.');
      use(lang);
      const { ms, version } = await lang.open();
      if (lang !== used) lang.rest();
      tell({ type: 'ready', lang: m.lang, ms, version });
    } catch (err) {
      lang?.cool();
      langs.delete(m.lang);
      tell({ type: 'failed', lang: m.lang, message: words(err) });
    }
  },

  async run(m) {
    if (runs.has(m.id)) return;
    const run = new Run(m, tell, over);
    const lang = langs.get(m.lang);
    runs.set(m.id, run);
    if (!lang?.opened) return run.crash('The runtime is not loaded.');
    if (runs.size > RUNS) return run.crash('Too many programs are running.');
    use(lang);
    try {
      const seat = await lang.take(() => !run.ended);
      if (lang !== used) lang.rest();
      if (seat) run.start(seat, libraries);
    } catch (err) {
      run.crash(words(err));
    }
  },

  stop: ({ id }) => runs.get(id)?.stop(),
  input: ({ id, s }) => runs.get(id)?.input(s),
};

// The next worker is handed what it needs in a task of its own: that takes a while, and what was told in this one would wait.
function over(run) {
  runs.delete(run.id);
  setTimeout(() => {
    if (langs.get(run.request.lang) === used) used.warm();
  });
}

// A waiting Python worker holds 175 MB: only the language in use keeps one, and one that somebody waits for.
function use(lang) {
  if (used !== lang) used?.rest();
  used = lang;
}

const words = (err) => String(err?.message ?? err).slice(0, 1000);

window.addEventListener('message', (e) => {
  if (e.source !== page || (home !== null && e.origin !== home)) return;
  const m = rebuild(TO_FRAME, e.data);
  if (!m) return;
  home ??= e.origin;
  handlers[m.type](m);
});

tell({ type: 'alive', isolated: globalThis.crossOriginIsolated ? 1 : 0 });
