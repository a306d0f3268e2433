// Monaco's two themes, from the design tokens (the build step reads css/tokens.css).
import { dark, light } from 'tandem:tokens';
import { monaco } from './monaco.js';

const hex = (colour) => colour.slice(1);

function define(name, base, t) {
  monaco.editor.defineTheme(name, {
    base,
    inherit: true,
    rules: [
      { token: '', foreground: hex(t['--text']) },
      { token: 'keyword', foreground: hex(t['--code-keyword']) },
      { token: 'identifier', foreground: hex(t['--text']) },
      { token: 'type', foreground: hex(t['--code-type']) },
      { token: 'type.identifier', foreground: hex(t['--code-type']) },
      { token: 'string', foreground: hex(t['--code-string']) },
      { token: 'string.escape', foreground: hex(t['--code-string']) },
      { token: 'regexp', foreground: hex(t['--code-number']) },
      ...['number', 'number.hex', 'number.octal', 'number.binary', 'number.float'].map((token) => ({ token, foreground: hex(t['--code-number']) })),
      { token: 'comment', foreground: hex(t['--code-comment']), fontStyle: 'italic' },
      { token: 'delimiter', foreground: hex(t['--text-dim']) },
      { token: 'tag', foreground: hex(t['--code-name']) },
      { token: 'annotation', foreground: hex(t['--code-name']) },
      // Monaco's own themes have loud colours for these.
      { token: 'string.sql', foreground: hex(t['--code-string']) },
      { token: 'operator.sql', foreground: hex(t['--code-keyword']) },
      { token: 'predefined.sql', foreground: hex(t['--code-name']) },
    ],
    colors: {
      'editor.background': t['--editor'],
      'editor.foreground': t['--text'],
      'editorLineNumber.foreground': t['--editor-number'],
      'editorLineNumber.activeForeground': t['--text'],
      'editor.lineHighlightBackground': t['--editor-line'],
      'editor.lineHighlightBorder': '#00000000',
      'editorCursor.foreground': t['--accent'],
      'editor.selectionBackground': t['--accent'] + '40',
      'editor.inactiveSelectionBackground': t['--accent'] + '26',
      'editorBracketMatch.background': t['--accent'] + '26',
      'editorBracketMatch.border': t['--accent'] + '80',
      'editorIndentGuide.background1': t['--line'],
      'editorWidget.background': t['--raised'],
      'editorWidget.border': t['--line'],
      'editorSuggestWidget.background': t['--raised'],
      'editorSuggestWidget.border': t['--line'],
      'editorHoverWidget.background': t['--raised'],
      'editorHoverWidget.border': t['--line'],
      'input.background': t['--ground'],
      'input.border': t['--line'],
      'menu.background': t['--raised'],
      'menu.foreground': t['--text'],
      'menu.border': t['--line'],
      'focusBorder': t['--accent'],
      'editorError.foreground': t['--stop'],
      'scrollbarSlider.background': t['--text-dim'] + '33',
      'scrollbarSlider.hoverBackground': t['--text-dim'] + '55',
      'scrollbarSlider.activeBackground': t['--text-dim'] + '77',
    },
  });
}

define('tandem-dark', 'vs-dark', dark);
define('tandem-light', 'vs', light);

/** @param {'dark' | 'light'} theme */
export function setTheme(theme) {
  monaco.editor.setTheme(theme === 'light' ? 'tandem-light' : 'tandem-dark');
}
