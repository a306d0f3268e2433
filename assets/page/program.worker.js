// Loads and compiles the Go program, when its turn has come. The bytes stream straight into the compiler; a second reader
// only counts them.
const everyMs = 100;

let hearTurn;
const turn = new Promise((resolve) => { hearTurn = resolve; });

/**
 * Resolves when all of what the page is loading from a URL is there. The page itself hears of a script only when the browser
 * has compiled it, too. This never asks the network: the browser's cache answers once it has the bytes, or refuses.
 */
async function came(url) {
  const response = await fetch(url, { cache: 'only-if-cached', mode: 'same-origin' });
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  for (const reader = response.body.getReader(); !(await reader.read()).done;);
}

async function count(body) {
  let bytes = 0, timer = 0;
  const tell = () => {
    timer = 0;
    self.postMessage({ bytes });
  };
  for (const reader = body.getReader(); ;) {
    const { done, value } = await reader.read();
    if (done) return clearTimeout(timer);
    bytes += value.byteLength;
    timer ||= setTimeout(tell, everyMs); // and so the last ones are told where it stops
  }
}

async function load(url) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  count(response.clone().body).catch(() => {}); // the compiler reports what went wrong
  return WebAssembly.compileStreaming(response);
}

/** data.after: a URL that the page is loading, and whose bytes come first; without one, or when told so, the turn is at once. */
self.onmessage = async ({ data }) => {
  if (!data.program) return hearTurn();
  if (data.after) {
    came(data.after).then(hearTurn, () => {});
    await turn;
  }
  try {
    self.postMessage({ module: await load(data.program) });
  } catch (err) {
    self.postMessage({ problem: String(err) });
  }
};
