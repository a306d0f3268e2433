// Writes ../vectors/otjs.jsonl: what ot.js 0.0.15 (MIT, Tim Baumann) makes of random ops. Run again: npm run vectors
import { writeFileSync } from 'node:fs'
import ot from 'ot'

let state = 20260923
const random = n => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0, Math.floor(state / 2 ** 32 * n))
const alphabet = ['a', 'b', 'c', '\n', '"', 'é', '你', '😀']
const word = n => Array.from({ length: random(n + 1) }, () => alphabet[random(alphabet.length)]).join('')

function edit(text) {
  const op = new ot.TextOperation()
  for (const rest = [...text]; rest.length;) {
    const part = rest.splice(0, 1 + random(4)).join('')
    const kind = random(4)
    if (kind === 0) op.insert(word(3))
    if (kind <= 1) op.delete(part.length)
    else op.retain(part.length)
  }
  return op.insert(random(3) ? '' : word(2))
}

const lines = []
for (let i = 0; i < 1000; i++) {
  const s = word(10), a = edit(s), b = edit(s), c = edit(a.apply(s))
  const [a1, b1] = ot.TextOperation.transform(a, b)
  lines.push(JSON.stringify([s, a, b, c, a1, b1, a.compose(c), a.invert(s), a.apply(s), b1.apply(a.apply(s))]))
}
writeFileSync(new URL('../vectors/otjs.jsonl', import.meta.url), lines.join('\n') + '\n')
