// Prints what the engine takes, natively and in WebAssembly, next to other engines, all in one run:
// node compare.mjs ot.test ot.wasm [rounds]. A round gives each of them a process of its own, so that cold is cold, one after
// the other, so that a slow moment of the machine is everyone's. All figures and ratios are medians of the rounds.
import { execFileSync } from 'node:child_process'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const [native, wasm, rounds = 5] = process.argv.slice(2)
const passes = '2' // of another engine in a round, after the cold one
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
// within shows a bound and whether the figure keeps it.
const within = (x, bound) => `${x <= bound ? '≤' : '> '}${ms(bound)}`.replaceAll('.0 ', ' ')

// go gives the milliseconds of each pass of a Go benchmark.
const go = (target, name, times, passes = 7) => {
  const pattern = name.split('/').map(part => `^${part}$`).join('/')
  const out = run(...targets[target], '-test.run=^$', `-test.bench=${pattern}`, `-test.benchtime=${times}x`, `-test.count=${passes}`)
  return [...out.matchAll(/\s([\d.]+) ns\/op/g)].map(m => m[1] / 1e6)
}

// What the engine is to take, cold and warm.
const limits = { rustcode: { native: [undefined, 9], WASM: [110, 30] }, 'automerge-paper': { native: [undefined, 25], WASM: [150, 100] } }

const ours = Object.keys(targets), peers = ['codemirror ChangeSet', 'yjs transact']

// other gives what another engine takes for a trace: [cold, warm].
const other = (name, trace) => [...run('node', here + 'bench.mjs', passes, name, trace).matchAll(/([\d.]+) ms/g)].map(m => +m[1])

// round gives what everyone takes for a trace: {name: [cold, warm]}.
const round = trace => Object.fromEntries([
  ...ours.map(target => {
    const [cold, ...warm] = go(target, `BenchmarkEngine/${trace}`, 1, 20)
    return [target, [cold, median(warm)]]
  }),
  ...peers.map(peer => [peer, other(peer, trace)]),
])

for (const trace in limits) {
  const all = Array.from({ length: rounds }, () => round(trace))
  const figures = of => [0, 1].map(i => median(all.map(r => of(r)[i])))
  print(trace, 'cold', 'to reach', 'warm', 'to reach')
  for (const target of ours) {
    const [cold, warm] = figures(r => r[target])
    const [c, w] = limits[trace][target]
    print(`  tandem, ${target}`, cold, c && within(cold, c), warm, within(warm, w))
  }
  for (const peer of peers) {
    const [cold, warm] = figures(r => r[peer])
    print(`  ${peer}`, cold, '', warm)
    for (const target in atLeast[peer]) {
      const [c, w] = figures(r => r[peer].map((x, i) => x / r[target][i])).map(x => `${x.toFixed(1)}×`)
      print(`    tandem, ${target}, is faster`, c, '', w, atLeast[peer][target])
    }
  }
  const [cold, warm] = other('ot.js apply', trace) // once, as it is slow
  print('  ot.js apply', cold, '', warm)
}

// Decoding and applying an edit, next to what it takes where encoding/json reads the parts: [name, edits, times, times of that].
const decodes = [['rustcode', 40173, 20, 2], ['automerge-paper', 259778, 5, 1]]
const faster = { native: 6.8, WASM: 13.6 } // 1.7 and 7.5 µs against 0.25 and 0.55, as the reference machine has them
print('decode, validate, apply: an edit', 'native', 'to reach', 'WASM', 'to reach')
for (const [trace, edits, times, timesOther] of decodes) {
  const all = Array.from({ length: rounds }, () => ours.map(target => [
    median(go(target, `BenchmarkDecodeApply/${trace}`, times)) / edits,
    median(go(target, `BenchmarkStandardDecodeApply/${trace}`, timesOther, 3)) / edits,
  ]))
  const row = (name, of, show) => print(name, ...ours.flatMap((target, i) => show(median(all.map(r => of(...r[i]))), target)))
  row(`  tandem, ${trace}`, own => own, (x, target) => [x, within(x, { native: 0.00025, WASM: 0.00055 }[target])])
  row('  encoding/json', (own, other) => other, x => [x, ''])
  row('    tandem is faster', (own, other) => other / own, (x, target) => [`${x.toFixed(1)}×`, `≥ ${faster[target]}×`])
}

// Of the rest: times that a benchmark is run, and what it is to take natively and in WebAssembly.
const rest = {
  'Text/rustcode': [20, 2.5, 5], 'Text/automerge-paper': [20, 3, 8],
  'Seek/rustcode': [50, undefined, 5], 'Seek/automerge-paper': [50, undefined, 5], 'Seek/rustcode/authors': [50, undefined, 5],
  Rebase1000: [200, 0.1, 0.35], Transform: [20000],
}
print('tandem, warm', 'native', 'to reach', 'WASM', 'to reach')
for (const [name, [times, ...bounds]] of Object.entries(rest)) {
  const figures = ours.map(target => median(go(target, `Benchmark${name}`, times)))
  print(`  ${name}`, ...figures.flatMap((x, i) => [x, bounds[i] && within(x, bounds[i])]))
}
