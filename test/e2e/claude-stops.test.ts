import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bash } from '../helpers/anthropic-scenario.ts'
import { type AnthropicServer, startAnthropicServer } from '../helpers/anthropic-server.ts'
import type { Home } from '../helpers/home.ts'
import { needs } from '../helpers/needs.ts'
import type { Finished } from '../helpers/process.ts'
import { makeClaudeHome } from '../helpers/real-claude.ts'
import { until } from '../helpers/until.ts'
import { dropApart, scripted } from './claude-task.ts'

const SLEEP = { name: 'calls', calls: [bash("sh -c 'sleep 300; touch woken'")] } as const

describe('in the middle of a command that sleeps, with no process left but the daemon', needs('claude'), () => {
  let server: AnthropicServer
  let home: Home
  let cancel: Finished

  beforeAll(async () => {
    server = await startAnthropicServer()
    home = await makeClaudeHome(server)
    const daemon = home.start(['start'])

    const began = performance.now()
    await dropApart(home, 'cancelled', scripted(SLEEP, { allowed_tools: 'Bash' }))
    await untilAsleep(home)
    // Milliseconds from the start of a daemon to the command, on this machine.
    const startMs = performance.now() - began
    cancel = await home.run(['cancel', 'cancelled'])
    await untilAlone(home)

    // Time enough to come to the command, where the machine may be busier than a moment ago.
    const timeout = `${Math.ceil(startMs / 1000) * 2 + 2}s`
    await dropApart(home, 'late', scripted(SLEEP, { allowed_tools: 'Bash', timeout }))
    await untilAsleep(home)
    await home.waitForResult('late')
    await untilAlone(home)
    expect(await daemon.stop()).toMatchObject({ code: 0 })
  })
  afterAll(async () => {
    await home[Symbol.asyncDispose]()
    await server[Symbol.asyncDispose]()
  })

  test('a task is cancelled', async () => {
    expect(cancel, cancel.stderr).toMatchObject({ code: 0 })
    expect(await home.waitForResult('cancelled')).toMatchObject({ status: 'cancelled', failure: { code: 'cancelled' } })
  })

  test('a task runs out of time', async () => {
    expect(await home.waitForResult('late')).toMatchObject({
      status: 'failed',
      failure: { code: 'timeout', retryable: false },
      attempts: [{ outcome: 'timeout' }],
    })
  })
})

async function untilAlone(home: Home): Promise<void> {
  await until(async () => expect(await home.processes()).toEqual([expect.stringContaining('orchestrator.js start')]))
}

async function untilAsleep(home: Home): Promise<void> {
  await until(async () => expect(await home.processes()).toContain('sleep 300'))
}
