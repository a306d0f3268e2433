// TypeScript: the types are taken out here, line by line, and the browser's own engine runs the rest.
// Types are checked by the editor, and wrong ones don't stop a program.
import { transform } from 'sucrase';
import { columns } from './typescript-columns.js';
import { v8 } from './v8-engine.js';
import { start } from './worker.js';

function strip(code) {
  try {
    const options = { transforms: ['typescript'], disableESTransforms: true };
    const mapped = { ...options, filePath: 'main.ts', sourceMapOptions: { compiledFilename: 'main.js' } };
    let origin; // made when it is asked for: most programs have no error
    return {
      code: transform(code, options).code,
      column: (line, column) => (origin ??= columns(transform(code, mapped).sourceMap.mappings))(line, column),
    };
  } catch (err) {
    const { line = 0, column = 0 } = err.loc ?? {};
    throw { message: `SyntaxError: ${String(err.message).replace(/ \(\d+:\d+\)$/, '').replace(/^Error transforming [^:]*: /, '')}`, line, column };
  }
}

start(v8('TypeScript, V8', strip));
