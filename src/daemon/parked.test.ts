import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type FileHome, makeFileHome } from '../../test/helpers/cli-home.ts'
import { exampleRecord } from '../../test/helpers/examples.ts'
import { makeRooms } from '../../test/helpers/rooms.ts'
import { parkTask, waitingFile } from '../inbox/park.ts'
import { runningFile, writeRecord } from '../inbox/records.ts'
import type { Candidate } from '../scheduler/candidate.ts'
import { Parked } from './parked.ts'

let home: FileHome
let parked: Parked
const problem = vi.fn()
const attempt = vi.fn()

beforeEach(async () => {
  vi.resetAllMocks()
  home = makeFileHome()
  parked = new Parked(makeRooms(home.paths, { attempt, problem }))
  await writeRecord(home.paths, exampleRecord({ task_id: 'a' }))
  writeFileSync(runningFile(home.paths, 'a'), 'Do it.\n')
  await parkTask(home.paths, 'a')
  parked.add('a')
})
afterEach(() => home[Symbol.dispose]())

test('a task that goes on lies in tasks/running/ again when it is handed on, as a run that was begun', async () => {
  const handed: Candidate[] = []
  await parked.goOn('a', (candidate) => {
    expect(existsSync(runningFile(home.paths, 'a'))).toBe(true)
    handed.push(candidate)
  })
  expect(handed).toMatchObject([{ key: 'running/a', taskId: 'a', begun: true }])
  expect([...parked.ids]).toEqual([])
})

test('while a task is on its way back it is not parked, and one can wait until it is handed on', async () => {
  const into = vi.fn()
  const gone = parked.goOn('a', into)
  expect([parked.moving, parked.ids.has('a')]).toEqual([true, false])
  await parked.moved('a')
  expect(into).toHaveBeenCalledOnce()
  await gone
  expect(parked.moving).toBe(false)
})

test('only what is parked is taken out, and once', async () => {
  const both = await Promise.all([parked.takeOut('a'), parked.takeOut('a'), parked.takeOut('b')])
  expect(both).toMatchObject([{ taskId: 'a' }, undefined, undefined])
})

test('where the disk refuses the move, the task is still parked', async () => {
  rmSync(home.paths.running, { recursive: true })
  await expect(parked.goOn('a', attempt)).rejects.toThrow('ENOENT')
  expect([parked.moving, [...parked.ids], existsSync(waitingFile(home.paths, 'a'))]).toEqual([false, ['a'], true])
})

test('of a file that was removed the log tells, and nothing is left of the run', async () => {
  rmSync(waitingFile(home.paths, 'a'))
  const into = vi.fn()
  await parked.goOn('a', into)
  expect(into).not.toHaveBeenCalled()
  expect(problem).toHaveBeenCalledExactlyOnceWith(expect.stringContaining('is gone from tasks/waiting/'), { task: 'a' })
  expect(existsSync(join(home.paths.running, 'a.run.json'))).toBe(false)
})
