// The box that holds the editor. It is a child of <body> beside the Go program's root, because that root is thrown away when the
// program starts; later it moves into the place that the program has for it, and back out before the program leaves the page.

export const box = document.createElement('div');
box.id = 'editor-box';
box.className = 'monaco-component'; // menus hang here in a shadow root and inherit their colours from this
box.hidden = true;

/** Resolves once the page's skeleton is parsed: the root of the Go program must stay the first child of <body>. */
export function bodyReady() {
  if (document.body?.firstElementChild) return Promise.resolve();
  return new Promise((resolve) => {
    const watch = new MutationObserver(() => {
      if (!document.body?.firstElementChild) return;
      watch.disconnect();
      resolve();
    });
    watch.observe(document, { childList: true, subtree: true });
  });
}

/** Moves the box; where the browser can't move it whole, focus is given back. */
function move(parent, focused, refocus) {
  if (box.parentNode === parent) return;
  if (parent.moveBefore && box.isConnected && parent.isConnected) {
    parent.moveBefore(box, null); // keeps focus, caret and scroll
    return;
  }
  parent.append(box);
  if (focused) refocus();
}

export function showIn(host, editor) {
  box.hidden = false;
  move(host, editor.hasTextFocus(), () => editor.focus());
  editor.layout();
}

export function putAway(editor) {
  box.hidden = true;
  move(document.body, false, () => {});
  editor.layout({ width: 0, height: 0 });
}
