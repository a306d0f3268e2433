// What other text engines take for the traces of ../traces: node bench.mjs [passes [engine [trace]]]
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { Text, ChangeSet } from '@codemirror/state'
import * as Y from 'yjs'
import ot from 'ot'

const [passes = 5, onlyEngine = '', onlyTrace = ''] = process.argv.slice(2)

const engines = {
  'codemirror ChangeSet'(patches) {
    let doc = Text.empty
    for (const [from, del, insert] of patches) doc = ChangeSet.of({ from, to: from + del, insert }, doc.length).apply(doc)
    return doc.toString()
  },
  'yjs transact'(patches) {
    const doc = new Y.Doc(), text = doc.getText()
    for (const [pos, del, ins] of patches) doc.transact(() => {
      if (del) text.delete(pos, del)
      if (ins) text.insert(pos, ins)
    })
    return text.toString()
  },
  'ot.js apply'(patches) {
    let doc = ''
    for (const [pos, del, ins] of patches)
      doc = new ot.TextOperation().retain(pos).insert(ins).delete(del).retain(doc.length - pos - del).apply(doc)
    return doc
  },
}

for (const trace of ['rustcode', 'automerge-paper'].filter(t => t.startsWith(onlyTrace))) {
  const file = new URL(`../traces/${trace}.json.gz`, import.meta.url)
  const { endContent, txns } = JSON.parse(gunzipSync(readFileSync(file)))
  const patches = txns.flatMap(t => t.patches)
  for (const [name, run] of Object.entries(engines).filter(([e]) => e.startsWith(onlyEngine))) {
    const ms = []
    for (let i = 0; i <= passes; i++) {
      const start = performance.now()
      const end = run(patches)
      ms.push(performance.now() - start)
      if (end !== endContent) throw new Error(`${name} ends ${trace} in another text`)
    }
    const [cold, ...warm] = ms
    const median = warm.sort((a, b) => a - b)[warm.length >> 1]
    console.log(`${name.padEnd(22)} ${trace.padEnd(16)} cold ${cold.toFixed(1).padStart(8)} ms   warm ${median.toFixed(1).padStart(8)} ms`)
  }
}
