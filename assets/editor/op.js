// Between Monaco's change events and operations in wire form. Pure: no editor, no page.
//
// An op reads a text from its start: n keeps n UTF-16 units, -n deletes n, a string is inserted. It is canonical: no zero, no
// empty string, no two neighbours of one kind, insert before delete, and what is left at the end is kept.

/** Ops grow at their end only; the builder keeps them canonical on the way. */
class Builder {
  parts = [];

  keep(n) {
    if (n <= 0) return;
    const { parts } = this, last = parts.length - 1;
    if (typeof parts[last] === 'number' && parts[last] > 0) parts[last] += n;
    else parts.push(n);
  }

  delete(n) {
    if (n <= 0) return;
    const { parts } = this, last = parts.length - 1;
    if (typeof parts[last] === 'number' && parts[last] < 0) parts[last] -= n;
    else parts.push(-n);
  }

  insert(text) {
    if (text === '') return;
    const { parts } = this;
    let at = parts.length;
    if (typeof parts[at - 1] === 'number' && parts[at - 1] < 0) at--; // an insert stands before the delete at its place
    if (typeof parts[at - 1] === 'string') parts[at - 1] += text;
    else parts.splice(at, 0, text);
  }
}

/**
 * One change event as one op. Monaco lists the changes in descending order, each in positions of the text before the event;
 * of two inserts at one place the one that ends up on the right comes first. So: backwards, and stable.
 * @param {number} length of the text before the event
 * @param {{rangeOffset: number, rangeLength: number, text: string}[]} changes
 */
export function fromChanges(length, changes) {
  const ascending = [...changes].reverse().sort((a, b) => a.rangeOffset - b.rangeOffset);
  const b = new Builder();
  let at = 0;
  for (const c of ascending) {
    b.keep(c.rangeOffset - at);
    b.insert(c.text);
    b.delete(c.rangeLength);
    at = c.rangeOffset + c.rangeLength;
  }
  b.keep(length - at);
  return b.parts.map((p) => (typeof p === 'string' ? p.toWellFormed() : p));
}

/** Length of the text before the event, from what it is now. */
export function lengthBefore(lengthNow, changes) {
  return changes.reduce((n, c) => n - c.text.length + c.rangeLength, lengthNow);
}

/** The op as replacements in ascending order, positions in the text before it: [pos, del, ins]. */
export function toEdits(op) {
  const edits = [];
  let at = 0, open = null;
  for (const part of op) {
    if (typeof part === 'string') {
      edits.push((open = [at, 0, part]));
    } else if (part < 0) {
      if (open) open[1] = -part;
      else edits.push([at, -part, '']);
      at -= part;
      open = null;
    } else {
      at += part;
      open = null;
    }
  }
  return edits;
}

/** Where a position in the text before the op is after it: to the right of what is inserted there. */
export function moved(pos, op) {
  let at = 0, to = pos;
  for (const part of op) {
    if (at > pos) break;
    if (typeof part === 'string') to += part.length;
    else {
      if (part < 0) to -= Math.min(-part, pos - at);
      at += Math.abs(part);
    }
  }
  return to;
}

/** Where lone halves of a surrogate pair stand: they must not stay in a text that others share. */
export function loneSurrogates(text) {
  const found = [];
  if (text.isWellFormed()) return found;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0xd800 || unit > 0xdfff) continue;
    const next = text.charCodeAt(i + 1);
    if (unit < 0xdc00 && next >= 0xdc00 && next <= 0xdfff) i++;
    else found.push(i);
  }
  return found;
}

/** The one replacement that turns a into b, never inside a surrogate pair: [pos, del, ins], or null when they are equal. */
export function difference(a, b) {
  if (a === b) return null;
  const most = Math.min(a.length, b.length);
  let start = 0;
  while (start < most && a.charCodeAt(start) === b.charCodeAt(start)) start++;
  if (isHigh(a.charCodeAt(start - 1))) start--;
  let end = 0;
  while (end < most - start && a.charCodeAt(a.length - 1 - end) === b.charCodeAt(b.length - 1 - end)) end++;
  if (end > 0 && isLow(a.charCodeAt(a.length - end))) end--;
  return [start, a.length - start - end, b.slice(start, b.length - end)];
}

const isHigh = (unit) => unit >= 0xd800 && unit < 0xdc00;
const isLow = (unit) => unit >= 0xdc00 && unit < 0xe000;

/** The engine's hash of a text (ot.Text.Hash): FNV-1a over its units, low byte first, and never 0. */
export function hash(text) {
  let h = 2166136261;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    h = Math.imul(h ^ (unit & 0xff), 16777619);
    h = Math.imul(h ^ (unit >> 8), 16777619);
  }
  return (h >>> 0) || 1;
}
