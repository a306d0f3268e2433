// The files of a Go program in a worker: Node's callback interface, as Go's js/wasm port calls it, on a Map.
// Every callback is called before the function returns; Go allows that.

const DIR = 0o040000 | 0o755, FILE = 0o100000 | 0o644, CHAR = 0o020000 | 0o666;

export const constants = { O_RDONLY: 0, O_WRONLY: 1, O_RDWR: 2, O_CREAT: 0o100, O_EXCL: 0o200, O_TRUNC: 0o1000, O_APPEND: 0o2000, O_DIRECTORY: 0o200000 };

function fault(code) {
  return Object.assign(new Error(code), { code });
}

class File {
  constructor(data = new Uint8Array(0)) {
    this.data = data; // only the first `size` bytes count
    this.size = data.length;
    this.owned = false; // a file that came with the runtime is copied before it changes
    this.time = Date.now();
  }

  write(bytes, at) {
    const end = at + bytes.length;
    if (!this.owned || end > this.data.length) {
      const larger = new Uint8Array(Math.max(end, this.data.length * 2, 4096));
      larger.set(this.data.subarray(0, this.size));
      this.data = larger;
      this.owned = true;
    }
    this.data.set(bytes, at);
    this.size = Math.max(this.size, end);
  }

  truncate(length) {
    if (length > this.size) this.write(new Uint8Array(length - this.size), this.size);
    this.size = length;
  }
}

/** streams: {read(into) → n, write(fd, bytes)} for file descriptors 0, 1 and 2. */
export class Files {
  constructor(streams) {
    this.streams = streams;
    this.entries = new Map([['/', null]]); // path → File, null for a directory
    this.open_ = new Map(); // fd → {path, file, at, append}
    this.lastFd = 100;
  }

  resolve(path) {
    const parts = [];
    for (const part of (path.startsWith('/') ? path : `/code/${path}`).split('/')) {
      if (part === '..') parts.pop();
      else if (part && part !== '.') parts.push(part);
    }
    return '/' + parts.join('/');
  }

  addDir(path) {
    for (let at = path; at !== '/' && at !== ''; at = at.slice(0, at.lastIndexOf('/')) || '/') this.entries.set(at, null);
  }

  add(path, data) {
    const full = this.resolve(path);
    this.addDir(full.slice(0, full.lastIndexOf('/')));
    this.entries.set(full, new File(data));
  }

  discard(...paths) {
    for (const path of paths) this.entries.delete(this.resolve(path));
  }

  bytes(path) {
    const file = this.entries.get(this.resolve(path));
    return file ? file.data.slice(0, file.size) : null;
  }

  stats(path, entry) {
    const dir = entry === null;
    const size = dir ? 0 : entry.size;
    const ms = dir ? 0 : entry.time;
    return {
      dev: 1, ino: 1, mode: dir ? DIR : FILE, nlink: 1, uid: 0, gid: 0, rdev: 0, size, blksize: 4096, blocks: Math.ceil(size / 512),
      atimeMs: ms, mtimeMs: ms, ctimeMs: ms, isDirectory: () => dir,
    };
  }

  // The value of f to the callback, or the error that it threw.
  answer(done, f) {
    let value;
    try {
      value = f();
    } catch (err) {
      if (!err.code) throw err;
      return done(err);
    }
    return value === undefined ? done(null) : done(null, value);
  }

  entry(path) {
    const entry = this.entries.get(this.resolve(path));
    if (entry === undefined) throw fault('ENOENT');
    return entry;
  }

  openFile(path, flags) {
    const full = this.resolve(path);
    let file = this.entries.get(full);
    if (file === undefined) {
      if (!(flags & constants.O_CREAT)) throw fault('ENOENT');
      if (this.entries.get(full.slice(0, full.lastIndexOf('/')) || '/') !== null) throw fault('ENOENT');
      file = new File();
      file.owned = true;
      this.entries.set(full, file);
    } else if (flags & constants.O_CREAT && flags & constants.O_EXCL) throw fault('EEXIST');
    if (file === null && flags & 3) throw fault('EISDIR');
    if (file && flags & constants.O_TRUNC) {
      file.data = new Uint8Array(0);
      file.size = 0;
    }
    this.open_.set(++this.lastFd, { path: full, file, at: 0, append: Boolean(flags & constants.O_APPEND) });
    return this.lastFd;
  }

  handle(fd) {
    const handle = this.open_.get(fd);
    if (!handle) throw fault('EBADF');
    return handle;
  }

  readAt(fd, into, position) {
    if (fd === 0) return this.streams.read(into);
    const h = this.handle(fd);
    if (!h.file) throw fault('EISDIR');
    const at = position ?? h.at;
    const n = Math.max(0, Math.min(into.length, h.file.size - at));
    into.set(h.file.data.subarray(at, at + n));
    if (position === null) h.at += n;
    return n;
  }

  writeAt(fd, bytes, position) {
    if (fd === 1 || fd === 2) {
      this.streams.write(fd, bytes);
      return bytes.length;
    }
    const h = this.handle(fd);
    const at = h.append ? h.file.size : position ?? h.at;
    h.file.write(bytes, at);
    if (position === null) h.at = at + bytes.length;
    return bytes.length;
  }

  /** The object for globalThis.fs. */
  node() {
    const nothing = (...args) => args.at(-1)(null);
    const refuse = (...args) => args.at(-1)(fault('ENOSYS'));
    const stat = (path, done) => this.answer(done, () => this.stats(path, this.entry(path)));
    return {
      constants,
      writeSync: (fd, bytes) => this.writeAt(fd, bytes, null),
      write: (fd, buf, offset, length, position, done) => this.answer(done, () => this.writeAt(fd, buf.subarray(offset, offset + length), position)),
      read: (fd, buf, offset, length, position, done) => this.answer(done, () => this.readAt(fd, buf.subarray(offset, offset + length), position)),
      open: (path, flags, mode, done) => this.answer(done, () => this.openFile(path, flags)),
      close: (fd, done) => this.answer(done, () => void this.open_.delete(fd)),
      stat, lstat: stat,
      fstat: (fd, done) => this.answer(done, () => (fd <= 2 ? { ...this.stats('', new File()), mode: CHAR } : this.stats('', this.handle(fd).file))),
      readdir: (path, done) => this.answer(done, () => this.list(path)),
      mkdir: (path, mode, done) => this.answer(done, () => this.makeDir(path)),
      unlink: (path, done) => this.answer(done, () => this.remove(path)),
      rmdir: (path, done) => this.answer(done, () => this.remove(path)),
      rename: (from, to, done) => this.answer(done, () => {
        this.entries.set(this.resolve(to), this.entry(from));
        this.entries.delete(this.resolve(from));
      }),
      ftruncate: (fd, length, done) => this.answer(done, () => this.handle(fd).file.truncate(length)),
      truncate: (path, length, done) => this.answer(done, () => this.entry(path).truncate(length)),
      fsync: nothing, chmod: nothing, fchmod: nothing, chown: nothing, fchown: nothing, lchown: nothing, utimes: nothing,
      link: refuse, symlink: refuse, readlink: (path, done) => done(fault('EINVAL')),
    };
  }

  list(path) {
    if (this.entry(path) !== null) throw fault('ENOTDIR');
    const full = this.resolve(path);
    const prefix = full === '/' ? '/' : `${full}/`;
    return [...this.entries.keys()].filter((p) => p !== '/' && p.startsWith(prefix) && !p.slice(prefix.length).includes('/')).map((p) => p.slice(prefix.length));
  }

  makeDir(path) {
    const full = this.resolve(path);
    if (this.entries.has(full)) throw fault('EEXIST');
    this.addDir(full);
  }

  remove(path) {
    if (this.entry(path) === null && this.list(path).length) throw fault('ENOTEMPTY');
    this.entries.delete(this.resolve(path));
  }
}
