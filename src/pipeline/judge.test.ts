import { describe, expect, test } from 'vitest'
import { exampleRecord, exampleTask } from '../../test/helpers/examples.ts'
import type { AttemptEnd, AttemptReport } from '../domain/attempt.ts'
import { failure } from '../domain/errors.ts'
import type { AttemptRecord, FileChange } from '../domain/run.ts'
import type { Task } from '../domain/task.ts'
import { judge, ofDay } from './judge.ts'
import { beginRun } from './run.ts'

const CHANGE: FileChange = { path: 'a.txt', change: 'added', lines_added: 1, lines_removed: 0 }
const ONLY_WORDS = 'Nothing was changed or run: there is only the answer.'
const open = exampleRecord().attempts.map((one) => ({ ...one, finished: null, outcome: null, turns: null }))

interface Situation {
  readonly report?: Partial<AttemptReport>
  readonly type?: string | undefined
  readonly task?: Partial<Task>
  readonly changes?: readonly FileChange[] | null
  readonly earlier?: readonly AttemptRecord[]
}

function answer(over: Partial<AttemptReport> = {}): AttemptEnd {
  return { ok: true, report: { output: 'It is done.', denials: [], warnings: ['told before'], deeds: 0, ...over } }
}

/** What an agent that ended well is found to have done; the run has this type by the author's own word. */
function judged({ report, type, task, changes = [], earlier = [] }: Situation): AttemptEnd {
  const typed = exampleTask({ head: type === undefined ? {} : { type }, type: type ?? 'task', ...task })
  const record = exampleRecord({ attempts: [...earlier, ...open], files_changed: changes && [...changes] })
  return judge(answer(report), beginRun(typed, record, new AbortController(), 0))
}

describe('an agent that only talked', () => {
  test.each(['fix', 'feature', 'refactor', 'chore'])('has not done a task of the type %s', (type) => {
    expect(judged({ type })).toEqual({
      ok: false,
      failure: failure('nothing_done', `No file changed and nothing was run, though the task is to change something (type: ${type}).`),
      report: expect.objectContaining({ output: 'It is done.', deeds: 0 }),
    })
  })

  test.each([undefined, 'task'])('may have answered a task of the type %s, with a warning', (type) => {
    expect(judged({ type })).toEqual(answer({ warnings: ['told before', ONLY_WORDS] }))
  })

  test('may have answered one whose type the local model guessed', () => {
    expect(judged({ task: { type: 'fix', head: {} } })).toEqual(answer({ warnings: ['told before', ONLY_WORDS] }))
  })

  test.each(['analyze', 'code_review', 'summarize'])('has done a task of the type %s, which is to look', (type) => {
    expect(judged({ type })).toEqual(answer())
  })
})

describe('an agent is believed to have worked', () => {
  test.each<[string, Situation]>([
    ['a file changed', { changes: [CHANGE] }],
    ['it ran something that may have changed what nobody watches', { report: { deeds: 1 } }],
    ['it cannot be told whether a file changed', { changes: null }],
    ['it does not tell what it does', { report: { deeds: undefined } as unknown as AttemptReport }],
    ['an earlier attempt of the run had turns of its own', { earlier: exampleRecord().attempts }],
    [
      'an earlier attempt had begun, and nobody saw its end',
      { earlier: exampleRecord().attempts.map((one) => ({ ...one, outcome: 'interrupted', turns: null })) },
    ],
  ])('where %s', (_why, situation) => {
    expect(judged({ type: 'fix', ...situation })).toMatchObject({ ok: true, report: { warnings: ['told before'] } })
  })

  test.each([{ turns: 0 }, { turns: 1, model_turns: 0 }])('but not for an earlier attempt whose model never answered (%o)', (turns) => {
    const earlier = exampleRecord().attempts.map((one) => ({ ...one, outcome: 'usage_limit', ...turns }))
    expect(judged({ type: 'fix', earlier })).toMatchObject({ ok: false, failure: { code: 'nothing_done' } })
  })
})

describe('an end that is none of a success', () => {
  const run = beginRun(exampleTask(), exampleRecord({ attempts: open, files_changed: [] }), new AbortController(), 0)
  const report: AttemptReport = { output: '', denials: [], warnings: [], deeds: 0 }
  const spent: AttemptEnd = { ok: false, failure: failure('max_budget', 'It spent $1.'), report }

  test('stays as it is, however little was done', () => {
    const denied: AttemptEnd = { ok: false, failure: failure('permission_denied', 'Bash was denied.'), report }
    const drained: AttemptEnd = { ok: undefined, started: true, report }
    expect(judge(denied, run)).toBe(denied)
    expect(judge(drained, run)).toBe(drained)
  })

  test('is of the day where the day had no more to give, and of the task where the task had', () => {
    expect(ofDay(spent, 'day')).toEqual({ ok: false, failure: failure('daily_budget', 'It spent $1.'), report })
    expect(ofDay(spent, 'run')).toBe(spent)
    expect(ofDay(spent, undefined)).toBe(spent)
  })
})
