/** A file that is dropped beside its mark would replace the page, and the interview with it. */
export function refuseFiles() {
  for (const type of ['dragover', 'drop']) {
    addEventListener(type, (e) => { if (e.dataTransfer?.types.includes('Files')) e.preventDefault(); });
  }
}
