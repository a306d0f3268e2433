// What is said of a value that nobody caught, and where in the user's code it came from.
import { columnOf, errorParts, inspect } from './inspect.js';
import { importAt, thrownAt } from './places.js';

// A module that is imported and isn't there, in the words of both engines: a browser's speak of addresses.
const MISSING = /^\w+: (?:Failed to resolve module specifier|Cannot find module) (["'])(.*?)\1/;

/** {text for the output, message, line, column}; `at` is used where the value doesn't know its place, then what the code tells. */
export function describe(thrown, entry, code, at) {
  const error = typeof thrown === 'object' && thrown !== null && (typeof thrown.stack === 'string' || thrown instanceof Error);
  const parts = error ? errorParts(thrown) : null;
  const own = error ? placeOf(parts.stack, entry) : null;
  const known = error && thrown.lineNumber > 0 ? { line: thrown.lineNumber, column: columnOf(entry, thrown.lineNumber, thrown.columnNumber) } : null;
  const [, , module] = (error && MISSING.exec(parts.text)) || [];
  const told = module !== undefined ? importAt(code, module) : error ? null : thrownAt(code, thrown);
  const { line, column } = own ?? known ?? at ?? told ?? { line: 0, column: 0 }; // a SyntaxError of JSON.parse knows its place in the JSON
  const missing = module !== undefined && `Error: Cannot find module '${module}'. A program here is one file: there is nothing to import.`;
  const text = `Uncaught ${missing || inspect(thrown)}`;
  const where = !own && line ? `\n    at ${entry}:${line}:${column}` : '';
  return { text: text + where, message: missing || (error ? parts.text : text), line, column };
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
