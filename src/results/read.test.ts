import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { listResults, readSummary } from './read.ts'

test('every result is listed with its task and the number of its run, foreign files are not', async () => {
  const results = await mkdtemp(join(tmpdir(), 'read-'))
  onTestFinished(() => rm(results, { recursive: true }))
  const names = [
    'a_result.json',
    'a_result.12.json',
    'a_result_result.json',
    '.a_result.json.1234.tmp',
    'a_result.txt',
    'a_summary.txt.json',
    'b.json',
  ]
  for (const name of names) await writeFile(join(results, name), '')

  expect([...listResults(results)].sort((one, other) => one.path.localeCompare(other.path))).toEqual([
    { id: 'a_result', kept: undefined, path: join(results, 'a_result_result.json') },
    { id: 'a', kept: 12, path: join(results, 'a_result.12.json') },
    { id: 'a', kept: undefined, path: join(results, 'a_result.json') },
  ])
})

test('a summary is read as it is; a missing one is undefined, and so is what is no file', async () => {
  const home = await mkdtemp(join(tmpdir(), 'read-'))
  onTestFinished(() => rm(home, { recursive: true }))
  await writeFile(join(home, 'a_summary.txt'), 'text\n')
  const folders = { results: home, summaries: home }

  expect(readSummary(folders, 'a')).toBe('text\n')
  expect(readSummary(folders, 'b')).toBeUndefined()
  await mkdir(join(home, 'c_summary.txt'))
  expect(readSummary(folders, 'c')).toBeUndefined()
})
