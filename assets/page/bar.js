// A line over the page for what no button of it can mend any more.

/** @returns {HTMLButtonElement} what loads the page anew */
export function showBar(words, label) {
  document.querySelector('.notice.gone')?.remove(); // what broke last counts
  const bar = document.createElement('div');
  bar.className = 'notice stop gone';
  bar.setAttribute('role', 'alert');
  const text = document.createElement('span');
  text.textContent = words;
  const gap = document.createElement('span');
  gap.className = 'gap';
  const reload = document.createElement('button');
  reload.className = 'btn primary';
  reload.textContent = label;
  reload.addEventListener('click', () => location.reload());
  bar.append(text, gap, reload);
  document.body.append(bar);
  return reload;
}
