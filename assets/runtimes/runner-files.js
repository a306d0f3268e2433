// Fetches a language's files for the frame, which has no network of its own. The page's HTTP cache
// and service worker apply here, not there.

/** The server can't be reached, and this device doesn't have what is asked for. */
export class Missing extends Error {
  constructor(what) {
    super(`${what} was never loaded on this device, and the server can’t be reached. It is loaded as soon as you are online.`);
  }
}

/** Calls progress(done, total) in decoded bytes while the files come, and give({name, kind, data}) with each as soon as it is there. */
export async function fetchFiles(files, progress, give) {
  const total = files.reduce((sum, f) => sum + f.bytes, 0);
  let done = 0;
  await Promise.all(files.map(async (f) => {
    const response = await fetch(f.url).catch(() => { throw new Missing('This language'); });
    if (!response.ok) throw new Error(`${f.name}: the server answered ${response.status}`);
    const data = await read(response, f.bytes, (n) => progress(done += n, Math.max(total, done)));
    await give({ name: f.name, kind: f.kind, data });
  }));
}

// Fills one buffer of the size that the build told, so that 31 MB aren't held twice.
async function read(response, bytes, got) {
  let data = new Uint8Array(bytes);
  let at = 0;
  const reader = response.body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    if (at + value.length > data.length) {
      const larger = new Uint8Array(Math.max(data.length * 2, at + value.length));
      larger.set(data);
      data = larger;
    }
    data.set(value, at);
    at += value.length;
    got(value.length);
  }
  return at === data.length ? data.buffer : data.buffer.slice(0, at);
}
