// The service worker: registered once the page is quiet, and asked for news when the program wants to know.
let registration = null;

/** Whether a reload would give another page than this one: it comes from the network first, so it may be the new one already. */
async function isOld() {
  const boot = document.getElementById('boot').text; // it names every file, so it is another in each version
  try {
    return !(await (await fetch('/', { cache: 'no-cache' })).text()).includes(boot);
  } catch {
    return true; // no network: a reload gives what the new worker keeps
  }
}

function follow(worker) {
  // Without a controller this is the first visit: nothing was updated.
  worker?.addEventListener('statechange', async () => {
    if (worker.state === 'activated' && navigator.serviceWorker.controller && await isOld()) self.goappOnUpdate();
  });
}

export async function watchUpdate() {
  if (!navigator.serviceWorker) return;
  try {
    registration = await navigator.serviceWorker.register('/app-worker.js');
    registration.addEventListener('updatefound', () => follow(registration.installing));
    follow(registration.installing); // the browser may have looked before us
  } catch (err) {
    console.warn('service worker:', err);
  }
}

export function update() {
  registration?.update().catch(() => {}); // offline: there is no news
}
