import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { runCommand } from '../../../test/helpers/run-command.ts'
import { COMMANDS } from '../program.ts'
import { completionOf } from './completion.ts'

const BASH = '/bin/bash'

let home: string

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'orc-completion-'))
  const files = [
    'tasks/fix-a.task.md',
    'tasks/running/fix-b.task.md',
    'tasks/failed/other.task.md',
    'tasks/rejected/fix-no.task.md',
    'x y.md',
  ]
  for (const folder of ['running', 'failed', 'rejected']) await mkdir(join(home, 'tasks', folder), { recursive: true })
  for (const file of files) await writeFile(join(home, file), '')
})
afterEach(() => rm(home, { recursive: true, force: true }))

const script = async (shell: string) => (await runCommand(completionOf(COMMANDS), { home, args: [shell] })).out

/** What bash offers for the last of these words. */
async function complete(...words: string[]): Promise<string[]> {
  const program = `${await script('bash')}
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
_orchestrator 2>&1
printf '%s\\n' "\${COMPREPLY[@]}"`
  const output = execFileSync(BASH, ['--norc', '-c', program, 'bash', 'orchestrator', ...words], {
    cwd: home,
    env: { PATH: '/usr/bin:/bin' },
  })
  return output.toString().split('\n').filter(Boolean).sort()
}

describe.skipIf(!existsSync(BASH))('in bash', () => {
  test('the first word is a command', async () => {
    expect(await complete('re')).toEqual(['reload', 'respond', 'resume', 'retry'])
    expect(await complete('')).toEqual([...COMMANDS.map(({ name }) => name), 'help', '--help', '--home', '--version'].sort())
    expect(await complete('help', 'dem')).toEqual(['demo'])
  })

  test('ids are those of the files of the home', async () => {
    expect(await complete('show', '')).toEqual(['fix-a', 'fix-b', 'other'])
    expect(await complete('cancel', 'fix')).toEqual(['fix-a', 'fix-b'])
    expect(await complete('--home', join(home, 'tasks'), 'show', '')).toEqual([])
    expect(await complete('tail-events', '--task', 'o')).toEqual(['other'])
  })

  test('options and their values', async () => {
    expect(await complete('new', '--')).toEqual(
      ['--agent', '--cwd', '--edit', '--help', '--home', '--model', '--priority', '--type'].sort(),
    )
    expect(await complete('new', '--priority', '')).toEqual(['high', 'low', 'medium'])
    expect(await complete('new', '--cwd', 'ta')).toEqual(['tasks'])
    expect(await complete('new', 'any words', '')).toEqual([])
    expect(await complete('logs', '-')).toEqual(['--follow', '--help', '--home', '--json', '-f', '-h'])
  })

  test('words, files with blanks, directories', async () => {
    expect(await complete('clean', '')).toEqual(['artifacts', 'tasks'])
    expect(await complete('completion', 'z')).toEqual(['zsh'])
    expect(await complete('run', 'x')).toEqual(['x y.md'])
    expect(await complete('--home', 't')).toEqual(['tasks'])
  })
})

test.each(['bash', 'zsh', 'fish'])('the script for %s knows every command with its options', async (shell) => {
  const text = await script(shell)
  for (const { name, options = [] } of COMMANDS) {
    expect(text).toContain(name)
    for (const [flags] of options) expect(text).toContain(/--([\w-]+)/.exec(flags)?.[1])
  }
})

test.each(['bash', 'zsh', 'fish'].filter((shell) => existsSync(`/usr/bin/${shell}`)))('%s finds no fault in its script', async (shell) => {
  const path = join(home, 'script')
  await writeFile(path, await script(shell))
  expect(execFileSync(`/usr/bin/${shell}`, ['-n', path], { encoding: 'utf8', stdio: 'pipe' })).toBe('')
})

test('another shell is refused with those that there are', async () => {
  await expect(runCommand(completionOf(COMMANDS), { home, args: ['tcsh'] })).rejects.toMatchObject({
    code: 'usage',
    hint: 'Name one of bash, zsh, fish.',
  })
})
