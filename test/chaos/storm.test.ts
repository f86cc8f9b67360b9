import { closeSync, mkdirSync, openSync, readdirSync, renameSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { tellDaemon } from '../../src/control/client.ts'
import type { Home } from '../helpers/home.ts'
import { until } from '../helpers/until.ts'
import { chaosTask, type Dropped, expectContract, filesIn, makeChaosHome } from './chaos-home.ts'
import { amount } from './form.ts'

const FILES = amount(1_500, 5_000, 5_000)
const INVALID = 100
/** Tasks that are carried out before the queue is paused and what is left is counted. */
const RUNS = amount(200, 600, FILES - INVALID)
/** Files whose pieces are written in turn. */
const OPEN_AT_ONCE = 50

test(`a storm of ${FILES} files is accounted for to the last one`, async () => {
  await using home = await makeChaosHome({ env: { TASK_SETTLE_MS: '100', MAX_CONCURRENT_TASKS: '4' } })
  const files = Array.from({ length: FILES }, (_, index) => stormFile(index))
  const daemon = home.start(['start'])
  await daemon.until(/watching/)

  const began = performance.now()
  blow(home, files)
  console.info(`${FILES} files in ${Math.round(performance.now() - began)} ms`)
  await untilEnded(home, RUNS)
  if (RUNS < FILES - INVALID) await home.run(['pause'])
  await until(() => expect(readdirSync(home.paths.running)).toEqual([]))

  const { queuedCount, running } = await tellDaemon(home.paths, 'status', {})
  expect(await daemon.stop()).toMatchObject({ code: 0 })
  const queued = readdirSync(home.paths.tasks).filter((name) => name.endsWith('.task.md'))
  expect({ queuedCount, running }).toEqual({ queuedCount: queued.length, running: [] })
  const lies = await filesIn(home.paths.tasks)
  expect(Object.keys(lies).filter((path) => path.endsWith('.task.md'))).toHaveLength(FILES)

  const ended = files.filter(({ id }) => !queued.includes(`${id}.task.md`))
  for (const { id, text } of files.filter((file) => !ended.includes(file))) expect(lies[`${id}.task.md`]).toBe(text)
  for (const name of queued) renameSync(join(home.paths.tasks, name), join(home.work, name))
  await expectContract(home, ended, 0)
})

function stormFile(index: number): Dropped {
  const id = `storm-${index}`
  const isInvalid = index % (FILES / INVALID) === 0
  return { id, text: chaosTask(id, '', isInvalid ? { priorty: 'high' } : {}), end: isInvalid ? 'rejected' : 'processed' }
}

/** Drops everything as fast as this process can: every other file is renamed in, the others are written where they lie, in pieces. */
function blow(home: Home, files: readonly Dropped[]): void {
  const aside = join(home.work, 'aside')
  mkdirSync(aside)
  for (let from = 0; from < files.length; from += 2 * OPEN_AT_ONCE) {
    const batch = files.slice(from, from + 2 * OPEN_AT_ONCE)
    const pieces = batch.filter((_, index) => index % 2 === 0)
    const open = pieces.map(({ id, text }) => ({ fd: openSync(join(home.paths.tasks, `${id}.task.md`), 'wx'), text }))
    for (const part of [0, 1, 2]) {
      for (const { fd, text } of open) writeSync(fd, text.slice((text.length * part) / 3, (text.length * (part + 1)) / 3))
    }
    for (const { fd } of open) closeSync(fd)
    for (const { id, text } of batch.filter((_, index) => index % 2 === 1)) {
      writeFileSync(join(aside, id), text)
      renameSync(join(aside, id), join(home.paths.tasks, `${id}.task.md`))
    }
  }
}

async function untilEnded(home: Home, runs: number): Promise<void> {
  const count = (folder: string) => readdirSync(folder).filter((name) => name.endsWith('.task.md')).length
  const enough = () => expect([count(home.paths.rejected) === INVALID, count(home.paths.processed) >= runs]).toEqual([true, true])
  await vi.waitFor(enough, { timeout: 1_500_000, interval: 50 })
}
