// Loads and compiles the Go program. The bytes stream straight into the compiler; a second reader only counts them.
const everyMs = 100;

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
