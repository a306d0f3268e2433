// From the columns of a program without its types to those of the program, by Sucrase's source map. Lines are the same.

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** The fields of a segment, in base64 VLQ. */
function numbers(segment) {
  const all = [];
  let value = 0, shift = 0;
  for (const c of segment) {
    const digit = DIGITS.indexOf(c);
    value |= (digit & 31) << shift;
    shift += 5;
    if (digit & 32) continue;
    all.push(value & 1 ? -(value >> 1) : value >> 1);
    value = shift = 0;
  }
  return all;
}

/** Gives column(line, column), all from 1, of the mappings of a source map. */
export function columns(mappings) {
  let source = 0; // column, which goes on from segment to segment, also across lines
  const lines = mappings.split(';').map((line) => {
    let made = 0;
    return line.split(',').filter(Boolean).map((segment) => {
      const [more, , , moreOfSource = 0] = numbers(segment);
      return { made: (made += more), source: (source += moreOfSource) };
    });
  });
  return (line, column) => {
    const before = lines[line - 1]?.findLast((s) => s.made < column);
    return before ? column - before.made + before.source : column;
  };
}
