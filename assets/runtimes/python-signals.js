// The stop signal as Pyodide looks for it: element 0 of a buffer, every few bytecodes.
import { INTERRUPT } from './protocol.js';

/** Pyodide clears the element each time it has read it, whatever it saw: a signal that comes in between has to stay. */
export function signals(io) {
  let seen = false;
  return {
    get 0() {
      io.flushOld();
      seen = io.interrupted();
      return seen ? INTERRUPT : 0;
    },
    set 0(_) {
      if (seen) io.clearInterrupt();
      seen = false;
    },
  };
}
