// One tab per client: a duplicated tab has the same memory and must notice. The lock is held until the page goes
// or needs it no more.
const held = new Map(); // name → {what ends it, how often it was asked for}
const reloadMs = 1000; // a page being reloaded may hold its lock a moment longer

export async function lock(name) {
  if (!navigator.locks) return true;
  const mine = held.get(name);
  if (mine) return Boolean(++mine.times);
  const reloaded = performance.getEntriesByType('navigation')[0]?.type !== 'navigate';
  const how = reloaded ? { signal: AbortSignal.timeout(reloadMs) } : { ifAvailable: true };
  return new Promise((resolve) => {
    navigator.locks.request(name, how, (got) => {
      resolve(got !== null);
      return got && new Promise((end) => held.set(name, { end, times: 1 }));
    }).catch(() => resolve(false));
  });
}

/** To be called once for each lock that was given. */
export function unlock(name) {
  const mine = held.get(name);
  if (!mine || --mine.times > 0) return;
  held.delete(name);
  mine.end();
}
