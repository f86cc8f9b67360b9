import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { drop, newPlace, ORCHESTRATOR, taskText } from './place.js'
import { start } from './process.js'
import { interleaved, median, until } from './sample.js'

const DROPS = 21
const BACKLOG = 10_000
const SETTLE_MS = 100

/** Milliseconds from a drop to the start of its agent, with an empty inbox and with one full of tasks that wait for their time. */
export async function dropToSpawn() {
  const [empty, full] = [await inboxOf(0), await inboxOf(BACKLOG)]
  try {
    const samples = await interleaved(DROPS, { empty: empty.take, full: full.take })
    return { settleMs: SETTLE_MS, backlog: BACKLOG, emptyMs: median(samples.empty), fullMs: median(samples.full) }
  } finally {
    await empty.close()
    await full.close()
  }
}

async function inboxOf(backlog) {
  const place = newPlace()
  const waiting = taskText('not_before: 2999-01-01T00:00:00Z\n')
  for (let index = 0; index < backlog; index += 1) writeFileSync(place.at('tasks', `waits-${index}.task.md`), waiting)
  const daemon = await start(process.execPath, [ORCHESTRATOR, 'start'], {
    ready: 'watching',
    said: place.at('said.txt'),
    env: { ...place.env, TASK_SETTLE_MS: String(SETTLE_MS) },
    cwd: place.root,
  })
  let drops = 0
  return {
    async take() {
      const id = `drop-${drops++}`
      drop(place, id)
      const dropped = Date.now()
      await until(() => existsSync(place.at('tasks/processed', `${id}.task.md`)), id)
      return startOf(place, id) - dropped
    },
    async close() {
      await daemon.stop()
      place.remove()
    },
  }
}

/** When the agent of a task was started, by the event log. */
function startOf(place, id) {
  const lines = readFileSync(place.at('logs/events.ndjson'), 'utf8').trimEnd().split('\n')
  const event = lines.map((line) => JSON.parse(line)).find((one) => one.event === 'claude_started' && one.task_id === id)
  return Date.parse(event.ts)
}
