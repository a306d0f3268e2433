// The Go program has ended, by a fault of its own: no button works any more, so the page says so. What was typed up to now is
// stored; what would be typed from here on is not, so the editor takes nothing.
let shown = false;

export function showGone() {
  if (shown) return;
  shown = true;
  self.tandem.editor.setReadOnly?.(true);
  const bar = document.createElement('div');
  bar.className = 'notice stop gone';
  bar.setAttribute('role', 'alert');
  const text = document.createElement('span');
  text.textContent = 'Something broke on this page. Your typing is kept.';
  const gap = document.createElement('span');
  gap.className = 'gap';
  const reload = document.createElement('button');
  reload.className = 'btn primary';
  reload.textContent = 'Reload';
  reload.addEventListener('click', () => location.reload());
  bar.append(text, gap, reload);
  document.body.append(bar);
  reload.focus();
}
