import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { resultSchema } from '../../src/domain/result.ts'
import { type Home, makeHome } from '../helpers/home.ts'
import { needs } from '../helpers/needs.ts'
import { makeStandInHome } from '../helpers/stand-in.ts'
import { until } from '../helpers/until.ts'

const PROGRAM = join(import.meta.dirname, '../../bin/orchestrator.js')

/** Nothing is set, as on a machine where nobody was before. */
const UNSET = { CLAUDE_BASE_CWD: '' }

/** `init` of a new home on a terminal of its own: what the screen shows, and keys that are pressed. */
async function onTerminal(): Promise<{ fresh: string; shows(what: RegExp): Promise<void>; press(...keys: string[]): void }> {
  const home: Home = await makeHome({ env: UNSET })
  onTestFinished(() => home[Symbol.asyncDispose]())
  const fresh = join(home.paths.home, 'fresh')
  const tmux = (...args: string[]) => execFileSync('tmux', ['-S', join(home.paths.home, 'tmux'), ...args], { ...home, encoding: 'utf8' })
  tmux('-f', '/dev/null', 'new-session', '-d', '-x', '100', '-y', '50', `node ${PROGRAM} --home ${fresh} init; echo "ended: $?"; read -r _`)
  onTestFinished(() => void tmux('kill-server'))
  const shows = (what: RegExp) => until(async () => expect(tmux('capture-pane', '-p', '-t', ':0')).toMatch(what))
  return { fresh, shows, press: (...keys) => void tmux('send-keys', '-t', ':0', ...keys) }
}

test('without a terminal nothing is asked, and the sample of a new home runs in the directory that is made for tasks', async () => {
  await using home = await makeStandInHome({ env: UNSET })
  const fresh = join(home.paths.home, 'fresh')
  const at = (...args: string[]) => home.run(['--home', fresh, ...args])
  expect(await at('init')).toMatchObject({ code: 0, stderr: '' })
  const id = (await at('create-sample')).stdout.trim()
  const file = join(fresh, `tasks/${id}.task.md`)
  await writeFile(file, (await readFile(file, 'utf8')).replace('**Prompt:**\n', '**Prompt:**\nplay: write=hello.md\n'))
  expect(await at('start', '--once')).toMatchObject({ code: 0 })

  const result = resultSchema.parse(JSON.parse(await readFile(join(fresh, `results/${id}_result.json`), 'utf8')))
  expect(result).toMatchObject({ status: 'completed', workspace: { path: join(fresh, 'work/sample') } })
})

test('on a terminal it asks until the answer will do; Enter takes the directory that it offers', needs('tmux'), async () => {
  const { fresh, shows, press } = await onTerminal()
  await shows(/Directory for tasks \[work\]:/)
  press('tasks', 'Enter')
  await shows(/It must lie outside tasks\/[\s\S]*Directory for tasks \[work\]:$/m)
  expect(existsSync(fresh)).toBe(false)
  press('Enter')
  await shows(/ended: 0/)
  expect(await readFile(join(fresh, '.env'), 'utf8')).toContain('CLAUDE_BASE_CWD=work\n')
  expect(await readdir(join(fresh, 'work'))).toEqual(['sample'])
})

test.each(['C-c', 'C-d'])('%s at the question leaves, and nothing is made', needs('tmux'), async (key) => {
  const { fresh, shows, press } = await onTerminal()
  await shows(/Directory for tasks \[work\]:/)
  press(key)
  await shows(/ended: 130/)
  expect(existsSync(fresh)).toBe(false)
})
