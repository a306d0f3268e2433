// What runs printed, as a terminal shows it. The Go program hands over only what is new: ten thousand lines would be too
// much to compare each time.
import { Ansi } from './ansi.js';

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
  #line = null; // where the current line begins: {text, at}; null: with the block
  #returned = false; // the line goes when something else takes its place, not before a newline

  constructor(pre) {
    this.pre = pre;
  }

  write(stream, s) {
    this.#ansi[stream] ??= new Ansi();
    this.#ansi[stream].read(s, (part, style) => this.#put(stream, part, style), (how) => this.#move(how));
  }

  clear() {
    this.pre.replaceChildren();
    this.#block = this.#text = this.#line = null;
  }

  #move(how) {
    if (how === 'clear') this.clear();
    else this.#returned = true;
  }

  // Line by line where it matters: at the end of a block, and for errors.
  #put(stream, s, style) {
    if (this.#returned) {
      this.#returned = false;
      if (s[0] !== '\n') this.#eraseLine();
    }
    while (s) {
      if (!this.#block || this.#lines >= LINES || this.#units >= UNITS) this.#open();
      const end = stream === 'stderr' ? s.indexOf('\n') + 1 || s.length : this.#cut(s);
      this.#append(stream, s.slice(0, end), style);
      s = s.slice(end);
    }
  }

  // How much of s still goes into this block.
  #cut(s) {
    let at = 0;
    for (let n = this.#lines; n < LINES && at < UNITS - this.#units; n++) {
      const next = s.indexOf('\n', at);
      if (next < 0) return Math.min(s.length, Math.max(at, UNITS));
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

  #append(stream, s, { classes, fg, bg }) {
    const look = `${stream} ${classes} ${fg} ${bg}`;
    if (!this.#text || look !== this.#look) {
      const span = document.createElement('span');
      span.className = `${{ stderr: 'err', stdin: 'in' }[stream] ?? 'std'} ${classes}`.trim();
      if (fg) span.style.color = fg;
      if (bg) span.style.backgroundColor = bg;
      this.#text = document.createTextNode('');
      this.#look = look;
      span.append(this.#text);
      this.#block.append(span);
    }
    this.#text.appendData(s);
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

  #eraseLine() {
    if (!this.#block) return;
    if (!this.#line) {
      this.#block.replaceChildren();
      this.#text = null;
      this.#units = 0; // what is written anew for long needs no more blocks
      return;
    }
    const { text, at } = this.#line;
    text.deleteData(at, text.length);
    while (text.nextSibling) text.nextSibling.remove();
    while (text.parentNode.nextSibling) text.parentNode.nextSibling.remove();
    this.#text = null; // it may have looked different
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
