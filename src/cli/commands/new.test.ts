import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { runCommand } from '../../../test/helpers/run-command.ts'
import { parseTask } from '../../task-file/parse.ts'
import { createTask } from './new.ts'

let home: string

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'orc-new-'))
  await mkdir(join(home, 'tasks'))
})
afterEach(() => rm(home, { recursive: true, force: true }))

async function queued(id: string) {
  const file = `${id}.task.md`
  const parsed = parseTask({ bytes: await readFile(join(home, 'tasks', file)), file, modified: new Date() })
  if (!parsed.ok) throw new Error(parsed.problem.message)
  return parsed.task
}

test('the words become the prompt of a task, and only its id goes to standard output', async () => {
  const { code, out, err } = await runCommand(createTask, { home, args: ['fix', 'the login timeout'] })

  expect(code).toBe(0)
  expect(out).toMatch(/^fix-the-login-timeout-[0-9a-f]{4}\n$/)
  expect(err).toContain('No daemon runs here')
  expect(await queued(out.trim())).toMatchObject({ id: out.trim(), prompt: 'fix the login timeout', type: 'task', priority: 'medium' })
  expect(await readdir(join(home, 'tasks'))).toEqual([`${out.trim()}.task.md`])
})

test('options become front matter', async () => {
  const options = { cwd: 'backend', type: 'fix', priority: 'high', agent: 'demo', model: 'opus' }
  const { out, err } = await runCommand(createTask, { home, args: ['go'], options })

  const { head, priority, type } = await queued(out.trim())
  expect({ ...head, created: undefined }).toEqual({ ...options, created: undefined })
  expect({ priority, type }).toEqual({ priority: 'high', type: 'fix' })
  expect(err).toContain(`there is no directory ${join(home, 'backend')} yet`)
})

test.each([
  ['.', process.cwd()],
  ['./src', join(process.cwd(), 'src')],
  ['..', join(process.cwd(), '..')],
  ['~/code', '/users/me/code'],
  ['src', 'src'],
  ['.hidden', '.hidden'],
  ['/srv', '/srv'],
])('--cwd %s is written as %s', async (cwd, written) => {
  const { out } = await runCommand(createTask, { home, args: ['go'], options: { cwd }, env: { HOME: '/users/me' } })
  expect((await queued(out.trim())).head.cwd).toBe(written)
})

test('a wrong option is refused with what is right, and nothing is queued', async () => {
  const call = runCommand(createTask, { home, args: ['go'], options: { priority: 'urgent', type: 'two words' } })

  await expect(call).rejects.toMatchObject({
    code: 'usage',
    exitCode: 2,
    message: expect.stringMatching(/^--(type|priority) .*\n--(type|priority) /),
  })
  await expect(call).rejects.toThrow('--priority must be one of high, medium, low')
  expect(await readdir(join(home, 'tasks'))).toEqual([])
})

test('blank words are no task', async () => {
  await expect(runCommand(createTask, { home, args: ['  '] })).rejects.toMatchObject({ code: 'usage' })
})

test('what would be too large to be taken is refused at once', async () => {
  await expect(runCommand(createTask, { home, args: ['x'.repeat(1024 * 1024)] })).rejects.toMatchObject({ code: 'too_large' })
})

test('outside a home it says how to make one', async () => {
  await expect(runCommand(createTask, { home: join(home, 'tasks'), args: ['go'] })).rejects.toMatchObject({ code: 'no_home', exitCode: 2 })
})

describe.skipIf(process.platform === 'win32')('with --edit', () => {
  /** An editor that does this to the file it is given. */
  async function editor(script: string): Promise<{ EDITOR: string }> {
    const path = join(home, 'editor.cjs')
    await writeFile(path, `const fs = require('node:fs'); const file = process.argv.at(-1);\n${script}`)
    return { EDITOR: `'${process.execPath}' '${path}' --wait` }
  }
  const edit = (env: Record<string, string>, args: string[] = ['draft']) =>
    runCommand(createTask, { home, args, options: { edit: true }, env })

  test('what was saved is queued, under the id that it says', async () => {
    const env = await editor(
      `fs.writeFileSync(file, '---\\nid: mine\\n---\\n' + fs.readFileSync(file, 'utf8').split('---\\n').at(-1) + ' edited')`,
    )
    const { code, out } = await edit(env)

    expect({ code, out }).toEqual({ code: 0, out: 'mine\n' })
    expect((await queued('mine')).prompt).toMatch(/^draft\s+edited$/)
    expect(await readdir(join(home, 'tasks'))).toEqual(['mine.task.md'])
  })

  test('no words are needed', async () => {
    const { out } = await edit(await editor(`fs.appendFileSync(file, 'written in the editor')`), [])
    expect((await queued(out.trim())).prompt).toBe('written in the editor')
  })

  test.each([
    ['emptied', `fs.writeFileSync(file, '')`],
    ['left without a prompt', `fs.writeFileSync(file, '---\\ntype: fix\\n---\\n')`],
  ])('a file that was %s queues nothing', async (_, script) => {
    const { code, out, err } = await edit(await editor(script))

    expect({ code, out, err }).toEqual({ code: 1, out: '', err: 'nothing was queued: the file asks for nothing\n' })
    expect(await readdir(join(home, 'tasks'))).toEqual([])
  })

  test('an editor that fails queues nothing', async () => {
    await expect(edit(await editor('process.exit(3)'))).rejects.toThrow('ended with status 3; nothing was queued')
    await expect(edit({ EDITOR: 'no-such-editor-anywhere' })).rejects.toMatchObject({ code: 'usage' })
    expect(await readdir(join(home, 'tasks'))).toEqual([])
  })

  test('a task that would be refused is kept as a draft', async () => {
    const env = await editor(`fs.writeFileSync(file, '---\\npriorty: high\\n---\\ngo')`)
    await expect(edit(env)).rejects.toMatchObject({
      code: 'unknown_key',
      message: expect.stringContaining('priority'),
      hint: expect.stringContaining('mv '),
    })
    expect(await readdir(join(home, 'tasks'))).toEqual([expect.stringMatching(/^\.draft-draft-.*\.task\.md$/)])
  })
})
