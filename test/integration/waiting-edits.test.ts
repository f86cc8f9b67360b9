import { readFile, rename, writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Home } from '../helpers/home.ts'
import type { RunningOrchestrator } from '../helpers/process.ts'
import { runHere } from '../helpers/run-here.ts'
import { type Call, callsIn, makeStandInHome, optionOf, taskFile } from '../helpers/stand-in.ts'
import { until } from '../helpers/until.ts'

let home: Home
let daemon: RunningOrchestrator
beforeAll(async () => {
  // A sweep protects no file: whatever an agent may start can write the configuration.
  home = await makeStandInHome({ files: { '.env': 'CLAUDE_MAX_TURNS=5\n' }, env: { PROCESS_FENCE: 'sweep' } })
  daemon = home.start(['start'])
  await daemon.until(/watching/)
})
afterAll(() => home[Symbol.asyncDispose]())

async function namesIn(event: 'config_reloaded' | 'config_edit_waits'): Promise<readonly (readonly string[])[]> {
  const events = await home.events()
  return events.flatMap((one) => (one.event !== event ? [] : [one.event === 'config_reloaded' ? one.changed : one.waiting]))
}

async function callNow(id: string, head: Readonly<Record<string, unknown>> = {}): Promise<Call | undefined> {
  await home.drop(id, taskFile(head))
  const { run_id } = await home.waitForResult(id)
  return (await callsIn(home)).findLast(({ run }) => run === run_id)
}

async function save(text: string): Promise<void> {
  await writeFile(`${home.paths.env}.new`, text)
  await rename(`${home.paths.env}.new`, home.paths.env)
}

const skips = (call: Call | undefined) => call?.args.includes('--dangerously-skip-permissions')

test('before any attempt an edit holds at once', async () => {
  await save('CLAUDE_MAX_TURNS=6\n')
  const call = await callNow('first')
  expect(call && optionOf(call, '--max-turns')).toBe('6')
})

test('what an attempt writes into .env widens nothing until it is reloaded, and takes away at once', async () => {
  await callNow('rogue', { verify: 'printf "%s\\n" CLAUDE_SKIP_PERMISSIONS=true CLAUDE_MAX_TURNS=4 MAX_RETRIES=7 >../home/.env' })
  expect(await readFile(home.paths.env, 'utf8')).toContain('CLAUDE_SKIP_PERMISSIONS=true')
  const waits = ['MAX_RETRIES', 'CLAUDE_SKIP_PERMISSIONS']
  await until(async () => expect(await namesIn('config_edit_waits')).toEqual([waits]))

  const next = await callNow('next')
  expect(skips(next)).toBe(false)
  expect(next && optionOf(next, '--max-turns')).toBe('4')
  expect((await namesIn('config_reloaded')).at(-1)).toEqual(['CLAUDE_MAX_TURNS'])

  const words = `an edit of the configuration waits: ${waits.join(', ')} → read it, then orchestrator reload`
  expect((await runHere(home, ['status'])).stdout).toContain(`⚠ ${words}`)
  expect(JSON.parse((await runHere(home, ['status', '--json'])).stdout)).toMatchObject({ config_waiting: waits })
  expect((await runHere(home, ['tail-events'])).stdout).toContain(words)
  expect(await readFile(home.paths.log, 'utf8')).toMatch(/config edit waits/)
  const { checks } = JSON.parse((await home.run(['doctor', '--json'])).stdout)
  expect(checks).toContainEqual(
    expect.objectContaining({
      group: 'Daemon',
      name: 'configuration',
      status: 'warn',
      detail: expect.stringContaining(waits.join(', ')),
      fix: expect.stringContaining('orchestrator reload'),
    }),
  )
})

test('orchestrator reload takes in all of it and prints what changed', async () => {
  expect(await home.run(['reload'])).toMatchObject({ code: 0, stdout: 'reloaded: MAX_RETRIES, CLAUDE_SKIP_PERMISSIONS\n', stderr: '' })
  expect(JSON.parse((await runHere(home, ['status', '--json'])).stdout)).toMatchObject({ config_waiting: [] })
  expect(skips(await callNow('after'))).toBe(true)
  expect(await runHere(home, ['reload'])).toMatchObject({ code: 0, stdout: 'reloaded: nothing has changed\n' })
})

test('a reload of a broken configuration tells all that is wrong with it, and the old values stay', async () => {
  await save('CLAUDE_MAX_TURNS=lots\nMAX_RETRIES=never\n')
  const { code, stdout, stderr } = await runHere(home, ['reload'])
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toMatch(/^error: \.env line 2: MAX_RETRIES .*\n\.env line 1: CLAUDE_MAX_TURNS .*\n.*old values stay/)
  const call = await callNow('meanwhile')
  expect([skips(call), call && optionOf(call, '--max-turns')]).toEqual([true, '4'])
})

test('SIGHUP takes in what waits, as a reload does', async () => {
  await save('CLAUDE_MAX_TURNS=50\n')
  await until(async () => expect((await namesIn('config_edit_waits')).at(-1)).toEqual(['CLAUDE_MAX_TURNS']))
  process.kill(daemon.pid, 'SIGHUP')
  await until(async () => expect((await namesIn('config_reloaded')).at(-1)).toEqual(['CLAUDE_MAX_TURNS']))
  const call = await callNow('hup')
  expect(call && optionOf(call, '--max-turns')).toBe('50')
})

test('a restart takes in what waits, and where no daemon runs there is nothing to reload', async () => {
  const { length } = await namesIn('config_edit_waits')
  await save('CLAUDE_MAX_TURNS=60\n')
  await until(async () => expect((await namesIn('config_edit_waits')).slice(length)).toEqual([['CLAUDE_MAX_TURNS']]))
  process.kill(daemon.pid, 'SIGTERM')
  await daemon.exited
  expect(await runHere(home, ['reload'])).toMatchObject({
    code: 1,
    stdout: '',
    stderr: 'error: No daemon runs on this home.\n  → There is nothing to reload: the next start reads the configuration.\n',
  })

  daemon = home.start(['start'])
  await daemon.until(/watching/)
  const call = await callNow('restarted')
  expect(call && optionOf(call, '--max-turns')).toBe('60')
})
