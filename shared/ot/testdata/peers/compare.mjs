// Prints what the engine takes, natively and in WebAssembly, next to other engines, all in one run:
// node compare.mjs ot.test ot.wasm [passes]. Each row has a process of its own, so that cold is cold.
import { execFileSync } from 'node:child_process'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const [native, wasm, passes = '7'] = process.argv.slice(2)
const here = fileURLToPath(new URL('.', import.meta.url))
const root = execFileSync('go', ['env', 'GOROOT'], { encoding: 'utf8' }).trim()
const atLeast = { 'codemirror ChangeSet': { native: '≥ 8×', WASM: '≥ 3×' }, 'yjs transact': { native: '≥ 30×', WASM: '' } }
const targets = { native: [resolve(native)], WASM: [`${root}/lib/wasm/go_js_wasm_exec`, resolve(wasm)] }

const run = (command, ...args) => execFileSync(command, args, { encoding: 'utf8', cwd: here + '../..' })
const median = list => list.sort((a, b) => a - b)[list.length >> 1]
const ms = x => x < 1 ? `${(x * 1000).toFixed(x < 0.01 ? 2 : 0)} µs` : `${x.toFixed(1)} ms`
const cell = c => (typeof c === 'number' ? ms(c) : c ?? '').padStart(11)
// A row is a name and its figures, each followed by what it is to reach.
const print = (name, ...cells) => console.log(name.padEnd(34), ...cells.map(cell))
// within shows a bound and whether the figure keeps it, ratio how many times faster we are than another.
const within = (x, bound) => `${x <= bound ? '≤' : '> '}${ms(bound)}`.replaceAll('.0 ', ' ')
const ratio = (ours, other) => `${(other / ours).toFixed(1)}×`

// go gives the milliseconds of each pass of a Go benchmark.
const go = (target, name, times) => {
  const pattern = name.split('/').map(part => `^${part}$`).join('/')
  const out = run(...targets[target], '-test.run=^$', `-test.bench=${pattern}`, `-test.benchtime=${times}x`, `-test.count=${passes}`)
  return [...out.matchAll(/ ([\d.]+) ns\/op/g)].map(m => m[1] / 1e6)
}

// What the engine is to take, cold and warm.
const limits = { rustcode: { native: [undefined, 9], WASM: [110, 30] }, 'automerge-paper': { native: [undefined, 25], WASM: [150, 100] } }

for (const trace in limits) {
  const ours = {}
  print(trace, 'cold', 'to reach', 'warm', 'to reach')
  for (const target in targets) {
    const [cold, ...warm] = go(target, `BenchmarkEngine/${trace}`, 1)
    ours[target] = [cold, median(warm)]
    const [c, w] = limits[trace][target]
    print(`  tandem, ${target}`, cold, c && within(cold, c), ours[target][1], within(ours[target][1], w))
  }
  for (const peer of ['codemirror ChangeSet', 'yjs transact', 'ot.js apply']) {
    const out = run('node', here + 'bench.mjs', passes, peer, trace)
    const theirs = [...out.matchAll(/([\d.]+) ms/g)].map(m => +m[1])
    print(`  ${peer}`, theirs[0], '', theirs[1])
    for (const target in atLeast[peer])
      print(`    tandem, ${target}, is faster`, ratio(ours[target][0], theirs[0]), '', ratio(ours[target][1], theirs[1]), atLeast[peer][target])
  }
}
// Of the rest: times that a benchmark is run, and what it is to take natively and in WebAssembly.
const rest = {
  'Text/rustcode': [20, 2.5, 5], 'Text/automerge-paper': [20, 3, 8],
  'DecodeApply/rustcode': [20], 'DecodeApply/automerge-paper': [10],
  'Seek/rustcode': [50, undefined, 5], 'Seek/automerge-paper': [50, undefined, 5], 'Seek/rustcode/authors': [50, undefined, 5],
  Rebase1000: [200, 0.1, 0.35], Transform: [20000],
}
const edits = { 'DecodeApply/rustcode': 40173, 'DecodeApply/automerge-paper': 259778 } // the bound is for one
print('tandem, warm', 'native', 'to reach', 'WASM', 'to reach')
for (const [name, [times, ...bounds]] of Object.entries(rest)) {
  const n = edits[name] ?? 1
  const each = n > 1 ? [0.00025, 0.00055] : bounds
  const figures = Object.keys(targets).map(target => median(go(target, `Benchmark${name}`, times)) / n)
  print(`  ${name}${n > 1 ? ', an edit' : ''}`, ...figures.flatMap((x, i) => [x, each[i] && within(x, each[i])]))
}
