import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { runCommand } from '../../../test/helpers/run-command.ts'
import { parseTask } from '../../task-file/parse.ts'
import { createSample } from './create-sample.ts'

let home: string

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'orc-sample-'))
  await mkdir(join(home, 'tasks'))
})
afterEach(() => rm(home, { recursive: true, force: true }))

test('a task is queued that works in a directory of its own, below the base directory', async () => {
  await mkdir(join(home, 'projects'))
  const { code, out } = await runCommand(createSample, { home, env: { CLAUDE_BASE_CWD: 'projects' } })

  expect(code).toBe(0)
  expect(out).toMatch(/^sample-[0-9a-f]{4}\n$/)
  expect((await stat(join(home, 'projects/sample'))).isDirectory()).toBe(true)
  const file = `${out.trim()}.task.md`
  const parsed = parseTask({ bytes: await readFile(join(home, 'tasks', file)), file, modified: new Date() })
  expect(parsed).toMatchObject({ ok: true, task: { id: out.trim(), head: { cwd: 'sample' } } })
})

test('a broken configuration is told before anything is queued', async () => {
  await writeFile(join(home, '.env'), 'MAX_RETRIES=many')
  await expect(runCommand(createSample, { home })).rejects.toMatchObject({ code: 'bad_config', exitCode: 2 })
})
