import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { needs } from '../helpers/needs.ts'
import { chaosTask, type Dropped, drop, expectContract, expectKept, makeChaosHome, recorded, told } from './chaos-home.ts'
import { amount, randomFrom, SEED } from './form.ts'

/** How often the daemon is killed at a random moment. */
const ROUNDS = Number(process.env.ORCHESTRATOR_CHAOS_ROUNDS ?? amount(10, 30, 200))
const TASKS = amount(100, 300, 300)
const DIRECTORIES = ['a', 'b', 'c', 'd']
/** Interruptions count as attempts, so that this bounds them. */
const RETRIES = 100
/** Tasks that come between two kills; all have come by half of the rounds. */
const A_ROUND = Math.ceil(TASKS / Math.ceil(ROUNDS / 2))
/** So long that the queue lasts, and so short that every task ends in some of the lives. */
const LONGEST_WORK_SEC = 0.6
/** To the kill of a daemon at most, from its start or, in every other life, from when it is at work: some die before that, some after tasks have ended. */
const LONGEST_LIFE_MS = 1_500

test(`killed ${ROUNDS} times with ${TASKS} tasks in flight and queued, a home loses nothing (seed ${SEED})`, {
  ...needs('posix'),
  timeout: 1_200_000 + ROUNDS * 20_000,
}, async () => {
  console.info(`ORCHESTRATOR_CHAOS_SEED=${SEED} ORCHESTRATOR_CHAOS_ROUNDS=${ROUNDS}`)
  const random = randomFrom(SEED)
  await using home = await makeChaosHome({ env: { MAX_CONCURRENT_TASKS: '6', MAX_RETRIES: String(RETRIES) } })
  for (const directory of DIRECTORIES) await mkdir(join(home.work, directory))
  const files = Array.from({ length: TASKS }, (_, index) => anyTask(`task-${index}`, random))

  let before = await recorded(home)
  let met = 0
  for (let round = 0; round < ROUNDS; round++) {
    await drop(home, files.slice(round * A_ROUND, (round + 1) * A_ROUND))
    const daemon = home.start(['start'], { env: { PROCESS_FENCE: random() < 0.5 ? 'auto' : 'sweep' } })
    if (round % 2 === 0) await daemon.until(/watching/)
    await sleep(random() * LONGEST_LIFE_MS)
    expect(await daemon.stop('SIGKILL'), 'ended by itself').toMatchObject({ signal: 'SIGKILL' })
    const after = await recorded(home)
    expectKept(before, after)
    met += after.running.length
    before = after
  }
  expect(met, 'runs that were met by a kill').toBeGreaterThan(ROUNDS / 4)

  const end = await home.run(['start', '--once'])
  expect([0, 1], end.stderr).toContain(end.code)
  await expectContract(home, files, RETRIES)
  expectKept(before, await recorded(home))
  const begun = files.filter(({ end }) => end !== 'rejected')
  expect(await told(home, 'task_received')).toEqual(begun.map(({ id }) => id).sort())
  expect(await told(home, 'task_archived')).toEqual(begun.map(({ id, end }) => `${id} tasks/${end}/${id}.task.md`).sort())
  expect(await told(home, 'recovered')).toEqual(expect.arrayContaining([...before.running]))
})

/** A task of any kind: most look or write for a moment, some leave children, crash at first, fail, or cannot be read. */
function anyTask(id: string, random: () => number): Dropped {
  const head = { cwd: DIRECTORIES[Math.floor(random() * DIRECTORIES.length)] ?? '.', type: random() < 0.8 ? 'analyze' : 'task' }
  const work = `sleep=${(random() * LONGEST_WORK_SEC).toFixed(2)}`
  const kind = random()
  if (kind < 0.05) return { id, text: chaosTask(id, '', { ...head, priorty: 'low' }), end: 'rejected' }
  if (kind < 0.1) return { id, text: chaosTask(id, `${work} fail`, head), end: 'failed' }
  if (kind < 0.15) return { id, text: chaosTask(id, `crash ${work}`, head), end: 'processed' }
  if (kind < 0.3) return { id, text: chaosTask(id, `children ${work}`, head), end: 'processed' }
  return { id, text: chaosTask(id, work, head), end: 'processed' }
}
