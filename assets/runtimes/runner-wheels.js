// The operator's wheels: of those that a Python program imports, and those that these need, the frame gets the bytes.
import { fetchFiles } from './runner-files.js';

const PATIENCE = 2000; // ms: a program starts without wheels rather than late

/** The server's list. */
export async function ask(url, patience = PATIENCE) {
  return (await fetch(url, { signal: AbortSignal.timeout(patience) })).json();
}

export class Wheels {
  #list; // a promise of [{file, url, bytes, modules, needs}], once asked for
  #given = new WeakMap(); // frame → the files that it has

  constructor(ask = async () => []) {
    this.ask = ask;
  }

  /** Hands the frame what the code imports; resolves to the names of the files. */
  async give(code, frame) {
    const names = imports(code);
    if (names.size === 0) return [];
    this.#list ??= this.ask().catch(() => {
      this.#list = undefined; // no network: the next run asks again
      return [];
    });
    const list = await this.#list;
    const wanted = withNeeds(list, list.filter((w) => w.modules.some((m) => names.has(m))));
    if (!this.#given.has(frame)) this.#given.set(frame, new Set());
    const has = this.#given.get(frame);
    const fresh = wanted.filter((w) => !has.has(w.file)).map((w) => ({ name: w.file, url: w.url, bytes: w.bytes }));
    await fetchFiles(fresh, () => {}, ({ name, data }) => {
      frame.send({ type: 'library', name, data });
      has.add(name);
    });
    return wanted.map((w) => w.file);
  }
}

function withNeeds(list, wheels) {
  const found = new Map();
  const add = (w) => {
    if (!w || found.has(w.file)) return;
    found.set(w.file, w);
    for (const file of w.needs) add(list.find((o) => o.file === file));
  };
  wheels.forEach(add);
  return [...found.values()];
}

/** The modules that a program names, by the first part of their names. One too many costs only time. */
export function imports(code) {
  const names = new Set();
  const add = (name) => name && names.add(name.trim().split('.')[0]);
  for (const [, from, list] of code.matchAll(/(?:^|[;:])[ \t]*(?:from[ \t]+([\w.]+)[ \t]+import\b|import[ \t]+([\w., \t]+))/gm)) {
    add(from);
    for (const part of list?.split(',') ?? []) add(part.trim().split(/\s/)[0]);
  }
  for (const [, name] of code.matchAll(/(?:import_module|__import__)\(\s*['"]([\w.]+)/g)) add(name);
  return names;
}
