import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { resolveInside } from './safe-path.ts'

let top: string
let root: string

beforeAll(async () => {
  top = await realpath(await mkdtemp(join(tmpdir(), 'safe-path-')))
  root = join(top, 'root')
  await mkdir(join(root, 'project/deep'), { recursive: true })
  await mkdir(join(root, '..looks-like-parent'))
  await mkdir(join(top, 'root-sibling'))
  await writeFile(join(root, 'file'), '')
  await symlink(join(root, 'project'), join(root, 'inner-link'), 'junction')
  await symlink(join(top, 'root-sibling'), join(root, 'way-out'), 'junction')
  await symlink(join(root, 'nowhere'), join(root, 'dangling'), 'junction')
  await symlink(root, join(top, 'link-to-root'), 'junction')
})
afterAll(() => rm(top, { recursive: true, force: true }))

test.each([
  ['the root itself', '.', 'root'],
  ['a directory below it', 'project/deep', 'root/project/deep'],
  ['a link that stays inside', 'inner-link/deep', 'root/project/deep'],
  ['a name that begins with two dots', '..looks-like-parent', 'root/..looks-like-parent'],
])('%s is inside', (_, path, real) => {
  expect(resolveInside(root, path)).toEqual({ ok: true, path: join(top, real) })
})

test.each([
  ['the parent', '..', 'outside', '.'],
  ['a sibling whose name begins like the root', '../root-sibling', 'outside', 'root-sibling'],
  ['a link that leads out', 'way-out', 'outside', 'root-sibling'],
  ['a missing directory', 'nowhere/deep', 'missing', 'root/nowhere/deep'],
  ['a dangling link', 'dangling', 'missing', 'root/dangling'],
  ['a file', 'file', 'not_a_directory', 'root/file'],
  ['a path through a file', 'file/deep', 'not_a_directory', 'root/file/deep'],
  ['a path with a NUL byte', 'pro\0ject', 'missing', 'root/pro\0ject'],
])('%s is refused', async (_, path, reason, told) => {
  expect(resolveInside(root, path)).toEqual({ ok: false, reason, path: join(top, told) })
})

test('a root that is a link itself is resolved too', async () => {
  expect(resolveInside(join(top, 'link-to-root'), join(root, 'project'))).toEqual({ ok: true, path: join(root, 'project') })
})
