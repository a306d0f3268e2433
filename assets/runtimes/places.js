// Places in a program's code, for what doesn't know its own: said only where no other place can be meant.

// Lines that are comments as a whole say nothing; what else looks like code counts.
const COMMENT = /^[ \t]*\/\/.*$/gm;
const THROW = /\bthrow\b/g, THROW_MADE = /\bthrow\b(?!\s+new\b)/g;
const REJECT = /\bPromise\s*\.\s*reject\b/g;
const EXECUTOR = /\bnew\s+Promise\b(?:\s*<[^()]*>)?\s*\(\s*(?:async\s+)?(?:function\b\s*\w*\s*)?(?:\(([^()]*)\)|(\w+)\s*=>)?/g;
const ELSEWHERE = /\.\s*throw\b|\bwithResolvers\b/; // no telling

/** Where the code has the one match of the pattern, as {line, column}; null: it has none, or several. */
export function only(code, pattern) {
  return one(code, [...blank(code).matchAll(pattern)].map((m) => m.index));
}

/** Where a value came from that was thrown or rejected and is no error. */
export function thrownAt(code, thrown) {
  const text = blank(code);
  if (ELSEWHERE.test(text)) return null;
  const made = (typeof thrown === 'object' && thrown !== null) || typeof thrown === 'function';
  const found = [...text.matchAll(made ? THROW : THROW_MADE), ...text.matchAll(REJECT)].map((m) => m.index);
  for (const [head, list, single] of text.matchAll(EXECUTOR)) {
    if (list === undefined && single === undefined) return null; // a function from elsewhere
    const name = /^\s*(\w+)/.exec(list?.split(',')[1] ?? '')?.[1];
    if (!name) continue;
    const said = [...text.matchAll(new RegExp(`\\b${name}\\b`, 'g'))].map((m) => m.index);
    const given = text.indexOf(head);
    found.push(...said.filter((at) => at < given || at >= given + head.length));
  }
  return one(code, found);
}

/** Where a module is imported. */
export function importAt(code, name) {
  const quoted = name.replace(/[^\w/@-]/g, '\\$&');
  const found = new RegExp(`(?:\\bfrom|\\bimport)\\s*\\(?\\s*(?=(["'\`])${quoted}\\1)`).exec(blank(code));
  return found && placeAt(code, found.index + found[0].length);
}

const blank = (code) => code.replace(COMMENT, (line) => ' '.repeat(line.length));
const one = (code, found) => (found.length === 1 ? placeAt(code, found[0]) : null);

function placeAt(code, index) {
  const before = code.slice(0, index).split('\n');
  return { line: before.length, column: before.at(-1).length + 1 };
}
