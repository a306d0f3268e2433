// The lines that are typed for a run: they wait here until its program asks, also while its language still loads.
import { LIMITS } from './protocol.js';

const LINES = 100; // that wait at most …
const UNITS = 16 << 10; // … and their UTF-16 units

export class Typed {
  /** send hands a line to the program; given: it reads what it was given in advance, and asks for nothing. */
  constructor(send, given) {
    this.send = send;
    this.given = given;
    this.lines = [];
    this.units = 0;
    this.asked = false; // and not answered yet
  }

  /** The program asks. Gives whether nobody has typed ahead. */
  ask() {
    this.asked = this.lines.length === 0;
    if (this.asked) return true;
    const line = this.lines.shift();
    this.units -= line.length;
    this.send(line);
    return false;
  }

  /** Takes a line; else gives the sentence that says why not. */
  take(line) {
    if (this.given) return 'The run was given its input in advance: it reads no line that is typed.';
    if (line.length > LIMITS.line) return 'The line is too long for the program.';
    if (this.asked) {
      this.asked = false;
      this.send(line);
      return '';
    }
    if (this.lines.length >= LINES || this.units + line.length > UNITS) return 'The program has to read first what was typed before: the line was not taken.';
    this.lines.push(line);
    this.units += line.length;
    return '';
  }
}
