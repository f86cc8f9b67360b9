import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { CRASH_POINTS, type CrashPoint } from '../../src/lib/crash-point.ts'
import type { Home } from '../helpers/home.ts'
import { needs } from '../helpers/needs.ts'
import { startOllamaServer } from '../helpers/ollama-server.ts'
import {
  chaosTask,
  type Dropped,
  dieAt,
  drop,
  everyLife,
  expectContract,
  expectKept,
  filesIn,
  makeChaosHome,
  recorded,
  told,
} from './chaos-home.ts'
import { amount } from './form.ts'

const RETRIES = 2

/** A task that works until it was met at it. */
const LONG: Dropped = { id: 'long', text: chaosTask('long', 'until=met'), end: 'processed' }

/** A task whose work is verified; its commands leave something behind, and note each time that they are run. */
const CHECKED: Dropped = {
  id: 'checked',
  text: chaosTask('checked', '', { priority: 'high', verify: 'setsid sleep 300 & echo run >>"$HOME/verified"; sleep 0.1' }),
  end: 'processed',
}

/** Tasks whose agents ask a person. */
const CURIOUS: Dropped = { id: 'curious', text: chaosTask('curious', 'ask=soon'), end: 'processed' }
const PATIENT: Dropped = { id: 'patient', text: chaosTask('patient', 'ask=ever'), end: 'processed' }

/** What else is dropped, so that a point is met. */
const GUESTS: Partial<Record<CrashPoint, Dropped>> = {
  'attempt.worked': CHECKED,
  'verify.spawned': CHECKED,
  'verify.identified': CHECKED,
  'interruption.recorded': LONG,
  'question.asked': CURIOUS,
  'question.answered': PATIENT,
  'question.expired': CURIOUS,
  'park.recorded': CURIOUS,
  'park.renamed': CURIOUS,
  'unpark.recorded': CURIOUS,
  'unpark.renamed': CURIOUS,
}

/** What leads to points that no plain start comes to. */
const SCENES: Partial<Record<CrashPoint, (home: Home, nth: number) => Promise<unknown>>> = {
  async 'lock.guarded'(home) {
    await dieAt(home, 'lock.taken', 1)
    await dieAt(home, 'lock.guarded', 1)
  },
  async 'recovery.recorded'(home, nth) {
    await dieAt(home, 'attempt.session', 4)
    await dieAt(home, 'recovery.recorded', nth)
  },
  async 'interruption.recorded'(home, nth) {
    const daemon = home.start(['start'], { env: { ORCHESTRATOR_CRASH_AT: `interruption.recorded:${nth}` } })
    await daemon.until(/long.*claude started/i)
    process.kill(daemon.pid, 'SIGTERM')
    await daemon.until(/stopping/)
    process.kill(daemon.pid, 'SIGTERM')
    expect(await daemon.exited).toMatchObject({ signal: 'SIGKILL' })
    await writeFile(join(home.env.HOME ?? '', 'met'), '')
  },
  async 'question.answered'(home) {
    expect(await home.run(['start', '--once'])).toMatchObject({ code: 1, stdout: expect.stringMatching(/1 waits for an answer/) })
    await dieAt(home, 'question.answered', 1, ['answer', 'patient', 'right'])
  },
  async 'pause.marked'(home) {
    const daemon = home.start(['start'], { env: { ORCHESTRATOR_CRASH_AT: 'pause.marked' } })
    await daemon.until(/claude started/i)
    expect(await home.run(['pause'])).toMatchObject({ code: 1 })
    expect(await daemon.exited).toMatchObject({ signal: 'SIGKILL' })
    expect(await home.run(['start', '--once']), 'a pause outlives the daemon').toMatchObject({ code: 75 })
    await home.run(['resume'])
  },
}

/** Points that only the second run of a task comes to, or a task with gaps; they have tests of their own. */
const ELSEWHERE: readonly CrashPoint[] = ['requeue.noted', 'requeue.renamed', 'inference.recorded']

/** Points that are passed several times in a life, and the times besides the first that differ. */
const LATER: readonly (readonly [CrashPoint, number])[] = [
  ['write.staged', 4],
  ['write.staged', 7],
  ['claim.renamed', 4],
  ['attempt.spawned', 4],
  ['attempt.worked', 3],
  ['attempt.ended', 3],
  ['archive.told', 3],
]
/** Each point, and the how manyth time kills. */
const TIMES = [...CRASH_POINTS.filter((point) => !ELSEWHERE.includes(point)).map((point) => [point, 1] as const), ...LATER]
/** Without the namespace more is left behind by a kill. */
const FENCES = amount(['sweep'], ['sweep', 'auto'], ['sweep', 'auto'])
const cases = FENCES.flatMap((fence) => TIMES.map(([point, nth]) => [point, nth, fence] as const))

describe.concurrent('killed at', needs('posix'), () => {
  test.for(cases)('%s (%i, %s), a home loses nothing and repeats nothing that is recorded', async ([point, nth, fence]) => {
    const env = { MAX_CONCURRENT_TASKS: '4', MAX_RETRIES: String(RETRIES), PROCESS_FENCE: fence, ASK_WAIT_SEC: '0' }
    await using home = await makeChaosHome({ env })
    const guest = GUESTS[point]
    const files = guest ? [...everyLife(), guest] : everyLife()
    await drop(home, files)

    await (SCENES[point]?.(home, nth) ?? dieAt(home, point, nth))
    const before = await recorded(home)
    const restart = await home.run(['start', '--once'])

    expect([0, 1], restart.stderr).toContain(restart.code)
    await expectContract(home, files, RETRIES)
    expectKept(before, await recorded(home))
    const begun = files.filter(({ end }) => end !== 'rejected')
    expect(await told(home, 'task_received')).toEqual(begun.map(({ id }) => id).sort())
    expect(await told(home, 'task_archived')).toEqual(begun.map(({ id, end }) => `${id} tasks/${end}/${id}.task.md`).sort())
    expect(await told(home, 'recovered')).toEqual(expect.arrayContaining([...before.running]))
    expect((await readdir(home.paths.state)).filter((name) => name.startsWith('daemon.json'))).toEqual([])
  })

  test.for(FENCES)('a check (%s), daemon after daemon, its work is verified anew and its agent is started once', async (fence) => {
    await using home = await makeChaosHome({ env: { MAX_RETRIES: '0', PROCESS_FENCE: fence } })
    await drop(home, [CHECKED])
    const points: readonly CrashPoint[] = ['attempt.worked', 'verify.spawned', 'verify.identified', 'recovery.recorded', 'attempt.ended']
    for (const point of points) await dieAt(home, point, 1)

    expect(await home.run(['start', '--once'])).toMatchObject({ code: 0 })
    await expectContract(home, [CHECKED], 0)
    expect([...(await recorded(home)).starts.values()]).toEqual([1])
    const { attempts, verify } = await home.waitForResult('checked')
    expect(attempts).toMatchObject([{ attempt: 1, outcome: 'completed' }])
    expect(verify).toMatchObject([{ exit_code: 0 }])
    const runs = await readFile(join(home.env.HOME ?? '', 'verified'), 'utf8')
    expect(runs.match(/run/g)?.length, 'of the last two daemons that verified, each ran it to its end').toBeGreaterThanOrEqual(2)
  })

  test('requeue.noted, a retry has not begun, and a file of that name is a new task', async () => {
    await using home = await homeWithFailedTask()
    const { results } = await recorded(home)
    await dieAt(home, 'requeue.noted', 1, ['retry', 'bad'])
    await home.drop('bad', chaosTask('another'))

    expect(await home.run(['start', '--once'])).toMatchObject({ code: 0 })
    expect(await placesOf(home)).toEqual(['failed/bad.task.md', 'processed/bad-2.task.md'])
    expect((await recorded(home)).results).toEqual(new Map([...results, [(await home.waitForResult('bad-2')).run_id, expect.any(String)]]))
  })

  test('requeue.renamed, a retry goes on, and the earlier result is kept', async () => {
    await using home = await homeWithFailedTask()
    const [[, first] = []] = (await recorded(home)).results
    await dieAt(home, 'requeue.renamed', 1, ['retry', 'bad'])

    expect(await home.run(['start', '--once'])).toMatchObject({ code: 1 })
    expect(await placesOf(home)).toEqual(['failed/bad.task.md'])
    const results = await filesIn(home.paths.results)
    expect(results).toEqual({ 'bad_result.json': expect.any(String), 'bad_result.1.json': first })
    expect(results['bad_result.json']).not.toBe(first)
  })

  test('claim.renamed in a retry, a file of that name dropped anew is a task of its own', async () => {
    await using home = await homeWithFailedTask()
    expect(await home.run(['retry', 'bad'])).toMatchObject({ code: 0 })
    await dieAt(home, 'claim.renamed', 1)
    await home.drop('bad', chaosTask('another'))

    expect(await home.run(['start', '--once'])).toMatchObject({ code: 1 })
    expect(await placesOf(home)).toEqual(['failed/bad.task.md', 'processed/bad-2.task.md'])
    expect(Object.keys(await filesIn(home.paths.results)).sort()).toEqual(['bad-2_result.json', 'bad_result.1.json', 'bad_result.json'])
  })

  test.for(['claim.renamed', 'inference.recorded'] as const)('%s, a task works where its text was understood to say', async (point) => {
    await using ollama = await startOllamaServer(({ format }) => ({ kind: 'right', says: format ? { cwd: 'backend' } : 'Done.' }))
    await using home = await makeChaosHome({ env: { OLLAMA_HOST: ollama.url } })
    await mkdir(join(home.work, 'backend'))
    await home.drop('free', 'The login fails in backend, repair it.\nplay:\n')

    await dieAt(home, point, 1)
    expect(await home.run(['start', '--once'])).toMatchObject({ code: 0 })
    expect(await home.waitForResult('free')).toMatchObject({
      workspace: { path: join(home.work, 'backend') },
      inferred: [{ field: 'cwd', value: 'backend' }],
    })
    expect(ollama.requests.filter(({ messages }) => JSON.stringify(messages).includes('sort out'))).toHaveLength(1)
  })
})

async function homeWithFailedTask(): Promise<Home> {
  const home = await makeChaosHome({ files: { 'tasks/bad.task.md': chaosTask('bad', 'fail') } })
  expect(await home.run(['start', '--once'])).toMatchObject({ code: 1 })
  return home
}

async function placesOf(home: Home): Promise<string[]> {
  return Object.keys(await filesIn(home.paths.tasks)).sort()
}
