// What somebody has chosen in a list and the Go program has not heard of yet: until then nothing may be put in its place
// (app/browser/page.go), and others' doings have the page drawn anew at any time.
export function watchChoices() {
  addEventListener('input', ({ target }) => { if (target instanceof HTMLSelectElement) target.chosen = true; }, true);
}
