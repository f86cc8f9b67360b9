import { execFile } from 'node:child_process'
import { access, chmod, lstat, mkdir, open, readdir, readFile, readlink, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { tellDaemon } from '../../src/control/client.ts'
import type { Home, HomeOptions } from '../helpers/home.ts'
import { asPlainUser, makePipe, mountSmallDisk } from '../helpers/machine.ts'
import { needs } from '../helpers/needs.ts'
import type { ProcessOptions, RunningOrchestrator } from '../helpers/process.ts'
import { type Call, callsIn, makeStandInHome, namesOf, taskFile } from '../helpers/stand-in.ts'
import { until } from '../helpers/until.ts'

/** A home with a daemon at work in it. */
async function busyHome(options: HomeOptions = {}): Promise<Home> {
  const home = await makeStandInHome({ ...options, env: { MAX_CONCURRENT_TASKS: '4', ...options.env } })
  await startDaemon(home)
  return home
}

async function startDaemon(home: Home, options?: ProcessOptions): Promise<RunningOrchestrator> {
  const daemon = home.start(['start'], options)
  await daemon.until(/watching/)
  return daemon
}

let good = 0

/** The daemon goes on: a good task that is dropped now gets done. */
async function expectToGoOn(home: Home): Promise<void> {
  good += 1
  await home.drop(`good-${good}`, taskFile({}))
  expect(await home.waitForResult(`good-${good}`)).toMatchObject({ status: 'completed' })
}

async function reasonOf(home: Home, name: string): Promise<Record<string, unknown>> {
  const path = join(home.paths.rejected, `${name}.reason.json`)
  return JSON.parse(await until(() => readFile(path, 'utf8')))
}

async function callFor(home: Home, id: string): Promise<Call | undefined> {
  const { run_id } = await home.waitForResult(id)
  return (await callsIn(home)).find(({ run }) => run === run_id)
}

let home: Home
beforeAll(async () => {
  home = await busyHome({
    files: { '../work/secret.txt': 'Tell nobody.\n', '../work/file.txt': '', '../outside/private.txt': '' },
  })
  await symlink(join(home.work, '../outside'), join(home.work, 'way-out'), 'junction')
})
afterAll(() => home[Symbol.asyncDispose]())

describe('a file that says nothing an agent could do is rejected as it is, with its reason', () => {
  const bomb = [
    'a: &a [x,x,x,x,x,x,x,x,x]',
    ...'bcdefgh'.split('').map(
      (key, at) =>
        `${key}: &${key} [${'*'
          .concat('abcdefg'[at] ?? '')
          .concat(',')
          .repeat(9)}]`,
    ),
  ]
  const ran = () => join(home.env.HOME ?? '', 'ran')
  const code = () => `require('node:fs').writeFileSync(${JSON.stringify(ran())}, '')`

  const texts: readonly [string, () => string | Uint8Array, Record<string, unknown>][] = [
    [
      'an unknown key',
      () => taskFile({ type: 'fix', priorty: 'high' }),
      { code: 'unknown_key', line: 3, message: /^line 3: priorty: unknown key, did you mean priority\?$/ },
    ],
    [
      'a value of the wrong type',
      () => taskFile({ max_turns: 'many' }),
      { code: 'bad_value', line: 2, message: /max_turns: expected a whole number, 0 or more, found "many"/ },
    ],
    [
      'a budget below nothing',
      () => taskFile({ max_budget_usd: -1 }),
      { code: 'bad_value', line: 2, message: /max_budget_usd: expected a number above 0/ },
    ],
    ['a key this version cannot honour', () => taskFile({ image: 'node' }), { code: 'unsupported_key', line: 2, message: /image/ }],
    [
      'YAML that does not parse',
      () => '---\ntype: fix\ntags: [a, b\npriority: high\n---\nDo it.\n',
      { code: 'bad_yaml', line: 4, column: 1, message: /^line 4, column 1: / },
    ],
    [
      'front matter in JavaScript',
      () => `---js\n${code()}\n---\nDo it.\n`,
      { code: 'front_matter_language', line: 1, message: /"---js".*nothing is run/ },
    ],
    [
      'front matter in CoffeeScript',
      () => `---coffee\n${code()}\n---\nDo it.\n`,
      { code: 'front_matter_language', line: 1, message: /"---coffee"/ },
    ],
    [
      'a YAML tag that calls a function',
      () => `---\ntype: !!js/function |\n  function () { ${code()} }\n---\nDo it.\n`,
      { code: 'bad_yaml', line: 2, column: 7, message: /^line 2/ },
    ],
    [
      'aliases that would fill the memory',
      () => `---\n${bomb.join('\n')}\n---\nDo it.\n`,
      { code: 'bad_yaml', line: 4, column: 8, message: /an alias of what holds an alias/ },
    ],
    [
      'front matter without an end',
      () => '---\ntype: fix\n\nDo it.\n',
      { code: 'front_matter_unclosed', line: 1, message: /never closed/ },
    ],
    ['a NUL byte', () => 'Do it.\nAnd \0this.\n', { code: 'nul_byte', line: 2, column: 5, message: /^line 2, column 5: a NUL byte/ }],
    [
      'bytes that are not UTF-8',
      () => Buffer.from('Räume auf.\n', 'latin1'),
      { code: 'not_utf8', line: 1, column: 2, message: /byte 0xe4 is not UTF-8/ },
    ],
    ['UTF-16', () => Buffer.from('\ufeffDo it.', 'utf16le'), { code: 'not_utf8', line: 1, column: 1, message: /UTF-16/ }],
    ['nothing at all', () => '', { code: 'empty_file', message: /empty/ }],
    ['blank lines alone', () => '\n \n\t\n', { code: 'empty_file', message: /empty/ }],
    ['2 MiB', () => Buffer.alloc(2 << 20, 'work '), { code: 'too_large', message: /2097152 bytes.*1048576/ }],
    [
      'front matter of 20 KiB',
      () => taskFile({ tags: 'x'.repeat(20 << 10) }),
      { code: 'too_large', line: 1, message: /front matter is larger/ },
    ],
    [
      'no prompt below the front matter',
      () => '---\ntype: fix\n---\n\n',
      { code: 'no_prompt', line: 4, message: /nothing below the front matter/ },
    ],
    [
      'an empty Prompt section',
      () => '# Title\n\n**Prompt:**\n\n**Context:**\nLong ago.\n',
      { code: 'no_prompt', line: expect.any(Number), message: /the Prompt section is empty/ },
    ],
    [
      'an id that leads out of the folder',
      () => taskFile({ id: '../../outside' }),
      { code: 'bad_value', line: 2, message: /id: expected letters, digits/ },
    ],
  ]
  const idOf = (title: string) => title.replaceAll(/\W+/g, '-')
  beforeAll(async () => {
    for (const [title, content] of texts) {
      // Moved in, so that none of them is seen before it is written.
      const staged = join(home.paths.tasks, `.${idOf(title)}`)
      await writeFile(staged, content())
      await rename(staged, join(home.paths.tasks, `${idOf(title)}.task.md`))
    }
  })

  test.each(texts)('%s', async (title, content, { message, ...reason }) => {
    const id = idOf(title)
    const bytes = Buffer.from(content())
    expect(await reasonOf(home, `${id}.task.md`)).toEqual({
      file: `${id}.task.md`,
      message: expect.stringMatching(message as RegExp),
      hint: expect.stringMatching(/^\p{Lu}.*\.$/u),
      rejected: expect.any(String),
      ...reason,
    })
    await until(async () => expect((await readFile(join(home.paths.rejected, `${id}.task.md`))).equals(bytes)).toBe(true))
    const told = expect.objectContaining({ event: 'task_rejected', file: `${id}.task.md`, code: reason.code })
    await until(async () => expect(await home.events()).toContainEqual(told))
    await expect(access(ran())).rejects.toThrow('ENOENT')
    expect(await readdir(home.paths.results)).not.toContain(`${id}_result.json`)
  })

  test('a name as long as names can be', async () => {
    const name = `${'登'.repeat(82)}.task.md`
    await writeFile(join(home.paths.tasks, name), 'Do \0 it.')

    const kept = `${'登'.repeat(66)}.task.md`
    expect(await reasonOf(home, kept)).toMatchObject({ file: name, code: 'nul_byte' })
    await until(async () => expect(await readFile(join(home.paths.rejected, kept), 'utf8')).toBe('Do \0 it.'))
  })

  test('a second file of the same name is rejected beside the first', async () => {
    await home.drop('twice', 'first \0')
    await reasonOf(home, 'twice.task.md')
    await until(async () => expect(await home.stateOf('twice')).toBe('rejected'))
    await home.drop('twice', 'second \0')
    expect(await reasonOf(home, 'twice.2.task.md')).toMatchObject({ file: 'twice.task.md', code: 'nul_byte' })

    await until(async () => expect(await readFile(join(home.paths.rejected, 'twice.2.task.md'), 'utf8')).toBe('second \0'))
    expect(await readFile(join(home.paths.rejected, 'twice.task.md'), 'utf8')).toBe('first \0')
  })

  test('the daemon goes on after all of them', async () => {
    for (const [title] of texts) await reasonOf(home, `${idOf(title)}.task.md`)
    await expectToGoOn(home)
    await expect(access(ran())).rejects.toThrow('ENOENT')
  })
})

describe('an entry that is no regular file', needs('posix'), () => {
  const entries: readonly [string, (path: string) => Promise<unknown>, (path: string) => Promise<unknown>][] = [
    [
      'a directory',
      async (path) => {
        await mkdir(`${path}.tmp`)
        await writeFile(join(`${path}.tmp`, 'inside'), '')
        await rename(`${path}.tmp`, path)
      },
      async (path) => expect(await readdir(path)).toEqual(['inside']),
    ],
    [
      'a symbolic link',
      (path) => symlink(join(home.work, 'secret.txt'), path),
      async (path) => expect(await readlink(path)).toBe(join(home.work, 'secret.txt')),
    ],
    ['a symbolic link to nothing', (path) => symlink('/nowhere', path), async (path) => expect(await readlink(path)).toBe('/nowhere')],
    ['a named pipe', makePipe, async (path) => expect((await lstat(path)).isFIFO()).toBe(true)],
  ]
  const nameOf = (title: string) => `${title.replaceAll(' ', '-')}.task.md`
  beforeAll(async () => {
    for (const [title, make] of entries) await make(join(home.paths.tasks, nameOf(title)))
  })

  test.each(entries)('%s is rejected as it is', async (title, _make, expectKept) => {
    const name = nameOf(title)
    expect(await reasonOf(home, name)).toMatchObject({ code: 'not_a_file', message: `The entry is ${title.replace(' to nothing', '')}.` })
    await until(() => expectKept(join(home.paths.rejected, name)))
  })

  test('the daemon goes on after all of them, and no agent has seen what one of them leads to', async () => {
    for (const [title] of entries) await reasonOf(home, nameOf(title))
    await expectToGoOn(home)
    expect((await callsIn(home)).filter(({ stdin }) => stdin.includes('Tell nobody'))).toEqual([])
  })
})

test('what takes the place of a waiting file is turned away as what it is', needs('posix'), async () => {
  // Polling leaves time between the change and the news of it, in which the file is claimed.
  await using other = await busyHome({ env: { WATCH_POLLING: 'true', RESCAN_SEC: '3600' } })
  await tellDaemon(other.paths, 'pause', {})
  await other.drop('swapped', taskFile({}))
  await until(async () => expect(await tellDaemon(other.paths, 'status', {})).toMatchObject({ queuedCount: 1 }))
  await makePipe(join(other.paths.home, 'pipe'))
  await rename(join(other.paths.home, 'pipe'), join(other.paths.tasks, 'swapped.task.md'))
  await tellDaemon(other.paths, 'resume', {})

  expect(await reasonOf(other, 'swapped.task.md')).toMatchObject({ code: 'not_a_file', message: 'The entry is a named pipe.' })
  await expectToGoOn(other)
})

describe('ids that were used before', () => {
  test('a file with the id of another becomes -2, then -3, and nothing is overwritten', async () => {
    for (const [at, want] of ['same', 'same-2', 'same-3'].entries()) {
      await home.drop(`file-${at}`, taskFile({ id: 'same' }, `Number ${at}.`))
      expect(await home.waitForResult(want)).toMatchObject({ task_id: want, source: { file: `file-${at}.task.md` } })
    }
    for (const [at, id] of ['same', 'same-2', 'same-3'].entries()) {
      expect(await readFile(join(home.paths.processed, `${id}.task.md`), 'utf8')).toContain(`Number ${at}.`)
      expect((await callFor(home, id))?.stdin).toBe(`Number ${at}.`)
    }
  })

  test('two files with one id that come at the same time are two tasks', async () => {
    await Promise.all(['one', 'two'].map((name) => home.drop(name, taskFile({ id: 'both' }, name))))

    const sources = [await home.waitForResult('both'), await home.waitForResult('both-2')].map(({ source }) => source.file)
    expect(sources.sort()).toEqual(['one.task.md', 'two.task.md'])
  })

  test('a file of the same name is a further task', async () => {
    await home.drop('again', taskFile({}, 'First.'))
    await home.waitForResult('again')
    await home.drop('again', taskFile({}, 'Second.'))
    await home.waitForResult('again-2')

    expect([(await callFor(home, 'again'))?.stdin, (await callFor(home, 'again-2'))?.stdin]).toEqual(['First.', 'Second.'])
  })

  test('an id that differs only in case counts as used, as it is on many disks', async () => {
    await home.drop('lower', taskFile({ id: 'case' }))
    await home.waitForResult('case')
    await home.drop('upper', taskFile({ id: 'CASE' }))

    expect(await home.waitForResult('CASE-2')).toMatchObject({ task_id: 'CASE-2', status: 'completed' })
    expect((await readdir(home.paths.results)).filter((name) => /^case/i.test(name)).sort()).toEqual([
      'CASE-2_result.json',
      'case_result.json',
    ])
  })
})

describe('a working directory that cannot be used fails the task before any agent is started', () => {
  const directories: readonly [id: string, cwd: string, code: string, message: RegExp][] = [
    ['missing', 'not/there', 'cwd_missing', /not\/there does not exist/],
    ['a-file', 'file.txt', 'cwd_missing', /file\.txt is not a directory/],
    ['through-a-link', 'way-out', 'cwd_outside_root', /outside lies outside the allowed root .*work/],
    ['upwards', '../outside', 'cwd_outside_root', /lies outside/],
    ['absolute', '/', 'cwd_outside_root', /lies outside/],
  ]
  beforeAll(async () => {
    for (const [id, cwd] of directories) await home.drop(id, taskFile({ cwd }))
  })

  test.each(directories)('%s', async (id, _cwd, code, message) => {
    expect(await home.waitForResult(id)).toMatchObject({
      status: 'failed',
      failure: { code, message: expect.stringMatching(message), retryable: false },
      attempts: [],
    })
    expect(await home.stateOf(id)).toBe('failed')
    expect(namesOf(await home.events(id))).not.toContain('claude_started')
  })

  test('the daemon goes on after all of them', async () => {
    for (const [id] of directories) await home.waitForResult(id)
    await expectToGoOn(home)
  })
})

describe('how a file comes to be', () => {
  const SETTLE_MS = 400
  let home: Home
  beforeAll(async () => {
    home = await busyHome({ env: { TASK_SETTLE_MS: String(SETTLE_MS) } })
  })
  afterAll(() => home[Symbol.asyncDispose]())

  const inTasks = (name: string) => join(home.paths.tasks, name)

  /** Writes a file line by line, evenly over so many milliseconds; gives the longest pause between two of them, which the machine may have made. */
  async function writeSlowly(path: string, lines: readonly string[], ms: number): Promise<number> {
    let longest = 0
    let last = performance.now()
    const file = await open(path, 'w')
    for (const line of lines) {
      await file.write(`${line}\n`)
      longest = Math.max(longest, performance.now() - last)
      last = performance.now()
      await sleep(ms / lines.length)
    }
    await file.close()
    return longest
  }

  test('one that is written for five times the settle time is read when it is complete', async () => {
    const lines = ['---', 'type: summarize', '---', ...Array.from({ length: 57 }, (_, at) => `line ${at}`)]
    let slow = 'slow'
    // Where the machine stops the writer for so long, nobody can tell that it goes on: then another file is written.
    while ((await writeSlowly(inTasks(`${slow}.task.md`), lines, 5 * SETTLE_MS)) > SETTLE_MS / 2) slow += '-again'

    expect(await home.waitForResult(slow)).toMatchObject({ type: 'summarize', status: 'completed' })
    expect((await callFor(home, slow))?.stdin).toBe(lines.slice(3).join('\n'))
    expect(namesOf(await home.events(slow)).filter((name) => name === 'task_received')).toEqual(['task_received'])
  })

  const OLD = taskFile({}, 'The old text.')
  const NEW = taskFile({}, 'The new text.')

  /** Has a file edited while the queue is paused. */
  async function editWaiting(id: string, edit: (path: string) => Promise<unknown>): Promise<void> {
    await tellDaemon(home.paths, 'pause', {})
    await home.drop(id, OLD)
    const queued = async () => (await tellDaemon(home.paths, 'status', {})).queued.map((task) => task.id)
    await until(async () => expect(await queued()).toContain(id))
    await edit(inTasks(`${id}.task.md`))
  }

  /** Has a waiting file edited, and expects that what was saved runs, once. */
  async function expectEditToRun(id: string, edit: (path: string) => Promise<unknown>): Promise<void> {
    await editWaiting(id, edit)
    await expectSavedToRun(id)
  }

  async function expectSavedToRun(id: string): Promise<void> {
    await tellDaemon(home.paths, 'resume', {})
    expect((await callFor(home, id))?.stdin).toBe('The new text.')
    await expectToGoOn(home)
    expect((await callsIn(home)).filter(({ stdin }) => stdin === 'The old text.')).toEqual([])
    const ofIt = async (folder: string) => (await readdir(folder)).filter((name) => name.startsWith(id))
    expect([await ofIt(home.paths.rejected), await ofIt(home.paths.results)]).toEqual([[], [`${id}_result.json`]])
  }

  test('VS Code empties the file and writes it anew', async () => {
    let id = 'vscode'
    let emptyMs = 0
    const save = async (path: string) => {
      const began = performance.now()
      await truncate(path)
      await sleep(SETTLE_MS / 4)
      await writeFile(path, NEW)
      emptyMs = performance.now() - began
    }
    await editWaiting(id, save)
    // Where the machine left it empty for so long that it may have been turned away for that, another one is edited.
    while (emptyMs > SETTLE_MS) {
      id = `${id}-again`
      await editWaiting(id, save)
    }
    await expectSavedToRun(id)
  })

  test('many editors write beside it and rename', async () => {
    await expectEditToRun('rename', async (path) => {
      await writeFile(`${path}.tmp`, NEW)
      await rename(`${path}.tmp`, path)
    })
  })

  test('others rename the old one to a backup and write a new one', async () => {
    await expectEditToRun('backup', async (path) => {
      await writeFile(inTasks('.backup.task.md.swp'), 'swap')
      await rename(path, `${path}~`)
      await writeFile(path, NEW)
    })
    expect((await readdir(home.paths.tasks)).filter((name) => name.includes('backup'))).toEqual(['.backup.task.md.swp', 'backup.task.md~'])
  })

  test('vim saves', needs('vim'), async () => {
    await expectEditToRun('vim', (path) =>
      promisify(execFile)('vim', ['-Nu', 'NONE', '-es', '-c', 'set backup writebackup', '-c', '%s/old/new/', '-c', 'wq', path], {
        env: home.env,
      }),
    )
  })

  test('a file that is gone before it is claimed leaves nothing behind, its id included', async () => {
    await tellDaemon(home.paths, 'pause', {})
    for (let at = 0; at < 20; at += 1) await home.drop(`fleeting-${at}`, taskFile({}))
    await until(async () => expect(await tellDaemon(home.paths, 'status', {})).toMatchObject({ queuedCount: 20 }))
    const gone = Array.from({ length: 20 }, (_, at) => rm(inTasks(`fleeting-${at}.task.md`), { force: true })) // Some are claimed first.
    await Promise.all([tellDaemon(home.paths, 'resume', {}), ...gone])
    await expectToGoOn(home)

    await until(async () => {
      expect(await tellDaemon(home.paths, 'status', {})).toMatchObject({ running: [], queuedCount: 0 })
    })
    expect(await readdir(home.paths.running)).toEqual([])
    await home.drop('fleeting-19', taskFile({}))
    expect(await home.waitForResult('fleeting-19')).toMatchObject({ status: 'completed' })
  })

  test('names that no id can be are tasks too', async () => {
    await home.drop('Räum den Keller auf!', taskFile({}, 'Keller.'))
    await home.drop('登录', taskFile({}, '登录.'))

    const results = async () => (await readdir(home.paths.results)).filter((name) => /^(Raum|task-)/.test(name))
    await until(async () => expect(await results()).toHaveLength(2))
    expect((await results()).sort()).toEqual(['Raum-den-Keller-auf_result.json', expect.stringMatching(/^task-[0-9a-f]{8}_result\.json$/)])
    await expectToGoOn(home)
  })

  test('a prompt in Chinese with emoji comes through as it was written', async () => {
    const prompt = '修复登录超时 🐛：会话在 5 分钟后过期，应为 30 分钟。👩‍👩‍👧 e\u0301'
    await home.drop('chinese', `\ufeff${taskFile({ tags: ['登录'] }, prompt).replaceAll('\n', '\r\n')}`)

    expect(await home.waitForResult('chinese')).toMatchObject({ status: 'completed', title: prompt, tags: ['登录'] })
    expect((await callFor(home, 'chinese'))?.stdin).toBe(prompt)
    expect(await readFile(join(home.paths.summaries, 'chinese_summary.txt'), 'utf8')).toContain('修复登录超时 🐛')
  })
})

describe('a daemon that may not do all', needs('posix'), () => {
  let home: Home
  beforeAll(async () => {
    home = await makeStandInHome({ files: { 'tasks/closed.task.md': taskFile({}) } })
    await chmod(join(home.paths.tasks, 'closed.task.md'), 0)
    await startDaemon(home, await asPlainUser(home))
    await reasonOf(home, 'closed.task.md')
    await expectToGoOn(home)
  })
  afterAll(() => home[Symbol.asyncDispose]())

  test('rejects a file that it may not read as it is', async () => {
    expect(await reasonOf(home, 'closed.task.md')).toMatchObject({ code: 'unreadable', message: expect.stringContaining('EACCES') })
    const kept = join(home.paths.rejected, 'closed.task.md')
    await until(() => chmod(kept, 0o644))
    expect(await readFile(kept, 'utf8')).toBe(taskFile({}))
  })

  test('keeps results that cannot be written until they can, and no work is done twice', async () => {
    await chmod(home.paths.results, 0o555)
    await home.drop('kept', taskFile({}, 'play: write=done.txt'))

    await expectStorageHold(home)
    expect(await home.stateOf('kept')).toBe('running')
    await chmod(home.paths.results, 0o755)

    expect(await home.waitForResult('kept')).toMatchObject({
      status: 'completed',
      attempts: [{ outcome: 'completed' }],
      files_changed: [{ path: 'done.txt', change: 'added', lines_added: expect.any(Number), lines_removed: 0 }],
    })
    expect(namesOf(await home.events('kept')).filter((name) => name === 'claude_started')).toHaveLength(1)
    await expectToGoOn(home)
  })
})

describe('a disk that is full', needs('posix', 'small disk'), () => {
  let home: Home
  let daemon: RunningOrchestrator
  const disks: AsyncDisposable[] = []
  beforeAll(async () => {
    home = await makeStandInHome()
    disks.push(await mountSmallDisk(home.paths.results, '64k'), await mountSmallDisk(home.paths.tasks, '128k'))
    daemon = await startDaemon(home)
  })
  afterAll(async () => {
    await daemon.stop()
    for (const disk of disks) await disk[Symbol.asyncDispose]()
    await home[Symbol.asyncDispose]()
  })

  test('keeps results that do not fit until there is room', async () => {
    const filler = await fill(home.paths.results)
    await home.drop('big', taskFile({}))

    expect(await expectStorageHold(home)).toContain('ENOSPC')
    await home.drop('waits', taskFile({}))
    await rm(filler)

    expect(await home.waitForResult('big')).toMatchObject({ status: 'completed', attempts: [{ outcome: 'completed' }] })
    expect(await home.waitForResult('waits')).toMatchObject({ status: 'completed' })
    await expectToGoOn(home)
    expect((await readdir(home.paths.results)).filter((name) => !name.endsWith('_result.json'))).toEqual([])
  })

  test('leaves files that cannot be claimed or rejected in the inbox until there is room', async () => {
    await home.drop('good', taskFile({}))
    await home.waitForResult('good')
    await home.drop('early', taskFile({}))
    await home.waitForResult('early')
    const filler = await fill(home.paths.tasks)
    await rename(join(home.paths.processed, 'good.task.md'), join(home.paths.tasks, 'claimed.task.md'))

    await expectStorageHold(home)
    expect(await home.stateOf('claimed')).toBe('queued')
    await rm(filler)

    expect(await home.waitForResult('claimed')).toMatchObject({ status: 'completed' })
    await expectToGoOn(home)
  })

  /** Uses up all that is left. */
  async function fill(directory: string): Promise<string> {
    const path = join(directory, 'filler')
    const file = await open(path, 'w')
    await expect(
      (async () => {
        for (;;) await file.write(Buffer.alloc(1024))
      })(),
    ).rejects.toThrow('ENOSPC')
    await file.close()
    return path
  }
})

async function expectStorageHold(home: Home): Promise<string> {
  return until(async () => {
    const { holds } = await tellDaemon(home.paths, 'status', {})
    expect(holds).toMatchObject([{ kind: 'storage', reason: expect.any(String) }])
    return holds[0]?.reason ?? ''
  })
}

test('an unattended run does not call it done when a file can be neither run nor rejected', needs('posix'), async () => {
  await using home = await makeStandInHome({ files: { 'tasks/bad.task.md': 'Do \0 it.' } })
  await mkdir(home.paths.rejected)
  const user = await asPlainUser(home)
  await chmod(home.paths.rejected, 0o555)

  expect(await home.run(['start', '--once'], user)).toMatchObject({ code: 75, stdout: expect.stringContaining('1 still queued') })
  expect(await home.stateOf('bad')).toBe('queued')
})

test('a default agent that does not exist is told before anything starts, on an empty inbox too', async () => {
  await using home = await makeStandInHome()
  const known = 'DEFAULT_AGENT must be one of claude, demo, not'
  expect(await home.run(['start', '--once', '--agent', 'nosuch'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining(`command line: ${known} "nosuch"`),
  })
  expect(await home.run(['start', '--once'], { env: { DEFAULT_AGENT: 'cluade' } })).toMatchObject({
    code: 2,
    stderr: expect.stringContaining(`environment: ${known} "cluade"; did you mean claude?`),
  })
})

test('a broken .env is told in full, with every line, and nothing is started', async () => {
  await using home = await makeStandInHome({
    files: {
      '.env': 'MAX_CONCURRENT_TASKS=many\nCLAUDE_TIMEOUT_SEC=-1\nthis is no assignment\nLOG_LEVL=info\n',
      'config/orchestrator.yaml': 'agents:\n  claude:\n    comand: x\n',
      'tasks/one.task.md': taskFile({}),
    },
  })

  const { code, stdout, stderr } = await home.run(['start', '--once'])

  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  const lines = stderr.split('\n')
  for (const problem of [
    /\.env line 1: MAX_CONCURRENT_TASKS .*number.*many/,
    /\.env line 2: CLAUDE_TIMEOUT_SEC .*-1/,
    /\.env line 3: must be NAME=value/,
    /\.env line 4: LOG_LEVL .*LOG_LEVEL/,
    /config\/orchestrator\.yaml line 3, column 5: agents\.claude\.comand .*command/,
  ])
    expect(lines).toContainEqual(expect.stringMatching(problem))
  expect(await home.stateOf('one')).toBe('queued')
})
