import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Question } from '../../src/domain/question.ts'
import { bash } from '../helpers/anthropic-scenario.ts'
import { type AnthropicServer, startAnthropicServer } from '../helpers/anthropic-server.ts'
import { questionsOf } from '../helpers/asker.ts'
import type { Home } from '../helpers/home.ts'
import { needs } from '../helpers/needs.ts'
import type { Finished } from '../helpers/process.ts'
import { makeClaudeHome } from '../helpers/real-claude.ts'
import { until } from '../helpers/until.ts'
import { dropApart, scripted, toldIn } from './claude-task.ts'

const ASK = bash('orchestrator ask "Which database?" --option postgres --option mysql')
const NOTE = bash('orchestrator respond "I have looked around."')
const TYPES = ['fix', 'analyze'] as const

describe('the real Claude Code asks through its shell', needs('claude', 'posix'), () => {
  let server: AnthropicServer
  let home: Home
  /** What could be seen between the questions and their answers. */
  let between: {
    readonly drained: Finished
    readonly processes: readonly string[]
    readonly states: readonly unknown[]
    readonly questions: readonly (readonly Question[])[]
  }

  beforeAll(async () => {
    server = await startAnthropicServer({ name: 'ok', text: 'It is mysql then.' })
    home = await makeClaudeHome(server)
    for (const type of TYPES) {
      await dropApart(home, type, scripted({ name: 'calls', calls: [NOTE, ASK], text: 'I wait for the answer.' }, { type }))
    }
    const drained = await home.run(['start', '--once'], { env: { ASK_WAIT_SEC: '1' } })
    between = {
      drained,
      processes: await home.processes(),
      states: await Promise.all(TYPES.map((type) => home.stateOf(type))),
      questions: await Promise.all(TYPES.map((type) => questionsOf(home, type))),
    }
    for (const type of TYPES) expect(await home.run(['answer', type, 'mysql'])).toMatchObject({ code: 0 })

    const thanks = bash('orchestrator respond "Thanks."')
    await dropApart(home, 'waits', scripted({ name: 'calls', calls: [ASK, thanks], text: 'Done.' }))
    const daemon = home.start(['start', '--once'])
    await daemon.until(/waits.* asks: Which database/)
    expect(await home.run(['answer', 'waits', 'postgres'])).toMatchObject({ code: 0 })
    expect(await daemon.exited).toMatchObject({ code: 0 })
  })
  afterAll(async () => {
    await home[Symbol.asyncDispose]()
    await server[Symbol.asyncDispose]()
  })

  test('and waits without a process', () => {
    const { drained, processes, states, questions } = between
    expect(drained.code).toBe(75)
    for (const type of TYPES) expect(drained.stdout).toMatch(new RegExp(`${type}.* asks: Which database\\? \\(postgres \\| mysql\\)`))
    expect(processes).toEqual([])
    expect(states).toEqual(['waiting', 'waiting'])
    for (const asked of questions) expect(asked).toMatchObject([{ text: 'Which database?', state: 'open' }])
  })

  test.each(TYPES)('and goes on with the answer (%s)', async (type) => {
    const result = await home.waitForResult(type)
    const [first, second] = result.attempts
    expect(result).toMatchObject({ status: 'completed', output: 'It is mysql then.', denials: [] })
    expect([first, second]).toMatchObject([{ outcome: 'parked' }, { outcome: 'completed', session_id: first?.session_id }])
    const later = toldIn(server, home, type).filter(({ prompt }) => !prompt.includes('Please do it.'))
    expect(later.map(({ prompt }) => prompt)).toEqual([expect.stringContaining('You asked: Which database?\nAnswer: mysql')])
    expect(later[0]?.earlier).toContainEqual(expect.stringContaining('Please do it.'))
    expect((await home.events(type)).filter(({ event }) => event === 'noted')).toMatchObject([{ text: 'I have looked around.' }])
  })

  test('and its command prints an answer that comes in time', async () => {
    expect(await home.waitForResult('waits')).toMatchObject({ status: 'completed', attempts: [{ outcome: 'completed' }] })
    await until(async () => expect((await home.run(['logs', 'waits'])).stdout).toMatch(/⎿ postgres/))
  })
})
