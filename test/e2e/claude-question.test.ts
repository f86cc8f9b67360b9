import { expect, test } from 'vitest'
import { bash } from '../helpers/anthropic-scenario.ts'
import { startAnthropicServer } from '../helpers/anthropic-server.ts'
import { questionsOf } from '../helpers/asker.ts'
import { needs } from '../helpers/needs.ts'
import { makeClaudeHome } from '../helpers/real-claude.ts'
import { until } from '../helpers/until.ts'
import { scripted } from './claude-task.ts'

const ASK = bash('orchestrator ask "Which database?" --option postgres --option mysql')
const NOTE = bash('orchestrator respond "I have looked around."')

test.each(['fix', 'analyze'])(
  'the real Claude Code asks through its shell, waits without a process, and goes on with the answer (%s)',
  needs('claude', 'posix'),
  async (type) => {
    await using server = await startAnthropicServer({ name: 'ok', text: 'It is mysql then.' })
    await using home = await makeClaudeHome(server, { env: { ASK_WAIT_SEC: '1' } })
    await home.drop('db', scripted({ name: 'calls', calls: [NOTE, ASK], text: 'I wait for the answer.' }, { type }))

    expect(await home.run(['start', '--once'])).toMatchObject({
      code: 75,
      stdout: expect.stringMatching(/asks: Which database\? \(postgres \| mysql\)/),
    })
    expect(await home.stateOf('db')).toBe('waiting')
    expect(await home.processes()).toEqual([])
    expect((await questionsOf(home, 'db')).map(({ text, state }) => [text, state])).toEqual([['Which database?', 'open']])
    const asked = server.requests.length

    expect(await home.run(['answer', 'db', 'mysql'])).toMatchObject({ code: 0 })
    expect(await home.run(['start', '--once'])).toMatchObject({ code: 0 })

    const result = await home.waitForResult('db')
    const [first, second] = result.attempts
    expect(result).toMatchObject({ status: 'completed', output: 'It is mysql then.', denials: [] })
    expect([first, second]).toMatchObject([{ outcome: 'parked' }, { outcome: 'completed', session_id: first?.session_id }])
    const later = server.requests.slice(asked)
    expect(later.map(({ prompt }) => prompt)).toEqual([expect.stringContaining('You asked: Which database?\nAnswer: mysql')])
    expect(later[0]?.earlier).toContainEqual(expect.stringContaining('Please do it.'))
    expect((await home.events('db')).filter(({ event }) => event === 'noted')).toMatchObject([{ text: 'I have looked around.' }])
  },
)

test('an answer that comes in time is what the command prints to the real Claude Code', needs('claude', 'posix'), async () => {
  await using server = await startAnthropicServer()
  await using home = await makeClaudeHome(server)
  await home.drop('db', scripted({ name: 'calls', calls: [ASK, bash('orchestrator respond "Thanks."')], text: 'Done.' }))
  const daemon = home.start(['start', '--once'])
  await daemon.until(/asks: Which database/)

  expect(await home.run(['answer', 'db', 'postgres'])).toMatchObject({ code: 0 })

  expect(await daemon.exited).toMatchObject({ code: 0 })
  expect(await home.waitForResult('db')).toMatchObject({ status: 'completed', attempts: [{ outcome: 'completed' }] })
  await until(async () => expect((await home.run(['logs', 'db'])).stdout).toMatch(/⎿ postgres/))
})
