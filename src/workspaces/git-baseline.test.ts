import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, lstatSync, mkdtempSync, readdirSync, readFileSync, realpathSync } from 'node:fs'
import { appendFile, chmod, chown, cp, mkdir, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { needs } from '../../test/helpers/needs.ts'
import type { Changes } from './contract.ts'
import { openGitBaseline } from './git-baseline.ts'

let place: string
let top: string
let scratch: string
let environment: Record<string, string>

beforeEach(async () => {
  place = realpathSync(mkdtempSync(join(tmpdir(), 'git-baseline-')))
  top = join(place, 'repository')
  scratch = join(place, 'state/scratch')
  environment = { PATH: process.env.PATH ?? '', HOME: join(place, 'home') }
  await Promise.all([mkdir(top), mkdir(join(place, 'home'))])
})
afterEach(() => rm(place, { recursive: true, force: true }))

function git(...args: string[]): string {
  const who = [
    '-c',
    'core.compression=0',
    '-c',
    'user.name=A',
    '-c',
    'user.email=a@example.org',
    '-c',
    'init.defaultBranch=main',
    '-c',
    'protocol.file.allow=always',
  ]
  return execFileSync('git', [...who, ...args], { cwd: top, env: environment, encoding: 'utf8', stdio: 'pipe' })
}

async function put(path: string, text: string | Buffer = 'one\n'): Promise<void> {
  await mkdir(dirname(join(top, path)), { recursive: true })
  await writeFile(join(top, path), text)
}

/** A repository whose work tree is clean. */
async function commit(files: Record<string, string | Buffer>): Promise<void> {
  if (!existsSync(join(top, '.git'))) git('init', '-q')
  for (const [path, text] of Object.entries(files)) await put(path, text)
  git('add', '-A')
  git('commit', '-q', '--allow-empty', '-m', 'work')
}

/** What is said to have changed after each step. */
async function after(steps: readonly (() => unknown)[], { cwd = top, ignored = [] as string[] } = {}): Promise<(Changes | null)[]> {
  await using baseline = await openGitBaseline({ cwd, ignored }, environment, scratch)
  if (!baseline) throw new Error('there should be a baseline')
  const told: (Changes | null)[] = []
  for (const step of steps) {
    await step()
    told.push(await baseline.changes())
  }
  return told
}

/** In short: `M 1 2 path` for a modified file with one line added and two removed. */
async function changesBy(step: () => unknown, where: { cwd?: string; ignored?: string[] } = {}): Promise<string[] | undefined> {
  const [changes] = await after([step], where)
  return inShort(changes)
}

function inShort(changes: Changes | null | undefined): string[] | undefined {
  const mark = { added: 'A', modified: 'M', deleted: 'D' }
  return changes?.files.map((file) => `${mark[file.change]} ${file.lines_added ?? '-'} ${file.lines_removed ?? '-'} ${file.path}`)
}

/** Whether git is taken for a directory at all. */
async function isUsed(cwd = top): Promise<boolean> {
  await using baseline = await openGitBaseline({ cwd, ignored: [] }, environment, scratch)
  return baseline !== undefined
}

/** Every file below a directory with its times and its content. */
function fingerprint(directory: string): string[] {
  const paths = readdirSync(directory, { recursive: true, encoding: 'utf8' }).sort()
  return paths.map((path) => {
    const stats = lstatSync(join(directory, path))
    const content = stats.isFile()
      ? createHash('sha1')
          .update(readFileSync(join(directory, path)))
          .digest('hex')
      : ''
    return [path, stats.mtimeMs, stats.ctimeMs, stats.size, content].join(' ')
  })
}

describe('what git tells of a directory', needs('git'), () => {
  test('is added, modified and deleted files with their lines, sorted by path, and a patch', async () => {
    await commit({ 'a.txt': 'one\ntwo\n', 'src/b.txt': 'x\n', 'old.txt': '1\n2\n3\n' })
    const [changes] = await after([
      async () => {
        await put('a.txt', 'one\n2\nthree\n')
        await put('src/new.txt', 'n\n')
        await rm(join(top, 'old.txt'))
      },
    ])
    expect(changes?.files).toEqual([
      { path: 'a.txt', change: 'modified', lines_added: 2, lines_removed: 1 },
      { path: 'old.txt', change: 'deleted', lines_added: 0, lines_removed: 3 },
      { path: 'src/new.txt', change: 'added', lines_added: 1, lines_removed: 0 },
    ])
    expect(changes?.patch).toContain('--- a/a.txt\n+++ b/a.txt\n@@ -1,2 +1,3 @@\n one\n-two\n+2\n+three\n')
    expect(changes?.patch).toContain('--- /dev/null\n+++ b/src/new.txt\n')
  })

  test('is nothing where nothing or only a time changed', async () => {
    await commit({ 'a.txt': 'one\n' })
    const past = new Date('2020-01-01T00:00:00Z')
    expect(await after([() => undefined, () => utimes(join(top, 'a.txt'), past, past)])).toEqual([
      { files: [], patch: '' },
      { files: [], patch: '' },
    ])
  })

  test('is only what came after a tree that was dirty', async () => {
    await commit({ 'edited.txt': 'one\n', 'again.txt': 'one\n', 'removed.txt': 'one\n', 'staged.txt': 'one\n', 'undone.txt': 'one\n' })
    await Promise.all(
      ['edited.txt', 'again.txt', 'staged.txt', 'undone.txt', 'loose.txt', 'kept.txt'].map((path) => put(path, 'one\ntwo\n')),
    )
    await rm(join(top, 'removed.txt'))
    git('add', 'staged.txt')
    const changes = await changesBy(async () => {
      await appendFile(join(top, 'again.txt'), 'three\n')
      await appendFile(join(top, 'loose.txt'), 'three\n')
      git('checkout', '-q', '--', 'undone.txt')
    })
    expect(changes).toEqual(['M 1 0 again.txt', 'M 1 0 loose.txt', 'M 0 1 undone.txt'])
  })

  test('is told anew each time, against the same beginning', async () => {
    await commit({ 'a.txt': 'one\n' })
    const told = await after([
      () => put('a.txt', 'one\ntwo\n'),
      () => put('b.txt'),
      () => Promise.all([put('a.txt', 'one\n'), rm(join(top, 'b.txt'))]),
    ])
    expect(told.map(inShort)).toEqual([['M 1 0 a.txt'], ['M 1 0 a.txt', 'A 1 0 b.txt'], []])
  })

  test('is the same whether it was committed, stashed on the way, or is on another branch', async () => {
    await commit({ 'a.txt': 'one\n', 'b.txt': 'one\n' })
    const changes = await changesBy(async () => {
      git('checkout', '-q', '-b', 'other')
      await commit({ 'a.txt': 'one\ntwo\n' })
      await put('b.txt', '1\n')
      git('stash')
      git('stash', 'pop')
      git('rm', '-q', '--cached', 'b.txt')
    })
    expect(changes).toEqual(['M 1 0 a.txt', 'M 1 1 b.txt'])
  })

  test('has a renamed file as one that was deleted and one that was added', async () => {
    await commit({ 'a.txt': 'one\ntwo\n' })
    expect(await changesBy(() => git('mv', 'a.txt', 'z.txt'))).toEqual(['D 0 2 a.txt', 'A 2 0 z.txt'])
  })

  test('has no lines of binary files, however they are written down, and the patch names them only', async () => {
    await commit({ 'a.bin': Buffer.from([0, 1, 2]), 'a.png': 'text after all\n', '.gitattributes': '*.png -diff\n' })
    const [changes] = await after([() => Promise.all([put('a.bin', Buffer.from([0, 3])), put('a.png', 'text\n')])])
    expect(inShort(changes)).toEqual(['M - - a.bin', 'M 1 1 a.png'])
    expect(changes?.patch).toContain('Binary files a/a.bin and b/a.bin differ\n')
  })

  test('has no lines of large files', async () => {
    const large = (text: string) => Buffer.alloc(4 * 1024 * 1024 + 1, text)
    await commit({ 'committed.txt': large('a\n'), 'becomes-small.txt': large('a\n') })
    await Promise.all([put('loose.txt', large('a\n')), put('untouched.txt', large('a\n')), put('goes.txt', large('a\n'))])
    const changes = await changesBy(async () => {
      await Promise.all(['committed.txt', 'new.txt', 'loose.txt'].map((path) => put(path, large('b\n'))))
      await put('becomes-small.txt', 'a\n')
      await rm(join(top, 'goes.txt'))
    })
    expect(changes).toEqual(['M - - becomes-small.txt', 'M - - committed.txt', 'D - - goes.txt', 'M - - loose.txt', 'A - - new.txt'])
  })

  test('has a patch that ends at a line with a note where it is long', async () => {
    await commit({})
    const [changes] = await after([() => put('a.txt', 'a line of text\n'.repeat(10_000))])
    expect(inShort(changes)).toEqual(['A 10000 0 a.txt'])
    expect(changes?.patch.length).toBeLessThan(66_000)
    expect(changes?.patch).toMatch(/\n\+a line of text\n\[cut here: the patch is longer\]\n$/)
  })

  test('leaves out ignored files and ignored paths, tracked or not', async () => {
    await commit({ '.gitignore': 'dist/\n', 'logs/tracked.txt': 'one\n', 'logs2/tracked.txt': 'one\n' })
    await mkdir(join(top, '.git/info'), { recursive: true })
    await appendFile(join(top, '.git/info/exclude'), '*.tmp\n')
    await mkdir(join(place, 'home/.config/git'), { recursive: true })
    await writeFile(join(place, 'home/.config/git/ignore'), '*.swp\n')
    const paths = ['dist/x.js', 'a.tmp', 'a.swp', 'logs/tracked.txt', 'logs/new.txt', 'logs2/tracked.txt', 'results']
    const changes = await changesBy(() => Promise.all(paths.map((path) => put(path, '2\n'))), {
      ignored: [join(top, 'logs'), join(top, 'results')],
    })
    expect(changes).toEqual(['M 1 1 logs2/tracked.txt'])
  })

  test('has what lies below the directory, by paths that start there', async () => {
    await commit({ 'a.txt': 'one\n', 'packages/p/src/b.txt': 'one\n', 'packages/q/c.txt': 'one\n', '.gitignore': '*.log\n' })
    const cwd = join(top, 'packages/p')
    const paths = ['a.txt', 'packages/p/src/b.txt', 'packages/p/new.txt', 'packages/p/x.log', 'packages/q/c.txt']
    const [changes] = await after([() => Promise.all(paths.map((path) => put(path, '2\n')))], { cwd })
    expect(inShort(changes)).toEqual(['A 1 0 new.txt', 'M 1 1 src/b.txt'])
    expect(changes?.patch).toContain('--- a/src/b.txt\n+++ b/src/b.txt\n')
  })

  test('begins with nothing in a repository without any commit', async () => {
    git('init', '-q')
    await put('before.txt')
    const [changes] = await after([() => Promise.all([put('new.txt'), appendFile(join(top, 'before.txt'), 'two\n')])])
    expect(inShort(changes)).toEqual(['M 1 0 before.txt', 'A 1 0 new.txt'])
  })

  test('is told in a linked work tree too', async () => {
    await commit({ 'a.txt': 'one\n' })
    git('worktree', 'add', '-q', join(place, 'linked'))
    top = join(place, 'linked')
    expect(lstatSync(join(top, '.git')).isFile()).toBe(true)
    expect(await changesBy(() => put('a.txt', '2\n'))).toEqual(['M 1 1 a.txt'])
  })

  test('is told where objects are named by SHA-256', async () => {
    git('init', '-q', '--object-format=sha256')
    await commit({ 'a.txt': 'one\n' })
    await put('large.txt', Buffer.alloc(5 * 1024 * 1024))
    expect(await changesBy(() => put('a.txt', '2\n'))).toEqual(['M 1 1 a.txt'])
  })

  test('is told where there is a merge with conflicts', async () => {
    await commit({ 'a.txt': 'one\n' })
    git('checkout', '-q', '-b', 'other')
    await commit({ 'a.txt': 'other\n' })
    git('checkout', '-q', 'main')
    await commit({ 'a.txt': 'main\n' })
    expect(() => git('merge', 'other')).toThrow()
    expect(await changesBy(() => put('a.txt', 'both\n'))).toEqual(['M 1 5 a.txt'])
  })

  test('takes other line ends for what they are to the repository', async () => {
    git('init', '-q')
    git('config', 'core.autocrlf', 'true')
    await commit({ 'a.txt': 'one\r\ntwo\r\n' })
    expect(await changesBy(() => put('a.txt', 'one\r\ntwo\r\nthree\r\n'))).toEqual(['M 1 0 a.txt'])
  })

  test('is told although the repository is deleted meanwhile, without lines of what it had', async () => {
    await commit({ 'a.txt': 'one\n', 'b.txt': 'one\n' })
    const changes = await changesBy(async () => {
      await rm(join(top, '.git'), { recursive: true })
      await put('a.txt', '2\n')
      git('init', '-q')
    })
    expect(changes).toEqual(['M - - a.txt'])
  })

  test('is not fooled by what the index of the repository is told to pass over', async () => {
    await commit({ 'a.txt': 'one\n' })
    const changes = await changesBy(async () => {
      git('update-index', '--assume-unchanged', 'a.txt')
      await put('a.txt', '2\n')
    })
    expect(changes).toEqual(['M 1 1 a.txt'])
  })

  test('has no files deleted that a sparse checkout left out', async () => {
    await commit({ 'a.txt': 'one\n', 'in/b.txt': 'one\n', 'out/c.txt': 'one\n' })
    git('sparse-checkout', 'set', '--cone', '--sparse-index', 'in')
    expect(await changesBy(() => put('in/b.txt', '2\n'))).toEqual(['M 1 1 in/b.txt'])
  })

  test('has a file that became a directory, and the reverse', async () => {
    await commit({ file: 'one\n', 'folder/x': 'one\n' })
    const changes = await changesBy(async () => {
      await Promise.all(['file', 'folder'].map((path) => rm(join(top, path), { recursive: true })))
      await Promise.all([put('file/x'), put('folder')])
    })
    expect(changes).toEqual(['D 0 1 file', 'A 1 0 file/x', 'A 1 0 folder', 'D 0 1 folder/x'])
  })
})

describe('on POSIX, what git tells of a directory', needs('git', 'posix'), () => {
  test('includes modes', async () => {
    await commit({ 'run.sh': 'one\n' })
    expect(await changesBy(() => chmod(join(top, 'run.sh'), 0o755))).toEqual(['M 0 0 run.sh'])
  })

  test('has any path as it is', async () => {
    const paths = [' a b ', 'café/ß.txt', 'line\nbreak', 'tab\there', '"quoted"', ':colon', '-dash', '*']
    await commit({ 'line\nbreak': 'zero\n' })
    const changes = await changesBy(() => Promise.all(paths.map((path) => put(path))))
    expect(changes).toEqual([...paths].sort().map((path) => (path.includes('\n') ? `M 1 1 ${path}` : `A 1 0 ${path}`)))
  })

  test('has a directory that became a link as its files and the link', async () => {
    await commit({ 'a/x': 'one\n', 'b/x': 'other\n' })
    const changes = await changesBy(async () => {
      await rm(join(top, 'a'), { recursive: true })
      await symlink('b', join(top, 'a'))
    })
    expect(changes).toEqual(['A 1 0 a', 'D 0 1 a/x'])
  })

  test('has no place for what is neither file nor link', async () => {
    await commit({ 'a.txt': 'one\n' })
    const changes = await changesBy(async () => {
      await rm(join(top, 'a.txt'))
      execFileSync('/usr/bin/env', ['mkfifo', join(top, 'a.txt'), join(top, 'pipe')])
    })
    expect(changes).toEqual(['D 0 1 a.txt'])
  })
})

describe('the repository of the user', needs('git', 'posix'), () => {
  test('is not touched: neither its index nor its objects nor anything else in it', async () => {
    await commit({ 'a.txt': 'one\n', 'b.txt': 'one\n' })
    await put('a.txt', 'dirty\n')
    const before = fingerprint(join(top, '.git'))
    expect(await changesBy(() => Promise.all([put('b.txt', '2\n'), put('new.txt')]))).toEqual(['M 1 1 b.txt', 'A 1 0 new.txt'])
    expect(fingerprint(join(top, '.git'))).toEqual(before)
  })

  test('runs nothing: no filter, fsmonitor, hook, external diff or textconv', async () => {
    const ran = join(place, 'ran')
    const program = join(place, 'program.sh')
    await writeFile(program, `#!/bin/sh\necho "$0 $*" >> '${ran}'\ncat\n`, { mode: 0o755 })
    await commit({ 'a.txt': 'one\n', 'b.txt': 'one\n' })
    await mkdir(join(place, 'hooks'))
    await cp(program, join(place, 'hooks/post-index-change'))
    const name = Object.entries({
      'core.fsmonitor': program,
      'core.hooksPath': join(place, 'hooks'),
      'diff.external': program,
      'diff.own.textconv': program,
      'diff.own.command': program,
      'filter.own.clean': program,
      'filter.own.smudge': program,
      'filter.own.required': 'true',
      'filter.process.process': program,
      'core.editor': program,
      'core.pager': program,
      'core.sshCommand': program,
      'alias.ls-files': `!${program}`,
    })
    const hostile = async () => {
      for (const [key, value] of name) git('config', key, value)
      git('config', '--file', join(place, 'home/.gitconfig'), 'filter.own.clean', program)
      await put('.gitattributes', '*.txt filter=own diff=own\n*.dat filter=process\n')
      await put('.git/info/attributes', '* filter=own\n')
      await Promise.all([put('a.txt', '2\n'), put('new.txt'), put('new.dat')])
    }
    await hostile()
    const again = () => Promise.all([put('a.txt', '3\n'), put('b.txt', '2\n'), put('new.dat', 'two\n')])
    await rm(ran, { force: true })
    expect(await changesBy(again)).toEqual(['M 1 1 a.txt', 'M 1 1 b.txt', 'M 1 1 new.dat'])
    expect(existsSync(ran)).toBe(false)
    git('status')
    expect(existsSync(ran), 'the programs do run where git follows the configuration').toBe(true)
  })

  test('leaves no temporary directory behind', async () => {
    await commit({ 'a.txt': 'one\n' })
    const baseline = await openGitBaseline({ cwd: top, ignored: [] }, environment, scratch)
    expect(readdirSync(scratch)).toEqual([expect.stringMatching(/^git-/)])
    await baseline?.[Symbol.asyncDispose]()
    expect(readdirSync(scratch)).toEqual([])
  })
})

describe('git is not taken', needs('git'), () => {
  test('outside of a repository, inside of .git and where it cannot be found', async () => {
    expect(await isUsed()).toBe(false)
    await commit({})
    expect(await isUsed(join(top, '.git'))).toBe(false)
    expect(await isUsed()).toBe(true)
    environment.PATH = ['.', place].join(delimiter)
    expect(await isUsed()).toBe(false)
  })

  test.skipIf(process.platform === 'win32')('and not even started where no directory above has a repository', async () => {
    await mkdir(join(place, 'bin'))
    await writeFile(join(place, 'bin/git'), `#!/bin/sh\n: > '${join(place, 'ran')}'\nexit 1\n`, { mode: 0o755 })
    environment.PATH = join(place, 'bin')
    await mkdir(join(top, 'deep/er'), { recursive: true })
    expect(await isUsed(join(top, 'deep/er'))).toBe(false)
    expect(existsSync(join(place, 'ran'))).toBe(false)
    await writeFile(join(top, '.git'), 'gitdir: elsewhere\n')
    expect(await isUsed(join(top, 'deep/er'))).toBe(false)
    expect(existsSync(join(place, 'ran'))).toBe(true)
  })

  test('where it fails', async () => {
    await commit({})
    await put('.git/index', 'no index')
    expect(await isUsed()).toBe(false)
  })

  test('for a directory that is ignored as a whole', async () => {
    await commit({ '.gitignore': '/build/\n', 'src/a.txt': 'one\n' })
    await put('build/deep/x')
    expect(await isUsed(join(top, 'build/deep'))).toBe(false)
    expect(await isUsed(join(top, 'src'))).toBe(true)
  })

  test('where there are repositories inside, whose changes it would not see', async () => {
    await commit({ 'a.txt': 'one\n' })
    git('init', '-q', 'nested')
    expect(await isUsed()).toBe(false)
    await rename(join(top, 'nested'), join(place, 'library'))
    execFileSync('git', ['-c', 'user.name=A', '-c', 'user.email=a@b', 'commit', '--allow-empty', '-qm', 'x'], {
      cwd: join(place, 'library'),
      env: environment,
    })
    expect(await isUsed()).toBe(true)
    git('submodule', '--quiet', 'add', join(place, 'library'), 'sub')
    expect(await isUsed()).toBe(false)
  })

  test.skipIf(process.getuid?.() !== 0)('for a repository of somebody else', async () => {
    await commit({})
    await chown(top, 12_345, 12_345)
    await chown(join(top, '.git'), 12_345, 12_345)
    expect(await isUsed()).toBe(false)
    await writeFile(join(place, 'home/.gitconfig'), `[safe]\ndirectory = ${top}\n`)
    expect(await isUsed()).toBe(true)
  })
})

test('a repository that comes to be inside is one added path', needs('git'), async () => {
  await commit({ 'a.txt': 'one\n' })
  const told = await after([
    () => Promise.all([git('init', '-q', 'empty'), git('clone', '-q', top, 'clone')]),
    () => put('clone/more.txt'),
    () => rm(join(top, 'clone'), { recursive: true }),
  ])
  expect(told.map(inShort)).toEqual([['A - - clone', 'A - - empty'], ['A - - clone', 'A - - empty'], ['A - - empty']])
})
