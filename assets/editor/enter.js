// Enter while suggestions are shown. What stands in the list depends on how fast one types; what Enter does must not.
import { monaco } from './monaco.js';

const { KeyCode } = monaco;
const through = new Set([KeyCode.UpArrow, KeyCode.DownArrow, KeyCode.PageUp, KeyCode.PageDown]);

/** After a word that is elsewhere in the text as it stands, Enter begins a line, unless one has gone through the list. */
export function endLineAfterWord(editor) {
  let choosing = false;
  editor.onKeyDown((e) => {
    if (e.keyCode !== KeyCode.Enter) choosing = through.has(e.keyCode);
  });
  const accepts = 'suggestWidgetVisible && suggestWidgetHasFocusedSuggestion && suggestionMakesTextEdit && textInputFocus';
  editor.addCommand(KeyCode.Enter, () => {
    if (choosing || !isWhole(editor)) return editor.trigger('keyboard', 'acceptSelectedSuggestion');
    editor.trigger('keyboard', 'hideSuggestWidget');
    editor.trigger('keyboard', 'type', { text: '\n' });
  }, accepts);
}

function isWhole(editor) {
  const model = editor.getModel();
  const word = model.getWordAtPosition(editor.getPosition());
  if (word?.endColumn !== editor.getPosition().column) return false;
  const separators = editor.getOption(monaco.editor.EditorOption.wordSeparators);
  return model.findMatches(word.word, false, false, true, separators, false, 2).length > 1;
}
