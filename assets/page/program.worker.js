// Loads and compiles the Go program. The bytes stream straight into the compiler; a second reader only counts them.
const everyMs = 100;

async function count(body) {
  let bytes = 0, told = 0;
  for (const reader = body.getReader(); ;) {
    const { done, value } = await reader.read();
    if (done) return;
    bytes += value.byteLength;
    if (performance.now() - told < everyMs) continue;
    told = performance.now();
    self.postMessage({ bytes });
  }
}

self.onmessage = async ({ data: url }) => {
  try {
    const response = await fetch(url);
    if (!response.ok) throw new Error(`${url}: ${response.status}`);
    count(response.clone().body).catch(() => {}); // the compiler reports what went wrong
    self.postMessage({ module: await WebAssembly.compileStreaming(response) });
  } catch (err) {
    self.postMessage({ problem: String(err) });
  }
};
