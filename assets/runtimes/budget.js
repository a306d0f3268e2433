// How much a run may print. The worker keeps to it, the guard and the frame see to that.

/** Takes what is printed, up to so many bytes of UTF-8 and so many lines. */
export class Budget {
  constructor(bytes, lines) {
    this.bytes = bytes; // that are left
    this.lines = lines;
    this.full = false; // something was cut
  }

  /** As much of the text as there is room for, with no character split. What comes after a cut is cut, too. */
  take(s) {
    if (this.full) return '';
    for (let at = 0; at < s.length; at++) {
      const unit = s.charCodeAt(at);
      if (unit === 10 && --this.lines < 0) return this.cut(s, at);
      const pair = unit >= 0xd800 && unit < 0xdc00 && s.charCodeAt(at + 1) >> 10 === 0x37;
      this.bytes -= unit < 0x80 ? 1 : unit < 0x800 ? 2 : pair ? 4 : 3;
      if (this.bytes < 0) return this.cut(s, at);
      if (pair) at++;
    }
    return s;
  }

  cut(s, at) {
    this.full = true;
    return s.slice(0, at);
  }
}
