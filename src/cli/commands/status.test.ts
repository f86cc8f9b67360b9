import { chmodSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { fakeContext, withTags } from '../../../test/helpers/cli-context.ts'
import { type FileHome, makeFileHome, serveStatus } from '../../../test/helpers/cli-home.ts'
import { exampleQuestion, exampleRecord, exampleResult } from '../../../test/helpers/examples.ts'
import { until } from '../../../test/helpers/until.ts'
import type { DaemonStatus } from '../../control/protocol.ts'
import { answered, type Question } from '../../domain/question.ts'
import { status } from './status.ts'

let files: FileHome

beforeEach(() => {
  files = makeFileHome()
  vi.stubEnv('TZ', 'UTC')
  vi.useFakeTimers({ toFake: ['Date'], now: new Date('2026-11-20T09:05:00.000Z') })
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllEnvs()
  files[Symbol.dispose]()
})

async function show(options: Parameters<typeof status>[2] = {}, terminal?: number): Promise<string> {
  const { context, printed } = fakeContext({ home: files.home, env: { PATH: join(files.home, 'bin') }, ...(terminal && { terminal }) })
  expect(await status(context, [], options)).toBe(0)
  expect(printed.err).toBe('')
  return printed.out.replaceAll(files.home, 'HOME')
}

function putPast(): void {
  const run = { task_id: 'fix-login', run_id: '20261120-090000500-abcd' }
  files.putResult(exampleResult())
  files.log(
    { ts: '2026-11-20T09:00:00.000Z', event: 'task_rejected', file: 'bad.task.md', code: 'bad_yaml', message: 'line 2: what is this?' },
    {
      ts: '2026-11-20T09:03:14.000Z',
      event: 'task_archived',
      status: 'completed',
      code: null,
      to: 'tasks/processed/fix-login.task.md',
      ...run,
    },
    {
      ts: '2026-11-20T09:04:00.000Z',
      event: 'task_archived',
      status: 'failed',
      code: 'max_turns',
      to: 'x',
      task_id: 'pruned',
      run_id: 'r',
    },
  )
}

const BUSY: Partial<DaemonStatus> = {
  holds: [{ kind: 'paused', reason: 'paused; `orchestrator resume` opens the queue', agent: null, code: null, until: null }],
  running: [
    {
      id: 'review',
      runId: 'run-2',
      title: 'Review it',
      agent: 'claude',
      attempt: 2,
      since: '2026-11-20T09:03:48.000Z',
      turns: 3,
      tool: 'Bash npm test -- --reporter=default src/a/very/long/path',
      costUsd: 0.042,
      note: null,
    },
    {
      id: 'docs',
      runId: null,
      title: 'docs',
      agent: '',
      attempt: 1,
      since: '2026-11-20T09:04:59.500Z',
      turns: 0,
      tool: null,
      costUsd: null,
      note: null,
    },
  ],
  queued: [
    { id: 'next', file: 'next.task.md', priority: 'high', since: '2026-11-20T09:00:00.000Z', waitsFor: null },
    {
      id: 'later',
      file: 'later.task.md',
      priority: 'low',
      since: '2026-11-20T07:00:00.000Z',
      waitsFor: 'it depends on next, which is not finished',
    },
  ],
  queuedCount: 14,
}

describe('without a daemon', () => {
  test('an empty home says what to do first', async () => {
    expect(await show()).toBe(`daemon    not running → orchestrator start
home      HOME
claude    not on PATH → orchestrator doctor
ollama    default address (see orchestrator doctor)
telegram  off: TELEGRAM_BOT_TOKEN is not set (see orchestrator doctor)

Nothing here yet. Drop a *.task.md into tasks/, or: orchestrator new "what to do"
`)
  })

  test('the program of claude is the one that the configuration names', async () => {
    const claude = async () => JSON.parse(await show({ json: true })).components[0]
    const putProgram = (path: string) => {
      files.put(path, '#!/bin/sh\n')
      chmodSync(join(files.home, path), 0o755)
    }
    putProgram('bin/claude')
    files.put('config/orchestrator.yaml', '# agents: { claude: { command: /nope/claude } }\nagents: {}\n')
    expect(await claude()).toEqual({ name: 'claude', ok: true, detail: 'HOME/bin/claude' })

    files.put('config/orchestrator.yaml', 'agents: { claude: { command: /nope/claude } }\n')
    expect(await claude()).toEqual({ name: 'claude', ok: false, detail: 'no program /nope/claude (agents.claude.command)' })
    files.put('config/orchestrator.yaml', 'agents: { claude: { command: claude-next } }\n')
    expect(await claude()).toEqual({ name: 'claude', ok: false, detail: 'no program claude-next (agents.claude.command)' })
    putProgram('bin/claude-next')
    expect(await claude()).toEqual({ name: 'claude', ok: true, detail: 'HOME/bin/claude-next' })

    putProgram('own/claude')
    files.put('config/orchestrator.yaml', `agents: { claude: { command: ${JSON.stringify(join(files.home, 'own/claude'))} } }\n`)
    expect(await claude()).toEqual({ name: 'claude', ok: true, detail: 'HOME/own/claude' })
    files.put('config/orchestrator.yaml', `agents: { claude: { environment: { PATH: ${JSON.stringify(join(files.home, 'own'))} } } }\n`)
    expect(await claude()).toEqual({ name: 'claude', ok: true, detail: 'HOME/own/claude' })

    symlinkSync('circle', join(files.home, 'circle'))
    files.put('config/orchestrator.yaml', `agents: { claude: { command: ${JSON.stringify(join(files.home, 'circle'))} } }\n`)
    expect(await claude()).toMatchObject({ ok: false })

    files.put('config/orchestrator.yaml', 'agents: { claude: { comand: x } }\n')
    expect(await claude()).toEqual({ name: 'claude', ok: null, detail: 'config/orchestrator.yaml is broken' })
  })

  test('the files tell what is queued, what was interrupted, what holds and what ended', async () => {
    putPast()
    files.put('.env', 'OLLAMA_HOST=http://10.0.0.1:11434\n')
    files.put('bin/claude', '#!/bin/sh\n')
    chmodSync(join(files.home, 'bin/claude'), 0o755)
    files.put('.orchestrator/paused.json', '{}')
    files.put('tasks/later.task.md', 'Write docs.', '2026-11-20T09:00:00.000Z')
    files.put('tasks/first.task.md', '---\npriority: high\n---\nFix it.', '2026-11-20T09:01:00.000Z')
    files.put('tasks/running/cut.task.md', '---\nagent: demo\n---\nDo it.')
    files.put('tasks/running/cut.run.json', exampleRecord({ task_id: 'cut' }))
    expect(await show()).toBe(`daemon    not running → orchestrator start
home      HOME
claude    HOME/bin/claude
ollama    http://10.0.0.1:11434 (see orchestrator doctor)
telegram  off: TELEGRAM_BOT_TOKEN is not set (see orchestrator doctor)

⚠ paused; \`orchestrator resume\` opens the queue

Running 1
  ⚠ cut  turn 14  $0.42  waits: the queue is paused; \`orchestrator resume\` opens it

Queued 2
  · first  high    4m  the queue is paused; \`orchestrator resume\` opens it
  · later  medium  5m  the queue is paused; \`orchestrator resume\` opens it

Recent
  ✖ pruned     max_turns                 1m ago
  ✔ fix-login  completed  3m 12s  $0.42  1m ago  Fix the login timeout
  ✖ bad        rejected                  5m ago  line 2: what is this?
`)
  })

  test('a parked task that has its answer goes on at the next start; one that has not still asks', async () => {
    const put = (id: string, over: Partial<Question>) => {
      files.put(`tasks/waiting/${id}.task.md`, 'Do it.')
      files.put(`tasks/waiting/${id}.run.json`, exampleRecord({ task_id: id }))
      files.put(`tasks/waiting/${id}.questions.json`, { schema_version: 1, questions: [exampleQuestion({ task_id: id, ...over })] })
    }
    put('answered', answered(exampleQuestion({ task_id: 'answered' }), { text: 'mysql', by: 'cli' }, new Date('2026-11-20T09:04:00.000Z')))
    put('asks', {})

    expect(await show()).toContain('Running 1\n  ⚠ answered  turn 14  $0.42  answered; it goes on at the next start\n')
    expect(await show()).toContain('Waiting for an answer 1\n  ? asks ')
  })

  test('a long queue is counted, not read', async () => {
    for (let n = 0; n < 250; n++) files.put(`tasks/t${String(n).padStart(3, '0')}.task.md`, 'Do it.', '2026-11-20T09:00:00.000Z')
    const text = await show()
    expect(text).toContain('Queued 250\n  · t000  medium  5m\n')
    expect(text).toContain('  · t009  medium  5m\n  … and 240 more: orchestrator list --state queued\n')
    expect(text).not.toContain('t010')
  })

  test('a directory without an inbox is no home', async () => {
    const { context } = fakeContext({ home: files.paths.results })
    await expect(status(context, [], {})).rejects.toMatchObject({ code: 'no_home' })
  })
})

describe('beside a daemon', () => {
  test('a terminal shows aligned and coloured what it does', async () => {
    putPast()
    await using _ = await serveStatus(files, BUSY)
    expect(
      withTags(await show({}, 80)),
    ).toBe(`<dim>daemon</>    <green>running · process 4711 · since 2026-11-20 06:00:00 (3h) · 3 at a time</>
<dim>home</>      HOME
<dim>claude</>    <yellow>not on PATH → orchestrator doctor</>
<dim>ollama</>    <dim>default address (see orchestrator doctor)</>
<dim>telegram</>  <dim>off: TELEGRAM_BOT_TOKEN is not set (see orchestrator doctor)</>

<yellow>⚠</> paused; \`orchestrator resume\` opens the queue

<b>Running</> <dim>2</>
  <cyan>▶</><b> review</>  1m 12s  attempt 2  turn 3  $0.04  <dim>Bash npm test -- --reporter=defau…</>
  <cyan>▶</><b> docs</>        0s                            <dim>starting</>

<b>Queued</> <dim>14</>
  <dim>·</><b> next</>   high  5m  <dim>waits for a free slot</>
  <dim>·</><b> later</>  low   2h  <dim>it depends on next, which is not finished</>
<dim>  … and 12 more: orchestrator list --state queued</>

<b>Recent</>
  <red>✖</><b> pruned</>     <red>max_turns</>                 1m ago
  <green>✔</><b> fix-login</>  <green>completed</>  3m 12s  $0.42  1m ago  <dim>Fix the login timeout</>
  <red>✖</><b> bad</>        <red>rejected</>                  5m ago  <dim>line 2: what is this?</>
`)
  })

  test('edits of the configuration that wait are named, with the way out', async () => {
    const configWaiting = ['CLAUDE_SKIP_PERMISSIONS', 'types.\u001b[31mfix.verify']
    await using _ = await serveStatus(files, { configWaiting })
    const words = 'an edit of the configuration waits: CLAUDE_SKIP_PERMISSIONS, types. [31mfix.verify → read it, then orchestrator reload'
    expect(await show({})).toContain(`⚠ ${words}\n`)
    expect(JSON.parse(await show({ json: true }))).toMatchObject({ config_waiting: configWaiting })
  })

  test('--json has the same in stable names', async () => {
    putPast()
    await using _ = await serveStatus(files, BUSY)
    expect(JSON.parse(await show({ json: true }))).toEqual({
      home: 'HOME',
      daemon: { pid: 4711, since: '2026-11-20T06:00:00.000Z', answers: true, version: '0.1.0', concurrency: 3 },
      components: [
        { name: 'claude', ok: false, detail: 'not on PATH' },
        { name: 'ollama', ok: null, detail: 'default address' },
        { name: 'telegram', ok: null, detail: 'off: TELEGRAM_BOT_TOKEN is not set' },
      ],
      config_waiting: [],
      holds: BUSY.holds,
      running: BUSY.running?.map(({ runId, costUsd, ...task }) => ({ ...task, run_id: runId, cost_usd: costUsd })),
      waiting: [],
      queued: BUSY.queued?.map(({ waitsFor, ...task }) => ({ ...task, waits_for: waitsFor })),
      queued_count: 14,
      recent: [
        ended({ id: 'pruned', state: 'failed', ended: '2026-11-20T09:04:00.000Z', code: 'max_turns' }),
        ended({
          id: 'fix-login',
          state: 'completed',
          ended: '2026-11-20T09:03:14.000Z',
          title: 'Fix the login timeout',
          priority: 'high',
          agent: 'claude',
          duration_ms: 192_000,
          cost_usd: 0.42,
        }),
        ended({ id: 'bad', state: 'rejected', ended: '2026-11-20T09:00:00.000Z', code: 'bad_yaml', title: 'line 2: what is this?' }),
      ],
    })
  })

  test('a process that holds the home and says nothing is named', async () => {
    const { acquireLock } = await import('../../daemon/lock.ts')
    await using _ = await acquireLock(files.paths.lock, '0.1.0')
    expect(await show()).toContain(`daemon    process ${process.pid} does not answer → see logs/orchestrator.log\n`)
    expect(JSON.parse(await show({ json: true })).daemon).toMatchObject({ pid: process.pid, answers: false })
  })
})

describe('--watch', () => {
  test('prints to a pipe again only when something has changed, and ends with Ctrl-C', async () => {
    const { context, printed, interrupt } = fakeContext({ home: files.home })
    const ended = status(context, [], { watch: true, json: true })
    await until(() => expect(printed.out).not.toBe(''))
    files.put('tasks/new.task.md', 'Do it.')
    const lines = () => printed.out.trimEnd().split('\n')
    await until(() => expect(lines()).toHaveLength(2))
    interrupt()
    expect(await ended).toBe(0)
    expect(lines().map((line) => JSON.parse(line).queued_count)).toEqual([0, 1])
  })

  test('redraws a terminal on a screen of its own and leaves the last picture behind', async () => {
    const { context, printed, interrupt } = fakeContext({ home: files.home, terminal: 80 })
    const ended = status(context, [], { watch: true })
    await until(() => expect(printed.out).toContain('\u001b[J'))
    interrupt()
    await ended
    expect(printed.out.startsWith('\u001b[?1049h\u001b[H')).toBe(true)
    expect(withTags(printed.out.split('\u001b[?1049l')[1] ?? '')).toMatch(/^<dim>daemon<\/> {4}<yellow>not running/)
  })
})

function ended(task: object): object {
  return { title: '', priority: null, agent: null, code: null, duration_ms: null, cost_usd: null, ...task }
}
