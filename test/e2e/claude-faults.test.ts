import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ErrorStatus, Scenario } from '../helpers/anthropic-scenario.ts'
import { type AnthropicServer, startAnthropicServer } from '../helpers/anthropic-server.ts'
import type { Home } from '../helpers/home.ts'
import { needs } from '../helpers/needs.ts'
import { CLAUDE_BY_DIRECTORY, makeClaudeHome } from '../helpers/real-claude.ts'
import { until } from '../helpers/until.ts'
import { dropApart, outcomes, toldIn } from './claude-task.ts'

describe('when the model API refuses for good', needs('claude'), () => {
  const FINAL: readonly (readonly [ErrorStatus, code: string])[] = [
    [401, 'auth_failed'],
    [403, 'auth_failed'],
    [404, 'model_unknown'],
    [400, 'invalid_request'],
  ]
  let server: AnthropicServer
  let home: Home

  beforeAll(async () => {
    const asked = new Set<ErrorStatus>()
    server = await startAnthropicServer(async ({ prompt }) => {
      const [status] = FINAL.find(([one]) => prompt.includes(`Meet a ${one}.`)) ?? [500]
      // None is refused before all have asked: a refused login holds the account, and nothing would start any more.
      asked.add(status)
      await until(() => expect([...asked]).toHaveLength(FINAL.length))
      return { name: 'error', status }
    })
    home = await makeClaudeHome(server, { env: { CLAUDE_CODE_MAX_RETRIES: '0', MAX_CONCURRENT_TASKS: String(FINAL.length) } })
    for (const [status] of FINAL) await dropApart(home, `meets-${status}`, `Meet a ${status}.\n`)
    expect(await home.run(['start', '--once'])).toMatchObject({ code: 1 })
  })
  afterAll(async () => {
    await home[Symbol.asyncDispose]()
    await server[Symbol.asyncDispose]()
  })

  test.each(FINAL)('a %s ends the run at once, whatever the retries (%s)', async (status, code) => {
    const result = await home.waitForResult(`meets-${status}`)

    expect(result).toMatchObject({ status: 'failed', failure: { code, retryable: false } })
    expect(outcomes(result)).toEqual([code])
  })
})

describe('when the model API is in trouble for a while', needs('claude', 'posix'), () => {
  const SOON_OVER: readonly Scenario[] = [{ name: 'error', status: 429 }, { name: 'error', status: 529 }, { name: 'disconnect' }]
  const LASTING: readonly Scenario[] = [429, 529, 500].map((status) => ({ name: 'error', status: status as ErrorStatus }))
  const ALL_IS_WELL: Scenario = { name: 'ok' }
  let server: AnthropicServer
  let home: Home

  beforeAll(async () => {
    const soonOver = [...SOON_OVER]
    const lasting = [...LASTING]
    server = await startAnthropicServer(({ prompt }) => {
      if (prompt.includes('Be patient.')) return soonOver.shift() ?? ALL_IS_WELL
      if (prompt.includes('Give up.')) return lasting.shift() ?? ALL_IS_WELL
      return { name: 'disconnect' }
    })
    home = await makeClaudeHome(server, { env: { MAX_CONCURRENT_TASKS: '4' }, programs: { claude: CLAUDE_BY_DIRECTORY } })
    await dropApart(home, 'patient', 'Be patient.\n', { 'claude.env': 'export CLAUDE_CODE_MAX_RETRIES=3\n' })
    await dropApart(home, 'gives-up', 'Give up.\n', { 'claude.env': 'export CLAUDE_CODE_MAX_RETRIES=0\n' })
    await dropApart(home, 'broken-off', '---\nretries: 0\n---\n\nBreak off.\n')
    const nobody = { 'claude.env': `export ANTHROPIC_BASE_URL=${await addressOfNobody()}\n` }
    await dropApart(home, 'unheard', '---\nretries: 0\n---\n\nIs anybody there?\n', nobody)
    expect(await home.run(['start', '--once'])).toMatchObject({ code: 1 })
  })
  afterAll(async () => {
    await home[Symbol.asyncDispose]()
    await server[Symbol.asyncDispose]()
  })

  test('a 429, a 529 and a stream that breaks off are waited out within the attempt if they pass soon', async () => {
    const result = await home.waitForResult('patient')

    expect(result).toMatchObject({ status: 'completed', output: 'Done.' })
    expect(outcomes(result)).toEqual(['completed'])
    expect(toldIn(server, home, 'patient')).toHaveLength(SOON_OVER.length + 1)
  })

  test('a 429, a 529 and a 500 that the agent gives up on are each tried again', async () => {
    const result = await home.waitForResult('gives-up')

    const codes = ['rate_limited', 'overloaded', 'api_error']
    expect(result).toMatchObject({ status: 'completed', output: 'Done.' })
    expect(outcomes(result)).toEqual([...codes, 'completed'])
    const retries = (await home.events('gives-up')).filter(({ event }) => event === 'retry')
    expect(retries).toMatchObject(codes.map((code) => ({ code })))
  })

  test('a stream that breaks off every time is a failure that may pass', async () => {
    const result = await home.waitForResult('broken-off')

    expect(result).toMatchObject({ status: 'failed', failure: { code: 'api_unreachable', retryable: true } })
  })

  test('a refused connection is a failure that may pass', async () => {
    const result = await home.waitForResult('unheard')

    expect(result).toMatchObject({ status: 'failed', failure: { code: 'api_unreachable', retryable: true } })
    expect(toldIn(server, home, 'unheard')).toEqual([])
  })
})

test('a used-up subscription holds the agent until it is reset, and fails nothing', needs('claude'), async () => {
  await using server = await startAnthropicServer({ name: 'usage-limit', resetSec: 3600 })
  await using home = await makeClaudeHome(server, {
    env: { ANTHROPIC_API_KEY: '', CLAUDE_CODE_OAUTH_TOKEN: 'sk-ant-oat01-made-up-for-tests', MAX_RETRIES: '0' },
  })

  await home.drop('limit', 'Do what is to be done.\n')
  expect(await home.run(['start', '--once'])).toMatchObject({ code: 75 })

  const held = (await home.events()).find(({ event }) => event === 'agent_held')
  expect(held).toMatchObject({ agent: 'claude', code: 'usage_limit', message: expect.stringContaining('resets') })
  const lastsMs = held && 'until' in held ? Date.parse(held.until) - Date.now() : 0
  expect(lastsMs).toBeGreaterThan(3_500_000)
  expect(lastsMs).toBeLessThan(3_700_000)
  expect((await home.run(['why', 'limit'])).stdout).toMatch(/usage_limit|interrupted/)
})

/** An address on this machine where nothing listens. */
async function addressOfNobody(): Promise<string> {
  await using server = await startAnthropicServer()
  return server.url
}
