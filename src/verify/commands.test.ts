import { describe, expect, test } from 'vitest'
import { BARE_ENV } from '../../test/helpers/fixture-agent.ts'
import type { AttemptEnd } from '../domain/attempt.ts'
import { failure } from '../domain/errors.ts'
import type { VerifyRun } from '../domain/run.ts'
import { startProcess } from '../lib/exec.ts'
import type { ProcessExit } from '../lib/running.ts'
import { failedOf, fixPrompt, outputReader, verifyCommand, verifyFailure, verifyRunOf } from './commands.ts'

const EXIT: ProcessExit = { code: 0, signal: undefined, stderr: '' }
const TIMES = { durationMs: 1200, timeoutMs: 600_000 }
const run = (over: Partial<VerifyRun> = {}): VerifyRun => ({ command: 'npm test', exit_code: 1, duration_ms: 1200, output: '', ...over })

/** Runs a command to its end, as an attempt does. */
async function verified(command: string): Promise<VerifyRun> {
  const running = startProcess({ ...verifyCommand(command), cwd: import.meta.dirname, env: BARE_ENV })
  const reader = outputReader()
  let events = 0
  for await (const line of running.stdout) events += reader.line(line).length
  expect(events).toBe(0)
  const exit = await running.exited
  await running.destroy()
  return verifyRunOf(command, reader.end(exit), exit, TIMES)
}

describe.skipIf(process.platform === 'win32')('a shell command', () => {
  test.each<[command: string, exitCode: number, output: string]>([
    ['echo one; echo two >&2; echo three', 0, 'one\ntwo\nthree'],
    ['exit 3', 3, ''],
    ['echo "a  b" \'$HOME\' # a comment', 0, 'a  b $HOME'],
    ['cat <<END\nhere\nEND\necho after', 0, 'here\nafter'],
    ['for i in 1 2\ndo echo $i\ndone', 0, '1\n2'],
    ['true && (exit 4)', 4, ''],
    ['false\ntrue', 0, ''],
    ['echo "`echo x`" | cat', 0, 'x'],
    ['printf "no end of line"', 0, 'no end of line'],
    ['cat', 0, ''],
  ])('is run as it was written: %s', async (command, exitCode, output) => {
    expect(await verified(command)).toEqual(run({ command, exit_code: exitCode, output }))
  })

  test('with an error in its syntax fails and says so', async () => {
    const made = await verified('echo "open')
    expect(made.exit_code).not.toBe(0)
    expect(made.output).toMatch(/unterminated|unexpected|unmatched/i)
  })

  test('that does not exist fails and says so', async () => {
    const made = await verified('no-such-program --now')
    expect(made).toMatchObject({ exit_code: 127, output: expect.stringContaining('not found') })
  })

  test('that prints without end is kept in bounds', async () => {
    const made = await verified('seq 1 200000; exit 1')
    expect(made.output).toMatch(/^\[… 199\d{3} lines before this\]\n199\d{3}\n[\s\S]*\n200000$/)
    expect(Buffer.byteLength(made.output)).toBeLessThanOrEqual(4096)
  })

  test('that a signal ends has the exit code of a shell, and says which', async () => {
    expect(await verified('echo begun; kill -9 $$')).toEqual(
      run({ command: 'echo begun; kill -9 $$', exit_code: 137, output: 'begun\n[ended by SIGKILL]' }),
    )
  })
})

test('a command reaches cmd.exe through a variable, quotes and all, one line after the other', () => {
  expect(verifyCommand('node -e "f()" & exit 1\n npm test\n', 'win32')).toEqual({
    file: 'cmd.exe',
    args: ['/d', '/v:on', '/s', '/c', 'cmd.exe /d /v:off /s /c !ORCHESTRATOR_VERIFY_COMMAND! 2>&1'],
    env: { ORCHESTRATOR_VERIFY_COMMAND: '"node -e "f()" & exit 1 && npm test"' },
    stdin: '',
  })
})

describe('the account of a command', () => {
  const report = { output: 'begun', denials: [], warnings: [] }
  const stopped: ProcessExit = { ...EXIT, code: 143 }

  test.each<[name: string, end: AttemptEnd, exit: ProcessExit, expected: Partial<VerifyRun>]>([
    ['that ended well', { ok: true, report }, EXIT, { exit_code: 0, output: 'begun' }],
    ['that failed', { ok: false, failure: failure('verify_failed'), report }, { ...EXIT, code: 2 }, { exit_code: 2, output: 'begun' }],
    [
      'that met its time limit',
      { ok: false, failure: failure('timeout'), report },
      stopped,
      { exit_code: null, output: 'begun\n[ended after 10m, its time limit]' },
    ],
    [
      'that met its time limit and ended well at that',
      { ok: false, failure: failure('timeout'), report },
      EXIT,
      { exit_code: null, output: 'begun\n[ended after 10m, its time limit]' },
    ],
    [
      'that was cancelled',
      { ok: false, failure: failure('cancelled', 'The task was cancelled.'), report },
      stopped,
      { exit_code: null, output: 'begun\n[ended before it was done: The task was cancelled.]' },
    ],
    [
      'that was put off',
      { ok: undefined, started: true, report },
      stopped,
      { exit_code: null, output: 'begun\n[ended before it was done]' },
    ],
    [
      'that never started',
      { ok: false, failure: failure('verify_failed'), report: { ...report, output: '' } },
      { ...EXIT, code: undefined, startError: { code: 'ENOENT', message: 'spawn /bin/sh ENOENT' } },
      { exit_code: null, output: '[could not be started: spawn /bin/sh ENOENT]' },
    ],
  ])('%s', (_, end, exit, expected) => {
    expect(verifyRunOf('npm test', end, exit, TIMES)).toEqual(run(expected))
  })
})

const OK = run({ command: 'npm run build', exit_code: 0 })
const LIMIT = run({ command: 'npm run e2e', exit_code: null, output: 'starting\n[ended after 10m, its time limit]' })

test('a run failed unless its exit code is 0', () => {
  expect(failedOf([OK, run(), LIMIT])).toEqual([run(), LIMIT])
})

describe('the failure of a run', () => {
  test.each<[runs: VerifyRun[], message: string | undefined]>([
    [[], undefined],
    [[OK], undefined],
    [[OK, run()], '`npm test` ended with 1'],
    [[LIMIT], '`npm run e2e` failed: ended after 10m, its time limit'],
    [
      [run({ output: '✖ sums two numbers\nTests  1 failed | 3 passed (4)\n\nDuration  12ms' }), LIMIT],
      '`npm test` ended with 1: Tests 1 failed | 3 passed (4) (and 1 more)',
    ],
    [
      [run({ output: '[… 12 lines before this]\n=== 2 failed in 0.1s ===\nnpm error code 1\nnpm error path /work' })],
      '`npm test` ended with 1: 2 failed in 0.1s',
    ],
    [
      [run({ output: 'src/a.ts(3,5): error TS2322: No.\nFound it.\n0 errors in b.ts' })],
      '`npm test` ended with 1: src/a.ts(3,5): error TS2322: No.',
    ],
    [[run({ output: 'one\ntwo\n---' })], '`npm test` ended with 1: two'],
    [[run({ command: 'echo `date`\nfalse', output: '' })], '`` echo `date` false `` ended with 1'],
  ])('of %j is %s', (runs, message) => {
    expect(verifyFailure(runs)).toEqual(message === undefined ? undefined : failure('verify_failed', message))
  })
})

describe('what the agent is told', () => {
  test('is the command, how it ended, the end of its output and what to do', () => {
    expect(fixPrompt([OK, run({ output: 'expected 1 to be 2' })])).toBe(
      'A check that was run after your work failed.\n\n' +
        '`npm test` ended with exit code 1. The end of its output:\n\n```\nexpected 1 to be 2\n```\n\n' +
        'Find the cause and fix it in the work itself. Do not weaken, skip or remove the check. Then finish as before.',
    )
  })

  test('is each failed command', () => {
    const told = fixPrompt([run({ command: 'a\nb', exit_code: 2 }), LIMIT])
    expect(told).toContain('2 checks that were run after your work failed.')
    expect(told).toContain('```\na\nb\n```\nended with exit code 2. It printed nothing.')
    expect(told).toContain('`npm run e2e` failed: ended after 10m, its time limit. The end of its output:')
  })

  test('stays short and in its fence, whatever was printed', () => {
    const output = `[… 9 lines before this]\n${'x'.repeat(60)}\n\`\`\`js\n${'line ```` of output\n'.repeat(200)}the end`
    const told = fixPrompt([run({ output, command: 'x'.repeat(5000) })])
    expect(Buffer.byteLength(told)).toBeLessThan(3600)
    expect(told).toMatch(/\n`{5}\n\[…\]\nline [\s\S]*the end\n`{5}\n/)
  })
})
