// A worker that holds nothing back: whoever breaks out of a runtime has this much. Tests only.
self.onmessage = ({ data }) => {
  if (data.type === 'init') self.shared = data.shared;
  if (data.type === 'init') return self.postMessage({ type: 'ready', ms: 0, version: 'raw', stops: 0, compiles: 0 });
  if (data.type !== 'run') return;
  self.id = data.id;
  const log = (...args) => self.postMessage({ type: 'out', id: self.id, ch: 1, s: args.join(' ') + '\n' });
  self.console = { log };
  self.__makeUrl = (b) => URL.createObjectURL(b);
  self.__Blob = Blob;
  self.exit = () => self.postMessage({ type: 'exit', id: self.id, code: 0, reason: 'ok' });
  const code = data.files[data.entry];
  self.importScripts(URL.createObjectURL(new Blob([code], { type: 'text/javascript' })));
};
