import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { lchown, mkdir, readdir, symlink } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeAskerHome, saidIn } from '../helpers/asker.ts'
import type { Home } from '../helpers/home.ts'
import { needs } from '../helpers/needs.ts'
import { release, taskFile } from '../helpers/stand-in.ts'
import { until } from '../helpers/until.ts'

const ATTACK = resolve(import.meta.dirname, '../fixtures/agents/attack.sh')
/** The package itself, which is what runs. */
const PROGRAM = resolve(import.meta.dirname, '../..')
/** The agent edits what the check of its owner runs. */
const EDIT = `cp ${ATTACK} check.sh`
const ENV = 'API_TOKEN=SECRET_VALUE_1234\n'
const YAML = 'types: {}\n'

/** Users of a daemon besides the one that runs the tests: only root can choose. */
const USERS = process.getuid?.() === 0 ? [{}, { uid: 4321 }] : [{}]

/** Where tasks work, seen from the home: the settings are those of the four layouts that there are. */
const PLACES = [
  { where: 'beside the home', base: '../work' },
  { where: 'in the home itself', base: '' },
  { where: 'in a directory of the home', base: 'work' },
  { where: 'above the home', base: '..' },
]
const CASES = PLACES.flatMap((place) => USERS.map((user) => ({ ...place, user })))

function makeHome(base: string, env: Readonly<Record<string, string>> = {}): Promise<Home> {
  const files = { '.env': ENV, 'config/orchestrator.yaml': YAML, 'work/.keep': '', '../user/.claude/settings.json': '{}\n' }
  return makeAskerHome({ files, env: { CLAUDE_BASE_CWD: base, ...env } })
}

function attackOn({ paths, env }: Home): string {
  return `sh ${ATTACK} ${paths.home} ${env.HOME} ${PROGRAM}`
}

/** Everything of a test belongs to the user that its daemon runs as. */
async function giveTo({ uid }: { readonly uid?: number }, home: Home): Promise<void> {
  if (uid === undefined) return
  const root = dirname(home.paths.home)
  for (const name of await readdir(root, { recursive: true })) await lchown(join(root, name), uid, uid)
  await lchown(root, uid, uid)
}

function governedBy({ paths, env }: Home): string[] {
  return [paths.env, paths.yaml, join(env.HOME ?? '', '.claude/settings.json')].map((path) => readFileSync(path, 'utf8'))
}

describe('an attempt with a shell', needs('bwrap', 'user namespace'), () => {
  describe.each(CASES)('that works $where: $user', ({ base, user }) => {
    let home: Home

    // Both work in the same directory, one after the other.
    beforeAll(async () => {
      home = await makeHome(base)
      await home.drop('evil', taskFile({ permission_mode: 'bypassPermissions' }, `Work.\n$ ${attackOn(home)}\n$ echo done >work-done`))
      const check = `sh check.sh ${home.paths.home} ${home.env.HOME} ${PROGRAM} >said; cat said; test ! -s said`
      await home.drop('checked', taskFile({ verify: check }, `Work.\n$ ${EDIT}`))
      await giveTo(user, home)
      expect(await home.run(['start', '--once'], user)).toMatchObject({ code: 0 })
    })
    afterAll(() => home[Symbol.asyncDispose]())

    test('can neither change what governs it nor read its secrets', async () => {
      expect((await saidIn(home)).filter(({ line }) => line !== EDIT)).toEqual([
        { line: attackOn(home), code: 0, stdout: '', stderr: '' },
        { line: 'echo done >work-done', code: 0, stdout: '', stderr: '' },
      ])
      expect(governedBy(home)).toEqual([ENV, YAML, '{}\n'])
      expect(await home.waitForResult('evil')).toMatchObject({
        status: 'completed',
        files_changed: expect.arrayContaining([expect.objectContaining({ path: 'work-done', change: 'added' })]),
      })
      const planted = (await readdir(dirname(home.paths.home), { recursive: true })).filter((name) => name.includes('planted'))
      expect(planted).toEqual([])
    })

    test('nor can what its owner has checked by, which the agent has edited', async () => {
      const result = await home.waitForResult('checked')
      expect(result.verify).toEqual([expect.objectContaining({ exit_code: 0, output: '' })])
      expect(result.status).toBe('completed')
      expect((await saidIn(home)).filter(({ line }) => line === EDIT)).toMatchObject([{ code: 0 }])
      expect(governedBy(home)).toEqual([ENV, YAML, '{}\n'])
    })
  })

  test('finds no way around where the home, its state and its configuration are links: those lead it nowhere', async () => {
    await using home = await makeHome('../work')
    const root = dirname(home.paths.home)
    const at = (name: string) => join(root, name)
    await mkdir(at('state'))
    await symlink(at('state'), home.paths.state)
    renameSync(home.paths.yaml, at('settings.yaml'))
    await symlink(at('settings.yaml'), home.paths.yaml)
    await mkdir(at('links'))
    await symlink(home.paths.home, at('links/home'))
    const attacks = [
      `cat ${at('state/daemon.json')}`,
      `test -e ${at('state/control.sock')}`,
      `echo planted >${at('state/planted')}`,
      `mv ${at('state')} ${at('moved')}`,
      `echo "types: {}" >${at('settings.yaml')}`,
    ]
    const turned = `rm ${at('links/home')} && mkdir -p ${at('links/home/tasks')} && echo x >${at('links/home/tasks/x.task.md')}`
    await home.drop('evil', taskFile({}, ['Work.', ...[...attacks, turned].map((line) => `$ ${line}`)].join('\n')))
    expect(await home.run(['start', '--once', '--home', at('links/home')])).toMatchObject({ code: 0 })
    expect((await saidIn(home)).map(({ line, code }) => ({ line, worked: code === 0 }))).toEqual([
      ...attacks.map((line) => ({ line, worked: false })),
      { line: turned, worked: true },
    ])
    expect(await readdir(at('links/home/tasks'))).toEqual(['x.task.md'])
    expect(await home.waitForResult('evil')).toMatchObject({ status: 'completed' })
  })

  test('never sees secrets that its owner saves anew while it is at work, and makes nothing in a home that does not exist outside of it', async () => {
    await using home = await makeHome('../work')
    await mkdir(join(home.paths.home, 'notes'))
    const makes = [`echo x >${home.paths.home}/new.md`, `echo x >${home.paths.home}/notes/new.md`]
    const daemon = home.start(['start'])
    await home.drop(
      'waits',
      taskFile(
        {},
        [
          'Work.',
          ...makes.map((line) => `$ ${line}`),
          `$ touch ${home.env.HOME}/begun`,
          'until: saved',
          `$ cat ${home.paths.env} ${home.paths.home}/.env*`,
        ].join('\n'),
      ),
    )
    await until(async () => expect(existsSync(join(home.env.HOME ?? '', 'begun'))).toBe(true))
    const saved = join(home.paths.home, '.env.new')
    writeFileSync(saved, 'API_TOKEN=SECRET_VALUE_5678\n')
    renameSync(saved, home.paths.env)
    await release(home, 'saved')
    await home.waitForResult('waits')
    const said = await saidIn(home)
    expect(said.filter(({ line }) => makes.includes(line)).map(({ code }) => code)).toEqual([2, 2])
    expect(said.map(({ stdout }) => stdout).join('')).not.toContain('SECRET')
    await daemon.stop()
  })

  test.each(PLACES)('commits its work to the repository around it, where it works $where', async ({ base }) => {
    await using home = await makeHome(base)
    const git = 'git -c user.name=a -c user.email=a@b.example'
    await home.drop('commits', taskFile({}, `Work.\n$ echo x >new && git add new && ${git} commit -qm new && git log --format=%s`))
    const top = base === 'work' ? home.paths.home : dirname(home.paths.home)
    execFileSync('git', ['init', '-q', top], { env: home.env })
    expect(await home.run(['start', '--once'])).toMatchObject({ code: 0 })
    expect((await saidIn(home)).at(-1)).toMatchObject({ code: 0, stdout: 'new\n' })
  })
})

test('a task that names the state of the home as its directory is not started', needs('posix'), async () => {
  await using home = await makeHome('', { CLAUDE_ALLOWED_ROOT: '/' })
  await home.drop('inside', taskFile({ cwd: '.orchestrator' }))
  expect(await home.run(['start', '--once'])).toMatchObject({ code: 1 })
  expect(await home.waitForResult('inside')).toMatchObject({ status: 'failed', failure: { code: 'cwd_outside_root' }, attempts: [] })
})

test('where no namespace can be had the agent denies its own tools what governs it', needs('posix'), async () => {
  await using home = await makeHome('../work', { PROCESS_FENCE: 'sweep' })
  await home.drop('quick', taskFile({}))
  expect(await home.run(['start', '--once'])).toMatchObject({ code: 0 })
  const [call] = readFileSync(join(home.env.HOME ?? '', 'calls.ndjson'), 'utf8')
    .trim()
    .split('\n')
  const denied = JSON.parse(call ?? '').args.find((arg: string) => arg.startsWith('--disallowedTools='))
  for (const path of ['.env', 'tasks', 'config', 'flows']) expect(denied).toContain(`Edit(/${home.paths.home}/${path}/**)`)
  for (const path of ['.env', '.orchestrator']) expect(denied).toContain(`Read(/${home.paths.home}/${path}/**)`)
})
