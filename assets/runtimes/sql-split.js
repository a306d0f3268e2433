// Cuts a script into SQLite's statements, so that each can succeed or fail by itself.

/** Yields {text, start, line, column} of each statement: where its first word stands, as an offset and from 1. */
export function* statements(sql) {
  let at = 0;
  while (at < sql.length) {
    const start = skipBlank(sql, at);
    if (start >= sql.length) return;
    const end = endOf(sql, start);
    if (sql[start] !== ';') yield { text: sql.slice(start, end), start, ...placeOf(sql, start) };
    at = end;
  }
}

/** Line and column, from 1, of an offset. */
export function placeOf(text, offset) {
  const before = text.slice(0, offset);
  const line = before.split('\n').length;
  return { line, column: offset - before.lastIndexOf('\n') };
}

const BLANK = /(?:\s+|--[^\n]*|\/\*[^]*?(?:\*\/|$))*/y;
// A word, a quoted thing, a comment or any other character.
const TOKEN = /\w+|'(?:[^']|'')*(?:'|$)|"(?:[^"]|"")*(?:"|$)|`[^`]*(?:`|$)|\[[^\]]*(?:\]|$)|--[^\n]*|\/\*[^]*?(?:\*\/|$)|[^]/y;

/** Offsets of a word or another token in a statement, outside of quotes and comments. */
export function* places(text, token) {
  for (let at = 0; at < text.length;) {
    TOKEN.lastIndex = at;
    const [found] = TOKEN.exec(text);
    if (found === token) yield at;
    at += found.length;
  }
}

function skipBlank(sql, at) {
  BLANK.lastIndex = at;
  BLANK.exec(sql);
  return BLANK.lastIndex;
}

// The first semicolon outside quotes and comments; of a trigger, the one after its END.
function endOf(sql, at) {
  const trigger = /^create\s+(temp\s+|temporary\s+)?trigger\b/i.test(sql.slice(at, at + 80));
  let last = '', depth = 0;
  for (TOKEN.lastIndex = at; TOKEN.lastIndex < sql.length;) {
    const [token] = TOKEN.exec(sql);
    const word = token.toLowerCase();
    if (word === 'case') depth++;
    if (word === 'end' && depth > 0) {
      depth--;
      continue;
    }
    if (token === ';' && (!trigger || last === 'end')) return TOKEN.lastIndex;
    if (/\S/.test(token) && !token.startsWith('--') && !token.startsWith('/*')) last = word;
  }
  return sql.length;
}
