// Comes before Pyodide is evaluated: it takes a worker that can import scripts for one it can't run in.
self.importScripts = undefined;
