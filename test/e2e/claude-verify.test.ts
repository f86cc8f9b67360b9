import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type AnthropicServer, startAnthropicServer } from '../helpers/anthropic-server.ts'
import type { Home } from '../helpers/home.ts'
import { needs } from '../helpers/needs.ts'
import { makeClaudeHome } from '../helpers/real-claude.ts'
import { dropApart, outcomes, scripted, toldIn } from './claude-task.ts'

const VERIFY = 'grep -q 30 session.ts || { echo "expected 30 minutes, got: $(cat session.ts)"; exit 3; }'
const SAID = 'expected 30 minutes, got: const minutes = 5'

describe('the work of the real Claude Code is verified', needs('claude', 'posix'), () => {
  let server: AnthropicServer
  let home: Home

  beforeAll(async () => {
    server = await startAnthropicServer(({ prompt, earlier }) => {
      const file_path = join(home.work, 'mends', 'session.ts')
      if (!earlier.some((text) => text.includes(file_path))) return { name: 'ok', text: 'All tests pass now.' }
      if (!prompt.includes(SAID)) return { name: 'ok', text: 'I was told nothing of use.' }
      const calls = [
        { name: 'Read', input: { file_path } },
        { name: 'Edit', input: { file_path, old_string: 'minutes = 5', new_string: 'minutes = 30' } },
      ]
      return { name: 'calls', calls, text: 'Now it is 30.' }
    })
    home = await makeClaudeHome(server)
    for (const id of ['mends', 'insists']) {
      const write = { name: 'Write', input: { file_path: join(home.work, id, 'session.ts'), content: 'const minutes = 5\n' } }
      const work = { name: 'calls', calls: [write], text: 'The session lives for 30 minutes.' } as const
      await dropApart(home, id, scripted(work, { type: 'fix', verify: JSON.stringify(VERIFY) }))
    }
    expect(await home.run(['start', '--once'])).toMatchObject({ code: 1 })
  })
  afterAll(async () => {
    await home[Symbol.asyncDispose]()
    await server[Symbol.asyncDispose]()
  })

  test('and refused: it is handed the output in the same session, mends the file, and is completed', async () => {
    const result = await home.waitForResult('mends')

    expect(await readFile(join(home.work, 'mends', 'session.ts'), 'utf8')).toBe('const minutes = 30\n')
    expect(result).toMatchObject({
      status: 'completed',
      failure: null,
      output: 'Now it is 30.',
      turns: 5,
      verify: [{ command: VERIFY, exit_code: 0, output: '' }],
      files_changed: [{ path: 'session.ts', change: 'added', lines_added: 1, lines_removed: 0 }],
      denials: [],
      warnings: [],
    })
    expect(outcomes(result)).toEqual(['verify_failed', 'completed'])
    expect(result.session_id).toMatch(/^[0-9a-f-]{36}$/)
    expect(result.attempts.map(({ session_id }) => session_id)).toEqual([result.session_id, result.session_id])

    const handedBack = toldIn(server, home, 'mends').slice(2)
    expect(handedBack).toHaveLength(3)
    for (const { prompt, earlier } of handedBack) {
      expect(prompt).toContain(VERIFY)
      expect(prompt).toContain(SAID)
      expect(prompt).not.toContain('Please do it.')
      expect(earlier).toEqual([expect.stringContaining('Please do it.')])
    }
    expect((await home.events('mends')).map(({ event }) => event)).toEqual([
      ...['task_received', 'parsed', 'claude_started', 'claude_finished', 'verified', 'retry'],
      ...['claude_started', 'claude_finished', 'verified', 'summarized', 'validated', 'artifacts_written', 'task_archived'],
    ])
  })

  test('and refused again: it has failed, whatever it says', async () => {
    const result = await home.waitForResult('insists')

    expect(result).toMatchObject({
      status: 'failed',
      failure: { code: 'verify_failed', retryable: false },
      output: 'All tests pass now.',
      verify: [{ exit_code: 3, output: SAID }],
      files_changed: [{ path: 'session.ts', change: 'added' }],
    })
    expect(outcomes(result)).toEqual(['verify_failed', 'verify_failed'])
  })
})
