// What the Go program asks of the browser.
import '../runtimes/host.js';
import { copy } from './copy.js';
import { refuseFiles } from './drop.js';
import * as journal from './journal.js';
import { keepLazy } from './keep.js';
import { watchKeyboard } from './keyboard.js';
import * as label from './label.js';
import { lock } from './lock.js';
import { open } from './socket.js';
import { del, get, set } from './store.js';
import * as terminal from './terminal.js';

Object.assign(self.tandem, { store: { get, set, del, lock, copy }, socket: { open }, journal, label, terminal });
watchKeyboard();
keepLazy();
refuseFiles();
