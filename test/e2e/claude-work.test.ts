import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bash } from '../helpers/anthropic-scenario.ts'
import { type AnthropicServer, startAnthropicServer } from '../helpers/anthropic-server.ts'
import type { Home } from '../helpers/home.ts'
import { needs } from '../helpers/needs.ts'
import { makeClaudeHome } from '../helpers/real-claude.ts'
import { dropApart, outcomes, scripted, toldIn } from './claude-task.ts'

const LONG = `修复登录超时 🚀 — naïve. ${'All work and no play. '.repeat(1_000_000 / 22)}`.trim()

const PROMPTS = [
  ['dash', 'when it begins with a dash', '--version is the option that I ask about.'],
  ['list', 'when it begins with a list', '- first this\n- then that'],
  ['path', 'when it begins with a path', '/src/main.ts is broken.'],
  ['command', 'when it is a command of the CLI', '/compact'],
  ['long', 'when it begins with Chinese and emoji and is 1 MB long', LONG],
] as const

describe('the real Claude Code', needs('claude'), () => {
  let server: AnthropicServer
  let home: Home

  beforeAll(async () => {
    server = await startAnthropicServer()
    home = await makeClaudeHome(server, { env: { MAX_CONCURRENT_TASKS: '4' } })

    const file = join(home.work, 'work', 'session.ts')
    const calls = [
      bash('echo hello > hello.txt'),
      { name: 'Read', input: { file_path: file } },
      { name: 'Edit', input: { file_path: file, old_string: 'minutes = 5', new_string: 'minutes = 30' } },
    ]
    const work = scripted({ name: 'calls', calls, text: 'Made it.' }, { allowed_tools: 'Bash' })
    await dropApart(home, 'work', work, { 'session.ts': 'const minutes = 5\n' })

    await dropApart(home, 'turns', scripted({ name: 'loop' }, { allowed_tools: 'Bash', max_turns: 2 }))
    const dear = { name: 'loop', usage: { output_tokens: 10_000 } } as const
    await dropApart(home, 'budget', scripted(dear, { allowed_tools: 'Bash', max_budget_usd: 0.3 }))
    await dropApart(home, 'denied', scripted({ name: 'calls', calls: [bash('chmod 777 .')], text: 'All done!' }))
    const report = { name: 'Write', input: { file_path: join(home.work, 'look', 'report.md'), content: 'found nothing' } }
    await dropApart(home, 'look', scripted({ name: 'calls', calls: [report, bash('touch report.md')] }, { type: 'analyze' }))

    for (const [id, , prompt] of PROMPTS) await dropApart(home, id, `${prompt}\n`)
    expect(await home.run(['start', '--once'])).toMatchObject({ code: 1 })
  })
  afterAll(async () => {
    await home[Symbol.asyncDispose]()
    await server[Symbol.asyncDispose]()
  })

  test('does a task that makes it create a file with Bash and edit another', async () => {
    const result = await home.waitForResult('work')

    const directory = join(home.work, 'work')
    expect(await readFile(join(directory, 'hello.txt'), 'utf8')).toBe('hello\n')
    expect(await readFile(join(directory, 'session.ts'), 'utf8')).toBe('const minutes = 30\n')
    expect(result).toMatchObject({
      task_id: 'work',
      status: 'completed',
      failure: null,
      agent: 'claude',
      demo: false,
      output: 'Made it.',
      turns: 4,
      files_changed: [
        { path: 'hello.txt', change: 'added', lines_added: expect.any(Number), lines_removed: 0 },
        { path: 'session.ts', change: 'modified' },
      ],
      denials: [],
      workspace: { path: directory },
    })
    expect(result.session_id).toMatch(/^[0-9a-f-]{36}$/)
    expect(result.cost_usd).toBeGreaterThan(0)
    expect(result.tokens).toMatchObject({ input: 100, output: 60 })
    expect((await home.events('work')).map(({ event }) => event)).toEqual([
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

  test('is kept within the turns of a task', async () => {
    const result = await home.waitForResult('turns')

    expect(result).toMatchObject({ status: 'failed', failure: { code: 'max_turns', retryable: false } })
    expect(outcomes(result)).toEqual(['max_turns'])
    expect(toldIn(server, home, 'turns')).toHaveLength(2)
  })

  test('is kept within the budget of a task', async () => {
    const result = await home.waitForResult('budget')

    expect(result).toMatchObject({ status: 'failed', failure: { code: 'max_budget', retryable: false } })
    expect(result.cost_usd).toBeGreaterThanOrEqual(0.3)
    expect(outcomes(result)).toEqual(['max_budget'])
  })

  test('is kept within the permissions of a task: a denied command is told and is no success', async () => {
    expect(await home.waitForResult('denied')).toMatchObject({
      status: 'failed',
      failure: { code: 'permission_denied' },
      denials: [{ tool: 'Bash', detail: expect.stringContaining('chmod 777 .') }],
      files_changed: [],
    })
  })

  test('writes nothing in a task of a type that only looks', async () => {
    expect((await home.waitForResult('look')).files_changed).toEqual([])
    expect(await readdir(join(home.work, 'look'))).toEqual([])
  })

  test.each(PROMPTS)('hands the prompt (%s) to the model as text %s', async (id, _when, prompt) => {
    expect(await home.waitForResult(id)).toMatchObject({ status: 'completed', output: 'Done.' })
    expect(toldIn(server, home, id).map((request) => request.prompt.includes(prompt))).toEqual([true])
  })
})
