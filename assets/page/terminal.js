// What runs printed, as a terminal shows it. The Go program hands over only what is new: ten thousand lines would be too
// much to compare each time.
import { Ansi } from './ansi.js';
import { Rows } from './rows.js';

const LINES = 200, UNITS = 16 << 10; // of one block: the browser lays out only the last one anew
const END = 24; // px from the end that count as being there

// A place in the code, as errors name it.
const PLACE = /File "main\.py", line (\d+)|\bmain\.\w+:(\d+)(?::(\d+))?/;

class Terminal {
  #ansi = {}; // stream → Ansi
  #block = null;
  #lines = 0;
  #units = 0;
  #text = null; // the text node that the last words went to …
  #look = ''; // … and how it looks
  #last = null; // the look that was wanted last
  #line = null; // where the current line begins: {text, at}; null: with the block
  #rows = null; // Rows: the last lines, of which the program changes what it has printed …
  #from = null; // … and where they begin, as #line
  #looks = new WeakMap(); // span → how it looks

  constructor(pre) {
    this.pre = pre;
  }

  write(stream, s) {
    this.#ansi[stream] ??= new Ansi();
    this.#ansi[stream].read(s, (part, style) => this.#put(stream, part, style), (how, n) => this.#move(how, n));
    if (this.#rows) this.#draw();
  }

  clear() {
    this.pre.replaceChildren();
    this.#block = this.#text = this.#line = this.#rows = null;
  }

  #move(how, n) {
    if (how === 'clear') return this.clear();
    if (how === 'row' && n > 1 && !this.#block) this.#open();
    if (!this.#block || !this.#rows && (how === 'end' || how === 'below' || how === 'down')) return; // there is nothing
    if (how === 'up') this.#reach(n);
    else if (how === 'row') this.#reach(Infinity); // the screen is what the block has
    else if (!this.#rows) this.#take(0);
    this.#rows.move(how, n);
  }

  // Has n rows above the cursor, where there are as many in the block.
  #reach(n) {
    const { row = 0, column, rows } = this.#rows ?? {};
    if (rows && (row >= n || !this.#from)) return; // there is no more above
    const under = rows ? rows.length - 1 - row : 0;
    if (rows) this.#release();
    this.#take(under + n);
    this.#rows.row -= under;
    this.#rows.column = column ?? this.#rows.column;
  }

  // Takes the last line and so many above it out of the block: from now on they are cells.
  #take(above) {
    const walk = document.createTreeWalker(this.#block, NodeFilter.SHOW_TEXT);
    const rows = [[]];
    while (walk.lastChild());
    this.#from = null;
    for (let text = walk.currentNode, left = above; text?.data !== undefined && !this.#from; text = walk.previousNode()) {
      const look = this.#looks.get(text.parentNode.closest('span'));
      const lines = text.data.split('\n').map((line) => [...line].map((c) => ({ c, look })));
      for (let i = lines.length - 1; i >= 0; i--) {
        if (i < lines.length - 1) {
          if (left-- === 0) {
            this.#from = { text, at: text.data.length - text.data.split('\n').slice(i + 1).join('\n').length };
            break;
          }
          rows.unshift([]);
        }
        rows[0].unshift(...lines[i]);
      }
    }
    this.#rows = new Rows(rows);
    this.#erase();
    this.#count(-1);
  }

  // What the rows have of the block's lines and units.
  #count(sign) {
    this.#lines += sign * (this.#rows.rows.length - 1);
    this.#units += sign * this.#rows.rows.reduce((sum, row) => sum + row.length, 0);
  }

  #draw() {
    this.#erase();
    this.#rows.each((s, look) => this.#add(s, look));
  }

  // The rows are lines like others again.
  #release() {
    this.#draw();
    this.#count(1);
    this.#rows = this.#text = this.#line = null; // what comes next has a text of its own
  }

  // Line by line where it matters: at the end of a block, and for errors.
  #put(stream, s, style) {
    const look = this.#lookOf(stream, style);
    if (this.#rows) {
      s = this.#rows.write(s, look);
      if (s) this.#release();
    }
    while (s) {
      if (!this.#block || this.#lines >= LINES || this.#units >= UNITS) this.#open();
      const end = stream === 'stderr' ? s.indexOf('\n') + 1 || s.length : this.#cut(s);
      this.#append(stream, s.slice(0, end), look);
      s = s.slice(end);
    }
  }

  // How much of s still goes into this block.
  #cut(s) {
    let at = 0;
    for (let n = this.#lines; n < LINES && at < UNITS - this.#units; n++) {
      const next = s.indexOf('\n', at);
      if (next < 0) {
        const end = Math.min(s.length, Math.max(at, UNITS));
        return s.codePointAt(end - 1) > 0xffff ? end - 1 : end; // not within a character
      }
      at = next + 1;
    }
    return at;
  }

  #open() {
    this.#block = document.createElement('div');
    this.#lines = this.#units = 0;
    this.#text = this.#line = null;
    this.pre.append(this.#block);
  }

  // The same for the same look.
  #lookOf(stream, { classes, fg, bg }) {
    const key = `${stream} ${classes} ${fg} ${bg}`;
    if (this.#last?.key !== key) this.#last = { key, name: `${{ stderr: 'err', stdin: 'in' }[stream] ?? 'std'} ${classes}`.trim(), fg, bg };
    return this.#last;
  }

  #add(s, look) {
    if (!this.#text || look.key !== this.#look) {
      const span = document.createElement('span');
      span.className = look.name;
      if (look.fg) span.style.color = look.fg;
      if (look.bg) span.style.backgroundColor = look.bg;
      this.#text = document.createTextNode('');
      this.#look = look.key;
      this.#looks.set(span, look);
      span.append(this.#text);
      this.#block.append(span);
    }
    this.#text.appendData(s);
  }

  #append(stream, s, look) {
    this.#add(s, look);
    this.#units += s.length;
    const last = s.lastIndexOf('\n');
    if (last < 0) return;
    for (let at = -1; (at = s.indexOf('\n', at + 1)) >= 0;) this.#lines++;
    if (stream === 'stderr') this.#link();
    this.#line = { text: this.#text, at: this.#text.length - (s.length - last - 1) };
  }

  // Makes a button of the place in the code that the line of an error names.
  #link() {
    const from = this.#line?.text === this.#text ? this.#line.at : 0;
    const found = PLACE.exec(this.#text.data.slice(from));
    if (!found) return;
    const words = this.#text.splitText(from + found.index);
    this.#text = words.splitText(found[0].length);
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'place';
    button.textContent = found[0];
    button.title = 'Show the line in the editor';
    button.onclick = () => self.tandem.editor.reveal(Number(found[1] ?? found[2]), Number(found[3] ?? 1));
    words.replaceWith(button);
  }

  // Takes away what stands in the block from where the rows begin.
  #erase() {
    this.#text = null; // it may be gone, or look different
    if (!this.#from) return this.#block.replaceChildren();
    const { text, at } = this.#from;
    text.deleteData(at, text.length);
    while (text.nextSibling) text.nextSibling.remove();
    while (text.parentNode.nextSibling) text.parentNode.nextSibling.remove();
  }
}

const terminals = new WeakMap();

function of(pre) {
  if (!terminals.has(pre)) terminals.set(pre, new Terminal(pre));
  return terminals.get(pre);
}

/** Adds what a stream of a run printed to an element, and keeps the end in view if it was. */
export function write(pre, stream, s) {
  const log = pre.closest('[role="log"]');
  const follows = log && log.scrollHeight - log.scrollTop - log.clientHeight < END;
  of(pre).write(stream, s);
  if (follows) log.scrollTop = log.scrollHeight;
}

export function clear(pre) {
  terminals.delete(pre);
  pre.replaceChildren();
}

/** All that runs printed within an element, to be copied. */
export function text(log) {
  return [...log.querySelectorAll('pre')].map((pre) => pre.textContent.replace(/\n?$/, '\n')).filter((s) => s !== '\n').join('\n');
}
