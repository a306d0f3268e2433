// One tab per client: a duplicated tab has the same memory and must notice. The lock is held until the page goes.
const held = new Set();
const reloadMs = 1000; // a page being reloaded may hold its lock a moment longer

export async function lock(name) {
  if (!navigator.locks || held.has(name)) return true;
  const reloaded = performance.getEntriesByType('navigation')[0]?.type !== 'navigate';
  const how = reloaded ? { signal: AbortSignal.timeout(reloadMs) } : { ifAvailable: true };
  return new Promise((resolve) => {
    navigator.locks.request(name, how, (got) => {
      resolve(got !== null);
      if (!got) return undefined;
      held.add(name);
      return new Promise(() => {}); // never ends: the browser lets go with the page
    }).catch(() => resolve(false));
  });
}
