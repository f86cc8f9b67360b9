import { appendFileSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { until } from '../../test/helpers/until.ts'
import type { InboxFolders } from './folders.ts'
import { makeFolders } from './folders.ts'
import { InboxWatch } from './watch.ts'

let home: string
let folders: InboxFolders
let news: string[]
let watch: InboxWatch | undefined

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'inbox-'))
  const tasks = join(home, 'tasks')
  const state = (name: string) => join(tasks, name)
  folders = {
    tasks,
    running: state('running'),
    waiting: state('waiting'),
    processed: state('processed'),
    failed: state('failed'),
    rejected: state('rejected'),
  }
  makeFolders(folders)
  news = []
})

afterEach(async () => {
  await watch?.[Symbol.asyncDispose]()
  watch = undefined
  rmSync(home, { recursive: true, force: true })
})

async function open({ settle = 60, rescan = 60_000, polling = false } = {}): Promise<InboxWatch> {
  watch = new InboxWatch(
    { folders, polling, settleMs: () => settle, rescanMs: () => rescan },
    {
      arrived: ({ name }) => news.push(`arrived ${name}`),
      looked: () => undefined,
      gone: (name) => news.push(`gone ${name}`),
      odd: (name, what) => news.push(`odd ${name}: ${what}`),
      problem: (message) => news.push(`problem ${message}`),
    },
  )
  await watch.start()
  return watch
}

function drop(name: string, text = 'do it'): string {
  const path = join(folders.tasks, name)
  writeFileSync(path, text)
  return path
}

const untilTold = (expected: string[]) => until(() => expect(news).toEqual(expected))

test('tells of files that were there before, and of those that come', async () => {
  drop('before.task.md')
  await open()
  drop('after.task.md')
  await until(() => expect([...news].sort()).toEqual(['arrived after.task.md', 'arrived before.task.md']))
})

test('a file counts when it was quiet for the settle time, and once', async () => {
  await open({ settle: 150 })
  const path = drop('slow.task.md', '1')
  for (let part = 0; part < 8; part++) {
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(news).toEqual([])
    appendFileSync(path, 'more')
  }
  await untilTold(['arrived slow.task.md'])
})

test('an old file that is moved in counts at once', async () => {
  const outside = join(home, 'old.md')
  writeFileSync(outside, 'x')
  utimesSync(outside, new Date(0), new Date(0))
  await open({ settle: 60_000 })
  renameSync(outside, join(folders.tasks, 'old.task.md'))
  await untilTold(['arrived old.task.md'])
})

test('a file that is written again is gone until it is quiet, a removed one for good', async () => {
  await open()
  const path = drop('a.task.md', 'one')
  await untilTold(['arrived a.task.md'])
  writeFileSync(path, 'another')
  await untilTold(['arrived a.task.md', 'gone a.task.md', 'arrived a.task.md'])
  unlinkSync(path)
  await untilTold(['arrived a.task.md', 'gone a.task.md', 'arrived a.task.md', 'gone a.task.md'])
})

test('saves of editors count once, and their own files never', async () => {
  await open()
  for (const name of ['.a.task.md.swp', 'a.task.md~', 'a.task.md.tmp', 'a.task.md.part', '4913', 'notes.md', '.hidden.task.md']) drop(name)
  drop('.b.task.md.123.tmp', 'text')
  renameSync(join(folders.tasks, '.b.task.md.123.tmp'), join(folders.tasks, 'b.task.md'))
  await untilTold(['arrived b.task.md'])
})

test('says what an entry is that is no regular file', async () => {
  mkdirSync(join(folders.tasks, 'dir.task.md'))
  symlinkSync('/etc/hostname', join(folders.tasks, 'link.task.md'))
  await open()
  expect([...news].sort()).toEqual(['odd dir.task.md: a directory', 'odd link.task.md: a symbolic link'])
})

test('goes on when the folder is removed and made again', async () => {
  const inbox = await open()
  rmSync(folders.tasks, { recursive: true })
  await inbox.rescan()
  drop('again.task.md')
  await until(() => expect(news).toContain('arrived again.task.md'))
  expect(news[0]).toMatch(/^problem tasks\/ was replaced/)
})

test('sees files without any file event by looking again', async () => {
  await open({ rescan: 50, polling: true })
  drop('polled.task.md')
  await untilTold(['arrived polled.task.md'])
})

test('goes on looking when the clock is set back', async () => {
  const now = vi.spyOn(Date, 'now')
  onTestFinished(() => now.mockRestore())
  const inbox = await open({ rescan: 50, settle: 300, polling: true })
  drop('unsettled.task.md')
  await until(() => expect(inbox.unsettled).toBe(1))
  const hourAgo = Date.now() - 3_600_000
  now.mockReturnValue(hourAgo)
  drop('later.task.md')
  await untilTold(['arrived unsettled.task.md', 'arrived later.task.md'])
})

test('a file that is being written is not taken early where the clock of the disk is behind', async () => {
  await open({ settle: 150 })
  const now = vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 3_600_000)
  onTestFinished(() => now.mockRestore())
  const path = drop('slow.task.md', '')
  for (let part = 0; part < 4; part++) {
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(news).toEqual([])
    appendFileSync(path, 'more')
  }
  await untilTold(['arrived slow.task.md'])
})

test('accounts for a storm of files', async () => {
  await open({ settle: 20 })
  for (let n = 0; n < 2_000; n++) drop(`s${n}.task.md`)
  await until(() => expect(new Set(news).size).toBe(2_000))
})

test('of many files at the start it is known which have no note beside them', async () => {
  for (let n = 0; n < 300; n++) drop(`s${n}.task.md`)
  drop('.s7.task.md.retry', 's7')
  const unnoted: (boolean | undefined)[] = []
  const options = { folders, polling: false, settleMs: () => 0, rescanMs: () => 60_000 }
  const nothing = () => undefined
  const listener = { looked: nothing, gone: nothing, odd: nothing, problem: nothing }
  watch = new InboxWatch(options, { ...listener, arrived: (file) => unnoted.push((file.name !== 's7.task.md') === file.unnoted) })
  await watch.start()
  expect(unnoted).toEqual(Array(300).fill(true))
})

test('a fault in dealing with one file ends neither the watch nor keeps the others, and the file comes again', async () => {
  const told: string[] = []
  let faults = 2
  watch = new InboxWatch(
    { folders, polling: false, settleMs: () => 0, rescanMs: () => 60_000 },
    {
      arrived: ({ name }) => {
        if (name.startsWith('odd') && faults-- > 0) throw new TypeError('poison')
        told.push(name)
      },
      looked: () => undefined,
      gone: () => undefined,
      odd: () => undefined,
      problem: (message) => news.push(message),
    },
  )
  writeFileSync(join(folders.tasks, 'odd.task.md'), 'x')
  writeFileSync(join(folders.tasks, 'well.task.md'), 'x')
  await watch.start()
  await until(() => expect(told.sort()).toEqual(['odd.task.md', 'well.task.md']))
  expect(news).toEqual(Array(2).fill('odd.task.md cannot be dealt with: poison; trying again'))
})

test('a fault of whoever is told of a look does not end the watch', async () => {
  let faults = 1
  const told: string[] = []
  watch = new InboxWatch(
    { folders, polling: false, settleMs: () => 0, rescanMs: () => 60_000 },
    {
      arrived: ({ name }) => told.push(name),
      looked: () => {
        if (faults-- > 0) throw new Error('EMFILE')
      },
      gone: () => undefined,
      odd: () => undefined,
      problem: (message) => news.push(message),
    },
  )
  await watch.start()
  writeFileSync(join(folders.tasks, 'later.task.md'), 'x')
  await until(() => expect(told).toEqual(['later.task.md']))
  expect(news).toEqual(['tasks/ cannot be looked at: EMFILE; trying on'])
})
