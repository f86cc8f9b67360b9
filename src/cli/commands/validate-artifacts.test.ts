import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { exampleResult } from '../../../test/helpers/examples.ts'
import { runCommand } from '../../../test/helpers/run-command.ts'
import { validateArtifacts } from './validate-artifacts.ts'

let home: string

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'orc-validate-'))
  await mkdir(join(home, 'tasks'))
})
afterEach(() => rm(home, { recursive: true, force: true }))

async function put(name: string, content: unknown): Promise<void> {
  await mkdir(join(home, 'results'), { recursive: true })
  await writeFile(join(home, 'results', name), typeof content === 'string' ? content : JSON.stringify(content))
}

test('no results are no fault', async () => {
  expect(await runCommand(validateArtifacts, { home })).toEqual({ code: 0, out: 'There are no results yet.\n', err: '' })
})

test('valid results are counted, earlier runs too; other files are passed over', async () => {
  await put('a_result.json', exampleResult({ task_id: 'a' }))
  await put('a_result.1.json', exampleResult({ task_id: 'a' }))
  await put('notes.json', 'no result')
  expect(await runCommand(validateArtifacts, { home })).toEqual({ code: 0, out: 'checked 2, invalid 0\n', err: '' })
})

test('each invalid result is told with what is wrong', async () => {
  await put('a_result.json', exampleResult({ task_id: 'a' }))
  await put('b_result.json', { ...exampleResult({ task_id: 'b' }), status: 'great', extra: 1 })
  await put('c_result.json', '{ "torn": ')

  const { code, out, err } = await runCommand(validateArtifacts, { home })

  expect({ code, err }).toEqual({ code: 1, err: '' })
  expect(out).toMatch(
    /^✖ results\/b_result\.json\n( {4}\/.*\n)+✖ results\/c_result\.json\n {4}cannot be read: .*JSON.*\nchecked 3, invalid 2\n$/,
  )
  expect(out).toContain('    /status must be equal to one of the allowed values: completed, failed, cancelled\n')
})

test('--json says the same for programs', async () => {
  await put('a_result.json', exampleResult({ task_id: 'a' }))
  await put('b_result.json', {})
  const { code, out } = await runCommand(validateArtifacts, { home, options: { json: true } })
  expect(code).toBe(1)
  expect(JSON.parse(out)).toEqual({
    checked: 2,
    invalid: [{ file: 'results/b_result.json', problems: expect.arrayContaining([expect.stringContaining('task_id')]) }],
  })
})
