import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { makeFileHome } from '../../../test/helpers/cli-home.ts'
import { runCommand } from '../../../test/helpers/run-command.ts'
import { run } from './run.ts'

test('an inbox that cannot be written, as within an attempt, is told as such and not as a bug', async () => {
  using files = makeFileHome()
  const { home, paths } = files
  const file = join(home, 'do-it.md')
  await writeFile(file, 'do it')
  await mkdir(join(paths.tasks, '.do-it.task.md.tmp'))
  await expect(runCommand(run, { home, args: [file] })).rejects.toMatchObject({ code: 'cannot_write', exitCode: 1 })
})
