// What the Go program asks of the browser.
import '../runtimes/host.js';
import { watchChoices } from './choice.js';
import { copy } from './copy.js';
import { refuseFiles } from './drop.js';
import { follow } from './follow.js';
import * as journal from './journal.js';
import { keepLazy } from './keep.js';
import { watchKeyboard } from './keyboard.js';
import * as label from './label.js';
import { lock, unlock } from './lock.js';
import { begin, open } from './socket.js';
import { del, get, openDatabase, set } from './store.js';
import * as terminal from './terminal.js';

/** Whoever connects has a client: what was typed before there was one is the client's from here on (editor/adapter.js). */
const byClient = (connect) => (...args) => {
  self.tandem.client = true;
  dispatchEvent(new Event('tandem:client'));
  return connect(...args);
};

Object.assign(self.tandem, {
  store: { get, set, del, lock, unlock, copy }, socket: { begin, open: byClient(open) }, journal: { open: byClient(journal.open) }, label, terminal, follow,
});
// What the Go program asks for first, if this is a session's page: it opens while the editor's code is compiled.
if (document.documentElement.dataset.page === 'session') openDatabase().catch(() => {}); // whoever needs it hears why
watchChoices();
watchKeyboard();
keepLazy();
refuseFiles();
