// The editor as the Go program sees it: ops and offsets as JSON, nothing of Monaco's objects.
import { putAway, showIn, box } from './box.js';
import { createEditor } from './create.js';
import { endLineAfterWord } from './enter.js';
import { formatUndisturbed } from './format.js';
import { attachHint } from './hint.js';
import { setLanguage } from './language.js';
import { Markers } from './markers.js';
import { monaco, StableEditorScrollState } from './monaco.js';
import { difference, fromChanges, hash, lengthBefore, loneSurrogates, moved, toEdits } from './op.js';
import { Peers } from './peers.js';
import { keep, kept } from './typed.js';
import { replaceUndo } from './undo.js';

const composition = 'composition';
const restMs = 2000; // without a change, after which a composition is taken for done
const LF = monaco.editor.EndOfLineSequence.LF;
const keepMs = 200; // from a key to its being kept, while no client has it

export class Adapter {
  #cb = null; // the Go program's callbacks, once it has adopted the editor
  #silent = 0; // > 0 while we change the text ourselves: nothing is reported
  #holding = new Set(); // what goes on that the others' edits must not disturb
  #before = []; // selections as they were before the change that comes next
  #changedAt = 0; // when the text changed last
  #known = null; // selections as the Go program has them, as JSON: it moves them over an edit by itself
  #keeping = 0; // the timer of what is to be kept
  #keyAt = -Infinity; // when somebody pressed a key in the editor, on the page's clock

  constructor(language) {
    const { editor, model } = createEditor(box, language);
    this.editor = editor;
    this.model = model;
    this.peers = new Peers(editor);
    this.markers = new Markers(editor);
    attachHint(editor, box);
    this.#listen();
    this.#recall();
  }

  #listen() {
    const { editor } = this;
    this.model.onDidChangeContent((e) => this.#changed(e));
    editor.onDidChangeCursorSelection(() => this.#selected());
    editor.onKeyDown(() => { this.#keyAt = performance.now(); });
    editor.onDidCompositionStart(() => this.#hold(composition, true));
    editor.onDidCompositionEnd(() => this.#hold(composition, false));
    editor.addCommand(monaco.KeyMod.CtrlCmd | monaco.KeyCode.Enter, () => {
      this.#tell('run');
      editor.trigger('run', 'hideSuggestWidget');
    });
    endLineAfterWord(editor);
    editor.addCommand(monaco.KeyMod.CtrlCmd | monaco.KeyCode.KeyS, () => {}); // a habit; every change is saved already
    replaceUndo(editor, {
      undo: () => (this.#cb ? this.#tell('undo') : this.model.undo()),
      redo: () => (this.#cb ? this.#tell('redo') : this.model.redo()),
    });
    formatUndisturbed(editor, (run, on) => this.#hold(run, on));
    // A browser's own undo of the hidden text field must not reach the text either; that of the search field may.
    box.addEventListener('beforeinput', (e) => {
      if (e.inputType.startsWith('history') && !e.target.closest('.editor-widget')) e.preventDefault();
    }, true);
    addEventListener('pagehide', () => { if (!this.#heard()) keep(this.text()); });
    addEventListener('tandem:client', () => this.#handOver());
  }

  /** Whether a client of the Go program has the text, and keeps it. */
  #heard() { return this.#cb !== null && self.tandem.client; }

  /** Fills the empty editor with what was typed before a reload. */
  #recall() {
    const text = this.text() === '' ? kept() : '';
    if (!text) return;
    this.#fill(text);
    this.editor.setPosition(this.model.getFullModelRange().getEndPosition());
  }

  /** Puts a text in place of all there is. One of a single line would get Windows' line ends there, which count two. */
  #fill(text) {
    this.#quietly(() => {
      this.model.setValue(text);
      this.model.setEOL(LF);
    });
  }

  #keepSoon() {
    this.#keeping ||= setTimeout(() => {
      this.#keeping = 0;
      if (!this.#heard()) keep(this.text());
    }, keepMs);
  }

  #handOver() {
    if (this.#heard()) keep('');
  }

  #tell(what, ...args) {
    if (!this.#cb?.[what]) return;
    try {
      this.#cb[what](...args);
    } catch (err) {
      console.error(err);
      self.tandem.gone?.(); // a callback only throws when the Go program has ended
    }
  }

  /** Asks the Go program to keep what others do there for later, or to go on. */
  #hold(why, on) {
    const before = this.#held();
    if (on) this.#holding.add(why);
    else this.#holding.delete(why);
    if (this.#held() !== before) this.#tell('hold', this.#held());
  }

  /** What the others' edits must leave as it is. */
  #held() {
    if (this.#holding.size === 0) return '';
    return this.#holding.size === 1 && this.#holding.has(composition) ? 'lines' : 'text';
  }

  /** Changes the text without a report. */
  #quietly(change) {
    this.#silent++;
    try {
      change();
    } finally {
      this.#silent--;
    }
    this.#before = this.#selections();
    this.#known = null;
  }

  #changed(e) {
    this.#changedAt = performance.now();
    this.peers.moved(this.#silent === 0);
    this.markers.changed();
    if (e.isEolChange) {
      if (this.model.getEOL() !== '\n') this.#quietly(() => this.model.setEOL(LF));
      return;
    }
    if (this.#silent > 0) return;
    if (!this.#heard()) this.#keepSoon();
    const op = fromChanges(lengthBefore(this.model.getValueLength(), e.changes), e.changes);
    const before = this.#before;
    this.#mend(op);
    this.#known = JSON.stringify(before.map((range) => range.map((pos) => moved(pos, op))));
    // As one string: to hand one over takes the Go program longer than the edit.
    this.#tell('edit', `${origin(e)}\n${JSON.stringify(before)}\n${JSON.stringify(op)}`);
  }

  /** The op has no lone half of a surrogate pair; the model may have got one by a paste. Both are one unit long. */
  #mend(op) {
    let at = 0;
    const fixes = [];
    for (const part of op) {
      if (typeof part === 'string') {
        if (part.includes('\ufffd')) {
          const from = this.model.getPositionAt(at), to = this.model.getPositionAt(at + part.length);
          const range = monaco.Range.fromPositions(from, to);
          if (loneSurrogates(this.model.getValueInRange(range)).length > 0) fixes.push({ range, text: part });
        }
        at += part.length;
      } else if (part > 0) at += part;
    }
    if (fixes.length > 0) this.#quietly(() => this.model.applyEdits(fixes));
  }

  #selections() {
    const offset = (line, column) => this.model.getOffsetAt({ lineNumber: line, column });
    return (this.editor.getSelections() ?? []).map((s) =>
      [offset(s.selectionStartLineNumber, s.selectionStartColumn), offset(s.positionLineNumber, s.positionColumn)]);
  }

  #selected() {
    this.#showPosition();
    if (this.#silent > 0) return;
    this.#before = this.#selections();
    const now = JSON.stringify(this.#before);
    if (now === this.#known) return; // as after most keys: one call of the Go program a key, not two
    this.#known = now;
    this.#tell('select', now);
  }

  /** In the status bar, which is the Go program's but for this. */
  #showPosition() {
    const label = this.#cb && document.getElementById('position');
    const at = this.editor.getPosition();
    if (label && at) label.textContent = `Ln ${at.lineNumber}, Col ${at.column}`;
  }

  #select(ranges) {
    if (!ranges?.length) return;
    this.editor.setSelections(ranges.map(([anchor, head]) =>
      monaco.Selection.fromPositions(this.model.getPositionAt(anchor), this.model.getPositionAt(head))));
  }

  #edit(edits, ranges) {
    // What one is reading stays where it is when lines come in above it.
    const scroll = StableEditorScrollState.capture(this.editor);
    this.#quietly(() => {
      this.model.applyEdits(edits.map(([pos, del, ins]) =>
        ({ range: monaco.Range.fromPositions(this.model.getPositionAt(pos), this.model.getPositionAt(pos + del)), text: ins })));
      this.#select(ranges); // none where an input method composes: it can't be moved by hand
    });
    scroll.restore(this.editor);
  }

  /** Resolves when no input method composes: what it does must not be mixed with another text. One that rests is taken for done. */
  async quiet() {
    while (this.#holding.has(composition) && performance.now() - this.#changedAt < restMs) await new Promise((resolve) => setTimeout(resolve, 50));
  }

  /** Takes the editor into the program's page and hands over what was typed so far. */
  adopt(host, cb) {
    showIn(host, this.editor);
    this.#recall();
    this.#cb = cb;
    this.#handOver();
    this.#before = this.#selections();
    this.#known = null;
    // Whoever comes here comes to type. On a phone a tap says when, since the keyboard takes half of the screen.
    if (document.activeElement === document.body && !matchMedia('(pointer: coarse)').matches) this.editor.focus();
    this.#showPosition();
    if (this.#held()) this.#tell('hold', this.#held());
    return this.text();
  }

  /** Gives it back, empty: the next session is another text. */
  release() {
    this.#cb = null;
    self.tandem.client = false;
    putAway(this.editor);
    this.peers.set([]);
    this.markers.set([]);
    this.#fill('');
    this.setReadOnly(false);
  }

  text() { return this.model.getValue(monaco.editor.EndOfLinePreference.LF); }

  /** What tells this text from others: its units and its hash. */
  print() {
    const text = this.text();
    return `${text.length} ${hash(text)}`;
  }

  reset(text) {
    const change = difference(this.text(), text);
    if (change) this.#edit([change], null);
  }

  apply(opJSON, selJSON) {
    this.#edit(toEdits(JSON.parse(opJSON)), selJSON ? JSON.parse(selJSON) : null);
  }

  /** Shows where the cursor is: after an undo that may be anywhere. */
  show() { this.editor.revealPositionInCenterIfOutsideViewport(this.editor.getPosition()); }

  select(json) { this.#quietly(() => this.#select(JSON.parse(json))); }

  setLanguage(id) {
    setLanguage(this.model, id);
    self.tandem.remember(id);
  }

  setPeers(json) { this.peers.set(JSON.parse(json)); }
  setMarkers(json) { this.markers.set(JSON.parse(json)); }
  setReadOnly(on) { this.editor.updateOptions({ readOnly: on, domReadOnly: on }); }
  focus() { this.editor.focus(); }

  /** Milliseconds since the last key. */
  sinceKey() { return Math.min(performance.now() - this.#keyAt, 1e9); }

  reveal(line, column) {
    const at = { lineNumber: line, column: Math.max(1, column || 1) };
    this.editor.setPosition(at);
    this.editor.revealPositionInCenterIfOutsideViewport(at);
    this.editor.focus();
  }
}

/** Where an edit comes from, in the words of the protocol. */
function origin(e) {
  for (const reason of e.detailedReasons ?? []) {
    const { source, kind, name = '' } = reason.metadata ?? {};
    if (source === 'cursor' && kind === 'paste') return 'paste';
    if (/format/i.test(name)) return 'format';
  }
  return '';
}

