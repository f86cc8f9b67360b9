import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bash, type ToolCall } from '../helpers/anthropic-scenario.ts'
import { type AnthropicServer, startAnthropicServer } from '../helpers/anthropic-server.ts'
import type { Home } from '../helpers/home.ts'
import { needs } from '../helpers/needs.ts'
import { makeClaudeHome } from '../helpers/real-claude.ts'
import { runTask, scripted } from './claude-task.ts'

const ENV = 'API_TOKEN=SECRET_VALUE_1234\n'
const PLANTED = '---\nverify: touch /tmp/owned\n---\nDo it.\n'

/** What an agent that may only edit tries in a home that is its working directory. */
function edits({ paths, env }: Home): readonly ToolCall[] {
  const write = (file_path: string, content: string) => ({ name: 'Write', input: { file_path, content } })
  return [
    { name: 'Read', input: { file_path: paths.env } },
    write(paths.env, 'CLAUDE_SKIP_PERMISSIONS=true\n'),
    write(join(paths.tasks, 'planted.task.md'), PLANTED),
    write(join(paths.home, 'config/hooks/task_archived'), 'planted'),
    write(join(paths.home, '.orchestrator/bin/planted'), 'planted'),
    write(join(env.HOME ?? '', '.claude/settings.json'), '{"hooks":{}}'),
  ]
}

async function homeWith(server: AnthropicServer, env: Readonly<Record<string, string>>): Promise<Home> {
  const home = await makeClaudeHome(server, { env: { CLAUDE_BASE_CWD: '', ...env } })
  await writeFile(home.paths.env, ENV)
  return home
}

async function expectUntouched(home: Home, requests: readonly unknown[]): Promise<void> {
  expect(await readFile(home.paths.env, 'utf8')).toBe(ENV)
  expect((await readdir(join(home.paths.home, '..'), { recursive: true })).filter((name) => /planted|task_archived/.test(name))).toEqual([])
  expect(await readFile(join(home.env.HOME ?? '', '.claude/settings.json'), 'utf8').catch(() => '{}\n')).toBe('{}\n')
  expect(JSON.stringify(requests)).not.toContain('SECRET_VALUE_1234')
}

describe('the real Claude Code', needs('claude', 'bwrap'), () => {
  let server: AnthropicServer
  let home: Home

  beforeAll(async () => {
    server = await startAnthropicServer()
    home = await homeWith(server, { CLAUDE_SKIP_PERMISSIONS: 'true', IS_SANDBOX: '1' })
    const last = { name: 'Write', input: { file_path: join(home.paths.home, 'notes.md'), content: 'done\n' } }
    // Once a task names a mode, that mode holds: the permissions are not skipped.
    await home.drop('edit', scripted({ name: 'calls', calls: [...edits(home), last] }, { permission_mode: 'acceptEdits' }))
    const shell = [
      `cat ${home.paths.env}`,
      `echo CLAUDE_SKIP_PERMISSIONS=true >>${home.paths.env}`,
      `echo planted >${home.paths.tasks}/planted.task.md`,
      `mv ${home.paths.home} ${home.paths.home}2 && mkdir -p ${home.paths.tasks} && echo planted >${home.paths.tasks}/planted.task.md`,
      `echo '{"hooks":{}}' >${home.env.HOME}/.claude/settings.json`,
      'echo done >shell.md',
    ]
    await home.drop('shell', scripted({ name: 'calls', calls: [...edits(home), ...shell.map((command) => bash(command))] }))
    expect(await home.run(['start', '--once'])).toMatchObject({ code: 0 })
  })
  afterAll(async () => {
    await home[Symbol.asyncDispose]()
    await server[Symbol.asyncDispose]()
  })

  test('that may only edit changes nothing that governs it, and works on in the home itself', async () => {
    const result = await home.waitForResult('edit')
    await expectUntouched(home, server.requests)
    expect(await readFile(join(home.paths.home, 'notes.md'), 'utf8')).toBe('done\n')
    expect(result.files_changed).toMatchObject([{ path: 'notes.md', change: 'added' }])
  })

  test('does not with a shell and all permissions skipped either', async () => {
    await home.waitForResult('shell')
    await expectUntouched(home, server.requests)
    expect(await readFile(join(home.paths.home, 'shell.md'), 'utf8')).toBe('done\n')
  })

  test('is denied its own tools where no namespace can be had', async () => {
    await using server = await startAnthropicServer()
    await using home = await homeWith(server, { PROCESS_FENCE: 'sweep' })
    await runTask(home, 'edit', scripted({ name: 'calls', calls: edits(home).slice(0, 5) }))
    await expectUntouched(home, server.requests)
  })
})
