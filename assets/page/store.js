// Strings by key, in IndexedDB: what has to outlive the tab. Where the browser gives no database, they live as long as the page.
const memory = new Map();
const openMs = 3000; // a database that does not answer by then keeps nobody waiting
let database;

function ask(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
    request.onblocked = () => reject(new Error('blocked by another tab'));
  });
}

export function openDatabase() {
  database ??= (async () => {
    const request = indexedDB.open('tandem', 1);
    request.onupgradeneeded = () => request.result.createObjectStore('kept');
    let timer;
    const late = new Promise((_, reject) => { timer = setTimeout(reject, openMs, new Error('it does not open')); });
    const db = await Promise.race([ask(request), late]).finally(() => clearTimeout(timer));
    db.onversionchange = () => { db.close(); database = undefined; };
    db.onclose = () => { database = undefined; };
    return db;
  })();
  return database;
}

/** Resolves once all of a transaction is stored, and not before. */
export function stored(tx) {
  return new Promise((resolve, reject) => {
    tx.oncomplete = () => resolve();
    tx.onabort = () => reject(tx.error ?? new Error('aborted'));
  });
}

async function run(mode, action, fallback) {
  try {
    const db = await openDatabase();
    const tx = db.transaction('kept', mode, { durability: 'relaxed' });
    const done = mode === 'readwrite' && stored(tx);
    const [result] = await Promise.all([ask(action(tx.objectStore('kept'))), done]);
    return result;
  } catch (err) {
    database = undefined;
    console.warn('store:', err);
    return fallback();
  }
}

export async function get(key) {
  if (memory.has(key)) return memory.get(key);
  return (await run('readonly', (s) => s.get(key), () => null)) ?? null;
}

export async function set(key, value) {
  const ok = await run('readwrite', (s) => s.put(value, key), () => { memory.set(key, value); return null; });
  self.tandem.unkept = ok === null;
  if (ok !== null) memory.delete(key);
}

export async function del(key) {
  memory.delete(key);
  await run('readwrite', (s) => s.delete(key), () => null);
}
