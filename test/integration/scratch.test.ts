import { execFileSync } from 'node:child_process'
import { readdir } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { needs } from '../helpers/needs.ts'
import { callsIn, makeStandInHome, release, taskFile } from '../helpers/stand-in.ts'
import { until } from '../helpers/until.ts'

test('what is needed to compare a work tree lies in the home, and is swept at the start after a kill', needs('git'), async () => {
  await using home = await makeStandInHome({ files: { '../work/a.txt': 'one\n', 'tasks/a.task.md': taskFile({}, 'play: until=go') } })
  execFileSync('git', ['init', '-q'], { cwd: home.work, env: { PATH: process.env.PATH ?? '', HOME: home.env.HOME ?? '' } })
  const scratch = () => readdir(home.paths.scratch).catch((): string[] => [])
  const killed = home.start(['start'])
  await until(async () => expect(await callsIn(home)).toHaveLength(1))
  const left = await scratch()
  expect(left).toEqual([expect.stringMatching(/^git-/)])
  expect((await readdir(home.env.TMPDIR ?? '')).filter((name) => name.includes('git'))).toEqual([])
  await killed.stop('SIGKILL')
  expect(await scratch()).toEqual(left)

  const next = home.start(['start'])
  await next.until(/watching/)
  expect((await scratch()).filter((name) => left.includes(name))).toEqual([])
  await release(home, 'go')
  expect(await home.waitForResult('a')).toMatchObject({ status: 'completed' })
  await until(async () => expect(await scratch()).toEqual([]))
})
