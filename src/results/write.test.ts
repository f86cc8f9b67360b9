import type * as fs from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { exampleResult } from '../../test/helpers/examples.ts'
import type { TaskResult } from '../domain/result.ts'
import { createValidator } from './validate.ts'
import { createResultStore } from './write.ts'

/** Calls that change the disk pass through here, so that a test can make one of them fail or be the last. */
const disk = vi.hoisted(() => ({ before: (_call: string) => {} }))
vi.mock('node:fs', async (original) => {
  const real = await original<typeof fs>()
  const watched = ['openSync', 'writeFileSync', 'closeSync', 'renameSync', 'rmSync'] as const
  const through = watched.map((name) => [
    name,
    (...args: never[]) => {
      disk.before(name)
      return (real[name] as (...args: never[]) => unknown)(...args)
    },
  ])
  return { ...real, ...Object.fromEntries(through) }
})

const validate = createValidator()
let home = ''
const folders = () => ({ results: join(home, 'results'), summaries: join(home, 'summaries') })
const store = () => createResultStore(folders(), validate)
const first = exampleResult()
const second = exampleResult({ run_id: '20261121-090000000-bbbb', status: 'failed', output: 'second' })
const third = exampleResult({ run_id: '20261122-090000000-cccc', output: 'third' })

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'results-'))
  await mkdir(folders().results)
  await mkdir(folders().summaries)
})
afterEach(async () => {
  disk.before = () => {}
  await rm(home, { recursive: true, force: true })
})

/** All files with what they are about: the run of a result, the text of a summary. */
async function state(): Promise<Record<string, string>> {
  const entries: [string, string][] = []
  for (const folder of [folders().results, folders().summaries]) {
    for (const name of await readdir(folder)) {
      const text = await readFile(join(folder, name), 'utf8')
      entries.push([name, name.endsWith('.json') ? (JSON.parse(text) as TaskResult).run_id : text])
    }
  }
  return Object.fromEntries(entries)
}

const AFTER_FIRST = { 'fix-login_result.json': first.run_id, 'fix-login_summary.txt': 'one' }
const AFTER_SECOND = {
  'fix-login_result.json': second.run_id,
  'fix-login_summary.txt': 'two',
  'fix-login_result.1.json': first.run_id,
  'fix-login_summary.1.txt': 'one',
}

test('a result and its summary are written and can be read back', async () => {
  const files = await store().write(first, 'one')

  expect(files).toEqual({
    result: join(home, 'results', 'fix-login_result.json'),
    summary: join(home, 'summaries', 'fix-login_summary.txt'),
  })
  expect(await state()).toEqual(AFTER_FIRST)
  expect(store().read('fix-login')).toEqual(first)
  expect(store().status('fix-login')).toBe('completed')
  expect([store().exists('fix-login'), store().exists('fix')]).toEqual([true, false])
})

test('a further run keeps the earlier ones under numbers', async () => {
  await store().write(first, 'one')
  await store().write(second, 'two')
  await store().write(third, 'three')

  expect(await state()).toEqual({
    ...AFTER_SECOND,
    'fix-login_result.json': third.run_id,
    'fix-login_summary.txt': 'three',
    'fix-login_result.2.json': second.run_id,
    'fix-login_summary.2.txt': 'two',
  })
  expect(store().read('fix-login')).toEqual(third)
})

test('numbers go on behind the highest, whatever was pruned', async () => {
  await store().write(first, 'one')
  await writeFile(join(folders().results, 'fix-login_result.7.json'), JSON.stringify(third))
  await store().write(second, 'two')

  expect(await state()).toMatchObject({ 'fix-login_result.8.json': first.run_id, 'fix-login_summary.8.txt': 'one' })
})

test('the same run written again replaces its files and keeps nothing', async () => {
  await store().write({ ...first, output: 'torn from me' }, 'zero')
  await store().write(first, 'one')

  expect(await state()).toEqual(AFTER_FIRST)
  expect(store().read('fix-login')).toEqual(first)
})

test('a file in the place of the result that is none of ours is kept, not overwritten', async () => {
  await writeFile(join(folders().results, 'fix-login_result.json'), '"mine"')
  await store().write(first, 'one')

  expect(await readFile(join(folders().results, 'fix-login_result.1.json'), 'utf8')).toBe('"mine"')
  expect(store().read('fix-login')).toEqual(first)
})

test('ids that continue or contain each other do not touch each other', async () => {
  await store().write(first, 'one')
  await store().write({ ...second, task_id: 'fix' }, 'two')
  await store().write({ ...third, task_id: 'fix-login_result.1' }, 'three')

  expect(await state()).toEqual({
    ...AFTER_FIRST,
    'fix_result.json': second.run_id,
    'fix_summary.txt': 'two',
    'fix-login_result.1_result.json': third.run_id,
    'fix-login_result.1_summary.txt': 'three',
  })
})

test('a result that breaks the schema is a bug, and nothing is written', async () => {
  const wrong = { ...first, turns: -1 }

  expect(() => store().check(wrong)).toThrow('the result of fix-login breaks its schema: /turns must be >= 0')
  await expect(store().write(wrong, 'one')).rejects.toThrow('/turns must be >= 0')
  expect(await state()).toEqual({})
})

test('a result that is torn or foreign is not there', async () => {
  for (const text of ['', '{"schema_version":1', 'null', '[]', '{"schema_version":1}', '{"schema_version":2,"task_id":"a"}']) {
    await writeFile(join(folders().results, 'fix-login_result.json'), text)
    expect(store().read('fix-login')).toBeUndefined()
    expect(store().status('fix-login')).toBeUndefined()
    expect(store().exists('fix-login')).toBe(true)
  }
})

describe('at whichever step the process is killed', () => {
  /** Lets a number of steps through; nothing after them happens, cleaning up included. */
  const killAfter = (steps: number) => {
    let left = steps
    disk.before = () => {
      if (left === 0) throw new Error('killed')
      left -= 1
    }
    return () => left > 0
  }

  /** The state without the temporary files that a killed process leaves; the same names are never used twice. */
  const visible = async () => Object.fromEntries(Object.entries(await settled()).filter(([name]) => !name.startsWith('.')))
  const settled = async () => {
    for (const folder of [folders().results, folders().summaries]) {
      for (const name of await readdir(folder)) if (name.endsWith('.tmp')) await rm(join(folder, name))
    }
    return state()
  }

  const clear = async () => {
    for (const folder of [folders().results, folders().summaries]) {
      await rm(folder, { recursive: true })
      await mkdir(folder)
    }
  }

  test('of a first run, there is no result without its summary, and writing again completes it', async () => {
    const seen = new Set<string>()
    for (let steps = 0, over = false; !over; steps += 1) {
      await clear()

      const isOver = killAfter(steps)
      over = await store()
        .write(first, 'one')
        .then(isOver, () => false)
      disk.before = () => {}

      const names = Object.keys(await visible())
      seen.add(names.join())
      expect(names).not.toEqual(['fix-login_result.json'])
      await store().write(first, 'one')
      expect(await state()).toEqual(AFTER_FIRST)
    }
    expect([...seen]).toEqual(['', 'fix-login_summary.txt', 'fix-login_result.json,fix-login_summary.txt'])
  })

  test('of a further run, each file is the old or the new one, and writing again completes it without a second copy', async () => {
    const seen = new Set<string>()
    for (let steps = 0, over = false; !over; steps += 1) {
      await clear()
      await store().write(first, 'one')

      const isOver = killAfter(steps)
      over = await store()
        .write(second, 'two')
        .then(isOver, () => false)
      disk.before = () => {}

      const now = await visible()
      seen.add(JSON.stringify(now))
      expect([first.run_id, second.run_id]).toContain(now['fix-login_result.json'])
      if (now['fix-login_result.json'] === second.run_id) expect(now).toEqual(AFTER_SECOND)
      if (now['fix-login_summary.txt'] === 'two') expect(now).toMatchObject({ 'fix-login_summary.1.txt': 'one' })
      await store().write(second, 'two')
      expect(await state()).toEqual(AFTER_SECOND)
    }
    expect(seen.size).toBe(5)
  })
})

describe('where the disk refuses', () => {
  const fail = (call: string, code: string) => {
    disk.before = (name) => {
      if (name === call) throw Object.assign(new Error(`${code}: refused`), { code })
    }
  }

  test.each([
    ['openSync', 'EROFS'],
    ['openSync', 'EACCES'],
    ['writeFileSync', 'ENOSPC'],
    ['renameSync', 'EIO'],
  ])('%s failing with %s rejects with that error, changes nothing and leaves nothing behind', async (call, code) => {
    await store().write(first, 'one')
    fail(call, code)

    await expect(store().write(second, 'two')).rejects.toMatchObject({ code })
    expect(await state()).toEqual(AFTER_FIRST)
    disk.before = () => {}
    await store().write(second, 'two')
    expect(await state()).toEqual(AFTER_SECOND)
  })

  test('a folder that was deleted is made again', async () => {
    await rm(folders().results, { recursive: true })

    await store().write(first, 'one')
    expect((await readdir(folders().results)).length + (await readdir(folders().summaries)).length).toBe(2)
  })
})
