import { only } from './places.js';

/** The end of a JavaScript program that waits at the top for a promise, where nothing is left that could settle it. */
export function unsettled(io) {
  const message = 'The program waits for a promise that nothing is left to settle.';
  const { line, column } = only(io.files[io.entry], /\bawait\b/g) ?? { line: 0, column: 0 };
  io.out(2, `${message}\n${line ? `    at ${io.entry}:${line}:${column}\n` : ''}`);
  if (line) io.diagnostic(io.entry, line, column, message);
  return { code: 13, message, line, column }; // the code is Node's
}
