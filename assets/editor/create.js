import { monaco } from './monaco.js';

const options = {
  acceptSuggestionOnEnter: 'smart', // a word that is whole already is followed by a new line
  ariaLabel: 'Code editor',
  automaticLayout: true,
  accessibilitySupport: 'auto',
  contextmenu: true,
  detectIndentation: false,
  fixedOverflowWidgets: true,
  fontFamily: '"JetBrains Mono", ui-monospace, "SF Mono", Menlo, Consolas, monospace',
  fontLigatures: false,
  fontSize: 14,
  glyphMargin: false,
  insertSpaces: true,
  lineHeight: 21,
  lineNumbersMinChars: 3,
  links: true,
  minimap: { enabled: false },
  occurrencesHighlight: 'singleFile',
  padding: { top: 12, bottom: 12 },
  quickSuggestions: { other: true, comments: false, strings: false },
  renderLineHighlight: 'line',
  renderWhitespace: 'selection',
  scrollBeyondLastLine: false,
  smoothScrolling: false,
  stickyScroll: { enabled: false },
  tabSize: 4,
  unicodeHighlight: { ambiguousCharacters: false, nonBasicASCII: false },
  wordBasedSuggestions: 'currentDocument',
};

/** The editor and its one model, which has LF line ends whatever the system's are. */
export function createEditor(node, language) {
  const model = monaco.editor.createModel('', language);
  model.setEOL(monaco.editor.EndOfLineSequence.LF);
  model.updateOptions({ tabSize: 4, insertSpaces: language !== 'go', trimAutoWhitespace: true });
  const phone = matchMedia('(max-width: 720px)').matches;
  const still = matchMedia('(prefers-reduced-motion: reduce)');
  const blinking = () => ({ cursorBlinking: still.matches ? 'solid' : 'blink' });
  const editor = monaco.editor.create(node, {
    ...options,
    model,
    ...blinking(),
    wordWrap: phone ? 'on' : 'off',
    folding: !phone,
    fontSize: phone ? 15 : 14,
  });
  still.addEventListener('change', () => editor.updateOptions(blinking()));
  keepLineInSight(editor);
  return { editor, model };
}

/** The editor gets lower when an on-screen keyboard comes up; the line being typed must not be under it. */
function keepLineInSight(editor) {
  let height = editor.getLayoutInfo().height;
  editor.onDidLayoutChange((e) => {
    // In the next frame: the view still has its old height while this is told.
    if (e.height < height && editor.hasTextFocus()) requestAnimationFrame(() => editor.revealPosition(editor.getPosition()));
    height = e.height;
  });
}
