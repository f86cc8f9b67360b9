import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { findProgram } from './find-program.ts'

let root: string

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'orc-find-'))
  for (const folder of ['a', 'b/tool']) await mkdir(join(root, folder), { recursive: true })
  for (const name of ['a/text', 'a/other', 'b/other']) await writeFile(join(root, name), '')
  await chmod(join(root, 'b/other'), 0o755)
})
afterEach(() => rm(root, { recursive: true, force: true }))

describe.skipIf(process.platform === 'win32')('a program is looked for as the system does', () => {
  const find = (file: string, path = 'a:nowhere:b') => findProgram(file, { path, cwd: root })

  test('the first on PATH that can be executed is taken', () => {
    expect(find('other')).toEqual({ ok: true, path: join(root, 'b/other') })
  })

  test('a name with a slash is looked for just there', () => {
    expect([find('b/other', ''), find(join(root, 'b/other'), '')]).toEqual(Array(2).fill({ ok: true, path: join(root, 'b/other') }))
    expect(find('./other')).toEqual({ ok: false, code: 'ENOENT' })
  })

  test('what cannot be executed is told from what is not there', () => {
    expect([find('text'), find('tool'), find('a/text/x'), find('none')]).toEqual([
      { ok: false, code: 'EACCES' },
      { ok: false, code: 'EACCES' },
      { ok: false, code: 'ENOENT' },
      { ok: false, code: 'ENOENT' },
    ])
  })

  test('without a PATH the places of the system are looked through', () => {
    expect(findProgram('sh', { cwd: root })).toMatchObject({ ok: true })
  })
})
