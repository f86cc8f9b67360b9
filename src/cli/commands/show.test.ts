import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { fakeContext, withTags } from '../../../test/helpers/cli-context.ts'
import { type FileHome, makeFileHome } from '../../../test/helpers/cli-home.ts'
import { exampleRecord, exampleResult } from '../../../test/helpers/examples.ts'
import { failure } from '../../domain/errors.ts'
import { show } from './show.ts'

let files: FileHome

beforeEach(() => {
  files = makeFileHome()
  vi.stubEnv('TZ', 'UTC')
})
afterEach(() => {
  vi.unstubAllEnvs()
  files[Symbol.dispose]()
})

async function run(id: string, options: Parameters<typeof show>[2] = {}, terminal?: number): Promise<string> {
  const { context, printed } = fakeContext({ home: files.home, ...(terminal && { terminal }) })
  expect(await show(context, [id], options)).toBe(0)
  expect(printed.err).toBe('')
  return printed.out
}

test('a failed task shows why, what to do, and all that is known', async () => {
  const denials = [{ tool: 'Bash', detail: 'rm -rf\n/' }]
  files.putResult(
    exampleResult({
      status: 'failed',
      failure: failure('permission_denied', 'The agent was denied Bash.'),
      output: Array.from({ length: 30 }, (_, line) => `line ${line + 1}\u001b[2J`).join('\n'),
      denials,
      warnings: ['80 % of the usage limit is used up.'],
      inferred: [{ field: 'title', value: 'x', by: 'llama3.1:8b' }],
    }),
  )
  files.put(
    'tasks/failed/fix-login.task.md',
    '---\npriority: high\ndepends_on: [one, two]\n---\n# Fix the login timeout\n\n**Prompt:**\nThe session expires.\n',
  )
  files.put('summaries/fix-login_summary.txt', 'Failed.')
  for (const kind of ['ndjson', 'patch', 'verify.log']) files.put(`logs/runs/20261120-090000500-abcd.${kind}`, '')
  expect(await run('fix')).toBe(`✖ fix-login failed · 3m 12s · 14 turns · $0.42
Fix the login timeout

permission_denied: The agent was denied Bash.
→ Allow the tool with allowed_tools or permission_mode, or set CLAUDE_SKIP_PERMISSIONS=true, then retry.

type       fix · priority high
agent      claude · claude-sonnet-4-5
works in   /work/app
waits for  one, two
queued     2026-11-20 09:00:00
started    2026-11-20 09:00:01
finished   2026-11-20 09:03:14 (waited 1s, worked 3m 12s)
run        20261120-090000500-abcd
session    session-1
tokens     100 in · 200 out · 3000 from cache
inferred   title (llama3.1:8b)

Prompt
  The session expires.

Attempts
  1  2026-11-20 09:00:01  completed  3m 12s  14 turns  $0.42

Output
${Array.from({ length: 20 }, (_, line) => `  line ${line + 1}[2J`).join('\n')}
  … 10 more lines

Files changed
  ~ src/auth/session.ts (+3 −1)

Denied
  Bash rm -rf /

Success criteria
  ? a session lives for 30 minutes

Warnings
  80 % of the usage limit is used up.

Files
  task        tasks/failed/fix-login.task.md
  result      results/fix-login_result.json
  summary     summaries/fix-login_summary.txt
  transcript  logs/runs/20261120-090000500-abcd.ndjson
  verify log  logs/runs/20261120-090000500-abcd.verify.log
  patch       logs/runs/20261120-090000500-abcd.patch
`)
})

test('a terminal shows the state in its colour', async () => {
  files.putResult(exampleResult({ demo: true, tokens: null, session_id: null }))
  const text = withTags(await run('fix-login', {}, 80))
  expect(text).toContain('<green>✔</> <b>fix-login</> <green>completed</> <dim>· 3m 12s · 14 turns · $0.42</>\nFix the login timeout\n')
  expect(text).toContain('\n<dim>agent</>     claude · claude-sonnet-4-5 (demo: no model was asked)\n')
  expect(text).toContain('\n<b>Attempts</>\n  1  2026-11-20 09:00:01  <green>completed</>  3m 12s  14 turns  $0.42\n')
})

test('a queued task shows what its file says', async () => {
  files.put(
    'tasks/q.task.md',
    '---\nagent: demo\nmodel: big\ncwd: app\nnot_before: 2027-01-01T00:00:00Z\n---\nDo it.\n\n**Prompt:**\nNow.\n\n**Success Criteria:**\n- [ ] done\n',
  )
  expect(await run('q')).toBe(`· q queued
Now.

type        task · priority medium
agent       demo · big
works in    app
not before  2027-01-01 00:00:00

Prompt
  Now.

Success criteria
  · done

Files
  task  tasks/q.task.md
`)
})

test('a queued task shows what its file probably does not mean', async () => {
  files.put('tasks/q.task.md', '**Prompt:**\nNow.\n\n**Success Criteria:**\n- tests pass (verify: npm test\n')
  expect(await run('q')).toContain('\nWarnings\n  The check on line 5 is not run: ')
})

test('a running task shows its attempts so far', async () => {
  const open = {
    attempt: 2,
    started: '2026-11-20T09:04:00.000Z',
    finished: null,
    outcome: null,
    session_id: null,
    turns: null,
    cost_usd: null,
    tokens: null,
    verify_ms: null,
  }
  const [first] = exampleRecord().attempts
  files.put('tasks/running/fix-login.task.md', 'Fix it.')
  const attempts = first ? [{ ...first, outcome: 'overloaded' }, open] : []
  files.put('tasks/running/fix-login.run.json', exampleRecord({ agent: 'claude', cwd: '/work/app', attempts }))
  expect(await run('fix-login')).toContain(`▶ fix-login running
Fix it.

type      task · priority medium
agent     claude
works in  /work/app
queued    2026-11-20 09:00:00
started   2026-11-20 09:00:00
run       20261120-090000500-abcd

Prompt
  Fix it.

Attempts
  1  2026-11-20 09:00:01  overloaded  3m 12s  14 turns  $0.42
  2  2026-11-20 09:04:00  running
`)
})

test('a rejected file shows what is wrong with it', async () => {
  const reason = {
    file: 'bad.task.md',
    code: 'bad_yaml',
    message: 'line 2: what is this?',
    hint: 'Mend it.',
    line: 2,
    column: 1,
    rejected: '2026-11-20T09:00:00.000Z',
  }
  files.put('tasks/rejected/bad.task.md', '---\n]\n---\n')
  files.put('tasks/rejected/bad.task.md.reason.json', reason)
  expect(await run('bad')).toBe(`✖ bad rejected

bad_yaml: line 2: what is this?
→ Mend it.

rejected  2026-11-20 09:00:00

Files
  task  tasks/rejected/bad.task.md
`)
  expect(JSON.parse(await run('bad', { json: true }))).toEqual({
    id: 'bad',
    state: 'rejected',
    file: `${files.paths.rejected}/bad.task.md`,
    result: null,
    record: null,
    reason,
    questions: [],
  })
})

test('--json has the result as it was written', async () => {
  const result = exampleResult()
  files.putResult(result)
  expect(JSON.parse(await run('fix-login', { json: true }))).toEqual({
    id: 'fix-login',
    state: 'completed',
    file: `${files.paths.processed}/fix-login.task.md`,
    result,
    record: null,
    reason: null,
    questions: [],
  })
})
