import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type FileHome, makeFileHome } from '../../test/helpers/cli-home.ts'
import { exampleRecord, exampleResult } from '../../test/helpers/examples.ts'
import { queuedFiles } from '../control/view/queued-files.ts'
import { dayOf } from '../scheduler/budgets.ts'
import type { Hold } from '../scheduler/holds.ts'
import { lookAhead } from './outlook.ts'

const NOW = Date.parse('2026-11-20T09:00:00.000Z')
let files: FileHome

beforeEach(() => {
  files = makeFileHome()
  vi.stubEnv('TZ', 'UTC')
  vi.useFakeTimers({ now: NOW, toFake: ['Date'] })
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllEnvs()
  files[Symbol.dispose]()
})

/** The reasons of these queued files and of all begun runs. */
async function reasonsOf(
  names: readonly string[],
  holds: readonly Hold[] = [],
  environment = {},
): Promise<Readonly<Record<string, string>>> {
  const looked = queuedFiles(
    files.paths,
    names.map((name) => `${name}.task.md`),
  )
  const { reasons } = await lookAhead({ paths: files.paths, environment, files: looked, holds })
  return Object.fromEntries([...reasons].map(([key, reason]) => [key.replace('.task.md', ''), reason]))
}

test('a dependency counts wherever its task lies, in a part of the queue that is not looked at too', async () => {
  const needs = (id: string) => files.put(`tasks/needs-${id}.task.md`, `---\ndepends_on: [${id}]\n---\nDo it.`)
  files.put('tasks/other-name.task.md', '---\nid: queued\n---\nDo it.')
  files.put('tasks/running/begun.task.md', 'Do it.')
  files.put('tasks/running/begun.run.json', exampleRecord({ task_id: 'begun' }))
  files.put('tasks/waiting/asking.task.md', 'Do it.')
  files.putResult(exampleResult({ task_id: 'done' }))
  files.putResult(exampleResult({ task_id: 'broken', status: 'failed' }))
  const ids = ['queued', 'begun', 'asking', 'done', 'broken', 'ghost']
  for (const id of ids) needs(id)
  const pending = (id: string) => `it depends on ${id}, which is not finished`
  expect(await reasonsOf(ids.map((id) => `needs-${id}`))).toEqual({
    'needs-queued': pending('queued'),
    'needs-begun': pending('begun'),
    'needs-asking': pending('asking'),
    'needs-broken': 'it depends on broken, which failed',
    'needs-ghost': 'it depends on ghost, and no task of that id exists',
  })
})

test('a held agent holds its tasks and its begun runs, the day what it cannot pay for, and neither file is touched', async () => {
  const hold = { agent: 'claude', code: 'usage_limit' as const, message: 'Enough.', since: NOW, until: NOW + 3_600_000, strikes: 1 }
  files.put('.orchestrator/holds.json', [hold])
  files.put('.orchestrator/spending.json', { day: dayOf(new Date()), usd: 5 })
  files.put('tasks/one.task.md', 'Do it.')
  files.put('tasks/two.task.md', '---\nagent: demo\n---\nDo it.')
  files.put('tasks/running/begun.task.md', 'Do it.')
  files.put('tasks/running/begun.run.json', exampleRecord({ task_id: 'begun' }))
  files.put('tasks/running/torn.task.md', 'Do it.')
  files.put('tasks/running/torn.run.json', '{"run')
  const state = () => readdirSync(files.paths.state).map((name) => readFileSync(join(files.paths.state, name), 'utf8'))
  const before = state()
  const held = 'claude is held until 2026-11-20 10:00:00 (1h), usage_limit: Enough.'
  expect(await reasonsOf(['one', 'two'], [hold], { DAILY_BUDGET_USD: '5' })).toEqual({
    one: held,
    two: 'of the daily budget of $5 only $0.00 is left; the next day begins in 15h',
    'running/begun': held,
  })
  expect(state()).toEqual(before)
})

test('a configuration with problems is what everything waits for', async () => {
  files.put('tasks/one.task.md', 'Do it.')
  files.put('.env', 'MAX_RETRIES=many\n')
  expect(await reasonsOf(['one'])).toEqual({ one: 'the configuration has problems, which `orchestrator doctor` names' })
})
