// console, for whichever engine: everything comes out as text by out(channel, text).
import { inspect } from './inspect.js';

const STDOUT = 1, STDERR = 2;

/** The arguments of console.log as one text, with the format specifiers of the first. */
export function format(args) {
  const parts = [];
  let rest = 0;
  if (typeof args[0] === 'string') {
    rest = 1;
    parts.push(args[0].replace(/%[sdifjoOc%]/g, (spec) => {
      if (spec === '%%') return '%';
      if (rest >= args.length) return spec;
      return specified(spec, args[rest++]);
    }));
  }
  for (; rest < args.length; rest++) {
    const v = args[rest];
    parts.push(typeof v === 'string' ? v : inspect(v));
  }
  return parts.join(' ');
}

function specified(spec, v) {
  switch (spec) {
    case '%s': return typeof v === 'string' ? v : inspect(v, 0);
    case '%d': return typeof v === 'bigint' ? `${v}n` : String(typeof v === 'object' ? NaN : Number(v));
    case '%i': return typeof v === 'bigint' ? `${v}n` : String(parseInt(v, 10));
    case '%f': return String(parseFloat(v));
    case '%j': return JSON.stringify(v);
    case '%c': return '';
    default: return inspect(v);
  }
}

/** console.table's drawing of an array or object of rows; null for what is no table. */
function table(data, only) {
  if (typeof data !== 'object' || data === null) return null;
  const rows = data instanceof Map ? [...data].map(([k, v], i) => [String(i), { Key: k, Values: v }])
    : data instanceof Set ? [...data].map((v, i) => [String(i), v]) : Object.entries(data);
  const columns = [];
  let plain = false;
  for (const [, row] of rows) {
    if (typeof row !== 'object' || row === null) plain = true;
    else for (const key of only ?? Object.keys(row)) if (!columns.includes(key)) columns.push(key);
  }
  const head = ['(index)', ...columns, ...(plain ? ['Values'] : [])];
  const body = rows.map(([key, row]) => {
    const flat = typeof row !== 'object' || row === null;
    const cells = columns.map((c) => (!flat && Object.hasOwn(row, c) ? inspect(row[c], 0) : ''));
    return [key, ...cells, ...(plain ? [flat ? inspect(row) : ''] : [])];
  });
  return draw(head, body);
}

const wide = /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|[\ud83c-\ud83e][\udc00-\udfff]/g;
const columnsOf = (s) => [...s].length + (s.match(wide)?.length ?? 0);

/** A table in box characters. */
export function draw(head, body) {
  const widths = head.map((h, i) => Math.max(columnsOf(h), ...body.map((r) => columnsOf(r[i]))) + 2);
  const line = (l, m, r) => l + widths.map((w) => '─'.repeat(w)).join(m) + r;
  const row = (cells) => '│' + cells.map((c, i) => ` ${c}${' '.repeat(widths[i] - columnsOf(c) - 1)}`).join('│') + '│';
  return [line('┌', '┬', '┐'), row(head), line('├', '┼', '┤'), ...body.map(row), line('└', '┴', '┘')].join('\n');
}

/** Makes a console. now() is in ms. */
export function makeConsole(out, now) {
  let indent = '';
  const timers = new Map(), counts = new Map();
  const print = (ch, text) => out(ch, (indent ? indent + text.replaceAll('\n', '\n' + indent) : text) + '\n');
  const say = (ch) => (...args) => print(ch, format(args));
  const log = say(STDOUT), warn = say(STDERR);
  const took = (label, rest) => {
    if (!timers.has(label)) return warn(`Timer '${label}' does not exist`);
    const ms = now() - timers.get(label);
    const text = ms >= 1000 ? `${(ms / 1000).toFixed(3)}s` : `${ms.toFixed(3)}ms`;
    print(STDOUT, format([`${label}: ${text}`, ...rest]));
  };
  const group = (...args) => {
    if (args.length) log(...args);
    indent += '  ';
  };
  return {
    log, info: log, debug: log, warn, error: warn,
    dir: (v, options) => print(STDOUT, inspect(v, options?.depth === null ? Infinity : options?.depth)),
    dirxml: log,
    table: (data, columns) => print(STDOUT, table(data, columns) ?? format([data])),
    assert: (ok, ...args) => {
      if (!ok) warn(...(typeof args[0] === 'string' ? [`Assertion failed: ${args.shift()}`] : ['Assertion failed']), ...args);
    },
    trace: (...args) => warn(`Trace${args.length ? ': ' + format(args) : ''}`),
    time: (label = 'default') => {
      timers.set(String(label), now());
    },
    timeLog: (label = 'default', ...rest) => took(String(label), rest),
    timeEnd: (label = 'default') => {
      took(String(label), []);
      timers.delete(String(label));
    },
    count: (label = 'default') => {
      counts.set(label, (counts.get(label) ?? 0) + 1);
      log(`${label}: ${counts.get(label)}`);
    },
    countReset: (label = 'default') => void counts.delete(label),
    group, groupCollapsed: group,
    groupEnd: () => {
      indent = indent.slice(2);
    },
    clear: () => {},
  };
}
