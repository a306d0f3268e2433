// What is said of a value that nobody caught, and where in the user's code it came from.
import { columnOf, errorParts, inspect } from './inspect.js';

/** {text for the output, message, line, column}; `at` is used where the value doesn't know its place. */
export function describe(thrown, entry, at = { line: 0, column: 0 }) {
  const error = typeof thrown === 'object' && thrown !== null && typeof thrown.stack === 'string';
  const parts = error ? errorParts(thrown) : null;
  const own = error ? placeOf(parts.stack, entry) : null;
  const known = error && thrown.lineNumber > 0 ? { line: thrown.lineNumber, column: columnOf(entry, thrown.lineNumber, thrown.columnNumber) } : null;
  const { line, column } = own ?? known ?? at; // a SyntaxError of JSON.parse knows its place in the JSON
  const text = `Uncaught ${inspect(thrown)}`;
  const where = !own && line ? `\n    at ${entry}:${line}:${column}` : '';
  return { text: text + where, message: error ? parts.text : text, line, column };
}

// The innermost frame in the user's file.
function placeOf(text, entry) {
  for (const line of text.split('\n')) {
    if (!/^\s+at /.test(line)) continue;
    const from = line.lastIndexOf(`${entry}:`);
    const [, l, c] = /^(\d+)(?::(\d+))?/.exec(from < 0 ? '' : line.slice(from + entry.length + 1)) ?? [];
    if (l) return { line: Number(l), column: Number(c ?? 0) };
  }
  return null;
}
