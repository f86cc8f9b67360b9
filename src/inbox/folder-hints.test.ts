import { renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type FileHome, makeFileHome } from '../../test/helpers/cli-home.ts'
import { FolderHints } from './folder-hints.ts'
import { listenForHints } from './hints.ts'

vi.mock('./hints.ts', () => ({ listenForHints: vi.fn() }))

let home: FileHome
let hints: FolderHints
const close = vi.fn(async () => undefined)
const listener = { hint: vi.fn(), problem: vi.fn() }

beforeEach(() => {
  vi.resetAllMocks()
  vi.mocked(listenForHints).mockImplementation(() => ({ ready: Promise.resolve(), close }))
  home = makeFileHome()
  hints = new FolderHints(home.paths, false, listener)
})
afterEach(() => home[Symbol.dispose]())

/** How the folder was watched, each time: by polling or not. */
const watches = () => vi.mocked(listenForHints).mock.calls.map(([directory, polling]) => [directory === home.paths.tasks, polling])

test('watches the folder once, and what came before the watch stood is looked for', async () => {
  await hints.follow()
  await hints.follow()
  await hints.ready
  expect([watches(), listener.hint.mock.calls]).toEqual([[[true, false]], [[undefined]]])
})

test('a hint is passed on', async () => {
  await hints.follow()
  await hints.ready
  listener.hint.mockClear()
  vi.mocked(listenForHints).mock.calls[0]?.[2].hint('a.task.md')
  expect(listener.hint.mock.calls).toEqual([['a.task.md']])
})

test('another folder of that name is watched instead, and a missing one is made again', async () => {
  await hints.follow()
  renameSync(home.paths.tasks, join(home.home, 'aside'))
  await hints.follow()
  expect([watches(), close.mock.calls.length]).toEqual([
    [
      [true, false],
      [true, false],
    ],
    1,
  ])
  expect(listener.problem.mock.calls).toEqual([['tasks/ was replaced by another directory; watching that one now']])
})

test('is polled from the next time on when the system has no watch left', async () => {
  await hints.follow()
  await hints.ready
  listener.hint.mockClear()
  vi.mocked(listenForHints).mock.calls[0]?.[2].limit('ENOSPC')
  expect(listener.hint.mock.calls).toEqual([[undefined]])
  await hints.follow()
  expect(watches()).toEqual([
    [true, false],
    [true, true],
  ])
  expect(listener.problem.mock.calls).toEqual([["the system's limit of file watches is reached (ENOSPC): polling tasks/ instead"]])
})

test('a folder that cannot be had is told to whoever wants to follow it', async () => {
  rmSync(home.home, { recursive: true })
  hints = new FolderHints({ ...home.paths, tasks: join(import.meta.filename, 'tasks') }, false, listener)
  await expect(hints.follow()).rejects.toThrow(/ENOTDIR|ENOENT/)
})
