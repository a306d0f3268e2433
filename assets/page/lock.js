// One tab per client: a duplicated tab has the same memory and must notice. The lock is held until the page goes.
const held = new Map(); // name → what would end it. A promise that nobody can end is collected, and its lock with it.
const reloadMs = 1000; // a page being reloaded may hold its lock a moment longer

export async function lock(name) {
  if (!navigator.locks || held.has(name)) return true;
  const reloaded = performance.getEntriesByType('navigation')[0]?.type !== 'navigate';
  const how = reloaded ? { signal: AbortSignal.timeout(reloadMs) } : { ifAvailable: true };
  return new Promise((resolve) => {
    navigator.locks.request(name, how, (got) => {
      resolve(got !== null);
      return got && new Promise((end) => held.set(name, end));
    }).catch(() => resolve(false));
  });
}
