import { describe, expect, test } from 'vitest'
import type { Scenario } from '../helpers/anthropic-scenario.ts'
import { startAnthropicServer } from '../helpers/anthropic-server.ts'
import { needs } from '../helpers/needs.ts'
import { makeClaudeHome } from '../helpers/real-claude.ts'
import { outcomes, runTask } from './claude-task.ts'

const TASK = 'Do what is to be done.\n'

describe('when the model API is in trouble', needs('claude'), () => {
  test.each<[string, Scenario, string]>([
    ['401', { name: 'error', status: 401 }, 'auth_failed'],
    ['403', { name: 'error', status: 403 }, 'auth_failed'],
    ['404', { name: 'error', status: 404 }, 'model_unknown'],
    ['400', { name: 'error', status: 400 }, 'invalid_request'],
  ])('a %s ends the run at once, whatever the retries', async (_status, play, code) => {
    await using server = await startAnthropicServer(play)
    await using home = await makeClaudeHome(server, { env: { CLAUDE_CODE_MAX_RETRIES: '0' } })

    const result = await runTask(home, 'fault', TASK)

    expect(result).toMatchObject({ status: 'failed', failure: { code, retryable: false } })
    expect(outcomes(result)).toEqual([code])
  })

  test.each<[string, Scenario]>([
    ['a 429', { name: 'error', status: 429, first: 1 }],
    ['a 529', { name: 'error', status: 529, first: 1 }],
    ['a stream that breaks off', { name: 'disconnect', first: 1 }],
  ])('%s that passes soon is waited out within the attempt', async (_what, play) => {
    await using server = await startAnthropicServer(play)
    await using home = await makeClaudeHome(server)

    const result = await runTask(home, 'fault', TASK)

    expect(result).toMatchObject({ status: 'completed', output: 'Done.' })
    expect(outcomes(result)).toEqual(['completed'])
  })

  test.each<[string, Scenario, string]>([
    ['a 429', { name: 'error', status: 429, first: 1 }, 'rate_limited'],
    ['a 529', { name: 'error', status: 529, first: 1 }, 'overloaded'],
    ['a 500', { name: 'error', status: 500, first: 1 }, 'api_error'],
  ])('%s that the agent gives up on is tried again', async (_what, play, code) => {
    await using server = await startAnthropicServer(play)
    await using home = await makeClaudeHome(server, { env: { CLAUDE_CODE_MAX_RETRIES: '0' } })

    const result = await runTask(home, 'fault', TASK)

    expect(result).toMatchObject({ status: 'completed', output: 'Done.' })
    expect(outcomes(result)).toEqual([code, 'completed'])
    expect(await home.events('fault')).toContainEqual(expect.objectContaining({ event: 'retry', code }))
  })

  test('a stream that breaks off every time is a failure that may pass', async () => {
    await using server = await startAnthropicServer({ name: 'disconnect' })
    await using home = await makeClaudeHome(server, { env: { MAX_RETRIES: '0' } })

    const result = await runTask(home, 'fault', TASK)

    expect(result).toMatchObject({ status: 'failed', failure: { code: 'api_unreachable', retryable: true } })
  })

  test('a refused connection is a failure that may pass', async () => {
    const url = await addressOfNobody()
    await using home = await makeClaudeHome({ url }, { env: { MAX_RETRIES: '0' } })

    const result = await runTask(home, 'fault', TASK)

    expect(result).toMatchObject({ status: 'failed', failure: { code: 'api_unreachable', retryable: true } })
  })

  test('a used-up subscription holds the agent until it is reset, and fails nothing', async () => {
    await using server = await startAnthropicServer({ name: 'usage-limit', resetSec: 3600 })
    await using home = await makeClaudeHome(server, {
      env: { ANTHROPIC_API_KEY: '', CLAUDE_CODE_OAUTH_TOKEN: 'sk-ant-oat01-made-up-for-tests', MAX_RETRIES: '0' },
    })

    await home.drop('limit', TASK)
    expect(await home.run(['start', '--once'])).toMatchObject({ code: 75 })

    const held = (await home.events()).find(({ event }) => event === 'agent_held')
    expect(held).toMatchObject({ agent: 'claude', code: 'usage_limit', message: expect.stringContaining('resets') })
    const until = held && 'until' in held ? Date.parse(held.until) - Date.now() : 0
    expect(until).toBeGreaterThan(3_500_000)
    expect(until).toBeLessThan(3_700_000)
    expect((await home.run(['why', 'limit'])).stdout).toMatch(/usage_limit|interrupted/)
  })
})

/** An address on this machine where nothing listens. */
async function addressOfNobody(): Promise<string> {
  await using server = await startAnthropicServer()
  return server.url
}
