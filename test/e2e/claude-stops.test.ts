import { describe, expect, test } from 'vitest'
import { bash } from '../helpers/anthropic-scenario.ts'
import { startAnthropicServer } from '../helpers/anthropic-server.ts'
import type { Home } from '../helpers/home.ts'
import { needs } from '../helpers/needs.ts'
import { makeClaudeHome } from '../helpers/real-claude.ts'
import { until } from '../helpers/until.ts'
import { scripted } from './claude-task.ts'

const SLEEP = { name: 'calls', calls: [bash("sh -c 'sleep 300; touch woken'")] } as const

describe('in the middle of a command that sleeps, with no process left', needs('claude'), () => {
  test('a task is cancelled', async () => {
    await using server = await startAnthropicServer()
    await using home = await makeClaudeHome(server)
    const daemon = home.start(['start'])
    await home.drop('sleeper', scripted(SLEEP, { allowed_tools: 'Bash' }))
    await untilAsleep(home)

    const cancel = await home.run(['cancel', 'sleeper'])

    expect(cancel, cancel.stderr).toMatchObject({ code: 0 })
    expect(await home.waitForResult('sleeper')).toMatchObject({ status: 'cancelled', failure: { code: 'cancelled' } })
    await until(async () => expect(await home.processes()).toEqual([expect.stringContaining('orchestrator.js start')]))
    expect(await daemon.stop()).toMatchObject({ code: 0 })
  })

  test('a task runs out of time', async () => {
    await using server = await startAnthropicServer()
    await using home = await makeClaudeHome(server)
    await home.drop('sleeper', scripted(SLEEP, { allowed_tools: 'Bash', timeout: '4s' }))
    const drain = home.start(['start', '--once'])
    await untilAsleep(home)

    expect(await drain.exited).toMatchObject({ code: 1 })
    expect(await home.waitForResult('sleeper')).toMatchObject({
      status: 'failed',
      failure: { code: 'timeout', retryable: false },
      attempts: [{ outcome: 'timeout' }],
    })
    expect(await home.processes()).toEqual([])
  })
})

async function untilAsleep(home: Home): Promise<void> {
  await until(async () => expect(await home.processes()).toContain('sleep 300'))
}
