import { describe, expect, test } from 'vitest'
import type { Criterion } from '../domain/result.ts'
import type { VerifyRun } from '../domain/run.ts'
import { judgeByCommands, readCriterion, unmetByJudgement, verifyCommands, withJudgements } from './criteria.ts'

const run = (command: string, exit_code: number | null, output = ''): VerifyRun => ({ command, exit_code, duration_ms: 1, output })
const unknown = (text: string): Criterion => ({ text, status: 'unknown', evidence: null, judged_by: null })

describe('a criterion', () => {
  test.each<[written: string, text: string, check?: string]>([
    ['tests pass', 'tests pass'],
    ['tests pass (verify: npm test)', 'tests pass', 'npm test'],
    ['Tests pass (Verify: npm test).', 'Tests pass', 'npm test'],
    ['It is fast (see above).', 'It is fast (see above).'],
    ['  tests pass   ( VERIFY:npm test )  ', 'tests pass', 'npm test'],
    ['it runs (verify: `node -e "f()"`)', 'it runs', 'node -e "f()"'],
    ['it runs (verify: (cd a && npm test) && echo ")(")', 'it runs', '(cd a && npm test) && echo ")("'],
    ['it runs (verify: grep -c "(" a)', 'it runs', 'grep -c "(" a'],
    ['it runs (verify: `a` && `b`)', 'it runs', '`a` && `b`'],
    ['it runs (verify: ``echo `date` ``)', 'it runs', 'echo `date`'],
    ['a (verify: x) is not b (verify: npm test)', 'a (verify: x) is not b', 'npm test'],
    ['all (most of it) works (verify: make check)', 'all (most of it) works', 'make check'],
    ['(verify: npm test)', '`npm test` succeeds', 'npm test'],
    ['tests pass (verify: npm test) on every system', 'tests pass (verify: npm test) on every system'],
    ['tests pass (verify: )', 'tests pass (verify: )'],
    ['tests pass (verify: ``)', 'tests pass', '``'],
    ['verify: npm test', 'verify: npm test'],
  ])('may name its check at its end: %s', (written, text, check) => {
    expect(readCriterion(written)).toEqual(check === undefined ? { text } : { text, check })
  })
})

test('the commands are those of the task and of its criteria, each once', () => {
  const criteria = ['a (verify: npm test)', 'b', 'c (verify: `make`)', 'd (verify: npm run lint)']
  expect(verifyCommands([' npm run lint ', '', 'npm run lint'], criteria)).toEqual(['npm run lint', 'npm test', 'make'])
  expect(verifyCommands([], ['b'])).toEqual([])
})

test('commands judge the criteria that name them', () => {
  const criteria = [
    'tests pass (verify: npm test)',
    'lint (verify: npm run lint)',
    'types (verify: tsc)',
    'e2e (verify: e2e)',
    'it is fast',
  ]
  const runs = [run('npm test', 0), run('npm run lint', 1, 'a.ts: 2 errors'), run('e2e', null, '[ended after 10m, its time limit]')]
  expect(judgeByCommands(criteria, runs)).toEqual([
    { text: 'tests pass', status: 'met', evidence: '`npm test` exited with 0', judged_by: 'verify' },
    { text: 'lint', status: 'unmet', evidence: '`npm run lint` ended with 1: a.ts: 2 errors', judged_by: 'verify' },
    unknown('types'),
    { text: 'e2e', status: 'unmet', evidence: '`e2e` failed: ended after 10m, its time limit', judged_by: 'verify' },
    unknown('it is fast'),
  ])
})

test('judgements fill only what is unknown, and are told from what commands say', () => {
  const byCommand: Criterion = { text: 'tests pass', status: 'unmet', evidence: '`npm test` ended with 1', judged_by: 'verify' }
  const judged = withJudgements(
    [byCommand, unknown('it is fast'), unknown('it is small'), unknown('it is new')],
    [
      { criterion: 'tests pass', met: true, evidence: 'The agent says so.' },
      { criterion: ' it is fast ', met: false, evidence: 'The loop is quadratic.' },
      { criterion: 'it is small', met: true, evidence: 'Ten lines were removed.' },
      { criterion: 'it is invented', met: false, evidence: '-' },
    ],
    'ollama:llama3.1:8b',
  )
  const slow: Criterion = { text: 'it is fast', status: 'unmet', evidence: 'The loop is quadratic.', judged_by: 'ollama:llama3.1:8b' }
  expect(judged).toEqual([
    byCommand,
    slow,
    { text: 'it is small', status: 'met', evidence: 'Ten lines were removed.', judged_by: 'ollama:llama3.1:8b' },
    unknown('it is new'),
  ])
  expect(unmetByJudgement(judged)).toEqual([slow])
})
