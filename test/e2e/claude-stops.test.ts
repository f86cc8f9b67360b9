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
  /** Milliseconds from the start of a daemon to the command, on this machine. */
  let startMs = 0

  test('a task is cancelled', async () => {
    await using server = await startAnthropicServer()
    await using home = await makeClaudeHome(server)
    const daemon = home.start(['start'])
    await home.drop('sleeper', scripted(SLEEP, { allowed_tools: 'Bash' }))
    const began = performance.now()
    await untilAsleep(home)
    startMs = performance.now() - began

    const cancel = await home.run(['cancel', 'sleeper'])

    expect(cancel, cancel.stderr).toMatchObject({ code: 0 })
    expect(await home.waitForResult('sleeper')).toMatchObject({ status: 'cancelled', failure: { code: 'cancelled' } })
    await until(async () => expect(await home.processes()).toEqual([expect.stringContaining('orchestrator.js start')]))
    expect(await daemon.stop()).toMatchObject({ code: 0 })
  })

  test('a task runs out of time', async () => {
    await using server = await startAnthropicServer()
    await using home = await makeClaudeHome(server)
    // Time enough to come to the command, where the machine may be busier than a moment ago.
    await home.drop('sleeper', scripted(SLEEP, { allowed_tools: 'Bash', timeout: `${Math.ceil(startMs / 1000) * 2 + 2}s` }))
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
