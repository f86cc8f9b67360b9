import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { runCommand } from '../../../test/helpers/run-command.ts'
import { homePaths } from '../../config/home.ts'
import { startDaemon } from '../../daemon/daemon.ts'
import { pauseMark } from '../../daemon/pause.ts'
import { pause, resume } from './pause.ts'

let home: string

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'orc-pause-'))
  await mkdir(join(home, 'tasks'))
})
afterEach(() => rm(home, { recursive: true, force: true }))

const isPaused = () => pauseMark(homePaths(home).paused).paused

test('without a daemon the pause is kept for the next start, and resume ends it', async () => {
  expect((await runCommand(pause, { home })).code).toBe(0)
  expect(isPaused()).toBe(true)
  expect((await runCommand(resume, { home })).code).toBe(0)
  expect(isPaused()).toBe(false)
  expect((await runCommand(resume, { home })).code).toBe(0)
})

test('a running daemon is told', async () => {
  const daemon = await startDaemon({ home, flags: { OLLAMA_HOST: 'off' }, once: false })
  try {
    await runCommand(pause, { home })
    expect((await daemon.commands.status({})).holds).toMatchObject([{ kind: 'paused' }])
    expect(isPaused()).toBe(true)
    await runCommand(resume, { home })
    expect((await daemon.commands.status({})).holds).toEqual([])
    expect(isPaused()).toBe(false)
  } finally {
    daemon.stop('the test is over')
    await daemon.ended
  }
})
