import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { makeHome } from '../helpers/home.ts'

test.each([['-'], []])('the prompt is read from standard input: new %s', async (...args) => {
  await using home = await makeHome()

  const { code, stdout } = await home.run(['new', ...args], { stdin: 'Fix it.\n\nAnd say `why`.\n' })

  expect(code).toBe(0)
  const text = await readFile(join(home.paths.tasks, `${stdout.trim()}.task.md`), 'utf8')
  expect(text).toMatch(/\n---\n\nFix it\.\n\nAnd say `why`\.\n$/)
})

test('no words and an empty input are a wrong usage, and nothing is queued', async () => {
  await using home = await makeHome()

  const { code, stdout, stderr } = await home.run(['new'])

  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toContain('orchestrator new "what to do"')
  expect(await readdir(home.paths.tasks)).toEqual([])
})
