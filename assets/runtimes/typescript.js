// TypeScript: the types are taken out here, line by line, and the browser's own engine runs the rest.
// Types are checked by the editor, and wrong ones don't stop a program.
import { transform } from 'sucrase';
import { v8 } from './v8-engine.js';
import { start } from './worker.js';

function strip(code) {
  try {
    return transform(code, { transforms: ['typescript'], disableESTransforms: true }).code;
  } catch (err) {
    const { line = 0, column = 0 } = err.loc ?? {};
    throw { message: `SyntaxError: ${String(err.message).replace(/ \(\d+:\d+\)$/, '').replace(/^Error transforming [^:]*: /, '')}`, line, column };
  }
}

start(v8('TypeScript, V8', strip));
