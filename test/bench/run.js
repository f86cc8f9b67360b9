// Measures the built product beside others on this machine and prints ratios; `npm run bench` builds it first. Linux only, since
// CPU and memory are read from /proc and a contender uses inotifywait. Parts can be named: node test/bench/run.js throughput
import { spawnSync } from 'node:child_process'
import { cpus } from 'node:os'
import { backlog, recovery } from './backlog.js'
import { dropToSpawn } from './latency.js'
import { commands, idleMemory, startWithArchive } from './start.js'
import { throughput } from './throughput.js'

const PARTS = { throughput, dropToSpawn, commands, idleMemory, startWithArchive, backlog, recovery }

const TABLE = [
  [
    '1,000 empty tasks, times naive',
    ({ throughput: t }) => t && [t.timesNaive.orchestrator, '×', '≥ 2.5', t.timesNaive.orchestrator >= 2.5],
  ],
  ['– in PID namespaces', ({ throughput: t }) => t && [t.timesNaive.fenced, '×']],
  ['1,000 empty tasks, times inotifywait | xargs', ({ throughput: t }) => t && [t.timesShell.orchestrator, '×']],
  ['CPU a task over the bare spawn', ({ throughput: t }) => t && atMost(t.cpuMsOverBareSpawn.orchestrator, 'ms', 3)],
  ['– in PID namespaces', ({ throughput: t }) => t && [t.cpuMsOverBareSpawn.fenced, 'ms']],
  ['– of naive', ({ throughput: t }) => t && [t.cpuMsOverBareSpawn.naive, 'ms']],
  ['drop to spawn, empty inbox', ({ dropToSpawn: d }) => d && atMost(d.emptyMs, 'ms', d.settleMs + 15)],
  ['drop to spawn, 10,000 waiting', ({ dropToSpawn: d }) => d && atMost(d.fullMs, 'ms', d.settleMs + 15)],
  ['--help, times node -e 0', ({ commands: c }) => c && atMost(c.help, '×', 1.2)],
  ['status, no daemon, times node -e 0', ({ commands: c }) => c && atMost(c.status, '×', 2)],
  ['status, daemon, times node -e 0', ({ commands: c }) => c && atMost(c.statusOfDaemon, '×', 2)],
  ['idle resident memory', ({ idleMemory: m }) => m && atMost(m.residentMiB, 'MiB', 90)],
  ['start with 100,000 archived, times none', ({ startWithArchive: s }) => s && atMost(s.ratio, '×', 1.05)],
  ['first start, 10,000 queued', ({ backlog: b }) => b && [b.firstStartMs[10_000], 'ms']],
  ['first start, 100,000 queued', ({ backlog: b }) => b && atMost(b.firstStartMs[100_000], 'ms', 2000)],
  ['cost of a task, 100,000 queued, times 100', ({ backlog: b }) => b && atMost(b.costRatio, '×', 1.2)],
  ['memory, 100,000 queued', ({ backlog: b }) => b && atMost(b.peakMiB[100_000], 'MiB', 250)],
  ['recovery of 1,000 runs', ({ recovery: r }) => r && atMost(r.addedMs, 'ms', 3000)],
]

function atMost(value, unit, goal) {
  return [value, unit, `≤ ${goal}`, value <= goal]
}

function render(measured) {
  const rows = TABLE.flatMap(([name, read]) => {
    const [value, unit, goal, met] = read(measured) ?? []
    return value === undefined ? [] : [[name, `${value.toFixed(2)} ${unit}`, goal ?? '', goal === undefined ? '' : met ? 'yes' : 'NO']]
  })
  const all = [['what', 'measured', 'goal', 'met'], ...rows]
  const widths = all[0].map((_, column) => Math.max(...all.map((row) => row[column].length)))
  return all
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

if (process.platform !== 'linux') throw new Error('The bench reads /proc: run it on Linux.')
if (spawnSync('inotifywait').error) throw new Error('One contender needs inotifywait: install inotify-tools.')
const wanted = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(PARTS)
const measured = {}
for (const name of wanted) {
  console.error(`measuring ${name} …`)
  measured[name] = await PARTS[name]()
}
const machine = { cores: cpus().length, node: process.version }
console.log(`\n${machine.cores} cores, Node ${machine.node}; medians of interleaved runs\n\n${render(measured)}\n`)
console.log(JSON.stringify({ machine, ...measured }))
