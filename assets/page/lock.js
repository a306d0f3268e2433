// One tab per client: a duplicated tab has the same memory and must notice. The lock is held until the page goes
// or needs it no more.
const held = new Map(); // name → {what ends it, how often it was asked for}
const reloadMs = 1000; // a page being reloaded may hold its lock a moment longer
const answerMs = 200; // in which another tab tells that a name is its own

export async function lock(name) {
  const mine = held.get(name);
  if (mine) return Boolean(++mine.times);
  if (!navigator.locks) return ask(name);
  const reloaded = performance.getEntriesByType('navigation')[0]?.type !== 'navigate';
  const how = reloaded ? { signal: AbortSignal.timeout(reloadMs) } : { ifAvailable: true };
  return new Promise((resolve) => {
    navigator.locks.request(name, how, (got) => {
      resolve(got !== null);
      return got && new Promise((end) => held.set(name, { end, times: 1 }));
    }).catch(() => resolve(false));
  });
}

/** Over plain http a browser has no locks: who has a name, or asks for it, says so to whoever else asks. */
function ask(name) {
  const line = new BroadcastChannel(`tandem.lock.${name}`);
  const mine = { end: () => line.close(), times: 1 };
  held.set(name, mine);
  return new Promise((resolve) => {
    setTimeout(resolve, answerMs, true);
    line.onmessage = ({ data }) => (data === 'whose' ? line.postMessage('mine') : resolve(false));
    line.postMessage('whose');
  }).then((ok) => {
    if (!ok) unlock(name);
    return ok;
  });
}

/** To be called once for each lock that was given. */
export function unlock(name) {
  const mine = held.get(name);
  if (!mine || --mine.times > 0) return;
  held.delete(name);
  mine.end();
}
