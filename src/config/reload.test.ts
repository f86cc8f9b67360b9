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

async function watch(intervalMs = 10) {
  const initial = await requireConfig({ home, env: {} })
  const told: unknown[] = []
  const live = watchConfig({
    home,
    env: {},
    initial,
    intervalMs,
    onChange: ({ changed }) => told.push(changed),
    onBroken: (problems) => told.push(problems.map(describeProblem)),
  })
  onTestFinished(() => live[Symbol.dispose]())
  return { live, told }
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
