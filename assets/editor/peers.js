// Other people in the text: their selections as decorations, their carets with a name flag as widgets, which don't touch the
// layout of the text. Between two reports the decorations move with the text and the widgets follow them.
import { monaco } from './monaco.js';

const flagMs = 4000; // a flag goes quiet after that, and comes back when its person moves
const maxCarets = 100; // for one person; a column of thousands needs no flag each

const { GrowsOnlyWhenTypingBefore } = monaco.editor.TrackedRangeStickiness;

class Caret {
  allowEditorOverflow = false;
  suppressMouseDown = false;

  constructor(id, peer, named) {
    this.id = id;
    this.node = document.createElement('div');
    this.node.className = `peer-caret p${peer.color}`;
    this.node.setAttribute('aria-hidden', 'true'); // the list of people says who is here
    if (!named) return;
    this.flag = document.createElement('div');
    this.flag.className = 'peer-flag';
    this.flag.textContent = peer.name;
    this.node.append(this.flag);
  }

  getId() { return this.id; }
  getDomNode() { return this.node; }
  getPosition() {
    return this.position && { position: this.position, preference: [monaco.editor.ContentWidgetPositionPreference.EXACT] };
  }

  /** Under the caret in the first line, where there is no room above. */
  place(position) {
    this.position = position;
    this.flag?.classList.toggle('below', position.lineNumber === 1);
  }

  wake() {
    if (!this.flag) return;
    this.flag.classList.remove('quiet');
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.flag.classList.add('quiet'), flagMs);
  }

  end() { clearTimeout(this.timer); }
}

export class Peers {
  #editor;
  #model;
  #peers = new Map(); // id → {key, places: where its person was last, carets, marks}

  constructor(editor) {
    this.#editor = editor;
    this.#model = editor.getModel();
  }

  /** @param {{id: string, name: string, color: number, ranges: [number, number][]}[]} list */
  set(list) {
    const here = new Set(list.map((p) => p.id));
    for (const id of this.#peers.keys()) if (!here.has(id)) this.#remove(id);
    for (const peer of list) this.#show(peer);
  }

  #remove(id) {
    const p = this.#peers.get(id);
    p.marks.clear();
    for (const c of p.carets) {
      c.end();
      this.#editor.removeContentWidget(c);
    }
    this.#peers.delete(id);
  }

  #show(peer) {
    const ranges = peer.ranges.slice(0, maxCarets);
    const key = `${peer.color} ${peer.name} ${ranges.length}`;
    if (this.#peers.get(peer.id)?.key !== key && this.#peers.has(peer.id)) this.#remove(peer.id);
    let p = this.#peers.get(peer.id);
    if (!p) {
      const carets = ranges.map((_, i) => new Caret(`peer.${peer.id}.${i}`, peer, i === 0));
      p = { key, places: '', carets, marks: this.#editor.createDecorationsCollection() };
      this.#peers.set(peer.id, p);
      for (const c of carets) this.#editor.addContentWidget(c);
    }
    const places = JSON.stringify(ranges.map(([anchor, head]) => [Math.min(anchor, head), Math.max(anchor, head), head]));
    if (places !== this.#drawn(p)) {
      // Two decorations a range: the selection, and the caret as the anchor that its widget follows.
      p.marks.set(ranges.flatMap(([anchor, head]) => [this.#mark(anchor, head, `peer-sel p${peer.color}`), this.#mark(head, head)]));
      this.#follow(p);
    }
    if (places !== p.places) for (const c of p.carets) c.wake();
    p.places = places;
  }

  /** Where the decorations are by now: as JSON, start and end of each selection and the caret. */
  #drawn({ marks, carets }) {
    const offset = (line, column) => this.#model.getOffsetAt({ lineNumber: line, column });
    return JSON.stringify(carets.map((_, i) => {
      const range = marks.getRange(2 * i), head = marks.getRange(2 * i + 1);
      return range && head && [offset(range.startLineNumber, range.startColumn), offset(range.endLineNumber, range.endColumn), offset(head.endLineNumber, head.endColumn)];
    }));
  }

  #mark(a, b, className) {
    const from = this.#model.getPositionAt(Math.min(a, b)), to = this.#model.getPositionAt(Math.max(a, b));
    return { range: monaco.Range.fromPositions(from, to), options: { description: 'peer', className, stickiness: GrowsOnlyWhenTypingBefore } };
  }

  #follow(p) {
    for (const [i, c] of p.carets.entries()) {
      const range = p.marks.getRange(2 * i + 1);
      if (range) c.place(range.getEndPosition());
      this.#editor.layoutContentWidget(c);
    }
  }

  /** After every change of the text. One's own moves the others' carets, but is no move of theirs. */
  moved(own) {
    for (const p of this.#peers.values()) {
      this.#follow(p);
      if (own) p.places = this.#drawn(p);
    }
  }
}
