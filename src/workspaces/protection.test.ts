import { mkdir, mkdtemp, readdir, readFile, realpath, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { needs } from '../../test/helpers/needs.ts'
import { homePaths, ownFolders } from '../config/home.ts'
import type { Mount } from '../lib/containment.ts'
import { type Protection, protectingMounts } from './protection.ts'

let root: string
let home: string
let protection: Protection

beforeEach(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'orc-')))
  home = join(root, 'home')
  const paths = homePaths(home)
  protection = { home, folders: ownFolders(paths), config: paths.config, secrets: paths.env, state: paths.state }
  for (const folder of [paths.tasks, paths.config, paths.state, join(home, 'work')]) await mkdir(folder, { recursive: true })
  await writeFile(paths.env, 'SECRET=1\n')
})
afterEach(() => rm(root, { recursive: true, force: true }))

/** Paths within the test's directory, by what is done with them. */
function told(mounts: readonly Mount[]): string[] {
  return mounts.filter(({ path }) => path.startsWith(root)).map(({ as, path }) => `${as} ${path.slice(root.length) || '/'}`)
}

describe('a home', needs('posix'), () => {
  test('that nobody works in looks empty but for its entries, without secrets, and cannot be moved away', async () => {
    for (const name of ['.env.swp', '.env.example', 'notes.md']) await writeFile(join(home, name), '')
    expect(told(protectingMounts(root, protection))).toEqual([
      'pinned /',
      'empty /home',
      ...['.env.example', 'config', 'notes.md', 'tasks', 'work'].map((name) => `read-only /home/${name}`),
    ])
  })

  test('of very many entries is kept as a whole, since so many mounts cannot be had', async () => {
    for (let number = 0; number < 300; number++) await writeFile(join(home, `note-${number}.md`), '')
    const run = join(protection.state, 'run', 'r1')
    expect(told(protectingMounts(join(home, 'work'), { ...protection, run }))).toEqual([
      ...['pinned /', 'read-only /home', 'read-only /home/.env', 'empty /home/.orchestrator'],
      ...['read-only /home/.orchestrator/run/r1', 'pinned /home/work'],
    ])
  })

  test('can be written where the task works in a directory inside, unless that is the own of the home', async () => {
    expect(told(protectingMounts(join(home, 'work'), protection)).at(-1)).toBe('pinned /home/work')
    expect(told(protectingMounts(join(home, 'tasks'), protection)).at(-1)).not.toMatch(/pinned/)
  })

  test('lets work be committed that is part of a repository around it in the home', async () => {
    await mkdir(join(home, '.git/objects'), { recursive: true })
    expect(told(protectingMounts(join(home, 'work'), protection)).slice(-2)).toEqual(['pinned /home/.git', 'pinned /home/work'])
    expect(told(protectingMounts(root, protection))).toContain('read-only /home/.git')
  })

  test('shows of its state what belongs to the run', async () => {
    const run = join(protection.state, 'run', 'r1')
    expect(told(protectingMounts(root, { ...protection, run }))).toContain('read-only /home/.orchestrator/run/r1')
    expect(told(protectingMounts(home, protection)).filter((mount) => mount.includes('.orchestrator'))).toEqual([
      'empty /home/.orchestrator',
    ])
  })

  test('that is worked in can be written but for its own, and what is missing of that is made first', async () => {
    const mounts = told(protectingMounts(home, protection))
    const own = ['tasks', 'results', 'summaries', 'logs', 'config', 'conversations', 'codebases', 'schedules', 'flows']
    expect(mounts).toEqual([
      ...['pinned /', 'pinned /home'],
      ...own.map((name) => `read-only /home/${name}`),
      ...['read-only /home/.env', 'empty /home/.orchestrator'],
    ])
    expect((await readdir(home)).sort()).toEqual(['.env', '.orchestrator', 'work', ...own].sort())
  })

  test('whose folder is a link is kept where that leads to', async () => {
    await rm(join(home, 'tasks'), { recursive: true })
    await mkdir(join(root, 'elsewhere/inbox'), { recursive: true })
    await symlink(join(root, 'elsewhere/inbox'), join(home, 'tasks'))
    const mounts = told(protectingMounts(join(home, 'work'), protection))
    expect(mounts).toEqual(expect.arrayContaining(['pinned /elsewhere', 'read-only /elsewhere/inbox', 'read-only /home/tasks']))
  })

  test('whose secrets are a link shows nothing where that leads to', async () => {
    await rm(join(home, '.env'))
    await mkdir(join(root, 'secrets'))
    await writeFile(join(root, 'secrets/env'), 'SECRET=1\n')
    await symlink(join(root, 'secrets/env'), join(home, '.env'))
    const mounts = protectingMounts(join(home, 'work'), protection)
    expect(mounts).toContainEqual({ as: 'read-only', path: join(root, 'secrets/env'), from: join(home, '.orchestrator/blank') })
    expect(told(mounts)).toContain('pinned /secrets')
  })

  test.each(['../state', 'kept/state'])('whose state is a link to %s shows nothing of it there either', async (place) => {
    const state = join(home, place)
    await mkdir(join(state, 'run/r1'), { recursive: true })
    await rm(protection.state, { recursive: true })
    await symlink(state, protection.state)
    const run = join(protection.state, 'run', 'r1')
    const mounts = told(protectingMounts(join(home, 'work'), { ...protection, run }))
    expect(mounts).toContain(`empty ${state.slice(root.length)}`)
    expect(mounts).toContain('read-only /home/.orchestrator/run/r1')
  })

  test('whose secrets are a link to another place in it shows none there', async () => {
    await rm(protection.secrets)
    await writeFile(join(home, 'work/secrets'), 'SECRET=1\n')
    await symlink('work/secrets', protection.secrets)
    expect(told(protectingMounts(root, protection)).at(-1)).toBe('read-only /home/work/secrets')
  })

  test('has what its configuration links to kept from being written', async () => {
    await mkdir(join(root, 'dotfiles'))
    await writeFile(join(root, 'dotfiles/settings.yaml'), '')
    await symlink(join(root, 'dotfiles/settings.yaml'), join(protection.config, 'orchestrator.yaml'))
    await symlink(join(root, 'nowhere'), join(protection.config, 'broken'))
    for (const cwd of [root, home, join(home, 'work')])
      expect(told(protectingMounts(cwd, protection))).toEqual(
        expect.arrayContaining(['pinned /dotfiles', 'read-only /dotfiles/settings.yaml']),
      )
  })

  test('that is worked in shows no copies of its secrets, but files of the work that are called alike', async () => {
    for (const name of ['.env~', '.env.bak', '.env.swp', '#.env#', '.env.test', '.env.example']) await writeFile(join(home, name), '')
    const mounts = told(protectingMounts(home, protection))
    expect(mounts).toEqual(expect.arrayContaining(['.env~', '.env.bak', '.env.swp', '#.env#'].map((name) => `read-only /home/${name}`)))
    expect(mounts.filter((mount) => /test|example/.test(mount))).toEqual([])
  })

  test.each(['tasks', '.env', '.orchestrator'])(
    'that is worked in cannot be kept where its %s is a link, which could be replaced',
    async (name) => {
      await rename(join(home, name), join(root, name))
      await symlink(join(root, name), join(home, name))
      expect(() => protectingMounts(home, protection)).toThrow(`${join(home, name)} is a link`)
      expect(() => protectingMounts(join(home, 'work'), protection)).not.toThrow()
    },
  )

  test('comes to be under its real path, whatever it is called', async () => {
    await symlink(home, join(root, 'alias'))
    const alias = homePaths(join(root, 'alias'))
    const own = { folders: ownFolders(alias), config: alias.config, secrets: alias.env, state: alias.state }
    const mounts = told(protectingMounts(root, { home: alias.home, ...own }))
    expect(mounts).toContain('empty /home')
    expect(mounts.filter((mount) => mount.includes('alias'))).toEqual([])
  })
})

test('the program of the daemon cannot be written, unless the task is to work on it', needs('posix'), async () => {
  const program = join(root, 'program')
  await mkdir(join(program, 'src'), { recursive: true })
  expect(told(protectingMounts(join(home, 'work'), { ...protection, program }))).toContain('read-only /program')
  for (const cwd of [join(program, 'src'), root])
    expect(told(protectingMounts(cwd, { ...protection, program }))).not.toContain('read-only /program')
})

describe('the settings of the user that govern an agent', needs('posix'), () => {
  const governing = (...directories: readonly string[]) => ({
    directories,
    files: ['settings.json'],
    folders: ['hooks'],
    others: /^settings.*\.json$/,
  })

  test('are made where they are missing and cannot be written, while the rest of their directory can', async () => {
    const directory = join(root, 'user', '.claude')
    await mkdir(dirname(directory))
    expect(told(protectingMounts(join(home, 'work'), { ...protection, governing: governing(directory) })).slice(0, 5)).toEqual([
      ...['pinned /', 'pinned /user', 'pinned /user/.claude'],
      ...['read-only /user/.claude/settings.json', 'read-only /user/.claude/hooks'],
    ])
    expect(await readFile(join(directory, 'settings.json'), 'utf8')).toBe('{}\n')
  })

  test('keep what they said, and take in others of their kind', async () => {
    const directory = join(root, 'user', '.claude')
    await mkdir(directory, { recursive: true })
    for (const name of ['settings.json', 'settings.work.json', 'history.jsonl']) await writeFile(join(directory, name), name)
    const mounts = told(protectingMounts(root, { ...protection, governing: governing(directory) }))
    expect(mounts).toContain('read-only /user/.claude/settings.work.json')
    expect(mounts).not.toContain('read-only /user/.claude/history.jsonl')
    expect(await readFile(join(directory, 'settings.json'), 'utf8')).toBe('settings.json')
  })

  test('are kept in every directory that can hold them', async () => {
    const [one, other] = [join(root, 'user', '.claude'), join(root, 'user', 'agents')]
    await mkdir(dirname(one))
    const mounts = told(protectingMounts(root, { ...protection, governing: governing(one, other, one) }))
    expect(mounts.filter((mount) => mount.endsWith('settings.json'))).toEqual([
      'read-only /user/.claude/settings.json',
      'read-only /user/agents/settings.json',
    ])
  })

  test('are not made for a user who has no home', async () => {
    protectingMounts(root, { ...protection, governing: governing(join(root, 'nobody', '.claude')) })
    expect(await readdir(root)).toEqual(['home'])
  })

  test('lie in the home where that is the home of the user, who then writes there but for what is kept', async () => {
    const directory = join(home, '.claude')
    const mounts = told(protectingMounts(join(home, 'work'), { ...protection, governing: governing(directory) }))
    expect(mounts.slice(0, 3)).toEqual(['pinned /', 'pinned /home', 'read-only /home/tasks'])
    expect(mounts.slice(-3)).toEqual(['pinned /home/.claude', 'read-only /home/.claude/settings.json', 'read-only /home/.claude/hooks'])
  })
})
