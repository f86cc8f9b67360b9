import { rmSync, writeFileSync } from 'node:fs'
import { newPlace, ORCHESTRATOR, taskText } from './place.js'
import { memoryMiB, run, start } from './process.js'
import { interleaved, median } from './sample.js'

const COMMAND_ROUNDS = 21
const START_ROUNDS = 9
const ARCHIVED = 100_000
const IDLE_MS = 3000

const milliseconds = (samples) => median(samples.map(({ wallMs }) => wallMs))

/** What the command line takes for its lightest commands, beside a Node that does nothing. */
export async function commands() {
  const place = newPlace()
  const { env, root } = place
  rmSync(place.at('config/orchestrator.yaml')) // names the agent, which `status` would look up there, and no agent is started here
  const orchestrator = (...args) => run(process.execPath, [ORCHESTRATOR, ...args], { env })
  const lone = await interleaved(COMMAND_ROUNDS, {
    node: () => run(process.execPath, ['-e', '0'], { env }),
    help: () => orchestrator('--help'),
    status: () => orchestrator('status'),
  })
  const daemon = await start(process.execPath, [ORCHESTRATOR, 'start'], {
    ready: 'watching',
    said: place.at('said.txt'),
    env,
    cwd: root,
  })
  try {
    const beside = await interleaved(COMMAND_ROUNDS, {
      node: () => run(process.execPath, ['-e', '0'], { env }),
      status: () => orchestrator('status'),
    })
    return {
      nodeMs: milliseconds(lone.node),
      help: milliseconds(lone.help) / milliseconds(lone.node),
      status: milliseconds(lone.status) / milliseconds(lone.node),
      statusOfDaemon: milliseconds(beside.status) / milliseconds(beside.node),
    }
  } finally {
    await daemon.stop()
    place.remove()
  }
}

/** Resident memory of a daemon that has nothing to do. */
export async function idleMemory() {
  const place = newPlace()
  const daemon = await start(process.execPath, [ORCHESTRATOR, 'start'], {
    ready: 'watching',
    said: place.at('said.txt'),
    env: place.env,
    cwd: place.root,
  })
  try {
    await new Promise((resolve) => setTimeout(resolve, IDLE_MS))
    return { residentMiB: memoryMiB(daemon.pid, 'VmRSS') }
  } finally {
    await daemon.stop()
    place.remove()
  }
}

/** Start and end of a daemon with nothing to do, in a home without a past and in one with a long past. */
export async function startWithArchive() {
  const [none, full] = [newPlace(), newPlace()]
  try {
    const result = JSON.stringify({ schema_version: 1, status: 'completed', output: 'Done.'.repeat(50) })
    for (let index = 0; index < ARCHIVED; index += 1) {
      writeFileSync(full.at('tasks/processed', `old-${index}.task.md`), taskText())
      writeFileSync(full.at('results', `old-${index}_result.json`), result)
    }
    const once = ({ env }) => run(process.execPath, [ORCHESTRATOR, 'start', '--once'], { env })
    const samples = await interleaved(START_ROUNDS, { none: () => once(none), full: () => once(full) })
    const [noneMs, fullMs] = [milliseconds(samples.none), milliseconds(samples.full)]
    return { archived: ARCHIVED, noneMs, fullMs, ratio: fullMs / noneMs }
  } finally {
    none.remove()
    full.remove()
  }
}
