import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeEach, expect, test, vi } from 'vitest'
import { dayOf } from '../../src/scheduler/budgets.ts'
import { type Home, makeHome } from '../helpers/home.ts'
import { runHere } from '../helpers/run-here.ts'
import { makeStandInHome, taskFile } from '../helpers/stand-in.ts'
import { until } from '../helpers/until.ts'

/** A task that waits for nothing and takes no time. */
const demo = (head: string, prompt = 'demo: succeed 1ms') => `---\nagent: demo\ntype: analyze\n${head}---\n${prompt}\n`
const LATER = 'it does not start before 2090-01-01 00:00:00'
const GHOST = 'it depends on ghost, and no task of that id exists'
const NO_DAEMON = 'Besides, no daemon runs; start it with: orchestrator start'

const why = async (home: Home, id: string) => (await runHere(home, ['why', id])).stdout
const json = async (home: Home, command: 'status' | 'list') => JSON.parse((await runHere(home, [command, '--json'])).stdout)

beforeEach(() => {
  vi.stubEnv('TZ', 'UTC')
  return () => {
    vi.unstubAllEnvs()
  }
})

test('what an unattended run leaves behind is told with its reason, by that run and by whoever asks afterwards', async () => {
  await using home = await makeHome({
    env: { TZ: 'UTC' },
    files: {
      'tasks/done.task.md': demo(''),
      'tasks/later.task.md': demo('not_before: 2090-01-01T00:00:00Z\n'),
      'tasks/orphan.task.md': demo('depends_on: [ghost]\npriority: low\n'),
    },
  })
  const summary = join(home.paths.home, 'step-summary.md')

  const { code, stdout } = await home.run(['start', '--once'], { env: { GITHUB_STEP_SUMMARY: summary } })
  expect(code).toBe(75)
  expect(stdout.trimEnd().split('\n').slice(-3)).toEqual([
    `· later waits: ${LATER}`,
    `· orphan waits: ${GHOST}`,
    '1 completed, 0 failed, 2 still queued',
  ])
  const told = (await readFile(summary, 'utf8')).split('\n')
  expect(told.slice(told.indexOf('| left | why |'))).toEqual([
    '| left | why |',
    '|---|---|',
    `| later | waits: ${LATER.replace('_', '\\_')} |`,
    `| orphan | waits: ${GHOST} |`,
    '',
    '',
  ])

  expect((await runHere(home, ['status'])).stdout).toMatch(new RegExp(`later .* ${LATER}\n.*orphan .* ${GHOST}\n`))
  expect((await json(home, 'status')).queued).toMatchObject([
    { id: 'later', waits_for: LATER },
    { id: 'orphan', waits_for: GHOST },
  ])
  expect(await json(home, 'list')).toMatchObject([{ waits_for: LATER }, { waits_for: GHOST }, { id: 'done', waits_for: null }])
  expect(await why(home, 'later')).toBe(`later is queued: ${LATER}. ${NO_DAEMON}\n`)
  expect(await why(home, 'orphan')).toBe(`orphan is queued: ${GHOST}. ${NO_DAEMON}\n`)
})

test('a day whose budget is used up holds in the words of the daemon while none runs', async () => {
  await using home = await makeHome({ env: { DAILY_BUDGET_USD: '1' }, files: { 'tasks/next.task.md': demo('') } })
  await mkdir(home.paths.state)
  await writeFile(home.paths.spending, JSON.stringify({ day: dayOf(new Date()), usd: 1 }))

  const reason = expect.stringMatching(/^of the daily budget of \$1 only \$0\.00 is left; the next day begins in /)
  const { holds, queued } = await json(home, 'status')
  expect(holds).toEqual([{ kind: 'daily_budget', reason, agent: null, code: null, until: expect.stringMatching(/^20.*Z$/) }])
  expect(queued).toMatchObject([{ id: 'next', waits_for: reason }])
  expect(await why(home, 'next')).toMatch(/^next is queued: of the daily budget of \$1 .*\. Besides, no daemon runs/)
})

test('a second file of a name whose task still runs is known everywhere by the id that it will get, with a daemon and without', async () => {
  await using home = await makeStandInHome()
  const daemon = home.start(['start'])
  await daemon.until(/watching/)
  const drop = () => home.drop('fix', taskFile({}, 'play: until=doomsday'))
  await drop()
  await until(async () => expect(await home.stateOf('fix')).toBe('running'))
  await drop()

  const idsOf = (tasks: readonly { id: string }[]) => tasks.map(({ id }) => id)
  await until(async () => expect(idsOf((await json(home, 'status')).queued)).toEqual(['fix-2']))
  const reason = `fix works in ${home.work}`
  expect(await json(home, 'list')).toMatchObject([
    { id: 'fix', state: 'running', agent: 'claude' },
    { id: 'fix-2', state: 'queued', waits_for: reason },
  ])
  expect(await why(home, 'fix-2')).toBe(`fix-2 is queued: ${reason}\n`)
  expect(await why(home, 'fix')).toMatch(/^fix runs since /)
  expect(await runHere(home, ['cancel', 'fix-2'])).toMatchObject({ code: 0, stdout: 'cancelled fix-2\n' })
  expect(await home.waitForResult('fix-2')).toMatchObject({ task_id: 'fix-2', status: 'cancelled' })

  await drop()
  await daemon.stop('SIGKILL')
  expect(idsOf((await json(home, 'status')).queued)).toEqual(['fix-3'])
  expect(idsOf(await json(home, 'list'))).toEqual(['fix', 'fix-3', 'fix-2'])
  expect(await why(home, 'fix-3')).toBe('fix-3 is queued: no daemon runs; start it with: orchestrator start\n')
  expect(await runHere(home, ['cancel', 'fix'])).toMatchObject({ code: 0, stdout: 'cancelled fix\n' })
  expect(await home.stateOf('fix')).toBe('queued')
  expect(await runHere(home, ['cancel', 'fix-3'])).toMatchObject({ code: 0, stdout: 'cancelled fix-3\n' })
})
