// Values as people expect to see them printed, much as Node does. Runs inside the engine that runs
// the user's code, beside it: what the program may have replaced is kept from the start, and a
// value that throws when looked at is shown as that.

const DEPTH = 5; // nested objects shown in full
const ITEMS = 100; // elements of one array, Map, Set
const KEYS = 100; // properties of one object
const WIDTH = 76; // columns before a value is broken into lines
const TEXT = 10_000; // units of a string inside something else

const { getPrototypeOf, getOwnPropertyDescriptor, prototype } = Object;
const { ownKeys } = Reflect;
const toTag = prototype.toString;
const hasOwn = prototype.hasOwnProperty;
const isoDate = Date.prototype.toISOString;
const dateValue = Date.prototype.getTime;
const errorText = Error.prototype.toString;
const regexpText = RegExp.prototype.toString;
const functionText = Function.prototype.toString;
const mapEach = Map.prototype.forEach;
const setEach = Set.prototype.forEach;
const mapSize = getOwnPropertyDescriptor(Map.prototype, 'size').get;
const setSize = getOwnPropertyDescriptor(Set.prototype, 'size').get;
const isView = ArrayBuffer.isView;

const NAME = /^[A-Za-z_$][\w$]*$/;
// What doesn't show as it is: signs of control, and halves of a surrogate pair.
// eslint-disable-next-line no-control-regex
const UNSHOWN = /[\x00-\x1f\x7f-\x9f\\']|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

// What an engine may add: what a promise holds, as {type, value}, and the UTF-16 column of a place in a file.
let promiseState = () => null;
export let columnOf = (file, line, column) => column;

export function extend(more) {
  ({ promiseState, columnOf } = more);
}

export function quote(s) {
  const q = !s.includes("'") ? "'" : !s.includes('"') ? '"' : !s.includes('`') ? '`' : "'";
  const named = { '\n': '\\n', '\t': '\\t', '\r': '\\r', '\b': '\\b', '\f': '\\f', '\v': '\\v', '\\': '\\\\', "'": "\\'" };
  return q + s.replace(UNSHOWN, (c) => {
    if (c === "'") return q === "'" ? "\\'" : c;
    const code = c.charCodeAt(0).toString(16);
    return named[c] ?? (code.length > 2 ? `\\u${code}` : '\\x' + code.padStart(2, '0').toUpperCase());
  }) + q;
}

export function inspect(value, depth = DEPTH) {
  const look = { depth, path: [], rings: new Map() };
  try {
    return show(value, look, 0);
  } catch (err) {
    if (err instanceof RangeError || err?.name === 'InternalError') throw err;
    return `[cannot be shown: ${String(err?.message)}]`;
  }
}

function show(v, look, indent) {
  switch (typeof v) {
    case 'string':
      if (look.path.length === 0 && indent === 0) return quote(v);
      return v.length > TEXT ? quote(v.slice(0, TEXT)) + `… ${v.length - TEXT} more characters` : quote(v);
    case 'number': return Object.is(v, -0) ? '-0' : String(v);
    case 'bigint': return `${v}n`;
    case 'object': return v === null ? 'null' : object(v, look, indent);
    case 'function': return object(v, look, indent);
    default: return String(v); // undefined, boolean, symbol
  }
}

function object(v, look, indent) {
  if (look.path.includes(v)) {
    if (!look.rings.has(v)) look.rings.set(v, look.rings.size + 1);
    return `[Circular *${look.rings.get(v)}]`;
  }
  const shape = shapeOf(v);
  if (look.path.length > look.depth && shape.deep) return `[${shape.name || 'Object'}]`;
  look.path.push(v);
  let made;
  try {
    made = assemble(v, shape, look, indent);
  } finally {
    look.path.pop();
  }
  const ring = look.rings.get(v);
  return ring ? `<ref *${ring}> ${made}` : made;
}

// What kind of thing it is: {head, open, close, entries(add), skip(key), deep, name}.
function shapeOf(v) {
  const name = className(v);
  const tag = toTag.call(v).slice(8, -1);
  const plain = { name, head: '', open: '{', close: '}', deep: true };
  if (typeof v === 'function') return { ...plain, head: functionHead(v, name), deep: false, skip: (k) => FUNCTION.has(k) };
  if (Array.isArray(v)) return { ...plain, head: name === 'Array' ? '' : `${name}(${v.length}) `, open: '[', close: ']', list: v, skip: isIndex };
  const size = sizeOf(v, mapSize);
  if (size >= 0) return { ...plain, head: `${name}(${size}) `, map: v };
  const members = sizeOf(v, setSize);
  if (members >= 0) return { ...plain, head: `${name}(${members}) `, set: v };
  const state = tag === 'Promise' ? promiseState(v) : null;
  if (state) return { ...plain, head: `${name} `, state };
  if (isView(v) && tag !== 'DataView') return { ...plain, head: `${name}(${v.length}) `, open: '[', close: ']', list: v, skip: isIndex };
  if (isError(v, tag)) return { ...plain, head: errorHead(v, name), deep: false, skip: (k) => k === 'stack' || k === 'message' || k === 'cause' || k === 'errors' || k === 'name' || ERROR_PLACE.has(k) };
  const own = special(v, tag, name);
  if (own !== null) return { ...plain, head: own, deep: false, skip: tag === 'String' ? isIndex : undefined };
  if (name === null) return { ...plain, name: 'Object: null prototype', head: '[Object: null prototype] ' };
  return { ...plain, head: name === 'Object' && tag === 'Object' ? '' : tag !== 'Object' && tag !== name ? `${name} [${tag}] ` : `${name} ` };
}

const FUNCTION = new Set(['length', 'name', 'prototype', 'arguments', 'caller']);
const ERROR_PLACE = new Set(['lineNumber', 'columnNumber', 'fileName']);
const isIndex = (key) => key === 'length' || (typeof key === 'string' && /^\d+$/.test(key));

function className(v) {
  for (let p = getPrototypeOf(v); p !== null; p = getPrototypeOf(p)) {
    const d = getOwnPropertyDescriptor(p, 'constructor');
    if (typeof d?.value === 'function' && typeof d.value.name === 'string' && d.value.name) return d.value.name;
  }
  return getPrototypeOf(v) === null ? null : 'Object';
}

function functionHead(v, name) {
  const text = functionText.call(v);
  const own = getOwnPropertyDescriptor(v, 'name')?.value;
  const called = typeof own === 'string' && own ? own : '';
  if (/^class\b/.test(text)) {
    const parent = getPrototypeOf(v)?.name;
    return `[class ${called || '(anonymous)'}${parent ? ` extends ${parent}` : ''}]`;
  }
  const kind = name && name !== 'Object' ? name : 'Function';
  return `[${kind}${called ? `: ${called}` : ' (anonymous)'}]`;
}

function sizeOf(v, size) {
  try {
    return size.call(v);
  } catch {
    return -1;
  }
}

function isError(v, tag) {
  return tag === 'Error' || v instanceof Error;
}

/** The error's text and stack, without frames that aren't the user's. */
export function errorHead(v, name = className(v)) {
  const { text, stack } = errorParts(v, name);
  return stack ? `${text}\n${stack}` : text;
}

export function errorParts(v, name = className(v)) {
  let first;
  try {
    first = errorText.call(v);
  } catch {
    first = name ?? 'Error';
  }
  const own = typeof v.stack === 'string' ? v.stack : '';
  // An engine's stack may begin with the text, which may have lines that look like frames.
  const stack = frames(own.startsWith(first) ? own.slice(first.length) : own, makersOf(v));
  const said = /^\w*Error(?=:|$)/.exec(first)?.[0];
  // A class that says no name has that of the class it extends.
  if (said && name && name !== said) first = (name.includes(said) ? name : `${name} [${said}]`) + first.slice(said.length);
  return { text: first, stack };
}

// The names of the classes of an error.
function makersOf(v) {
  const names = new Set();
  for (let p = getPrototypeOf(v); p !== null; p = getPrototypeOf(p)) names.add(getOwnPropertyDescriptor(p, 'constructor')?.value?.name);
  return names;
}

const OURS = /tandem:|<input>|blob:|\(native\)|<anonymous>\)?$/;

// QuickJS has frames of the constructors that make an error, too: its place is where they were called.
function frames(stack, makers) {
  const lines = stack.split('\n').filter((line) => /^\s+at /.test(line) && !OURS.test(line));
  const called = lines.findIndex((line) => !makers.has(/^\s+at (\S+) \(/.exec(line)?.[1] ?? ''));
  return lines.slice(Math.max(0, called))
    .map((line) => '    ' + line.trim().replace(/^at <eval> \((.*)\)$/, 'at $1')
      .replace(/([\w.]+):(\d+):(\d+)(?=\)?$)/, (_, file, l, c) => `${file}:${l}:${columnOf(file, Number(l), Number(c))}`))
    .slice(0, 10).join('\n');
}

function special(v, tag, name) {
  switch (tag) {
    case 'Date': return Number.isNaN(dateValue.call(v)) ? 'Invalid Date' : isoDate.call(v);
    case 'RegExp': return regexpText.call(v);
    case 'Number': case 'Boolean': case 'BigInt': case 'Symbol':
      return `[${tag}: ${show(v.valueOf(), { path: [1], rings: new Map() }, 0)}]`;
    case 'String': return `[String: ${quote(String(v))}]`;
    case 'Promise': case 'WeakMap': case 'WeakSet': case 'WeakRef': return `${name ?? tag} {}`;
    case 'ArrayBuffer': case 'SharedArrayBuffer': return `${tag} { byteLength: ${v.byteLength} }`;
    default: return null;
  }
}

function assemble(v, shape, look, indent) {
  const parts = [];
  const inner = indent + 2;
  if (shape.list) listItems(shape.list, parts, look, inner);
  if (shape.map) {
    let left = ITEMS;
    mapEach.call(shape.map, (value, key) => {
      if (left-- > 0) parts.push(`${show(key, look, inner)} => ${show(value, look, inner)}`);
    });
    if (left < 0) parts.push(more(-left));
  }
  if (shape.set) {
    let left = ITEMS;
    setEach.call(shape.set, (value) => {
      if (left-- > 0) parts.push(show(value, look, inner));
    });
    if (left < 0) parts.push(more(-left));
  }
  if (shape.state) {
    const { type, value } = shape.state;
    parts.push(type === 'pending' ? '<pending>' : `${type === 'rejected' ? '<rejected> ' : ''}${show(value, look, inner)}`);
  }
  const listed = parts.length;
  properties(v, shape, parts, look, inner);
  if (isError(v, toTag.call(v).slice(8, -1))) {
    if (hasOwn.call(v, 'cause')) parts.push(`[cause]: ${show(v.cause, look, inner)}`);
    if (Array.isArray(v.errors) && hasOwn.call(v, 'errors')) parts.push(`[errors]: ${show(v.errors, look, inner)}`);
  }
  if (!shape.deep) {
    const head = shape.head.replaceAll('\n', '\n' + ' '.repeat(indent)); // a stack has lines of its own
    if (parts.length === 0) return head;
    return `${head} ${join(parts, '{', '}', indent, false)}`;
  }
  return shape.head + join(parts, shape.open, shape.close, indent, Boolean(shape.list) && listed === parts.length);
}

const more = (n) => `... ${n} more item${n === 1 ? '' : 's'}`;

function listItems(list, parts, look, inner) {
  const end = Math.min(list.length, ITEMS);
  let holes = 0;
  for (let i = 0; i <= end; i++) {
    const hole = i < end && !(i in list);
    if (hole) {
      holes++;
      continue;
    }
    if (holes) parts.push(`<${holes} empty item${holes === 1 ? '' : 's'}>`);
    holes = 0;
    if (i < end) parts.push(show(list[i], look, inner));
  }
  if (list.length > ITEMS) parts.push(more(list.length - ITEMS));
}

function properties(v, shape, parts, look, inner) {
  let left = KEYS;
  for (const key of ownKeys(v)) {
    if (shape.skip?.(key)) continue;
    const d = getOwnPropertyDescriptor(v, key);
    if (!d?.enumerable) continue;
    if (left-- <= 0) continue;
    const name = typeof key === 'symbol' ? `[${String(key)}]` : NAME.test(key) ? key : quote(key);
    const value = d.get ? (d.set ? '[Getter/Setter]' : '[Getter]') : d.set ? '[Setter]' : show(d.value, look, inner);
    parts.push(`${name}: ${value}`);
  }
  if (left < 0) parts.push(more(-left));
}

function join(parts, open, close, indent, list) {
  if (parts.length === 0) return open + close;
  const length = parts.reduce((sum, p) => sum + p.length + 2, indent);
  const broken = parts.some((p) => p.includes('\n'));
  if (!broken && length <= WIDTH && (parts.length <= 6 || !list)) return `${open} ${parts.join(', ')} ${close}`;
  const pad = ' '.repeat(indent + 2);
  const rows = list && !broken ? fill(parts, WIDTH - indent - 2) : parts;
  return `${open}\n${pad}${rows.join(`,\n${pad}`)}\n${' '.repeat(indent)}${close}`;
}

// Many short elements share lines, in columns; numbers stand to the right.
function fill(all, width) {
  const rest = all.at(-1).startsWith('... ') ? all.slice(-1) : []; // how many more there are is no element
  const parts = all.slice(0, all.length - rest.length);
  const widest = Math.max(...parts.map((p) => p.length));
  if (widest > 16) return all;
  const columns = Math.max(1, Math.min(16, Math.floor(width / (widest + 2)), Math.ceil(Math.sqrt(parts.length * 2.5))));
  const numbers = parts.every((p) => /^-?[\d.e+n-]+$/i.test(p));
  const rows = [];
  for (let i = 0; i < parts.length; i += columns) {
    const row = parts.slice(i, i + columns);
    rows.push(numbers ? row.map((p) => p.padStart(widest)).join(', ')
      : row.map((p, j) => (j === row.length - 1 ? p : `${p},`.padEnd(widest + 1))).join(' '));
  }
  return [...rows, ...rest];
}
