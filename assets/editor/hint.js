// Tab writes a tab, so the way out by keyboard has to be said: shown while someone has come in by keyboard.
import { monaco } from './monaco.js';

const mac = /Mac|iP(hone|ad)/.test(navigator.platform);

export function attachHint(editor, box) {
  const hint = document.createElement('div');
  hint.className = 'editor-hint';
  box.append(hint);

  let byKeyboard = false;
  addEventListener('keydown', (e) => { byKeyboard = e.key === 'Tab' || e.key === 'Enter'; }, true);
  addEventListener('pointerdown', () => { byKeyboard = false; }, true);

  const tabMoves = () => editor.getOption(monaco.editor.EditorOption.tabFocusMode);
  const say = () => {
    hint.replaceChildren();
    const before = tabMoves() ? 'Tab leaves the editor. ' : 'Tab indents. ';
    hint.append(before, ...keyNodes(), tabMoves() ? ' lets it indent again' : ' lets it leave the editor');
  };
  editor.onDidChangeConfiguration((e) => { if (e.hasChanged(monaco.editor.EditorOption.tabFocusMode)) say(); });
  editor.onDidFocusEditorText(() => { say(); hint.classList.toggle('on', byKeyboard); });
  editor.onDidBlurEditorText(() => hint.classList.remove('on'));
}

function keyNodes() {
  return (mac ? ['Ctrl', 'Shift', 'M'] : ['Ctrl', 'M']).flatMap((key, i) => {
    const kbd = document.createElement('kbd');
    kbd.textContent = key;
    return i ? ['+', kbd] : [kbd];
  });
}
