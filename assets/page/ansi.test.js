import assert from 'node:assert/strict';
import test from 'node:test';
import { Ansi } from './ansi.js';

function read(...pieces) {
  const ansi = new Ansi();
  const seen = [];
  for (const p of pieces) {
    ansi.read(p, (s, { classes, fg, bg }) => seen.push([s, classes, fg, bg].join('|')), (...how) => seen.push(`<${how.join(' ')}>`));
  }
  return seen.join(' ');
}

for (const [name, want, ...pieces] of [
  ['plain text with tab and newline', 'a\tb\n|||', 'a\tb\n'],
  ['a colour and its end', 'x|fg1|| y|||', '\x1b[31mx\x1b[0my'],
  ['bright, bold, on a ground', 'x|bold fg2 bg4||', '\x1b[1;92;44mx'],
  ['an empty reset', 'x|bold|| y|||', '\x1b[1mx\x1b[my'],
  ['what ends by itself', 'x|under|| y|||', '\x1b[4;2mx'.replace(';2', ''), '\x1b[24my'],
  ['256 colours', 'a||rgb(255 0 0)| b||rgb(8 8 8)| c|fg3||', '\x1b[38;5;196ma\x1b[38;5;232mb\x1b[38;5;3mc'],
  ['true colours, also with colons', 'a||rgb(1 2 3)| b|||rgb(4 5 255)', '\x1b[38;2;1;2;3ma\x1b[0;48;2;4;5;999mb'],
  ['nonsense in a colour', 'a||rgb(0 0 0)|', '\x1b[38;2ma'],
  ['a sequence cut in two', 'a||| b|fg1||', 'a\x1b', '[3', '1mb'],
  ['back to the start of the line', '10 %||| <column 1> 20 %|||', '10 %\r20 %'],
  ['a newline of Windows', 'a||| \nb|||', 'a\r\nb'],
  ['the same, cut in two', 'a||| \nb|||', 'a\r', '\nb'],
  ['erasing', 'a||| <end> b||| <column 1> <line> c||| <start> <below>', 'a\x1b[Kb\r\x1b[2Kc\x1b[1K\x1b[J'],
  ['moving', '<back 1> <up 1> <down 2> <forward 3> <back 4> <up 1> <column 1> <down 5> <column 1> <column 6>', '\b\x1b[A\x1b[2B\x1b[3C\x1b[4D\x1b[F\x1b[5E\x1b[6G'],
  ['a cleared screen', 'a||| <clear> <row 1> <column 1> b|||', 'a\x1b[2J\x1b[Hb'],
  ['a place of the screen', '<row 3> <column 7> <row 2> <column 1> <row 1> <column 4>', '\x1b[3;7H\x1b[2f\x1b[;4H'],
  ['titles, links, cursor moves, bells', 'a||| b||| c||| d|||', 'a\x1b]0;title\x07b\x1b[?25l\x07c\x1b]8;;http://x\x1b\\d'],
  ['no end of a sequence', `${']'.padEnd(299, 'x')}|||`, '\x1b]'.padEnd(300, 'x')],
]) {
  test(name, () => assert.equal(read(...pieces), want));
}

test('all at once and byte by byte are the same', () => {
  const s = 'a\x1b[1;31mb\r\nc\x1b[38;5;200md\r\x1b[Ke\x1b[0m\n';
  const characters = (...pieces) => {
    const ansi = new Ansi();
    const seen = [];
    for (const p of pieces) {
      ansi.read(p, (part, look) => [...part].forEach((c) => seen.push(c + JSON.stringify(look))), (...how) => seen.push(how.join()));
    }
    return seen;
  };
  assert.equal(characters(s).length, 9);
  assert.deepEqual(characters(...s), characters(s));
});
