// How the languages that few texts are in are coloured: plain data, so it needs nothing of Monaco's core.
export * as go from 'monaco-editor/languages/definitions/go/go.js';
export * as sql from 'monaco-editor/languages/definitions/sql/sql.js';
