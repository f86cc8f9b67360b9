import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { listProjects } from './projects.ts'

let base: string
beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'projects-'))
})
afterEach(() => rm(base, { recursive: true, force: true }))

async function make(...paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    await mkdir(dirname(join(base, path)), { recursive: true })
    await (path.endsWith('/') ? mkdir(join(base, path), { recursive: true }) : writeFile(join(base, path), ''))
  }
}

test('a directory with a marker is a project, and so is one below a directory without', async () => {
  await make(
    'shop/package.json',
    'shop/plugins/package.json',
    'clients/acme/go.mod',
    'clients/globex/src/Portal.csproj', // too deep
    'clients/initech/Portal.sln',
    'cloned/.git/',
    'worktree/.git',
    'notes/today.md',
    'deep/er/still/package.json',
  )

  expect(await listProjects(base)).toEqual(['clients/acme', 'clients/initech', 'cloned', 'shop', 'worktree'])
})

test('hidden directories, packages, files and links are passed over', async () => {
  await make('.cache/package.json', 'node_modules/ollama/package.json', 'group/.hidden/package.json', 'group/node_modules/package.json')
  await make('package.json', 'app/Cargo.toml')
  await symlink(join(base, 'app'), join(base, 'link'), 'junction')

  expect(await listProjects(base)).toEqual(['app'])
})

test('no more than fifty are known', async () => {
  await make(...Array.from({ length: 60 }, (_, n) => `p${String(n).padStart(2, '0')}/Makefile`))

  expect(await listProjects(base)).toEqual(Array.from({ length: 50 }, (_, n) => `p${String(n).padStart(2, '0')}`))
})

test('what cannot be read holds nothing', async () => {
  await make('file')

  expect(await listProjects(join(base, 'missing'))).toEqual([])
  expect(await listProjects(join(base, 'file'))).toEqual([])
  expect(await listProjects('\0')).toEqual([])
})
