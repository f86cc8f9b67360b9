import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { expect, onTestFinished, test } from 'vitest'
import { fakeContext } from '../../test/helpers/cli-context.ts'
import { makeFileHome } from '../../test/helpers/cli-home.ts'
import { exampleResult } from '../../test/helpers/examples.ts'
import type { Command } from './context.ts'
import { forPeople } from './for-people.ts'
import { createStyle } from './render/style.ts'

const ESCAPE = '\u001b'
const STEERING = [
  '\u001b[2J',
  '\u001b]0;title\u0007',
  '\u001b[8m',
  '\u009b31m',
  '\u007f',
  '\u0000',
  '\u0008',
  '\r',
  '\u202e',
  '\u2066',
  '\u200f',
  '\u001bc',
]

test('nothing that others wrote steers the terminal, and our own colours stay', () => {
  const style = createStyle(true)
  for (const text of STEERING) {
    expect(forPeople(`a${text}b`, false)).toMatch(/^a[^\p{Cc}\u202e\u2066\u200f]*b$/u)
    expect(forPeople(style.red(`a${text}b`), true)).toMatch(
      new RegExp(`^${ESCAPE}\\[31ma[^\\p{Cc}\\u202e\\u2066\\u200f]*b${ESCAPE}\\[39m$`, 'u'),
    )
  }
  expect(forPeople('a\tb\nc', true)).toBe('a\tb\nc')
  expect(forPeople('日本 é 👍', false)).toBe('日本 é 👍')
})

/** Every command that prints names, by how it is called. */
const COMMANDS: readonly (readonly [string, () => Promise<Command>, readonly string[], Readonly<Record<string, string | boolean>>])[] = [
  ['list', async () => (await import('./commands/list.ts')).list, [], {}],
  ['status', async () => (await import('./commands/status.ts')).status, [], {}],
  ['show', async () => (await import('./commands/show.ts')).show, ['odd'], {}],
  ['why', async () => (await import('./commands/why.ts')).why, ['odd'], {}],
  ['wait', async () => (await import('./commands/wait.ts')).wait, ['odd'], {}],
  ['logs', async () => (await import('./commands/logs.ts')).logs, ['odd'], {}],
  ['tail-events', async () => (await import('./commands/tail-events.ts')).tailEvents, [], {}],
  ['clean', async () => (await import('./commands/clean.ts')).clean, ['tasks'], { dryRun: true }],
  ['validate-artifacts', async () => (await import('./commands/validate-artifacts.ts')).validateArtifacts, [], {}],
]

/** Those that print a value a line. */
const LINES = ['logs', 'tail-events']

test.each(COMMANDS)(
  '%s prints names, titles and texts of others without what steers a terminal, and its JSON exactly',
  async (name, load, args, options) => {
    const files = makeFileHome()
    onTestFinished(() => files[Symbol.dispose]())
    const evil = `odd\u001b[2J\u009b\u202e\u007f\nfake: line`
    const run_id = '20261120-090000500-abcd'
    files.put(`tasks/${evil}-q.task.md`, `# ${evil}\n`)
    files.put(`tasks/rejected/${evil}-r.task.md`, '')
    files.put(`tasks/rejected/${evil}-r.task.md.reason.json`, {
      file: evil,
      code: evil,
      message: evil,
      hint: evil,
      rejected: '2026-11-20T09:00:00Z',
    })
    files.putResult(exampleResult({ task_id: 'odd', run_id, title: evil, output: evil, warnings: [evil], agent: evil, session_id: evil }))
    files.put(`results/${evil}_result.json`, '{}')
    files.put(
      `logs/runs/${run_id}.ndjson`,
      `${JSON.stringify({ type: 'system', subtype: 'init', model: evil, cwd: evil, session_id: evil })}\n`,
    )
    files.log({ ts: '2026-11-20T09:00:00.000Z', event: 'task_rejected', file: evil, code: 'bad_yaml', message: evil })

    for (const terminal of [undefined, 100]) {
      const { context, printed } = fakeContext({ home: files.home, ...(terminal && { terminal }) })
      await (await load())(context, args, options)
      const said = (printed.out + printed.err).replaceAll(new RegExp(`${ESCAPE}\\[\\d+m`, 'g'), '')
      expect(said).not.toMatch(/(?!\n)\p{Cc}|[\u202a-\u202e\u2066-\u2069]/u)
      expect(said.split('\n')).not.toContain('fake: line')
    }
    const { context, printed } = fakeContext({ home: files.home })
    await (await load())(context, args, { ...options, json: true })
    if (!/^[[{]/.test(printed.out)) return // it has no JSON
    const values = LINES.includes(name) ? printed.out.trimEnd().split('\n') : [printed.out]
    expect(values.map((value) => JSON.stringify(JSON.parse(value))).join()).toContain(
      name === 'clean' || name === 'validate-artifacts' ? '' : '\u009b',
    )
  },
)

test('an id that nobody has is suggested without what its file name holds', async () => {
  const files = makeFileHome()
  onTestFinished(() => files[Symbol.dispose]())
  files.put('tasks/rejected/fix-login\u001b.task.md', '')
  const program = spawn(process.execPath, ['bin/orchestrator.js', '--home', files.home, 'show', 'fix-logon'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {},
  })
  const [said] = await Promise.all([text(program.stderr), once(program, 'exit')])
  expect(said).toContain('did you mean fix-login')
  expect(said).not.toContain('\u001b')
})
