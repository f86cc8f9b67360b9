import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { runCommand } from '../../../test/helpers/run-command.ts'
import { homePaths } from '../../config/home.ts'
import { startDaemon } from '../../daemon/daemon.ts'
import { makeFolders } from '../../inbox/folders.ts'
import { type Containment, SWEEP } from '../../lib/containment.ts'
import type { Check } from './doctor/check.ts'
import { checkNode, judgeContainment, judgeProtection, judgeSpace } from './doctor/system.ts'
import { doctor } from './doctor.ts'

let home: string
let env: Record<string, string>

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'orc-doctor-'))
  await mkdir(join(home, 'bin'))
  env = { PATH: [join(home, 'bin'), dirname(process.execPath), '/usr/bin', '/bin'].join(delimiter), OLLAMA_HOST: 'off', HOME: home }
})
afterEach(() => rm(home, { recursive: true, force: true }))

/** A program in place of the real Claude Code. */
async function installClaude(login = '{"loggedIn": true}', version = '2.1.329'): Promise<void> {
  const path = join(home, 'bin/claude')
  const answer = `process.argv[2] === '--version' ? '${version} (Claude Code)' : ${JSON.stringify(login)}`
  await writeFile(path, `#!/usr/bin/env node\nconsole.log(${answer})\n`)
  await chmod(path, 0o755)
}

async function report(): Promise<{ code: number; ok: boolean; configuration: { name: string }[]; checks: Check[] }> {
  const { code, out } = await runCommand(doctor, { home, env, options: { json: true } })
  return { code, ...JSON.parse(out) }
}

const find = (checks: readonly Check[], name: string) => checks.find((check) => check.name === name)

describe.skipIf(process.platform === 'win32')('doctor', () => {
  test('with everything in place nothing is to be mended', async () => {
    makeFolders(homePaths(home))
    await installClaude()
    await mkdir(join(home, 'work'))
    env.CLAUDE_BASE_CWD = 'work'

    const { code, ok, checks } = await report()

    expect({ code, ok }).toEqual({ code: 0, ok: true })
    expect(checks.filter(({ status }) => status !== 'ok')).toEqual([])
    expect(find(checks, 'claude (default)')).toEqual({ group: 'Agents', name: 'claude (default)', status: 'ok', detail: '2.1.329' })
    expect(checks.map(({ name }) => name)).toEqual([
      ...['settings', 'claude (default)', 'demo', 'ollama', 'bot', 'home', 'base directory', 'allowed root'],
      ...['lock', 'node', 'file events', 'disk', 'end of agents', 'protection'],
    ])
  })

  test.each([
    ['2.1.205', 'ok', /^2\.1\.205 · supported \(from 2\.1\.197\).*each @path is broken up/],
    ['2.1.100', 'warn', /older than 2\.1\.197, the oldest that is supported/],
  ])('an older Claude Code (%s) is %s, with what that means and the way to a newer one', async (version, status, detail) => {
    makeFolders(homePaths(home))
    await installClaude(undefined, version)

    const { code, checks } = await report()

    expect(code).toBe(0)
    expect(find(checks, 'claude (default)')).toMatchObject({
      status,
      detail: expect.stringMatching(detail),
      fix: expect.stringContaining('Update Claude Code'),
    })
  })

  test('a home that works in itself is advised to have a base: what, why and how; one that wants to is not', async () => {
    makeFolders(homePaths(home))
    await installClaude()
    const { code, checks } = await report()
    expect(code).toBe(0)
    expect(find(checks, 'base directory')).toEqual({
      group: 'Directories',
      name: 'base directory',
      status: 'note',
      detail: `${home}: tasks work in the home itself, beside the files that govern them`,
      fix: 'Make a directory for them, such as work/, and set CLAUDE_BASE_CWD=work in .env. Their cwd is relative to it then.',
    })

    env.CLAUDE_BASE_CWD = '.'
    expect(find((await report()).checks, 'base directory')).toMatchObject({ status: 'ok', detail: home })
  })

  test('a missing default agent is a fault, with the way to get it; as another agent it is none', async () => {
    makeFolders(homePaths(home))
    const first = await report()
    expect(first.code).toBe(1)
    expect(find(first.checks, 'claude (default)')).toMatchObject({ status: 'fail', fix: expect.stringContaining('npm install') })

    env.DEFAULT_AGENT = 'demo'
    const second = await report()
    expect(second.code).toBe(0)
    expect(find(second.checks, 'claude')).toMatchObject({ status: 'note' })
    expect(find(second.checks, 'demo (default)')).toMatchObject({ status: 'ok' })
  })

  test('an agent that is not logged in is told, and one that does not exist is a fault', async () => {
    makeFolders(homePaths(home))
    await installClaude('{"loggedIn": false}')
    expect(find((await report()).checks, 'claude (default)')).toMatchObject({
      status: 'warn',
      detail: expect.stringContaining('not logged in'),
    })

    env.DEFAULT_AGENT = 'cluade'
    expect(find((await report()).checks, 'problem')).toMatchObject({
      status: 'fail',
      detail: expect.stringContaining('did you mean claude?'),
    })
  })

  test('a program that the configuration names and that is not there is named', async () => {
    const { yaml } = homePaths(home)
    makeFolders(homePaths(home))
    await installClaude()
    await mkdir(dirname(yaml))
    await writeFile(yaml, 'agents: { claude: { command: /nope/claude } }')
    expect(find((await report()).checks, 'claude (default)')).toMatchObject({
      status: 'fail',
      detail: 'The program "/nope/claude" cannot be started.',
      fix: expect.stringContaining('agents.claude.command'),
    })
  })

  test('every problem of the configuration is told, and hides nothing else', async () => {
    makeFolders(homePaths(home))
    await writeFile(join(home, '.env'), 'MAX_RETRIES=many\nLOG_LEVEL=loud\n')

    const { code, checks } = await report()

    expect(code).toBe(1)
    expect(checks.filter(({ group }) => group === 'Configuration').map(({ detail }) => detail)).toEqual([
      expect.stringMatching(/^\.env line 1: MAX_RETRIES /),
      expect.stringMatching(/^\.env line 2: LOG_LEVEL /),
    ])
    expect(find(checks, 'claude (default)')).toMatchObject({ status: 'fail' })
    expect(find(checks, 'disk')).toBeDefined()
  })

  test('what is right is checked as it stands beside what is broken', async () => {
    const { yaml } = homePaths(home)
    makeFolders(homePaths(home))
    await mkdir(dirname(yaml))
    await writeFile(join(home, '.env'), 'MAX_RETRIES=many\nCLAUDE_BASE_CWD=gone\nDEFAULT_AGENT=demo\n')
    await writeFile(yaml, 'types:\n  fix:\n    agent: demo\n    retries: -1\n    allowed_tools: [Read, 3]\n')

    const { configuration, checks } = await report()

    const wanted = ['MAX_RETRIES', 'CLAUDE_BASE_CWD', 'DEFAULT_AGENT']
    expect(configuration.filter(({ name }) => wanted.includes(name) || name.startsWith('types'))).toEqual([
      { name: 'DEFAULT_AGENT', value: 'demo', origin: '.env' },
      { name: 'MAX_RETRIES', value: '2', origin: 'default; broken in .env line 1' },
      { name: 'CLAUDE_BASE_CWD', value: '', origin: 'default; broken in .env line 2' },
      { name: 'types.fix.agent', value: 'demo', origin: 'orchestrator.yaml' },
    ])
    expect(checks.filter(({ name }) => name === 'problem')).toHaveLength(4)
    expect(find(checks, 'demo (default)')).toMatchObject({ status: 'ok' })
    expect(find(checks, 'base directory')).toMatchObject({ status: 'ok' })
  })

  test('each value is shown with where it comes from, and no secret', async () => {
    const { yaml } = homePaths(home)
    makeFolders(homePaths(home))
    await mkdir(dirname(yaml))
    await writeFile(
      join(home, '.env'),
      'MAX_RETRIES=7\nVERIFY_DEFAULT=fix: npm test, docs: true\nOLLAMA_HOST=http://me:hunter2hunter2@localhost:1\n',
    )
    await writeFile(yaml, 'agents:\n  claude:\n    command: claude\n    environment:\n      ANTHROPIC_API_KEY: sk-ant-very-secret-value\n')
    delete env.OLLAMA_HOST
    env.CLAUDE_TIMEOUT_SEC = '60'

    const { configuration, checks } = await report()

    const wanted = [
      'MAX_RETRIES',
      'VERIFY_DEFAULT',
      'CLAUDE_TIMEOUT_SEC',
      'LOG_LEVEL',
      'agents.claude.command',
      'agents.claude.environment.ANTHROPIC_API_KEY',
    ]
    expect(configuration.filter(({ name }) => wanted.includes(name))).toEqual([
      { name: 'MAX_RETRIES', value: '7', origin: '.env' },
      { name: 'CLAUDE_TIMEOUT_SEC', value: '60', origin: 'environment' },
      { name: 'VERIFY_DEFAULT', value: 'fix: npm test, docs: true', origin: '.env' },
      { name: 'LOG_LEVEL', value: 'info', origin: 'default' },
      { name: 'agents.claude.command', value: 'claude', origin: 'orchestrator.yaml' },
      { name: 'agents.claude.environment.ANTHROPIC_API_KEY', value: 'set, not shown', origin: 'orchestrator.yaml' },
    ])
    expect(JSON.stringify({ configuration, checks })).not.toMatch(/very-secret|hunter2/)
  })

  test('Ollama that is absent is a note, and a warning only where somebody asked for it', async () => {
    env.DEFAULT_AGENT = 'demo'
    env.OLLAMA_HOST = 'http://127.0.0.1:1'
    const asked = await report()
    expect(asked.code).toBe(0)
    expect(find(asked.checks, 'ollama')).toMatchObject({ status: 'warn', fix: expect.stringContaining('ollama serve') })
  })

  test('outside a home it says how to make one, and checks the machine', async () => {
    env.DEFAULT_AGENT = 'demo'
    const { code, checks } = await report()
    expect(code).toBe(0)
    expect(find(checks, 'home')).toMatchObject({ status: 'warn', fix: expect.stringContaining('orchestrator init') })
    expect(find(checks, 'lock')).toBeUndefined()
    expect(find(checks, 'disk')).toMatchObject({ status: 'ok' })
  })

  test('a folder that is a file, and one on another file system, are faults', async () => {
    env.DEFAULT_AGENT = 'demo'
    const paths = homePaths(home)
    makeFolders(paths)
    await writeFile(paths.results, 'a file')
    await rm(paths.failed, { recursive: true })
    await symlink('/proc', paths.failed)

    const { code, checks } = await report()

    expect(code).toBe(1)
    expect(find(checks, 'results')).toMatchObject({ status: 'fail', detail: `${paths.results} is no directory` })
    if (process.platform === 'linux') {
      const failed = checks.filter(({ name }) => name === 'tasks/failed')
      expect(failed).toContainEqual(expect.objectContaining({ status: 'fail', fix: expect.stringContaining('one file system') }))
    }
  })

  test('a daemon is told with its process and whether it answers; the lock of a dead one and a pause harm nothing', async () => {
    env.DEFAULT_AGENT = 'demo'
    const paths = homePaths(home)
    await mkdir(paths.tasks)
    const daemon = await startDaemon({ home, flags: { OLLAMA_HOST: 'off' }, once: false })
    try {
      await daemon.commands.pause({})
      const { checks } = await report()
      expect(find(checks, 'lock')).toMatchObject({ status: 'ok', detail: expect.stringMatching(`^process ${process.pid}, version `) })
      expect(find(checks, 'queue')).toMatchObject({ status: 'note', fix: 'orchestrator resume' })
    } finally {
      daemon.stop('the test is over')
      await daemon.ended
    }
    await writeFile(paths.lock, JSON.stringify({ pid: 999_999_999, started: '1', boot: '', since: 'then', version: '0' }))
    expect(find((await report()).checks, 'lock')).toMatchObject({ status: 'ok', detail: expect.stringContaining('taken over') })
  })

  test('a page for people fits 80 columns and ends with the verdict', async () => {
    const { out } = await runCommand(doctor, { home, env })
    const lines = out
      .trimEnd()
      .split('\n')
      .filter((line) => !line.includes(home))
    expect(lines.filter((line) => line.length > 80)).toEqual([])
    expect(out).toMatch(/✖ claude \(default\) .*\n {22}→ Install/)
    expect(lines.at(-1)).toBe('1 problem to mend.')
  })
})

test('whether the home is kept from agents is told, and what to do where it is not', () => {
  const { status, detail, fix } = judgeProtection({ namespace: undefined, lacking: ['bwrap is not installed'] })
  expect([status, detail]).toEqual([
    'warn',
    'an agent with a shell can write the home and read .env; its file tools are denied that (bwrap is not installed)',
  ])
  expect(fix).toContain('Install bubblewrap')
  const contained = judgeProtection({ namespace: { tool: 'bwrap', mounts: true, prefix: () => ['bwrap'] }, lacking: [] })
  expect(contained).toMatchObject({ status: 'ok', detail: 'agents can neither change what governs them nor read .env' })
})

test('the containment is told, why there is no better one, and a demand that cannot be met as a fault', () => {
  const lacking = ['unshare is not installed', 'bwrap is not installed']
  const namespace: Containment['namespace'] = { tool: 'bwrap', mounts: true, prefix: () => ['bwrap'] }
  const judge = (...judged: Parameters<typeof judgeContainment>) => {
    const { status, detail, fix } = judgeContainment(...judged)
    return [status, detail, fix !== undefined]
  }
  expect([
    judge({ namespace, lacking: [] }, 'auto', 'linux'),
    judge({ namespace, lacking: ['unshare is not installed'] }, 'namespace', 'linux'),
    judge({ namespace: undefined, lacking }, 'auto', 'linux'),
    judge({ namespace: undefined, lacking }, 'namespace', 'linux'),
    judge(SWEEP, 'sweep', 'linux'),
    judge(SWEEP, 'auto', 'win32'),
    judge(SWEEP, 'auto', 'darwin'),
  ]).toEqual([
    ['ok', 'with their PID namespace, made by bwrap', false],
    ['ok', 'with their PID namespace, made by bwrap (unshare is not installed)', false],
    ['note', 'by process group, session, parents and a mark in the environment (unshare is not installed; bwrap is not installed)', true],
    ['fail', 'no PID namespace can be had (unshare is not installed; bwrap is not installed)', true],
    ['ok', 'by process group, session, parents and a mark in the environment', false],
    ['ok', 'by taskkill /T, which misses processes that lost their parent', false],
    ['ok', 'by process group and parents', false],
  ])
})

test('little space and an old Node are told', () => {
  expect(judgeSpace(2 * 1024 ** 3)).toMatchObject({ status: 'ok', detail: '2.0 GiB free' })
  expect(judgeSpace(1024 ** 2)).toMatchObject({ status: 'warn', detail: '1.0 MiB free' })
  expect([checkNode('20.18.3'), checkNode('20.19.0'), checkNode('24.1.0')].map(({ status }) => status)).toEqual(['fail', 'ok', 'ok'])
})
