// SQL by SQLite: each statement of the program gives its own table, its own word or its own error.
import initSqlJs from 'sql.js/dist/sql-wasm-browser.js';
import { draw } from './console.js';
import { placeOf, places, statements } from './sql-split.js';
import { start } from './worker.js';

const ROWS = 1000; // of a result that are shown
const WIDTH = 200; // units of one value that are shown
const MEMORY = 128 << 20; // bytes of heap …
const PAGES = MEMORY >> 12; // … and as much for the database itself, which lies outside it

let sqlite;
let real; // number → SQLite's own words for it, of the one run

async function boot(file) {
  const module = await file('sqlite.wasm');
  sqlite = await initSqlJs({
    instantiateWasm: (imports, done) => {
      WebAssembly.instantiate(module, imports).then((made) => done(made));
      return {};
    },
  });
  const db = new sqlite.Database();
  const [{ values }] = db.exec('select sqlite_version()');
  db.close();
  return `SQLite ${values[0][0]}`;
}

async function run(io) {
  const db = new sqlite.Database();
  db.run(`pragma hard_heap_limit = ${MEMORY}; pragma max_page_count = ${PAGES}; pragma temp_store = memory; pragma foreign_keys = on`);
  const words = db.prepare('select cast(? as text)');
  real = (v) => {
    if (v === (v | 0)) return (v || 0).toFixed(1); // it would be handed over as a whole number
    const [text] = words.get([v]);
    words.reset(); // one that is at work would keep VACUUM waiting
    return text;
  };
  const sql = io.files[io.entry];
  let first = null; // the first error is the program's
  for (const statement of statements(sql)) {
    try {
      show(io, db, statement.text);
    } catch (err) {
      const fault = describe(err, db, sql, statement);
      first ??= fault;
      io.out(2, `${io.entry}:${fault.line}:${fault.column}: ${fault.message}\n`);
      io.diagnostic(io.entry, fault.line, fault.column, fault.message);
      if (fault.reason === 'memory') break;
    }
  }
  return first ? { code: 1, ...first } : { code: 0 };
}

// What would lead around the limits: SQLite has no switch for it that a program couldn't turn.
const REFUSED = [
  [/^attach\b/i, 'ATTACH is not available here: there is one database'],
  [/^vacuum\b[^]*\binto\b/i, 'VACUUM INTO is not available here: there is one database'],
  [/^pragma\s+(?:[^\s.=(]+\s*\.\s*)?["'`[]?(?:max_page_count|page_size|(?:hard|soft)_heap_limit|(?:temp|data)_store_directory|mmap_size)\b/i, 'this pragma is not available here'],
];

function refuse(text) {
  const bare = text.replace(/--[^\n]*|\/\*[^]*?(?:\*\/|$)/g, ' ').trim();
  for (const [what, why] of REFUSED) if (what.test(bare)) throw new Error(why);
}

function show(io, db, text) {
  refuse(text);
  const before = total(db);
  const prepared = db.prepare(text);
  try {
    const columns = prepared.getColumnNames();
    const rows = [];
    let more = false;
    while (prepared.step()) {
      if (rows.length === ROWS) {
        more = true;
        break;
      }
      rows.push(prepared.get(null, { useBigInt: true }).map(cell));
    }
    if (columns.length) {
      const count = more ? `the first ${ROWS} rows` : `${rows.length} row${rows.length === 1 ? '' : 's'}`;
      io.out(1, `${draw(columns, rows)}\n${count}\n`);
    } else {
      const changed = total(db) - before;
      const word = /^\s*(insert|update|delete|replace|with)\b/i.test(text);
      if (word) io.out(1, `${changed} row${changed === 1 ? '' : 's'} changed\n`);
    }
  } finally {
    prepared.free();
  }
}

const total = (db) => db.exec('select total_changes()')[0].values[0][0];

function cell(v) {
  if (v === null) return 'NULL';
  if (typeof v === 'number') return real(v); // whole numbers come as BigInt
  if (v instanceof Uint8Array) return `x'${[...v.slice(0, 32)].map((b) => b.toString(16).padStart(2, '0')).join('')}${v.length > 32 ? '…' : ''}'`;
  const text = String(v).replaceAll('\n', '⏎').replaceAll('\t', ' ');
  return text.length > WIDTH ? text.slice(0, WIDTH - 1) + '…' : text;
}

const NEAR = new RegExp(['near "((?:[^"]|"")+)": syntax error', 'no such (?:column|table|function|index|view|module|collation sequence): (?:main\\.)?(\\S+)',
  'table (\\S+) already exists', 'ambiguous column name: (\\S+)', 'duplicate column name: (\\S+)', 'has no column named (\\S+)', 'table (\\S+) has \\d+ columns but',
  'function:? (\\w+)\\(\\)', 'unrecognized token: "([^]+)"$'].join('|'));

// SQLite names what it stumbled over: that is looked up in the statement, else its beginning is the place.
function describe(err, db, sql, statement) {
  const words = String(err?.message ?? err);
  const reason = /out of memory|database or disk is full/i.test(words) ? 'memory' : 'error';
  const near = NEAR.exec(words);
  const name = near?.slice(1).find(Boolean);
  const at = name ? find(name, statement.text, near[1] && ((text) => fails(db, text, words)), words) : -1;
  const { line, column } = at < 0 ? statement : placeOf(sql, statement.start + at);
  return { message: `Error: ${words}`, line, column, reason };
}

// Of a syntax error's word that the statement has more than once it is the first that SQLite doesn't take. A name that could
// be of two tables has none before it; one that is there twice is wrong the second time.
function find(name, text, refuses, words) {
  const found = [...places(text, name)];
  if (/^ambiguous/.test(words)) return found.find((at) => !/\.\s*$/.test(text.slice(0, at))) ?? -1;
  if (/^duplicate/.test(words) && found.length > 1) return found[1];
  for (const at of found) if (!refuses || refuses(text.slice(0, at + name.length))) return at;
  return text.indexOf(name);
}

function fails(db, text, words) {
  try {
    db.prepare(text).free();
    return false;
  } catch (err) {
    return err.message === words;
  }
}

start({ boot, run });
