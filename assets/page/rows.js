// The last lines of what a program prints, as soon as it moves about in them: rows of cells, as a terminal has them.

const WIDTH = 1000, HEIGHT = 200; // columns and rows that a cursor may go to where nothing is

export class Rows {
  /** rows: arrays of cells {c, look}; the cursor is behind the last one. */
  constructor(rows) {
    this.rows = rows;
    this.row = rows.length - 1;
    this.column = rows.at(-1).length;
  }

  /** Puts text where the cursor is. Gives back what comes from a newline in the last row on. */
  write(s, look) {
    for (let at = 0; at < s.length;) {
      const c = String.fromCodePoint(s.codePointAt(at));
      if (c !== '\n') this.#fill(this.column++, { c, look });
      else if (this.row === this.rows.length - 1) return s.slice(at);
      else {
        this.row++;
        this.column = 0;
      }
      at += c.length;
    }
    return '';
  }

  #fill(column, cell) {
    const row = this.rows[this.row];
    while (row.length < column) row.push({ c: ' ', look: cell.look });
    row[column] = cell;
  }

  /** Does what Ansi calls a move; 'clear' is none. */
  move(how, n) {
    switch (how) {
      case 'up': this.row = Math.max(0, this.row - n); break;
      case 'down': this.row = Math.min(this.rows.length - 1, this.row + n); break;
      case 'back': this.column = Math.max(0, this.column - n); break;
      case 'forward': this.column = Math.min(Math.max(WIDTH, this.column), this.column + n); break;
      case 'column': this.column = Math.min(WIDTH, n - 1); break;
      case 'row':
        this.row = Math.min(HEIGHT, n) - 1;
        while (this.rows.length <= this.row) this.rows.push([]);
        break;
      case 'line': this.rows[this.row] = []; break;
      case 'start': this.rows[this.row] = this.rows[this.row].map((cell, i) => (i <= this.column ? { ...cell, c: ' ' } : cell)); break;
      case 'below': this.rows.length = this.row + 1; // falls through
      case 'end': this.rows[this.row].splice(this.column);
    }
  }

  /** Calls run(text, look) for all of it, piece by piece. */
  each(run) {
    let text = '', look;
    const tell = () => text && run(text, look);
    this.rows.forEach((row, i) => {
      if (i > 0) text += '\n';
      for (const cell of row) {
        if (look !== undefined && cell.look !== look) {
          tell();
          text = '';
        }
        look = cell.look;
        text += cell.c;
      }
    });
    tell();
  }
}
