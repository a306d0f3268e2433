// Strings by key, in IndexedDB: what has to outlive the tab. Where the browser gives no database, they live as long as the page.
const memory = new Map();
const tickMs = 100;
const openTicks = 50; // a database that does not answer by then keeps nobody waiting
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
    // A page that is left while the browser makes its database may be frozen, to be there for "Back", and then nobody else is
    // let in. The browser drops a frozen page that is told something.
    const channel = new BroadcastChannel('tandem.store');
    channel.onmessage = () => {};
    channel.postMessage('');
    const opened = ask(request).finally(() => channel.close());
    let timer;
    const late = new Promise((_, reject) => {
      let left = openTicks; // an interval doesn't make up for what it misses: time in which the page can hear no answer doesn't count
      timer = setInterval(() => --left || reject(new Error('it does not open')), tickMs);
    });
    try {
      const db = await Promise.race([opened, late]);
      db.onversionchange = () => { db.close(); database = undefined; };
      db.onclose = () => { database = undefined; };
      return db;
    } catch (err) {
      database = undefined;
      opened.then((db) => db.close(), () => {}); // whoever asks next opens it anew
      throw err;
    } finally {
      clearInterval(timer);
    }
  })();
  return database;
}

/** Begins a transaction on all that is kept. */
export async function begin(mode) {
  const start = (db) => db.transaction('kept', mode, { durability: 'relaxed' });
  const db = await openDatabase();
  try {
    return start(db);
  } catch { // the browser has closed it
    database = undefined;
    return start(await openDatabase());
  }
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
    const tx = await begin(mode);
    const done = mode === 'readwrite' && stored(tx);
    const [result] = await Promise.all([ask(action(tx.objectStore('kept'))), done]);
    return result;
  } catch (err) {
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
