// Tab writes a tab, so the way out by keyboard has to be said: shown where the editor has the keyboard and no pointer gave it, as
// on a page that has just come, and to whoever presses Tab in it.
import { monaco } from './monaco.js';

const mac = /Mac|iP(hone|ad)/.test(navigator.platform);

export function attachHint(editor, box) {
  const hint = document.createElement('div');
  hint.className = 'editor-hint';
  box.append(hint);

  let byPointer = matchMedia('(pointer: coarse)').matches;
  addEventListener('keydown', (e) => { if (e.key === 'Tab' || e.key === 'Enter') byPointer = false; }, true);
  addEventListener('pointerdown', () => {
    byPointer = true;
    hint.classList.remove('on');
  }, true);

  const tabMoves = () => editor.getOption(monaco.editor.EditorOption.tabFocusMode);
  const say = () => {
    hint.replaceChildren();
    const before = tabMoves() ? 'Tab leaves the editor. ' : 'Tab indents. ';
    hint.append(before, ...keyNodes(), tabMoves() ? ' lets it indent again' : ' lets it leave the editor');
  };
  editor.onDidChangeConfiguration((e) => { if (e.hasChanged(monaco.editor.EditorOption.tabFocusMode)) say(); });
  const show = (on) => { say(); hint.classList.toggle('on', on); };
  editor.onDidFocusEditorText(() => show(!byPointer));
  editor.onKeyDown((e) => { if (e.keyCode === monaco.KeyCode.Tab) show(true); });
  editor.onDidBlurEditorText(() => hint.classList.remove('on'));
}

function keyNodes() {
  return (mac ? ['Ctrl', 'Shift', 'M'] : ['Ctrl', 'M']).flatMap((key, i) => {
    const kbd = document.createElement('kbd');
    kbd.textContent = key;
    return i ? ['+', kbd] : [kbd];
  });
}
