// What a program says to a terminal beside its text: colours, and where the text goes on. What isn't known is left out.

const NAMES = { 1: 'bold', 2: 'faint', 3: 'italic', 4: 'under', 7: 'turned', 9: 'struck' };
const MOVES = { A: ['up'], B: ['down'], C: ['forward'], D: ['back'], E: ['down', 'column'], F: ['up', 'column'], G: ['column'] };
const PARTIAL = 256; // units that an unfinished sequence may have; then it is none

/** Reads what comes piece by piece, also where a sequence is cut in two. */
export class Ansi {
  #rest = '';
  #style = new Map(); // name → class or CSS colour

  /**
   * Calls text(s, {classes, fg, bg}) and move(how, n): 'up', 'down', 'forward' or 'back' by n, to 'column' or 'row' n from 1, 'clear'; or
   * what goes: the 'line', its 'start' or 'end', or all 'below'.
   */
  read(input, text, move) {
    let s = this.#rest + input;
    this.#rest = '';
    const tell = (part) => part && text(part, this.#look());
    for (;;) {
      const at = s.search(/[\x00-\x08\x0b-\x1f\x7f\x9b]/);
      if (at < 0) return void tell(s);
      tell(s.slice(0, at));
      s = s.slice(at);
      if (s === '\r') return void (this.#rest = s); // a newline may follow, then it means nothing
      if (s[0] === '\r') {
        if (s[1] !== '\n') move('column', 1);
        s = s.slice(1);
        continue;
      }
      if (s[0] === '\b') move('back', 1);
      const [, end, csi, osc] = /^(\x1b(?:\[([0-?]*[ -/]*[@-~])|(\][^\x07\x1b]*(?:\x07|\x1b\\))|[ -/]*[0-Zc-~\\^_`=>])|\x9b|[^\x1b])/.exec(s) ?? [];
      if (end === undefined) {
        if (s.length < PARTIAL) return void (this.#rest = s);
        s = s.slice(1);
        continue;
      }
      s = s.slice(end.length);
      if (csi !== undefined) this.#control(csi, move);
      else if (osc === undefined && end === '\x1bc') this.#control('2J', move);
    }
  }

  #control(csi, move) {
    const code = csi.at(-1);
    if (code === 'm') this.#graphics(csi.slice(0, -1).split(/[;:]/).map(Number));
    else if (code === 'K') move({ 1: 'start', 2: 'line' }[csi[0]] ?? 'end');
    else if (code === 'J') move(/^[23]/.test(csi) ? 'clear' : 'below');
    else if (code === 'H' || code === 'f') {
      const [row, column] = csi.slice(0, -1).split(';');
      move('row', Math.max(1, parseInt(row, 10) || 1));
      move('column', Math.max(1, parseInt(column, 10) || 1));
    } else if (Object.hasOwn(MOVES, code)) {
      const [how, then] = MOVES[code];
      move(how, Math.max(1, parseInt(csi, 10) || 1));
      if (then) move(then, 1);
    }
  }

  #graphics(n) {
    const style = this.#style;
    for (let i = 0; i < n.length; i++) {
      const v = n[i];
      const kind = v >= 40 && v < 50 || v >= 100 ? 'bg' : 'fg';
      if (v === 0) style.clear();
      else if (NAMES[v]) style.set(NAMES[v], NAMES[v]);
      else if (v === 22) { style.delete('bold'); style.delete('faint'); }
      else if (v === 23) style.delete('italic');
      else if (v === 24) style.delete('under');
      else if (v === 27) style.delete('turned');
      else if (v === 29) style.delete('struck');
      else if (v === 39 || v === 49) style.delete(kind);
      else if (v === 38 || v === 48) {
        if (n[i + 1] === 5) style.set(kind, indexed(n[i + 2]));
        else if (n[i + 1] === 2) style.set(kind, rgb(n[i + 2], n[i + 3], n[i + 4]));
        i += n[i + 1] === 5 ? 2 : 4;
      } else if (v >= 30 && v < 50) style.set(kind, v % 10);
      else if (v >= 90 && v < 108) style.set(kind, (v % 10) + 8);
    }
  }

  #look() {
    let classes = '';
    const colour = { fg: '', bg: '' };
    for (const [name, v] of this.#style) {
      if (name !== 'fg' && name !== 'bg') classes += ` ${v}`;
      else if (typeof v === 'number') classes += ` ${name}${v % 8}`; // bright ones are the theme's own, too
      else colour[name] = v;
    }
    return { classes: classes.trim(), ...colour };
  }
}

const byte = (v) => Math.max(0, Math.min(255, Math.trunc(v) || 0));
const rgb = (r, g, b) => `rgb(${byte(r)} ${byte(g)} ${byte(b)})`;

// The 256 colours of terminals: 16 of the theme, a cube, greys.
function indexed(v) {
  v = byte(v);
  if (v < 16) return v;
  if (v >= 232) return rgb(...Array(3).fill(8 + (v - 232) * 10));
  const step = (n) => (n ? 55 + n * 40 : 0);
  v -= 16;
  return rgb(step(Math.floor(v / 36)), step(Math.floor(v / 6) % 6), step(v % 6));
}
