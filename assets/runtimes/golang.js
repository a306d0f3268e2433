// Go by its own compiler and linker, which the build compiled to WebAssembly. The program is compiled, linked and
// run in this worker; the libraries come as archives in one pack.
import { Files } from './go-fs.js';
import { openPack } from './go-pack.js';
import { REHEARSAL } from './go-rehearsal.js';
import 'go:wasm_exec';
import { Ended, start } from './worker.js';

const LAST_WORDS = 16 << 10; // units of what a program said of its end that are looked at
const ERRORS = 20; // of the compiler that are marked in the editor

// Compiled into every program: without package os nothing of it hears events, and so not that all goroutines wait.
const EARS = 'package main\n\nimport _ "os"\n';

// The goroutine of EARS, which waits with the program's own.
const OURS = /\ngoroutine \d+ \[[^\]]*\]:\nsyscall\/js\.handleEvent\(\)\n\t[^\n]*\n/;

let modules, version, libraries;
const files = new Files({ read: (into) => streams.read(into), write: (fd, bytes) => streams.write(fd, bytes) });
let streams; // of the program that runs now

async function boot(file) {
  const pack = openPack(await file('go.pack'));
  version = pack.header.version;
  libraries = pack.header.packages; // import path → {file, open: whether a program may import it}
  for (const [path, bytes] of pack.files) files.add(path, bytes);
  files.addDir('/code');
  files.addDir('/tmp');
  self.fs = files.node();
  self.process = { pid: 1, ppid: 0, getuid: () => 1, getgid: () => 1, geteuid: () => 1, getegid: () => 1, getgroups: () => [], umask: () => 0, cwd: () => '/code', chdir: () => {} };
  self.path = { resolve: (...parts) => files.resolve(parts.join('/')) };
  const lines = (all) => Object.entries(libraries).filter(([, l]) => all || l.open).map(([path, l]) => `packagefile ${path}=${l.file}\n`).join('');
  files.add('/go/ears.go', new TextEncoder().encode(EARS));
  files.add('/code/importcfg', new TextEncoder().encode(lines(false)));
  files.add('/code/importcfg.link', new TextEncoder().encode(`${lines(true)}packagefile main=/code/main.o\n`));
  modules = { compile: await file('compile.wasm'), link: await file('link.wasm') };
  return version;
}

/** Runs a Go program to its end. io is told when it only waits. Returns its exit code. */
async function execute(module, argv, given, io, env) {
  streams = given;
  const go = new self.Go();
  go.argv = argv;
  go.env = { HOME: '/code', TMPDIR: '/tmp', PWD: '/code', GOROOT: '/go', ...env };
  let code = 0;
  go.exit = (c) => {
    code = c;
  };
  // Not by WebAssembly.instantiate, which waits its turn behind code that the browser compiles in the background.
  const instance = new WebAssembly.Instance(module, go.importObject);
  const resume = go._resume.bind(go);
  let fail;
  const failed = new Promise((_, reject) => {
    fail = reject;
  });
  // All goroutines wait, and no timer is set: Go says so itself if it is woken for nothing.
  const watch = () => {
    if (go.exited) return;
    io.rest(true);
    setTimeout(() => {
      if (!go.exited && go._scheduledTimeouts.size === 0) {
        go._pendingEvent = { id: 0 };
        go._resume();
      }
    });
  };
  // A callback that comes while Go code runs, as those of our files do, is no turn of its own.
  let running = true;
  go._resume = () => {
    if (running) return resume();
    running = true;
    io.rest(false);
    try {
      resume();
    } catch (err) {
      return fail(err);
    }
    running = false;
    watch();
  };
  io.rest(false);
  const ended = go.run(instance); // runs until it first waits
  running = false;
  watch();
  await Promise.race([ended, failed]);
  return code;
}

async function run(io) {
  const utf8 = new TextEncoder();
  files.add(`/code/${io.entry}`, utf8.encode(io.files[io.entry]));
  io.prepare(); // compiling isn't the program's time
  const failed = await make(io);
  if (failed) return failed;
  const program = await WebAssembly.compile(files.bytes('/code/main.wasm'));
  const last = new LastWords();
  let asleep = ''; // what is said of goroutines that wait for ever, not told yet
  const tellAsleep = () => {
    io.out(2, asleep.replace(OURS, ''));
    asleep = '';
  };
  const decoders = { 1: new TextDecoder(), 2: new TextDecoder() };
  let rest = new Uint8Array(0);
  const code = await execute(program, ['main'], {
    write: (fd, bytes) => {
      const text = decoders[fd].decode(bytes, { stream: true });
      if (fd === 2) last.add(text);
      if (fd !== 2 || !last.deadlock) return io.out(fd, text);
      asleep += text;
      if (asleep.length > LAST_WORDS) tellAsleep();
    },
    read: (into) => {
      if (rest.length === 0) {
        const line = readLine(io);
        if (line === null) return 0;
        rest = utf8.encode(line);
      }
      const n = Math.min(into.length, rest.length);
      into.set(rest.subarray(0, n));
      rest = rest.subarray(n);
      return n;
    },
  }, io).catch((err) => {
    // Go's calls are the engine's calls, too, and it allows fewer of them.
    if (!(err instanceof RangeError)) throw err;
    const error = 'fatal error: stack overflow: too many calls inside each other for the browser\n';
    last.add(`\n${error}`);
    io.out(2, error);
    return 2;
  }).finally(tellAsleep);
  return code === 0 ? { code } : end(io, code, last.text);
}

/** The beginning of what a program says of its end: it goes on for as long as there are goroutines. */
class LastWords {
  text = '';
  deadlock = false;
  #before = '\n'; // the end of what came before, where the words may have begun

  add(s) {
    const all = this.#before + s;
    const from = Math.max(all.lastIndexOf('\npanic: '), all.lastIndexOf('\nfatal error: '));
    this.text = (from < 0 ? this.text && this.text + s : all.slice(from + 1)).slice(0, LAST_WORDS);
    this.deadlock = this.text.startsWith('fatal error: all goroutines are asleep');
    this.#before = all.slice(-16);
  }
}

// Go's own error for it would say nothing, so the sentence goes where people look.
function readLine(io) {
  try {
    return io.line();
  } catch (err) {
    if (!(err instanceof Ended)) io.out(2, `${err.message}\n`);
    throw err;
  }
}

// What a panic or a fatal error says, and the innermost place in the program.
function end(io, code, error) {
  const said = /^(panic: .*|fatal error: .*)$/m.exec(error);
  if (!said) return { code };
  const at = new RegExp(`\\b${io.entry.replace('.', '\\.')}:(\\d+)`).exec(error);
  const line = Number(at?.[1] ?? 0);
  const message = said[1];
  if (line) io.diagnostic(io.entry, line, 1, message);
  return { code, reason: /out of memory/.test(message) ? 'memory' : 'error', message, line, column: line ? 1 : 0 };
}

// Directives that lead into other packages and out to JavaScript: what the imports keep closed they would open. Before them
// stands what the compiler takes for nothing.
const DIRECTIVE = /^([ \t\r\ufeff]*)(\/\/go:(?:wasmimport|wasmexport|linkname|cgo_\w+))\b/;

function barred(io) {
  const found = [];
  io.files[io.entry].split('\n').forEach((text, i) => {
    const [, before, directive] = DIRECTIVE.exec(text) ?? [];
    if (directive) found.push(`${io.entry}:${i + 1}:${before.length + 1}: ${directive} is not available here\n`);
  });
  return found.join('');
}

async function make(io) {
  const directives = barred(io);
  if (directives) return complain(io, directives);
  for (const tool of tools(io.entry)) {
    const { code, said } = await use(tool);
    if (code !== 0) return complain(io, said || `${tool.argv[0]} ended with ${code}\n`);
  }
  return null;
}

/** What makes a program of a file in /code, in order. */
function tools(entry) {
  const compile = ['compile', '-o', '/code/main.o', '-p', 'main', '-complete', '-pack', '-dwarf=false', '-importcfg', '/code/importcfg', '-trimpath', '/code=>', `/code/${entry}`, '/go/ears.go'];
  const link = ['link', '-o', '/code/main.wasm', '-s', '-w', '-importcfg', '/code/importcfg.link', '/code/main.o'];
  return [{ module: modules.compile, argv: compile }, { module: modules.link, argv: link }];
}

// The compiler and the linker end before there is anything worth collecting, and here nothing would collect it beside them.
const SHORT_LIVED = { GOGC: 'off', GOMEMLIMIT: '512MiB' };

async function use({ module, argv }) {
  let said = '';
  const decoder = new TextDecoder();
  const code = await execute(module, argv, { read: () => 0, write: (fd, bytes) => {
    said += decoder.decode(bytes, { stream: true });
  } }, { rest: () => {} }, SHORT_LIVED);
  return { code, said };
}

async function rehearse(wanted) {
  files.add('/code/rehearsal.go', new TextEncoder().encode(REHEARSAL));
  for (const tool of tools('rehearsal.go')) {
    if (!wanted()) break;
    await use(tool);
    await new Promise((resolve) => setTimeout(resolve)); // hears of a run
  }
  files.discard('/code/rehearsal.go', '/code/main.o', '/code/main.wasm');
}

// The compiler's words, with its errors marked.
function complain(io, said) {
  const text = inUnits(said.replaceAll('/code/', ''), io.files[io.entry].split('\n'));
  io.out(2, text);
  let first = null;
  let marked = 0;
  for (const [, line, column, message] of text.matchAll(/^(?:\.\/)?[\w.-]+\.go:(\d+):(?:(\d+):)? (.*)$/gm)) {
    const fault = { message, line: Number(line), column: Number(column ?? 1) };
    first ??= fault;
    if (marked++ < ERRORS) io.diagnostic(io.entry, fault.line, fault.column, message);
  }
  return { code: 1, reason: 'error', ...(first ?? { message: text.split('\n')[0] }) };
}

// The compiler counts the bytes of a line, the editor UTF-16 units.
function inUnits(said, lines) {
  const utf8 = new TextEncoder(), decoder = new TextDecoder();
  return said.replace(/^((?:\.\/)?[\w.-]+\.go:(\d+):)(\d+)/gm, (_, before, line, column) => {
    const bytes = utf8.encode(lines[line - 1]).subarray(0, column - 1);
    return `${before}${decoder.decode(bytes).length + 1}`;
  });
}

// What Go's own glue looks for each time it is called.
const keep = ['Go', 'fs', 'process', 'path', 'setTimeout', 'clearTimeout', 'console'];

start({ compiles: true, keep, boot, run, rehearse });
