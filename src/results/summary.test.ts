import { describe, expect, test } from 'vitest'
import { exampleResult } from '../../test/helpers/examples.ts'
import { failure } from '../domain/errors.ts'
import type { TaskResult } from '../domain/result.ts'
import { templateSummary, wordedSummary } from './summary.ts'

const UNJUDGED = { text: 'a session lives for 30 minutes', status: 'unknown', evidence: null, judged_by: null } as const
const UNMET = { ...UNJUDGED, status: 'unmet', evidence: 'The limit is 5 minutes still.', judged_by: 'ollama:llama3.1:8b' } as const
const MET = { ...UNJUDGED, text: 'the tests pass', status: 'met', evidence: '`npm test` exited with 0', judged_by: 'verify' } as const
const VERIFIED = [ran('npm test', 0)]
const VERIFY_FAILED = {
  status: 'failed',
  failure: failure('verify_failed', '`npm test` ended with 1: 2 tests failed'),
  verify: [ran('npm test', 1)],
} as const satisfies Partial<TaskResult>

function ran(command: string, exit_code: number | null) {
  return { command, exit_code, duration_ms: 900, output: '' }
}

function changed(path: string, lines_added: number | null, lines_removed: number | null) {
  return { path, change: 'modified' as const, lines_added, lines_removed }
}

describe('the page of', () => {
  test('a completed run', () => {
    expect(templateSummary(exampleResult())).toBe(`✔ completed · Fix the login timeout
3m 12s · 14 turns · $0.42 · claude (claude-sonnet-4-5)

The timeout was read in seconds and compared in minutes.
It is fixed, and a test covers it.

Changed: src/auth/session.ts +3 −1
`)
  })

  test('a run whose success was checked', () => {
    const files_changed = [changed('src/a.ts', 12, 0), changed('logo.png', null, null), changed('b.ts', 0, 40), changed('c.ts', 1, 1)]

    expect(
      templateSummary(exampleResult({ verify: VERIFIED, criteria: [MET, UNJUDGED], files_changed })),
    ).toBe(`✔ completed · Fix the login timeout
3m 12s · 14 turns · $0.42 · claude (claude-sonnet-4-5)

The timeout was read in seconds and compared in minutes.
It is fixed, and a test covers it.

Verified: npm test · 1 of 2 criteria met
Changed: src/a.ts +12, logo.png, b.ts −40 (+1 more)
`)
  })

  test('a completed run with warnings and a criterion that was judged as unmet', () => {
    const warnings = ['The answer says that src/b.ts was changed, and it was not.', 'Judged as unmet.', 'A third one.']

    expect(templateSummary(exampleResult({ warnings, criteria: [UNMET, MET] }))).toBe(
      `✔ completed · Fix the login timeout
3m 12s · 14 turns · $0.42 · claude (claude-sonnet-4-5)
Unmet: a session lives for 30 minutes
⚠ The answer says that src/b.ts was changed, and it was not. (+2 more)

The timeout was read in seconds and compared in minutes.
It is fixed, and a test covers it.

1 of 2 criteria met
Changed: src/auth/session.ts +3 −1
`,
    )
  })

  test('a run whose work did not pass', () => {
    expect(templateSummary(exampleResult(VERIFY_FAILED))).toBe(`✖ failed · Fix the login timeout
3m 12s · 14 turns · $0.42 · claude (claude-sonnet-4-5)
Failed: \`npm test\` ended with 1: 2 tests failed
→ Read the end of its output in the result; the work is in the workspace.
✖ npm test: exit 1

The timeout was read in seconds and compared in minutes.
It is fixed, and a test covers it.

Changed: src/auth/session.ts +3 −1
`)
  })

  test('a run of which everything went wrong: the facts come first, and the story has what is left', () => {
    const result = exampleResult({
      ...VERIFY_FAILED,
      verify: [ran('npm test', 1), ran('npm run lint', 0), ran('sleep 900', null)],
      criteria: [UNMET, { ...UNMET, text: 'nothing else changes' }, MET],
      warnings: ['Files outside the target files were changed: src/b.ts'],
    })

    expect(templateSummary(result)).toBe(`✖ failed · Fix the login timeout
3m 12s · 14 turns · $0.42 · claude (claude-sonnet-4-5)
Failed: \`npm test\` ended with 1: 2 tests failed
→ Read the end of its output in the result; the work is in the workspace.
✖ npm test: exit 1, sleep 900: did not finish
Unmet: a session lives for 30 minutes (+1 more)
⚠ Files outside the target files were changed: src/b.ts
The timeout was read in seconds and compared in minutes. …
1 of 3 criteria met
Changed: src/auth/session.ts +3 −1
`)
  })

  test('a run that failed without a word', () => {
    const result = exampleResult({
      status: 'failed',
      failure: failure('timeout', 'Stopped after\n  300 s.'),
      output: '',
      files_changed: null,
    })

    expect(templateSummary(result)).toBe(`✖ failed · Fix the login timeout
3m 12s · 14 turns · $0.42 · claude (claude-sonnet-4-5)
Failed: Stopped after 300 s.
→ Raise timeout, or split the task; what was done so far is in the workspace.
`)
  })

  test('a cancelled run, which is not called a failure', () => {
    const result = exampleResult({ status: 'cancelled', failure: failure('cancelled', 'The task was cancelled by me.'), output: '' })

    expect(templateSummary(result)).toBe(`■ cancelled · Fix the login timeout
3m 12s · 14 turns · $0.42 · claude (claude-sonnet-4-5)
The task was cancelled by me.
→ Retry the task if it was a mistake.

Changed: src/auth/session.ts +3 −1
`)
  })

  test('the demo, which is marked; what is not known is left out', () => {
    const result = exampleResult({ demo: true, agent: 'demo', model: null, turns: 1, cost_usd: null, output: 'Done.', files_changed: [] })

    expect(templateSummary(result)).toBe('✔ completed · Fix the login timeout (demo)\n3m 12s · 1 turn · demo\n\nDone.\n')
  })
})

test.each([
  [0, '$0.00'],
  [0.004, '<$0.01'],
  [0.005, '$0.01'],
  [12.3456, '$12.35'],
])('a cost of %d dollars is written as %s', (cost_usd, text) => {
  expect(templateSummary(exampleResult({ cost_usd })).split('\n')[1]).toContain(` · ${text} · `)
})

test('a long output is cut at a line end, and the page says so', () => {
  const output = Array.from({ length: 30 }, (_, n) => `line ${n}\n`).join('\n')

  expect(templateSummary(exampleResult({ output })).split('\n').slice(3)).toEqual([
    'line 0',
    'line 1',
    'line 2',
    'line 3',
    'line 4 …',
    '',
    'Changed: src/auth/session.ts +3 −1',
    '',
  ])
})

/** Results that say as much as they can, and all that is missing in some of them. */
const EXTREMES: readonly Partial<TaskResult>[] = [
  {},
  { output: '' },
  { output: 'ok' },
  { output: `${'很长的一行😀'.repeat(100_000)}\n`.repeat(3) },
  { output: `${'x\n'.repeat(100_000)}` },
  { output: `${'\n'.repeat(100_000)}late` },
  { files_changed: Array.from({ length: 10_000 }, (_, n) => changed(`${'deep/'.repeat(1000)}${n}.ts`, n, n)) },
  { verify: Array.from({ length: 50 }, (_, n) => ran(`npm run ${'check '.repeat(100)}${n}`, 0)) },
  {
    status: 'failed',
    failure: { ...failure('agent_crashed', 'stderr '.repeat(10_000)), hint: 'hint '.repeat(1_000) },
    title: 'title '.repeat(100),
    model: 'm'.repeat(5_000),
    verify: Array.from({ length: 50 }, (_, n) => ran(`npm run ${'check '.repeat(100)}${n}`, n)),
    criteria: Array.from({ length: 50 }, (_, n) => (n % 2 ? UNMET : { ...MET, text: 'long '.repeat(1_000) })),
    warnings: ['warning '.repeat(1_000), 'another'],
    output: `${'很长的一行😀'.repeat(100_000)}\n`.repeat(3),
    files_changed: [changed('😀'.repeat(1000), 1, 1), changed('b', 123_456, 7)],
  },
]

const WORDS: readonly string[] = [
  'The login works again.',
  'Short.\nVery short.',
  'word '.repeat(10_000),
  '很长的一行😀'.repeat(10_000),
  'line\n'.repeat(10_000),
  `${'A sentence of some length that goes on and on. '.repeat(4)}\n`.repeat(20),
  '\u001b[31mred\u001b[0m\u0007',
  '',
  ' \n \n',
]

test('however much there is to say, a page has ten lines at most, and none that is endless', () => {
  for (const over of EXTREMES) {
    const lines = templateSummary(exampleResult(over)).trimEnd().split('\n')
    expect(lines.length).toBeLessThanOrEqual(10)
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(200)
    expect(lines.join('')).not.toMatch(/\p{Surrogate}/u)
  }
})

test('whatever a model says, its page is no longer than the template and has the same facts', () => {
  for (const over of EXTREMES) {
    const result = exampleResult(over)
    const template = templateSummary(result)
    for (const words of WORDS) {
      const page = wordedSummary(result, words)
      expect(page.length).toBeLessThanOrEqual(template.length)
      expect(page.split('\n').length).toBeLessThanOrEqual(template.split('\n').length)
      expect(page.split('\n').slice(0, 2)).toEqual(template.split('\n').slice(0, 2))
      expect(page.split('\n').filter((line) => /^(Changed|Verified|Failed|Unmet|✖|⚠|→)/u.test(line))).toEqual(
        template.split('\n').filter((line) => /^(Changed|Verified|Failed|Unmet|✖|⚠|→)/u.test(line)),
      )
      expect(page).not.toMatch(/\p{Surrogate}|(?!\n)\p{Cc}/u)
    }
  }
})

test('of a long path the end is shown, and of names as many as have room', () => {
  const files_changed = [
    changed(`${'deep/'.repeat(50)}session.ts`, 3, 1),
    changed('b'.repeat(90), 1, null),
    changed('c'.repeat(90), 1, null),
  ]

  expect(templateSummary(exampleResult({ files_changed })).trimEnd().split('\n').at(-1)).toBe(
    `Changed: …${'deep/'.repeat(50).slice(-69)}session.ts +3 −1, …${'b'.repeat(79)} +1 (+1 more)`,
  )
})

test('colours, bells and other control characters of the agent do not reach the reader', () => {
  const result = exampleResult({ title: 'a\u001b[2Jb', output: '\u001b[31mred\u001b[0m\u0007 \u009b1mtext\r\nnext' })

  expect(templateSummary(result)).toContain('completed · ab\n')
  expect(templateSummary(result)).toContain('\n\nred text\nnext\n\n')
})

describe('the words of a model', () => {
  const HEAD = '✔ completed · Fix the login timeout\n3m 12s · 14 turns · $0.42 · claude (claude-sonnet-4-5)\n'
  const TAIL = 'Changed: src/auth/session.ts +3 −1\n'
  const worded = (words: string, over: Partial<TaskResult> = {}) => wordedSummary(exampleResult(over), words)

  test('stand in place of what the agent said, between the facts', () => {
    expect(worded('The login lasts again.\nNothing is left to do.')).toBe(
      `${HEAD}\nThe login lasts again.\nNothing is left to do.\n\n${TAIL}`,
    )
  })

  test('cannot change how a run ended', () => {
    const words = '✔ completed · Fix the login timeout\nStatus: completed\nCompleted successfully!\nEverything went well.'

    expect(worded(words, VERIFY_FAILED)).toBe(`✖ failed · Fix the login timeout
3m 12s · 14 turns · $0.42 · claude (claude-sonnet-4-5)
Failed: \`npm test\` ended with 1: 2 tests failed
→ Read the end of its output in the result; the work is in the workspace.
✖ npm test: exit 1

Everything went well.

Changed: src/auth/session.ts +3 −1
`)
  })

  test('are cut where they are longer than what the agent said', () => {
    expect(worded('The first line of the story.\nThe second line of the story.\nA third line.')).toBe(
      `${HEAD}\nThe first line of the story.\nThe second line of the story. …\n\n${TAIL}`,
    )
    expect(worded('word '.repeat(500))).toBe(`${HEAD}\n${'word '.repeat(18).trim()}…\n\n${TAIL}`)
  })

  test.each([
    ['nothing', ''],
    ['facts alone', 'Status: completed\nCost: $0\n- **Files changed:** src/other.ts\nTitle: Something else'],
    ['more than has room in one word', 'x'.repeat(4_000).replace(/^/, '\u0007')],
  ])('that leave %s to read give way to the template', (_what, words) => {
    const short = { output: 'It is done.' }

    expect(worded(words, short)).toBe(`${HEAD}\nIt is done.\n\n${TAIL}`)
  })

  test('lose their markdown and control characters', () => {
    const words = '# Summary\n\n---\n**The `login`** \u001b[1mworks\u001b[0m.\u0007\n> See [here](http://evil.example/x).\n```'

    expect(worded(words, { output: 'line\n'.repeat(3) + 'x'.repeat(80) })).toBe(`${HEAD}\nSummary\nThe login works.\nSee here.\n\n${TAIL}`)
  })
})
