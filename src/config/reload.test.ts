import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { until } from '../../test/helpers/until.ts'
import { requireConfig } from './load.ts'
import { describeProblem } from './problem.ts'
import { watchConfig } from './reload.ts'

let home: string
let env: string

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'reload-'))
  env = join(home, '.env')
  await mkdir(join(home, 'config'))
})

afterEach(() => rm(home, { recursive: true }))

/** Saves as many editors do: nobody meets a file that was emptied and is not yet written. */
async function save(text: string): Promise<void> {
  await writeFile(`${env}.new`, text)
  await rename(`${env}.new`, env)
}

async function watch(intervalMs = 10, isReachable = () => false) {
  const initial = await requireConfig({ home, env: {} })
  const told: unknown[] = []
  const waits: (readonly string[])[] = []
  const live = watchConfig({
    home,
    env: {},
    initial,
    intervalMs,
    onChange: ({ changed }) => told.push(changed),
    onBroken: (problems) => told.push(problems.map(describeProblem)),
    onWaiting: (waiting) => waits.push(waiting),
    isReachable,
  })
  onTestFinished(() => live[Symbol.dispose]())
  return { live, told, waits }
}

test('each edit is told once, in whatever way it was saved, with the names of what differs', async () => {
  const { live, told } = await watch()
  await writeFile(env, 'MAX_RETRIES=5\nANTHROPIC_API_KEY=secret\n')
  await until(() => expect(told).toEqual([['MAX_RETRIES', 'ANTHROPIC_API_KEY']]))
  expect(live.current().settings.MAX_RETRIES).toBe(5)

  await save('MAX_RETRIES=6\nANTHROPIC_API_KEY=secret\n')
  await until(() => expect(told.slice(1)).toEqual([['MAX_RETRIES']]))

  await writeFile(join(home, 'config', 'orchestrator.yaml'), 'agents: { claude: { command: x } }')
  await until(() => expect(told.slice(2)).toEqual([['agents']]))

  await rm(env)
  await until(() => expect(told.slice(3)).toEqual([['MAX_RETRIES', 'ANTHROPIC_API_KEY']]))
  expect(live.current()).toMatchObject({ settings: { MAX_RETRIES: 2 }, agents: { claude: { command: 'x' } } })
})

test('a broken edit keeps the old values and is told once; mending it is told too', async () => {
  await writeFile(env, 'MAX_RETRIES=5')
  const { live, told } = await watch()
  await save('MAX_RETRIES=five')
  await until(() => expect(told).toEqual([['.env line 1: MAX_RETRIES must be a number, not "five"']]))
  expect(live.current().settings.MAX_RETRIES).toBe(5)

  await save('MAX_RETRIES=5 # as before')
  await until(() => expect(told.slice(1)).toEqual([[]]))
})

test('an edit that names an agent that does not exist is a broken one', async () => {
  const { live, told } = await watch()
  await writeFile(env, 'DEFAULT_AGENT=nosuch')
  await until(() => expect(told).toEqual([['.env line 1: DEFAULT_AGENT must be one of claude, demo, not "nosuch"']]))
  expect(live.current().settings.DEFAULT_AGENT).toBe('claude')
})

test('an edit that changes no value is not told', async () => {
  const { live, told } = await watch()
  await writeFile(env, '# only a comment')
  const before = live.current()
  await until(() => expect(live.current()).not.toBe(before))
  expect(told).toEqual([])
})

test('reloadNow does not wait for the next look', async () => {
  const { live, told } = await watch(600_000)
  await writeFile(env, 'MAX_RETRIES=7')
  await live.reloadNow()
  expect(told).toEqual([['MAX_RETRIES']])
  expect(live.current().settings.MAX_RETRIES).toBe(7)
})

describe('an edit that is asked about before the next look', () => {
  test('holds at once for all who ask, in whatever way it was saved, and is told once', async () => {
    const { live, told } = await watch(600_000)
    expect(await live.latest()).toBe(live.current())

    await writeFile(env, 'MAX_RETRIES=5')
    const answers = await Promise.all([live.latest(), live.latest()])
    expect(answers.map(({ settings }) => settings.MAX_RETRIES)).toEqual([5, 5])
    expect(live.current()).toBe(answers[1])

    await save('MAX_RETRIES=6')
    expect((await live.latest()).settings.MAX_RETRIES).toBe(6)

    await writeFile(join(home, 'config', 'orchestrator.yaml'), 'agents: { claude: { command: x } }')
    expect((await live.latest()).agents).toMatchObject({ claude: { command: 'x' } })
    expect(told).toEqual([['MAX_RETRIES'], ['MAX_RETRIES'], ['agents']])
  })

  test.each([
    ['is empty', () => writeFile(env, '')],
    ['is broken', () => writeFile(env, "MAX_RETRIES=5\nCLAUDE_MAX_TURNS='1")],
    ['is gone', () => rm(env)],
  ])('is left alone while the file %s, since an editor may be about to write it', async (_what, edit) => {
    await writeFile(env, 'MAX_RETRIES=4 # before')
    const { live, told } = await watch(600_000)
    await edit()
    expect((await live.latest()).settings.MAX_RETRIES).toBe(4)
    expect(told).toEqual([])

    await writeFile(env, 'MAX_RETRIES=5')
    expect((await live.latest()).settings.MAX_RETRIES).toBe(5)
    expect(told).toEqual([['MAX_RETRIES']])
  })

  test('is read though another file has long been empty', async () => {
    await writeFile(join(home, 'config', 'orchestrator.yaml'), '')
    const { live } = await watch(600_000)
    await writeFile(env, 'MAX_RETRIES=5')
    expect((await live.latest()).settings.MAX_RETRIES).toBe(5)
  })

  test('is told as broken only when two looks found it so', async () => {
    const { live, told } = await watch()
    await writeFile(env, 'MAX_RETRIES=five')
    await live.latest()
    await until(() => expect(told).toEqual([['.env line 1: MAX_RETRIES must be a number, not "five"']]))
  })
})

describe('once something was started that could write the files', () => {
  test('an edit takes away at once and gives only after a reload; each is told once, by name', async () => {
    await writeFile(env, 'MAX_RETRIES=5\nTELEGRAM_ALLOWED_USERS=1,2\nAPI_KEY=abcdefgh\n')
    const { live, told, waits } = await watch()
    live.uncontained()
    await save('MAX_RETRIES=4\nTELEGRAM_ALLOWED_USERS=2,3\nCLAUDE_SKIP_PERMISSIONS=true\nAPI_KEY=ijklmnop\nLOG_LEVEL=debug\n')
    const asked = ['CLAUDE_SKIP_PERMISSIONS', 'TELEGRAM_ALLOWED_USERS', 'API_KEY']
    await until(() => expect(waits).toEqual([asked]))
    expect(told).toEqual([['MAX_RETRIES', 'TELEGRAM_ALLOWED_USERS', 'LOG_LEVEL']])
    expect(live.waiting()).toEqual(asked)
    expect(live.current()).toMatchObject({
      settings: { MAX_RETRIES: 4, TELEGRAM_ALLOWED_USERS: ['2'], CLAUDE_SKIP_PERMISSIONS: false, LOG_LEVEL: 'debug' },
      environment: { API_KEY: 'abcdefgh' },
    })
    expect(await live.latest()).toBe(live.current())

    expect(await live.reloadNow()).toEqual({ ok: true, changed: asked })
    expect(live.current()).toMatchObject({
      settings: { TELEGRAM_ALLOWED_USERS: ['2', '3'], CLAUDE_SKIP_PERMISSIONS: true },
      environment: { API_KEY: 'ijklmnop' },
    })
    expect([live.waiting(), waits, told.slice(1)]).toEqual([[], [asked], [asked]])
  })

  test('what is asked for right before an attempt obeys the same, and tells it once', async () => {
    const { live, told, waits } = await watch(10)
    live.uncontained()
    await writeFile(env, 'MAX_RETRIES=1\nCLAUDE_TIMEOUT_SEC=9999\n')
    expect((await live.latest()).settings).toMatchObject({ MAX_RETRIES: 1, CLAUDE_TIMEOUT_SEC: 300 })
    await save('MAX_RETRIES=1\nCLAUDE_TIMEOUT_SEC=9999 # the same\nCLAUDE_MAX_TURNS=4\n')
    await until(() => expect(told).toEqual([['MAX_RETRIES'], ['CLAUDE_MAX_TURNS']]))
    expect(waits.length).toBeLessThanOrEqual(2)
    expect(live.current().settings).toMatchObject({ CLAUDE_MAX_TURNS: 4, CLAUDE_TIMEOUT_SEC: 300 })
  })

  test('an edit that is taken back waits no more', async () => {
    const { live, waits } = await watch()
    live.uncontained()
    await save('MAX_RETRIES=9')
    await until(() => expect(live.waiting()).toEqual(['MAX_RETRIES']))
    await save('MAX_RETRIES=2')
    await until(() => expect(live.waiting()).toEqual([]))
    await save('MAX_RETRIES=9')
    await until(() => expect(waits).toEqual([['MAX_RETRIES'], ['MAX_RETRIES']]))
  })

  test('a file that is gone widens nothing', async () => {
    await writeFile(env, 'MAX_BUDGET_USD=1\nTELEGRAM_ALLOWED_USERS=1\n')
    const { live } = await watch()
    live.uncontained()
    await rm(env)
    await until(() => expect(live.waiting()).toEqual(['MAX_BUDGET_USD']))
    expect(live.current().settings).toMatchObject({ MAX_BUDGET_USD: 1, TELEGRAM_ALLOWED_USERS: [] })
  })

  test('a broken edit keeps everything, a reload of it too, and says what is wrong', async () => {
    await writeFile(env, 'MAX_RETRIES=5')
    const { live, told } = await watch()
    live.uncontained()
    await save('MAX_RETRIES=five\nCLAUDE_MAX_TURNS=-1\n')
    await until(() => expect(told).toHaveLength(1))
    const outcome = await live.reloadNow()
    expect(outcome).toMatchObject({ ok: false, problems: [{ name: 'MAX_RETRIES' }, { name: 'CLAUDE_MAX_TURNS' }] })
    expect(live.current().settings.MAX_RETRIES).toBe(5)

    await save('MAX_RETRIES=9')
    await until(() => expect(live.waiting()).toEqual(['MAX_RETRIES']))
  })

  test('after a reload edits hold at once again, unless that something still runs', async () => {
    let runs = true
    const { live } = await watch(600_000, () => runs)
    live.uncontained()
    await save('MAX_RETRIES=9')
    await live.reloadNow()
    await save('MAX_RETRIES=10')
    expect((await live.latest()).settings.MAX_RETRIES).toBe(9)

    runs = false
    await live.reloadNow()
    await save('MAX_RETRIES=11')
    expect((await live.latest()).settings.MAX_RETRIES).toBe(11)
  })
})

test('a fault of whoever is told of an edit does not end the watch: further edits hold and are told', async () => {
  const initial = await requireConfig({ home, env: {} })
  const told: unknown[] = []
  let faults = 2
  const live = watchConfig({
    home,
    env: {},
    initial,
    intervalMs: 10,
    onChange: ({ changed }) => {
      if (faults-- > 0) throw new Error('EMFILE')
      told.push(changed)
    },
    onBroken: (problems) => told.push(problems.map(describeProblem)),
  })
  onTestFinished(() => live[Symbol.dispose]())
  await save('MAX_RETRIES=5\n')
  await until(() => expect(told).toEqual([[expect.stringContaining('EMFILE')]]))
  await save('MAX_RETRIES=6\n')
  await until(() => expect(live.current().settings.MAX_RETRIES).toBe(6))
  await save('MAX_RETRIES=7\n')
  await until(() => expect(told).toContainEqual(['MAX_RETRIES']))
})
