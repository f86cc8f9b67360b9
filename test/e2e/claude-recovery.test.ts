import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { RunRecord } from '../../src/domain/run.ts'
import { bash } from '../helpers/anthropic-scenario.ts'
import { startAnthropicServer } from '../helpers/anthropic-server.ts'
import type { Home } from '../helpers/home.ts'
import { needs } from '../helpers/needs.ts'
import { makeClaudeHome } from '../helpers/real-claude.ts'
import { namesOf } from '../helpers/stand-in.ts'
import { until } from '../helpers/until.ts'
import { outcomes, scripted } from './claude-task.ts'

const WORK = { name: 'calls', calls: [bash('echo half > half.txt'), bash("sh -c 'sleep 300; touch woken'")] } as const
const REST = { name: 'calls', calls: [bash('cat half.txt > whole.txt')], text: 'All is done.' } as const
const IDS = ['one', 'two']

test('conversations of the real Claude Code go on after a kill in the middle of a command', needs('claude', 'posix'), async () => {
  await using server = await startAnthropicServer(REST)
  await using home = await makeClaudeHome(server)
  for (const id of IDS) {
    await mkdir(join(home.work, id))
    await home.drop(id, scripted(WORK, { allowed_tools: 'Bash', cwd: id }))
  }
  const daemon = home.start(['start'])
  const asleep = async () => (await home.processes()).filter((command) => command === 'sleep 300')
  await until(async () => expect(await asleep()).toHaveLength(IDS.length))
  const begun = new Map(await Promise.all(IDS.map(async (id) => [id, await recordOf(home, id)] as const)))
  const asked = server.requests.length

  await daemon.stop('SIGKILL')
  expect(await home.run(['start', '--once'])).toMatchObject({ code: 0 })

  for (const [id, { run_id, attempts }] of begun) {
    const session = attempts[0]?.session_id
    expect(session).toMatch(/^[0-9a-f-]{36}$/)
    const result = await home.waitForResult(id)
    expect(result).toMatchObject({ run_id, status: 'completed', output: 'All is done.', session_id: session })
    expect(outcomes(result)).toEqual(['interrupted', 'completed'])
    expect(result.attempts.map(({ session_id }) => session_id)).toEqual([session, session])
    expect(await readFile(join(home.work, id, 'whole.txt'), 'utf8')).toBe('half\n')
    expect(namesOf(await home.events(id)).filter((name) => name !== 'parsed')).toEqual([
      'task_received',
      'claude_started',
      'recovered',
      'claude_started',
      'claude_finished',
      'summarized',
      'validated',
      'artifacts_written',
      'task_archived',
    ])
  }
  const later = server.requests.slice(asked)
  expect(later.length).toBeGreaterThanOrEqual(IDS.length)
  for (const { prompt, earlier } of later) {
    expect(prompt).toMatch(/interrupted/)
    expect(earlier).toContainEqual(expect.stringContaining('Please do it.'))
  }
  expect(await home.processes()).toEqual([])
})

async function recordOf(home: Home, id: string): Promise<RunRecord> {
  return JSON.parse(await readFile(join(home.paths.running, `${id}.run.json`), 'utf8'))
}
