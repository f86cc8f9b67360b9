import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { bash } from '../helpers/anthropic-scenario.ts'
import { startAnthropicServer } from '../helpers/anthropic-server.ts'
import { needs } from '../helpers/needs.ts'
import { makeClaudeHome } from '../helpers/real-claude.ts'
import { outcomes, runTask, scripted } from './claude-task.ts'

describe('the real Claude Code does a task', needs('claude'), () => {
  test('that makes it create a file with Bash', async () => {
    await using server = await startAnthropicServer()
    await using home = await makeClaudeHome(server)

    const calls = [bash('echo hello > hello.txt')]
    const result = await runTask(home, 'create', scripted({ name: 'calls', calls, text: 'Made it.' }, { allowed_tools: 'Bash' }))

    expect(await readFile(join(home.work, 'hello.txt'), 'utf8')).toBe('hello\n')
    expect(result).toMatchObject({
      task_id: 'create',
      status: 'completed',
      failure: null,
      agent: 'claude',
      demo: false,
      output: 'Made it.',
      turns: 2,
      files_changed: [{ path: 'hello.txt', change: 'added', lines_added: expect.any(Number), lines_removed: 0 }],
      denials: [],
      workspace: { path: home.work },
    })
    expect(result.session_id).toMatch(/^[0-9a-f-]{36}$/)
    expect(result.cost_usd).toBeGreaterThan(0)
    expect(result.tokens).toMatchObject({ input: 50, output: 30 })
    expect((await home.events('create')).map(({ event }) => event)).toEqual([
      'task_received',
      'parsed',
      'claude_started',
      'claude_finished',
      'summarized',
      'validated',
      'artifacts_written',
      'task_archived',
    ])
  })

  test('that makes it edit a file', async () => {
    await using server = await startAnthropicServer()
    await using home = await makeClaudeHome(server)
    const file = join(home.work, 'session.ts')
    await writeFile(file, 'const minutes = 5\n')

    const calls = [
      { name: 'Read', input: { file_path: file } },
      { name: 'Edit', input: { file_path: file, old_string: 'minutes = 5', new_string: 'minutes = 30' } },
    ]
    const result = await runTask(home, 'edit', scripted({ name: 'calls', calls }))

    expect(await readFile(file, 'utf8')).toBe('const minutes = 30\n')
    expect(result).toMatchObject({ status: 'completed', files_changed: [{ path: 'session.ts', change: 'modified' }] })
  })
})

describe('the real Claude Code is kept within the limits of a task', needs('claude'), () => {
  test('its turns', async () => {
    await using server = await startAnthropicServer()
    await using home = await makeClaudeHome(server)

    const result = await runTask(home, 'turns', scripted({ name: 'loop' }, { allowed_tools: 'Bash', max_turns: 2 }))

    expect(result).toMatchObject({ status: 'failed', failure: { code: 'max_turns', retryable: false } })
    expect(outcomes(result)).toEqual(['max_turns'])
    expect(server.requests).toHaveLength(2)
  })

  test('its budget', async () => {
    await using server = await startAnthropicServer()
    await using home = await makeClaudeHome(server)

    const dear = { name: 'loop', usage: { output_tokens: 10_000 } } as const
    const result = await runTask(home, 'budget', scripted(dear, { allowed_tools: 'Bash', max_budget_usd: 0.3 }))

    expect(result).toMatchObject({ status: 'failed', failure: { code: 'max_budget', retryable: false } })
    expect(result.cost_usd).toBeGreaterThanOrEqual(0.3)
    expect(outcomes(result)).toEqual(['max_budget'])
  })

  test('its permissions: a denied command is told and is no success', async () => {
    await using server = await startAnthropicServer()
    await using home = await makeClaudeHome(server)

    const result = await runTask(home, 'denied', scripted({ name: 'calls', calls: [bash('chmod 777 .')], text: 'All done!' }))

    expect(result).toMatchObject({
      status: 'failed',
      failure: { code: 'permission_denied' },
      denials: [{ tool: 'Bash', detail: expect.stringContaining('chmod 777 .') }],
      files_changed: [],
    })
  })

  test('a type that only looks: nothing is written', async () => {
    await using server = await startAnthropicServer()
    await using home = await makeClaudeHome(server)

    const calls = [{ name: 'Write', input: { file_path: join(home.work, 'report.md'), content: 'found nothing' } }, bash('touch report.md')]
    const result = await runTask(home, 'look', scripted({ name: 'calls', calls }, { type: 'analyze' }))

    expect(result.files_changed).toEqual([])
  })
})

describe('the real Claude Code hands the prompt to the model as text', needs('claude'), () => {
  test.each([
    ['a dash', '--version is the option that I ask about.'],
    ['a list', '- first this\n- then that'],
    ['a path', '/src/main.ts is broken.'],
    ['a command of the CLI', '/compact'],
    ['Chinese and emoji', '修复登录超时 🚀 — naïve'],
  ])('when it begins with %s', async (_what, prompt) => {
    await using server = await startAnthropicServer()
    await using home = await makeClaudeHome(server)

    const result = await runTask(home, 'prompt', `${prompt}\n`)

    expect(result).toMatchObject({ status: 'completed', output: 'Done.' })
    expect(server.requests.map((request) => request.prompt)).toEqual([expect.stringContaining(prompt)])
  })

  test('when it is 1 MB long', async () => {
    await using server = await startAnthropicServer()
    await using home = await makeClaudeHome(server)
    const prompt = 'All work and no play. '.repeat(1_000_000 / 22)

    const result = await runTask(home, 'long', `${prompt}\n`)

    expect(result.status).toBe('completed')
    expect(server.requests.map((request) => request.prompt.includes(prompt.trim()))).toEqual([true])
  })
})
