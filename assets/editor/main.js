// The editor's script: runs beside the Go program's download, not after it, so one can type first.
import { Adapter } from './adapter.js';
import { bodyReady, box } from './box.js';
import { serveWorkers, wantService } from './language.js';
import { setTheme } from './theme.js';

const { tandem } = self;
let adapter = null;

function editor() {
  adapter ??= new Adapter(tandem.language);
  return adapter;
}

// Every method may be called as soon as `ready` is there; the editor itself is made by the first that needs it.
const methods = ['quiet', 'release', 'text', 'print', 'reset', 'apply', 'show', 'select', 'setLanguage', 'setPeers', 'setMarkers', 'reveal', 'focus', 'sinceKey', 'setReadOnly', 'adopt'];
for (const name of methods) tandem.editor[name] = (...args) => editor()[name](...args);
tandem.editor.setTheme = setTheme;

serveWorkers();
setTheme(document.documentElement.dataset.theme);
addEventListener('tandem:theme', (e) => setTheme(e.detail));

bodyReady().then(() => {
  document.body.append(box);
  if (document.documentElement.dataset.page === 'session') {
    box.hidden = false;
    editor().editor.focus();
    performance.mark('tandem:typable');
    wantService(tandem.language);
  }
  tandem.editor.started(tandem.editor);
});
