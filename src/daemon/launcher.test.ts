import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { needs } from '../../test/helpers/needs.ts'
import { withFirstOnPath, writeLauncher } from './launcher.ts'

let directory: string
beforeAll(async () => {
  directory = join(await mkdtemp(join(tmpdir(), 'launcher-')), 'bin')
})
afterAll(() => rm(join(directory, '..'), { recursive: true }))

test('the launcher starts this very program with this very Node', needs('posix'), async () => {
  writeLauncher(directory)
  const path = join(directory, 'orchestrator')
  expect((await stat(path)).mode & 0o111).not.toBe(0)
  expect(await readFile(path, 'utf8')).toBe(
    `#!/bin/sh\nexec '${process.execPath}' '${join(import.meta.dirname, '../../bin/orchestrator.js')}' "$@"\n`,
  )
})

test('a directory comes first on PATH, whatever its case and even where there is none', () => {
  expect(withFirstOnPath('/x', { Path: '/bin', A: 'b' })).toEqual({ Path: `/x${delimiter}/bin`, A: 'b' })
  expect(withFirstOnPath('/x', {})).toEqual({ PATH: '/x' })
})
