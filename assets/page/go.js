// Starts the Go program. Takes the place of go-app's own loader, whose functions the program calls by name.
import { load } from './load.js';
import { watchEnd } from './gone.js';
import { installed, watchInstall } from './install.js';
import { update, watchUpdate } from './update.js';

const env = { GOAPP_STATIC_RESOURCES_URL: '/web', GOAPP_ROOT_PREFIX: '/', GOAPP_INTERNAL_URLS: 'null', ...self.tandem.env };

// The program replaces the first three by its own when it starts, after looking at what happened before.
Object.assign(self, {
  goappNav() {},
  goappUpdatedBeforeWasmLoaded: false,
  goappOnUpdate() { self.goappUpdatedBeforeWasmLoaded = true; },
  goappAppInstallChangedBeforeWasmLoaded: false,
  goappOnAppInstallChange() { self.goappAppInstallChangedBeforeWasmLoaded = true; },
  goappGetenv: (key) => env[key] ?? '',
  goappTryUpdate: update,
  ...installed,
  goappKeepBodyClean: () => () => {}, // the editor's box lives beside the program's root, and nothing else adds to it
  goappNewNotification() {},
  goappSubscribePushNotifications: () => Promise.resolve(''),
});

watchInstall();
watchEnd();
// On a first visit the worker fetches all of a version: not while the page waits for the same, nor while it connects.
const quietMs = navigator.serviceWorker?.controller ? 0 : 2000;
const idle = self.requestIdleCallback ?? setTimeout;
load().finally(() => setTimeout(() => idle(watchUpdate, { timeout: 2000 }), quietMs));
