import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { expect, onTestFinished, test } from 'vitest'
import { exampleRecord } from '../../test/helpers/examples.ts'
import { homePaths } from '../config/home.ts'
import { makeFolders } from './folders.ts'
import { noteInRecord, readRecord, writeRecord } from './records.ts'

test.each([
  ['that gets shorter', 3, 1],
  ['that grows over a page', 1, 40],
  ['of several pages that gets short', 40, 1],
])('a note replaces a record %s, and leaves nothing beside it', async (_how, before, after) => {
  const folders = homePaths(mkdtempSync(`${tmpdir()}/records-`))
  onTestFinished(() => rmSync(folders.home, { recursive: true }))
  makeFolders(folders)
  const [attempt] = exampleRecord().attempts
  const record = (attempts: number) =>
    exampleRecord({ attempts: Array.from({ length: attempts }, () => attempt).flatMap((one) => one ?? []) })
  await writeRecord(folders, record(before))

  noteInRecord(folders, record(after))
  expect(readRecord(folders, 'fix-login')).toEqual(record(after))
  expect(readdirSync(folders.running)).toEqual(['fix-login.run.json'])
})
