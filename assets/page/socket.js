// The browser's WebSocket with strings and numbers only. Nothing is thrown: whatever goes wrong ends in one close.

const earlyMs = 5000; // less than the server waits for a join

let early = null; // a connection that nobody has asked for yet

function connect(url, protocol) {
  const full = new URL(url, location.href);
  full.protocol = full.protocol.replace('http', 'ws');
  return new WebSocket(full, protocol);
}

/** Begins to connect while the program starts; the first `open` of the same takes it, if it is still good then. */
export function begin(url, protocol) {
  try {
    const its = early = { url, protocol, ws: connect(url, protocol) };
    setTimeout(() => { if (early === its) takeEarly()?.close(); }, earlyMs);
  } catch { /* open says why */ }
}

/** @returns {WebSocket | undefined} the early connection, if it is one of these, and no one else's from here on */
function takeEarly(url = early?.url, protocol = early?.protocol) {
  if (!early || early.url !== url || early.protocol !== protocol) return undefined;
  const { ws } = early;
  early = null;
  return ws.readyState < WebSocket.CLOSING ? ws : undefined;
}

/**
 * @param {string} url absolute, or a path on this host
 * @param {{open(): void, message(text: string): void, close(code: number, reason: string): void}} cb
 */
export function open(url, protocol, cb) {
  let live = cb; // null once closed or dropped: the Go program has let go of its callbacks then
  const closed = (code, reason) => {
    const to = live;
    live = null;
    to?.close(code, reason);
  };

  let ws;
  try {
    ws = takeEarly(url, protocol) ?? connect(url, protocol);
  } catch (err) {
    queueMicrotask(() => closed(1006, String(err)));
    return { send() {}, close() {}, drop() { live = null; }, buffered: () => 0 };
  }
  if (ws.readyState === WebSocket.OPEN) queueMicrotask(() => live?.open());
  else ws.onopen = () => live?.open();
  ws.onmessage = (e) => { if (typeof e.data === 'string') live?.message(e.data); };
  ws.onclose = (e) => closed(e.code, e.reason);

  return {
    send(text) { if (ws.readyState === WebSocket.OPEN) ws.send(text); },
    /** Browsers allow 1000 and 3000–4999. The other side may never answer, so the caller hears of it at once. */
    close(code = 1000) {
      if (ws.readyState < WebSocket.CLOSING) ws.close(code);
      queueMicrotask(() => closed(code, ''));
    },
    /** As close, but the callbacks are not called any more. */
    drop(code = 1000) {
      live = null;
      if (ws.readyState < WebSocket.CLOSING) ws.close(code);
    },
    buffered: () => ws.bufferedAmount,
  };
}
