// What a PID namespace costs at the start and end of a process, beside none; `npm run -s build` first. Linux only.
import { cpus } from 'node:os'
import { SWEEP, tryTool } from '../../dist/lib/containment.js'
import { startProcess } from '../../dist/lib/exec.js'
import { interleaved, median } from './sample.js'

const ROUNDS = 300
const { PATH = '' } = process.env

/** Milliseconds from the start of a program that does nothing until its end is told and nothing of it is left. */
async function life(containment) {
  const since = performance.now()
  const running = startProcess({
    file: 'true',
    args: [],
    cwd: '/',
    env: { PATH },
    stdin: '',
    marker: { name: 'BENCH_RUN', value: 'containment' },
    containment,
  })
  await running.exited
  await running.destroy()
  return performance.now() - since
}

const containments = { none: SWEEP }
for (const tool of ['unshare', 'bwrap']) {
  const namespace = await tryTool(tool, PATH)
  if (typeof namespace === 'string') console.error(namespace)
  else containments[tool] = { namespace, lacking: [] }
}
const lives = Object.fromEntries(Object.entries(containments).map(([name, containment]) => [name, () => life(containment)]))
await interleaved(10, lives)
const samples = await interleaved(ROUNDS, lives)
const medians = Object.fromEntries(Object.entries(samples).map(([name, times]) => [name, median(times)]))

const who = process.getuid() === 0 ? 'root' : 'another user than root'
console.log(`${cpus().length} cores, Node ${process.version}, ${who}; medians of ${ROUNDS} interleaved runs`)
for (const [name, ms] of Object.entries(medians))
  console.log(`${name.padEnd(8)} ${ms.toFixed(2)} ms  + ${(ms - medians.none).toFixed(2)} ms`)
