// Prints what the engine takes, natively and in WebAssembly, next to other engines, all in one run:
// node compare.mjs ot.test ot.wasm [passes]. Each row has a process of its own, so that cold is cold.
import { execFileSync } from 'node:child_process'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const [native, wasm, passes = '7'] = process.argv.slice(2)
const here = fileURLToPath(new URL('.', import.meta.url))
const root = execFileSync('go', ['env', 'GOROOT'], { encoding: 'utf8' }).trim()
const targets = { native: [resolve(native)], WASM: [`${root}/lib/wasm/go_js_wasm_exec`, resolve(wasm)] }

const run = (command, ...args) => execFileSync(command, args, { encoding: 'utf8', cwd: here + '../..' })
const median = list => list.sort((a, b) => a - b)[list.length >> 1]
const ms = x => (x < 1 ? `${(x * 1000).toFixed(x < 0.01 ? 2 : 0)} µs` : `${x.toFixed(1)} ms`).padStart(13)
const print = (name, ...cells) => console.log(name.padEnd(38), ...cells.map(c => (typeof c === 'number' ? ms(c) : c.padStart(13))))

// go gives the milliseconds of each pass of a Go benchmark.
const go = (target, name, times) => {
  const pattern = name.split('/').map(part => `^${part}$`).join('/')
  const out = run(...targets[target], '-test.run=^$', `-test.bench=${pattern}`, `-test.benchtime=${times}x`, `-test.count=${passes}`)
  return [...out.matchAll(/ ([\d.]+) ns\/op/g)].map(m => m[1] / 1e6)
}

for (const trace of ['rustcode', 'automerge-paper']) {
  print(trace, 'cold', 'warm')
  for (const target in targets) {
    const [cold, ...warm] = go(target, `BenchmarkEngine/${trace}`, 1)
    print(`  tandem, ${target}`, cold, median(warm))
  }
  for (const peer of ['codemirror ChangeSet', 'yjs transact', 'ot.js apply']) {
    const out = run('node', here + 'bench.mjs', passes, peer, trace)
    print(`  ${peer}`, ...[...out.matchAll(/([\d.]+) ms/g)].map(m => +m[1]))
  }
}
print('tandem, warm', ...Object.keys(targets))
const rest = { 'Text/rustcode': 20, 'Text/automerge-paper': 20, 'DecodeApply/rustcode': 20, 'DecodeApply/automerge-paper': 10, 'Seek/rustcode': 50,
  'Seek/automerge-paper': 50, Rebase1000: 200, Transform: 20000 }
for (const name in rest)
  print(`  ${name}`, ...Object.keys(targets).map(target => median(go(target, `Benchmark${name}`, rest[name]))))
