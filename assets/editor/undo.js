// Monaco's own undo would take back what others wrote as well. Keys, menu and trigger all end in these two commands.
import { monaco } from './monaco.js';

/** @param {{undo(): void, redo(): void}} to */
export function replaceUndo(editor, to) {
  for (const [order, id] of ['undo', 'redo'].entries()) {
    editor.addAction({
      id: `tandem.${id}`, label: id === 'undo' ? 'Undo' : 'Redo',
      contextMenuGroupId: '0_undo', contextMenuOrder: order, precondition: '!editorReadonly',
      run: () => to[id](),
    });
    monaco.editor.addCommand({
      id,
      run: () => {
        const at = document.activeElement;
        const field = at instanceof HTMLInputElement || at instanceof HTMLTextAreaElement;
        if (field && !editor.hasTextFocus()) document.execCommand(id); // the search field's own
        else to[id]();
      },
    });
  }
}
