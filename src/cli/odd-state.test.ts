import { readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { fakeContext } from '../../test/helpers/cli-context.ts'
import { makeFileHome } from '../../test/helpers/cli-home.ts'
import { ODD_THINGS, putOdd, putStateFiles, STATE_FILES } from '../../test/helpers/odd-files.ts'
import { OrchestratorError } from '../domain/errors.ts'
import { clean } from './commands/clean.ts'
import { list } from './commands/list.ts'
import { logs } from './commands/logs.ts'
import { show } from './commands/show.ts'
import { status } from './commands/status.ts'
import { tailEvents } from './commands/tail-events.ts'
import { validateArtifacts } from './commands/validate-artifacts.ts'
import { wait } from './commands/wait.ts'
import { why } from './commands/why.ts'
import type { Command, Options } from './context.ts'

const CALLS: readonly (readonly [string, Command, readonly string[], Options])[] = [
  ['list', list, [], {}],
  ['status', status, [], {}],
  ...['a', 'w', 'd', 'r', 'q'].flatMap((id) => [
    [`show ${id}`, show, [id], {}] as const,
    [`why ${id}`, why, [id], {}] as const,
    [`logs ${id}`, logs, [id], {}] as const,
  ]),
  ['wait d r', wait, ['d', 'r'], { timeout: '0s' }],
  ['tail-events', tailEvents, [], {}],
  ['clean artifacts', clean, ['artifacts'], { days: '0', dryRun: true }],
  ['clean tasks', clean, ['tasks'], { dryRun: true }],
]

/** Looks at results alone, and takes ten times as long as all others since it compiles their schema. */
const VALIDATE = ['validate-artifacts', validateArtifacts, [], {}] as const

/** The others differ from one of these only in what is read of them, which the reading of state files is tested with. */
const SAME = ['a link to nothing', 'a link to another file', 'a list', 'something whole and nested deep']

test.each(Object.entries(ODD_THINGS).filter(([what]) => !SAME.includes(what)))(
  'with %s in the place of any state file every command that looks says something and ends',
  async (_what, make) => {
    const files = makeFileHome()
    onTestFinished(() => files[Symbol.dispose]())
    putStateFiles(files.home)
    for (const [path, text] of Object.entries(STATE_FILES)) {
      putOdd(files.home, path, make)
      await looksAndEnds(files.home, path, path.startsWith('results/') ? [...CALLS, VALIDATE] : CALLS)
      rmSync(join(files.home, path), { recursive: true })
      writeFileSync(join(files.home, path), text)
    }
    for (const path of Object.keys(STATE_FILES)) putOdd(files.home, path, make)
    await looksAndEnds(files.home, 'all of them', [VALIDATE])
  },
)

async function looksAndEnds(home: string, where: string, calls: typeof CALLS): Promise<void> {
  const before = readdirSync(home, { recursive: true })
  for (const [name, command, args, options] of calls) {
    const { context, printed } = fakeContext({ home })
    try {
      expect(await command(context, args, options), `${name} with ${where}`).toEqual(expect.any(Number))
    } catch (error) {
      expect(error, `${name} with ${where}`).toBeInstanceOf(OrchestratorError)
    }
    expect(printed.out, `${name} with ${where}`).not.toContain('root:')
  }
  expect(readdirSync(home, { recursive: true }), where).toEqual(before)
}
