// The log of a practice pad: its records by number. All tabs of this device append to one log; a transaction decides who is next.
import { begin, stored } from './store.js';

const digits = 12; // of a number in a key, so that keys sort as numbers do

/** @param {(frame: string) => void} heard is told what other tabs relay, and '' when they have appended */
export function open(id, heard) {
  const key = (rev) => `log.${id}.${String(rev).padStart(digits, '0')}`;
  const from = (rev) => IDBKeyRange.bound(key(rev), `log.${id}.:`); // ':' comes after '9'
  const foldKey = `fold.${id}`;
  const channel = new BroadcastChannel(`tandem.${id}`);
  channel.onmessage = (e) => heard(e.data);

  async function ask(mode) {
    const tx = await begin(mode);
    return [tx.objectStore('kept'), stored(tx)];
  }

  return {
    /** What follows a number, as JSON; with the fold, if the records don't go so far back. */
    async read(after) {
      const [kept, done] = await ask('readonly');
      let fold, records;
      kept.get(foldKey).onsuccess = (e) => {
        fold = e.target.result?.rev > after ? e.target.result : null;
        kept.getAll(from((fold?.rev ?? after) + 1)).onsuccess = (all) => { records = all.target.result; };
      };
      await done;
      return `{"fold":${fold?.state ?? null},"log":[${records.join(',')}]}`;
    },

    /** 'stored', or 'moved' where another tab was first. */
    async append(after, lines) {
      const [kept, done] = await ask('readwrite');
      let answer = 'moved';
      kept.openKeyCursor(from(0), 'prev').onsuccess = (e) => {
        const last = e.target.result ? Number(e.target.result.key.slice(-digits)) : 0;
        if (last !== after) return;
        answer = 'stored';
        lines.split('\n').forEach((line, i) => kept.put(line, key(after + 1 + i)));
      };
      await done;
      if (answer === 'stored') channel.postMessage('');
      return answer;
    },

    /** Puts a state in place of the records up to its number. The last one stays: it tells where the log ends. */
    async fold(rev, state) {
      const [kept, done] = await ask('readwrite');
      kept.get(foldKey).onsuccess = (e) => {
        if (e.target.result?.rev >= rev) return;
        kept.put({ rev, state }, foldKey);
        kept.delete(IDBKeyRange.bound(key(0), key(rev), false, true));
      };
      await done.catch((err) => console.warn('fold:', err)); // the records are still there
    },

    relay(frame) { channel.postMessage(frame); },
    close() {
      channel.onmessage = null;
      channel.close();
    },
  };
}
