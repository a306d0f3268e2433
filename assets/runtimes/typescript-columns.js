// From the columns of a program without its types to those of the program, by Sucrase's source map. Lines are the same.
import { decode } from '@jridgewell/sourcemap-codec';

/** Gives column(line, column), all from 1, of the mappings of a source map. */
export function columns(mappings) {
  const lines = decode(mappings); // segments of [made, source file, line, column], from 0
  return (line, column) => {
    const before = lines[line - 1]?.findLast(([made, , , source]) => made < column && source !== undefined);
    return before ? column - before[0] + before[3] : column;
  };
}
