import { readdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { AGENT, CONTENDERS, newPlace, ORCHESTRATOR, taskText } from './place.js'
import { cpuMs, memoryMiB, run, start } from './process.js'
import { interleaved, median, until } from './sample.js'

const TASKS = 1000
const ROUNDS = 3

const CONTESTS = {
  orchestrator: ({ root }) => ({ command: [process.execPath, ORCHESTRATOR, '--home', root, 'start'], ready: 'watching', archive: 'tasks/processed' }),
  naive: ({ root }) => ({ command: [process.execPath, join(CONTENDERS, 'naive.js'), root, AGENT], ready: 'ready', archive: 'processed' }),
  shell: ({ root }) => ({ command: [join(CONTENDERS, 'shell.sh'), root, AGENT], ready: 'Watches established', archive: 'processed' }),
}

/** A thousand tasks dropped at once, two at a time, an agent that does nothing: the daemon beside two that keep no promise. */
export async function throughput() {
  const contests = Object.entries(CONTESTS).map(([name, contest]) => [name, () => compete(contest)])
  const samples = await interleaved(ROUNDS, { ...Object.fromEntries(contests), bare: bareSpawn })
  const of = (name, what) => median(samples[name].map((sample) => sample[what]))
  const cpuOver = (name) => (of(name, 'cpuMs') - of('bare', 'cpuMs')) / TASKS
  return {
    tasks: TASKS,
    jobsPerSecond: Object.fromEntries(Object.keys(samples).map((name) => [name, TASKS / (of(name, 'wallMs') / 1000)])),
    timesNaive: of('naive', 'wallMs') / of('orchestrator', 'wallMs'),
    timesShell: of('shell', 'wallMs') / of('orchestrator', 'wallMs'),
    bareSpawnCpuMs: of('bare', 'cpuMs') / TASKS,
    cpuMsOverBareSpawn: { orchestrator: cpuOver('orchestrator'), naive: cpuOver('naive') },
    peakMiB: { orchestrator: of('orchestrator', 'peakMiB'), naive: of('naive', 'peakMiB') },
  }
}

/** Time from the first drop until the last file is archived, and what the process itself took meanwhile. */
async function compete(contest) {
  const place = newPlace()
  const { command, ready, archive } = contest(place)
  const names = Array.from({ length: TASKS }, (_, index) => `task-${String(index).padStart(4, '0')}.task.md`)
  for (const name of names) writeFileSync(place.at('staging', name), taskText())
  const [file, ...args] = command
  const process = await start(file, args, { ready, said: place.at('said.txt'), env: place.env, cwd: place.root })
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
