import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { generatedFiles } from '../../src/cli/generated-files.ts'

const project = resolve(import.meta.dirname, '../..')

test('the checked-in files that are made from the code are what the code makes; `npm run generate` makes them so', async () => {
  const expected = generatedFiles(await readFile(join(project, 'README.md'), 'utf8'))
  const found = await Promise.all(Object.keys(expected).map(async (path) => [path, await readFile(join(project, path), 'utf8')] as const))

  expect(Object.fromEntries(found)).toEqual(expected)
})

test('the table of settings goes between its markers and nothing else of the README changes', () => {
  const readme = generatedFiles('before\n<!-- settings -->\nold\n<!-- /settings -->\nafter\n')['README.md']

  expect(readme).toMatch(
    /^before\n<!-- settings -->\n\| variable \| default \| meaning \|\n[\s\S]*\| `LOG_LEVEL` \| `info` \|[^\n]*\n<!-- \/settings -->\nafter\n$/,
  )
  expect(readme).not.toContain('old')
})
