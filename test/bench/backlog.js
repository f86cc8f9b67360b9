import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { newPlace, ORCHESTRATOR, taskText } from './place.js'
import { cpuMs, memoryMiB, start } from './process.js'
import { interleaved, median, until } from './sample.js'

const SIZES = [100, 10_000, 100_000]
/** Tasks that are run of each backlog. */
const DONE = 100
const ROUNDS = 3
const INTERRUPTED = 1000

/** Queued files at the start: time to the first start of an agent, what a task then takes, and the memory for it. */
export async function backlog() {
  const samples = await interleaved(ROUNDS, Object.fromEntries(SIZES.map((size) => [size, () => runSome(size)])))
  const of = (size, what) => median(samples[size].map((sample) => sample[what]))
  const bySize = (what) => Object.fromEntries(SIZES.map((size) => [size, of(size, what)]))
  return {
    firstStartMs: bySize('firstStartMs'),
    wallMsPerTask: bySize('wallMsPerTask'),
    cpuMsPerTask: bySize('cpuMsPerTask'),
    peakMiB: bySize('peakMiB'),
    costRatio: of(SIZES.at(-1), 'wallMsPerTask') / of(SIZES[0], 'wallMsPerTask'),
  }
}

async function runSome(size) {
  const place = newPlace()
  const text = taskText('created: 2026-11-20T09:00:00Z\n')
  for (let index = 0; index < size; index += 1) writeFileSync(place.at('tasks', `task-${String(index).padStart(6, '0')}.task.md`), text)
  const since = performance.now()
  const daemon = await start(process.execPath, [ORCHESTRATOR, 'start'], { ...startOptions(place), ready: ' started in ' })
  try {
    const started = performance.now()
    const cpu = cpuMs(daemon.pid)
    await until(() => readdirSync(place.at('tasks/processed')).length >= DONE, 'the first tasks', 5)
    return {
      firstStartMs: started - since,
      wallMsPerTask: (performance.now() - started) / DONE,
      cpuMsPerTask: (cpuMs(daemon.pid) - cpu) / DONE,
      peakMiB: memoryMiB(daemon.pid, 'VmHWM'),
    }
  } finally {
    await daemon.stop()
    place.remove()
  }
}

/** Runs that a killed daemon left: what their recovery adds to a start. */
export async function recovery() {
  const samples = await interleaved(ROUNDS, { without: () => startWith(0), with: () => startWith(INTERRUPTED) })
  return { runs: INTERRUPTED, addedMs: median(samples.with) - median(samples.without) }
}

async function startWith(runs) {
  const place = newPlace()
  for (const folder of ['tasks/running', '.orchestrator']) mkdirSync(place.at(folder), { recursive: true })
  writeFileSync(place.at('.orchestrator/paused.json'), '{}') // so that nothing but the recovery is done
  for (let index = 0; index < runs; index += 1) interrupt(place, `run-${index}`)
  const since = performance.now()
  const daemon = await start(process.execPath, [ORCHESTRATOR, 'start'], { ...startOptions(place), ready: 'watching' })
  const wallMs = performance.now() - since
  await daemon.stop()
  if (runs > 0 && !existsSync(place.at('tasks/running/run-0.task.md'))) throw new Error('an interrupted run is gone')
  const recovered = readFileSync(place.at('logs/events.ndjson'), 'utf8').split('"recovered"').length - 1
  if (recovered !== runs) throw new Error(`${recovered} of ${runs} runs were recovered`)
  const record = runs > 0 ? JSON.parse(readFileSync(place.at('tasks/running/run-0.run.json'), 'utf8')) : undefined
  if (record && record.attempts[0]?.outcome !== 'interrupted') throw new Error('a record could not be read, and its run began anew')
  place.remove()
  return wallMs
}

function interrupt(place, id) {
  const now = new Date().toISOString()
  const attempt = { attempt: 1, started: now, finished: null, outcome: null, session_id: null, turns: null, cost_usd: null }
  const record = { schema_version: 1, run_id: `20261121-090000000-${id}`, task_id: id, file: `${id}.task.md`, queued: now, claimed: now }
  const rest = {
    attempts: [{ ...attempt, tokens: null, verify_ms: null }],
    verify: [],
    process: null,
    next_attempt: null,
    inferred: [],
    files_changed: [],
  }
  writeFileSync(place.at('tasks/running', `${id}.task.md`), taskText())
  writeFileSync(place.at('tasks/running', `${id}.run.json`), JSON.stringify({ ...record, ...rest }))
}

function startOptions(place) {
  return { said: place.at('said.txt'), env: { ...place.env, PROCESS_FENCE: 'sweep' }, cwd: place.root }
}
