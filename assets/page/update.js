// The service worker: registered once the page is quiet, and asked for news when the program wants to know.
let registration = null;

export async function watchUpdate() {
  if (!navigator.serviceWorker) return;
  try {
    registration = await navigator.serviceWorker.register('/app-worker.js');
    registration.addEventListener('updatefound', () => {
      const next = registration.installing;
      next.addEventListener('statechange', () => {
        // Without a controller this is the first visit: nothing was updated.
        if (next.state === 'activated' && navigator.serviceWorker.controller) self.goappOnUpdate();
      });
    });
  } catch (err) {
    console.warn('service worker:', err);
  }
}

export function update() {
  registration?.update().catch(() => {}); // offline: there is no news
}
