// A formatter answers from a worker, and Monaco drops the answer where the text changed meanwhile. Beside somebody who types that
// would be nearly always, so what others do waits until it is there.
import { monaco } from './monaco.js';

const maxWait = 10_000; // milliseconds, of a first answer on a busy machine; a formatter that hangs must not keep others out for longer

/** @param {(run: object, on: boolean) => void} hold keeps what others do from the text until each run is over */
export function formatUndisturbed(editor, hold) {
  for (const id of ['editor.action.formatDocument', 'editor.action.formatSelection']) {
    const action = editor.getAction(id);
    monaco.editor.addCommand({
      id,
      async run() {
        const run = {}; // an earlier one may still be waiting for its answer
        hold(run, true);
        let timer;
        try {
          await Promise.race([action.run(), new Promise((resolve) => (timer = setTimeout(resolve, maxWait)))]);
        } finally {
          clearTimeout(timer);
          hold(run, false);
        }
      },
    });
  }
}
