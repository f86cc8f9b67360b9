import { execFileSync } from 'node:child_process'
import { copyFile, mkdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { programHelp } from '../../src/cli/program-help.ts'
import { version } from '../../src/lib/version.ts'
import { type Home, makeHome } from '../helpers/home.ts'
import { needs } from '../helpers/needs.ts'
import { until } from '../helpers/until.ts'

const PROGRAM = join(import.meta.dirname, '../../bin/orchestrator.js')

/** Tells at the end what a process has loaded: files, and builtins beyond those of every Node. */
const TELLS_MODULES = `
const before = new Set(process.moduleLoadList)
process.on('exit', () => {
  const files = Object.keys(require.cache).filter((file) => file !== __filename)
  const builtins = process.moduleLoadList.filter((one) => !before.has(one)).map((one) => one.split(' ').at(-1))
  require('node:fs').writeFileSync(process.env.MODULES, JSON.stringify({ files, builtins }))
})
`

async function newHome(): Promise<Home> {
  const home = await makeHome({ files: { 'tells-modules.cjs': TELLS_MODULES } })
  onTestFinished(() => home[Symbol.asyncDispose]())
  return home
}

async function loadedBy(home: Home, ...args: string[]): Promise<{ files: readonly string[]; builtins: readonly string[] }> {
  const modules = join(home.paths.home, 'modules.json')
  const env = { NODE_OPTIONS: `--require ${join(home.paths.home, 'tells-modules.cjs')}`, MODULES: modules }
  expect(await home.run(args, { env })).toMatchObject({ code: 0, stderr: '' })
  const { files, builtins } = JSON.parse(await readFile(modules, 'utf8'))
  return { files: files.map((file: string) => basename(file)).toSorted(), builtins }
}

const DEAR = ['net', 'tty', 'http', 'internal/streams/readable', 'child_process', 'crypto']

test('help loads one small file besides what loads all others, and nothing dear of Node', async () => {
  const home = await newHome()
  for (const args of [[], ['help'], ['--help']]) {
    const { files, builtins } = await loadedBy(home, ...args)
    expect(files).toEqual(['main.cjs', 'orchestrator.js', 'rolldown-runtime.cjs'])
    expect(builtins.filter((one) => DEAR.includes(one))).toEqual([])
  }
})

test('status loads one file more, and nothing dear of Node but what a running daemon is asked through', async () => {
  const home = await newHome()
  await mkdir(home.paths.config, { recursive: true })
  await copyFile(join(import.meta.dirname, '../../config/orchestrator.yaml'), home.paths.yaml)
  const files = ['main.cjs', 'orchestrator.js', 'rolldown-runtime.cjs', 'status.cjs']
  const alone = await loadedBy(home, 'status')
  expect(alone.files).toEqual(files)
  expect(alone.builtins.filter((one) => DEAR.includes(one))).toEqual([])

  await home.start(['start']).until(/watching/)
  const beside = await loadedBy(home, 'status')
  expect(beside.files).toEqual(files)
  expect(beside.builtins.filter((one) => DEAR.includes(one)).toSorted()).toEqual(['internal/streams/readable', 'net'])
})

test('help and version are printed whole into a pipe, and a wrong command to standard error', async () => {
  const home = await newHome()
  const good = { code: 0, signal: null, stderr: '' }
  for (const args of [[], ['-h'], ['help'], ['--help'], ['--home', home.work, '--help']]) {
    expect(await home.run(args)).toEqual({ ...good, stdout: programHelp(80) })
  }
  for (const args of [['-V'], ['--version'], ['--home', home.work, '-V']]) {
    expect(await home.run(args)).toEqual({ ...good, stdout: `${version()}\n` })
  }
  const wrong = await home.run(['statsu'])
  expect(wrong).toMatchObject({ code: 2, stdout: '' })
  expect(wrong.stderr).toMatch(/unknown command 'statsu'\n\(Did you mean status\?\)\n\(see `orchestrator help`\)/)
  expect(await home.run(['help', 'status'])).toMatchObject({ ...good, stdout: expect.stringContaining('--watch') })
})

test('on a terminal help is as wide as that, and status has colours unless NO_COLOR is set', needs('tmux'), async () => {
  const home = await newHome()
  const tmux = (...args: string[]) => execFileSync('tmux', ['-S', join(home.paths.home, 'tmux'), ...args], { ...home, encoding: 'utf8' })
  const commands = `node ${PROGRAM} help; node ${PROGRAM} status; NO_COLOR=1 node ${PROGRAM} status; echo end; read -r _`
  tmux('-f', '/dev/null', 'new-session', '-d', '-x', '76', '-y', '90', commands)
  onTestFinished(() => void tmux('kill-server'))
  const shown = await until(async () => {
    const screen = tmux('capture-pane', '-p', '-e', '-t', ':0')
    expect(screen).toMatch(/^end$/m)
    return screen
  })
  expect(shown).toContain(programHelp(76))
  const [, inColour = '', plain = ''] = shown.split(/^.*daemon/m)
  expect(inColour).toContain('\u001b[33m')
  expect(plain).toContain('not running')
  expect(plain).not.toContain('\u001b')
})
