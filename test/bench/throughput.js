import { readdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { AGENT, CONTENDERS, newPlace, ORCHESTRATOR, taskText } from './place.js'
import { cpuMs, memoryMiB, run, start } from './process.js'
import { interleaved, median, until } from './sample.js'

const TASKS = 1000
const ROUNDS = 3
/** Those that are one process, so that its CPU time says something. */
const COUNTED = ['orchestrator', 'fenced', 'naive']

const CONTESTS = {
  orchestrator: (place) => daemon(place, { PROCESS_FENCE: 'sweep' }),
  fenced: (place) => daemon(place, { PROCESS_FENCE: 'auto' }),
  naive: (place) => contender(place, [process.execPath, join(CONTENDERS, 'naive.js')], 'ready'),
  shell: (place) => contender(place, [join(CONTENDERS, 'shell.sh')], 'Watches established'),
}

function daemon({ env }, settings) {
  return { command: [process.execPath, ORCHESTRATOR, 'start'], env: { ...env, ...settings }, ready: 'watching', archive: 'tasks/processed' }
}

function contender({ root, env }, program, ready) {
  return { command: [...program, root, AGENT], env, ready, archive: 'processed' }
}

/**
 * A thousand tasks dropped at once, two at a time, an agent that does nothing: the daemon, without and with a PID namespace for each
 * attempt, beside two that keep no promise.
 */
export async function throughput() {
  const contests = Object.entries(CONTESTS).map(([name, contest]) => [name, () => compete(contest)])
  const samples = await interleaved(ROUNDS, { ...Object.fromEntries(contests), bare: bareSpawn })
  const of = (name, what) => median(samples[name].map((sample) => sample[what]))
  const cpuOver = (name) => (of(name, 'cpuMs') - of('bare', 'cpuMs')) / TASKS
  const times = (other) => Object.fromEntries(['orchestrator', 'fenced'].map((name) => [name, of(other, 'wallMs') / of(name, 'wallMs')]))
  return {
    tasks: TASKS,
    jobsPerSecond: Object.fromEntries(Object.keys(samples).map((name) => [name, TASKS / (of(name, 'wallMs') / 1000)])),
    timesNaive: times('naive'),
    timesShell: times('shell'),
    bareSpawnCpuMs: of('bare', 'cpuMs') / TASKS,
    cpuMsOverBareSpawn: Object.fromEntries(COUNTED.map((name) => [name, cpuOver(name)])),
    peakMiB: Object.fromEntries(COUNTED.map((name) => [name, of(name, 'peakMiB')])),
  }
}

/** Time from the first drop until the last file is archived, and what the process itself took meanwhile. */
async function compete(contest) {
  const place = newPlace()
  const { command, env, ready, archive } = contest(place)
  const names = Array.from({ length: TASKS }, (_, index) => `task-${String(index).padStart(4, '0')}.task.md`)
  for (const name of names) writeFileSync(place.at('staging', name), taskText())
  const [file, ...args] = command
  const process = await start(file, args, { ready, said: place.at('said.txt'), env, cwd: place.root })
  try {
    const cpuBefore = cpuMs(process.pid)
    const since = performance.now()
    for (const name of names) renameSync(place.at('staging', name), place.at('tasks', name))
    await until(() => readdirSync(place.at(archive)).length === TASKS, 'the last task', 25)
    const wallMs = performance.now() - since
    return { wallMs, cpuMs: cpuMs(process.pid) - cpuBefore, peakMiB: memoryMiB(process.pid, 'VmHWM') }
  } finally {
    await process.stop()
    place.remove()
  }
}

async function bareSpawn() {
  const { stdout } = await run(process.execPath, [join(CONTENDERS, 'bare-spawn.js'), AGENT, String(TASKS)])
  return JSON.parse(stdout)
}
