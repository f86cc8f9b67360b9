import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { LoggedEvent } from '../../src/domain/events.ts'
import type { Home } from '../helpers/home.ts'
import { needs } from '../helpers/needs.ts'
import type { RunningOrchestrator } from '../helpers/process.ts'
import { type Call, callsIn, makeStandInHome, optionOf, release, taskFile } from '../helpers/stand-in.ts'
import { until } from '../helpers/until.ts'

/** After an attempt that could have written the files itself, edits wait. */
const contained = needs('bwrap')

/** Of a type that is not known, which deserves a warning and changes nothing. */
const ODD = 'VERIFY_DEFAULT=fxi: true\n'

let home: Home
let daemon: RunningOrchestrator
beforeAll(async () => {
  home = await makeStandInHome({ files: { '.env': `CLAUDE_MAX_TURNS=5\nAGENT_ENV_PASS=ADDED\nADDED=before\n${ODD}` } })
  daemon = home.start(['start'])
  await daemon.until(/watching/)
})
afterAll(() => home[Symbol.asyncDispose]())

async function reloads(): Promise<LoggedEvent[]> {
  return (await home.events()).filter(({ event }) => event === 'config_reloaded')
}

/** Saves a file of the configuration as an editor does, and waits for the daemon to have taken it up so often in all. */
async function save(path: string, text: string, times: number): Promise<LoggedEvent | undefined> {
  await writeFile(`${path}.new`, text)
  await rename(`${path}.new`, path)
  await until(async () => expect(await reloads()).toHaveLength(times))
  return (await reloads()).at(-1)
}

/** How the agent is called for a task that is dropped now. */
async function callNow(id: string, text = taskFile({})): Promise<Call | undefined> {
  await home.drop(id, text)
  const { run_id } = await home.waitForResult(id)
  return (await callsIn(home)).findLast(({ run }) => run === run_id)
}

test('an edit of .env holds for the next attempt, and for the next one of a run under way too', contained, async () => {
  expect(await callNow('before')).toMatchObject({ args: expect.arrayContaining(['--max-turns', '5']), env: { ADDED: 'before' } })
  await home.drop('under-way', taskFile({}, 'play: until=go exit=9 first=1'))
  await until(async () => expect(await callsIn(home)).toHaveLength(2))

  const event = await save(home.paths.env, `CLAUDE_MAX_TURNS=7\nAGENT_ENV_PASS=ADDED\nADDED=after\n${ODD}`, 1)

  expect(event).toEqual({ event: 'config_reloaded', ts: expect.any(String), changed: ['CLAUDE_MAX_TURNS', 'ADDED'] })
  await release(home, 'go')
  expect(await home.waitForResult('under-way')).toMatchObject({ attempts: [{ outcome: 'agent_crashed' }, { outcome: 'completed' }] })
  const turns = (await callsIn(home)).slice(1).map((call) => optionOf(call, '--max-turns'))
  expect(turns).toEqual(['5', '7'])
  expect(await callNow('after')).toMatchObject({ args: expect.arrayContaining(['--max-turns', '7']), env: { ADDED: 'after' } })
})

test('a broken edit keeps the old values and says all that is wrong with it, and mending it is taken up', contained, async () => {
  const count = (await reloads()).length
  await writeFile(home.paths.env, 'CLAUDE_MAX_TURNS=lots\nMAX_RETRIES=never\n')
  const log = () => readFile(home.paths.log, 'utf8')
  await until(async () => expect(await log()).toContain('the old one stays in force'))

  const lines = (await log()).split('\n')
  expect(lines).toContainEqual(expect.stringMatching(/\.env line 1: CLAUDE_MAX_TURNS .*lots/))
  expect(lines).toContainEqual(expect.stringMatching(/\.env line 2: MAX_RETRIES .*never/))
  expect(await reloads()).toHaveLength(count)
  expect(await callNow('meanwhile')).toMatchObject({ args: expect.arrayContaining(['--max-turns', '7']), env: { ADDED: 'after' } })

  await save(home.paths.env, 'CLAUDE_MAX_TURNS=9\n', count + 1)
  expect((await callNow('mended'))?.args.join(' ')).toContain('--max-turns 9 ')
})

test('an edit of the yaml holds as well, one that appears only now too', contained, async () => {
  const count = (await reloads()).length
  const event = await save(home.paths.yaml, 'types:\n  chore: { model: cheap }\n', count + 1)

  expect(event).toMatchObject({ changed: ['types'] })
  expect((await callNow('cheap', taskFile({ type: 'chore' })))?.args.join(' ')).toContain('--model cheap ')
})

test('SIGHUP reads the configuration at once and ends nothing', async () => {
  const count = (await reloads()).length
  await writeFile(join(home.paths.home, '.env'), 'CLAUDE_MAX_TURNS=11\n')
  process.kill(daemon.pid, 'SIGHUP')

  await until(async () => expect(await reloads()).toHaveLength(count + 1))
  expect((await callNow('hup'))?.args.join(' ')).toContain('--max-turns 11 ')
})

test('what deserves a warning is told at the start and after an edit', async () => {
  const warning = '.env line 4: VERIFY_DEFAULT names the type "fxi", which is not known; did you mean fix?'
  await daemon.until(new RegExp(`warning: ${warning.replace('?', '\\?')}`))
  const log = () => readFile(home.paths.log, 'utf8')
  expect(await log()).toContain(warning)

  await writeFile(home.paths.env, 'VERIFY_DEFAULT=dosc: true\n')
  await until(async () => expect(await log()).toContain('"dosc", which is not known; did you mean docs?'))
})

test('an edit holds for a task that is dropped right after it', contained, async () => {
  for (const turns of ['21', '22', '23']) {
    await writeFile(home.paths.env, `CLAUDE_MAX_TURNS=${turns}\n`)
    expect((await callNow(`turns-${turns}`))?.args.join(' ')).toContain(`--max-turns ${turns} `)
  }
})
