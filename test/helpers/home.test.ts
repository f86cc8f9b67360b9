import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { access, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { makeHome } from './home.ts'

test('a home is gone after its test', async () => {
  const home = await makeHome({ files: { 'tasks/a.task.md': 'Do it.', '../work/b.ts': '' } })
  expect(await home.stateOf('a')).toBe('queued')

  await home[Symbol.asyncDispose]()

  await expect(access(home.paths.home)).rejects.toThrow('ENOENT')
})

test.skipIf(process.platform === 'win32')('a process that is left behind fails the test, and is ended', async () => {
  const home = await makeHome({ endingMs: 100 })
  const left = spawn('sleep', ['3600'], { env: { ...home.env }, detached: true, stdio: 'ignore' })

  await expect(home[Symbol.asyncDispose]()).rejects.toThrow('left behind')

  expect(left.signalCode ?? (await once(left, 'exit'))[1]).toBe('SIGKILL')
})

test('a temporary file that is left behind fails the test', async () => {
  const home = await makeHome()
  await writeFile(join(home.paths.results, '.a_result.json.1f.tmp'), '')

  await expect(home[Symbol.asyncDispose]()).rejects.toThrow('left behind')
})
