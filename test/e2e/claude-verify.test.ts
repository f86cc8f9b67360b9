import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { startAnthropicServer } from '../helpers/anthropic-server.ts'
import { needs } from '../helpers/needs.ts'
import { makeClaudeHome } from '../helpers/real-claude.ts'
import { outcomes, runTask, scripted } from './claude-task.ts'

const VERIFY = 'grep -q 30 session.ts || { echo "expected 30 minutes, got: $(cat session.ts)"; exit 3; }'
const SAID = 'expected 30 minutes, got: const minutes = 5'

describe('the work of the real Claude Code is verified', needs('claude', 'posix'), () => {
  test('and refused: it is handed the output in the same session, mends the file, and is completed', async () => {
    await using server = await startAnthropicServer(({ prompt }) => {
      if (!prompt.includes(SAID)) return { name: 'ok', text: 'I was told nothing of use.' }
      const file_path = join(home.work, 'session.ts')
      const calls = [
        { name: 'Read', input: { file_path } },
        { name: 'Edit', input: { file_path, old_string: 'minutes = 5', new_string: 'minutes = 30' } },
      ]
      return { name: 'calls', calls, text: 'Now it is 30.' }
    })
    await using home = await makeClaudeHome(server)
    const file_path = join(home.work, 'session.ts')
    const write = { name: 'Write', input: { file_path, content: 'const minutes = 5\n' } }

    const work = scripted(
      { name: 'calls', calls: [write], text: 'The session lives for 30 minutes.' },
      { type: 'fix', verify: JSON.stringify(VERIFY) },
    )
    const result = await runTask(home, 'session', work)

    expect(await readFile(file_path, 'utf8')).toBe('const minutes = 30\n')
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

    const handedBack = server.requests.slice(2)
    expect(handedBack).toHaveLength(3)
    for (const { prompt, earlier } of handedBack) {
      expect(prompt).toContain(VERIFY)
      expect(prompt).toContain(SAID)
      expect(prompt).not.toContain('Please do it.')
      expect(earlier).toEqual([expect.stringContaining('Please do it.')])
    }
    expect((await home.events('session')).map(({ event }) => event)).toEqual([
      ...['task_received', 'parsed', 'claude_started', 'claude_finished', 'verified', 'retry'],
      ...['claude_started', 'claude_finished', 'verified', 'summarized', 'validated', 'artifacts_written', 'task_archived'],
    ])
  })

  test('and refused again: it has failed, whatever it says', async () => {
    await using server = await startAnthropicServer({ name: 'ok', text: 'All tests pass now.' })
    await using home = await makeClaudeHome(server)
    const write = { name: 'Write', input: { file_path: join(home.work, 'session.ts'), content: 'const minutes = 5\n' } }

    const result = await runTask(
      home,
      'session',
      scripted({ name: 'calls', calls: [write] }, { type: 'fix', verify: JSON.stringify(VERIFY) }),
    )

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
