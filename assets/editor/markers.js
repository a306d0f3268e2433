// Errors of the last run, shown in the text until their line is changed.
import { monaco } from './monaco.js';

const owner = 'run';

export class Markers {
  #model;
  #lines; // decorations, one a marker
  #shown = []; // {line text when set, message, column}, in the order of the decorations

  constructor(editor) {
    this.#model = editor.getModel();
    this.#lines = editor.createDecorationsCollection();
  }

  /** @param {{line: number, column?: number, message: string}[]} list */
  set(list) {
    const last = this.#model.getLineCount();
    const valid = list.filter((m) => m.line >= 1 && m.line <= last);
    this.#shown = valid.map((m) => ({ text: this.#model.getLineContent(m.line), message: m.message, column: m.column || 0 }));
    this.#lines.set(valid.map((m) => ({
      range: new monaco.Range(m.line, 1, m.line, 1),
      options: { description: 'run error', isWholeLine: true, className: 'run-error-line', linesDecorationsClassName: 'run-error-glyph',
        stickiness: monaco.editor.TrackedRangeStickiness.NeverGrowsWhenTypingAtEdges },
    })));
    this.#draw();
  }

  #draw() {
    const data = this.#shown.flatMap((m, i) => {
      const range = this.#lines.getRange(i);
      if (!range) return [];
      const line = range.startLineNumber;
      const from = m.column > 0 ? m.column : this.#model.getLineFirstNonWhitespaceColumn(line) || 1;
      return [{ severity: monaco.MarkerSeverity.Error, message: m.message, startLineNumber: line, startColumn: from, endLineNumber: line,
        endColumn: Math.max(this.#model.getLineMaxColumn(line), from + 1) }];
    });
    monaco.editor.setModelMarkers(this.#model, owner, data);
  }

  /** After every change of the text: whoever touches a marked line is mending it. */
  changed() {
    if (this.#shown.length === 0) return;
    const still = this.#shown.map((m, i) => {
      const range = this.#lines.getRange(i);
      return range && this.#model.getLineContent(range.startLineNumber) === m.text ? { ...m, line: range.startLineNumber } : null;
    });
    if (still.every(Boolean)) return;
    this.set(still.filter(Boolean));
  }
}
