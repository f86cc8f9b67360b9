import { beforeEach, expect, test, vi } from 'vitest'
import { withTags } from '../../../test/helpers/cli-context.ts'
import type { LoggedEvent, OrchestratorEvent } from '../../domain/events.ts'
import { eventLine } from './event-line.ts'
import { createStyle } from './style.ts'

beforeEach(() => {
  vi.stubEnv('TZ', 'UTC')
  return () => vi.unstubAllEnvs()
})

const subject = { task_id: 'fix-login', run_id: 'run-1' }
const plain = createStyle(false)

function at(event: OrchestratorEvent): LoggedEvent {
  return { ts: '2026-11-20T09:00:00.000Z', ...event }
}

test.each<[OrchestratorEvent, string]>([
  [{ event: 'task_received', file: 'fix.task.md', ...subject }, '· fix-login          received fix.task.md'],
  [
    { event: 'parsed', title: 'Fix\nit', type: 'fix', priority: 'high', inferred: [], ...subject },
    '· fix-login          Fix it (fix, high)',
  ],
  [
    { event: 'parsed', title: 'Fix it', type: 'fix', priority: 'high', inferred: ['title', 'type'], ...subject },
    '· fix-login          Fix it (fix, high; inferred: title, type)',
  ],
  [{ event: 'claude_started', attempt: 1, pid: 5, cwd: '/work', ...subject }, '▶ fix-login          claude started in /work'],
  [{ event: 'claude_started', attempt: 2, pid: 5, cwd: '/work', ...subject }, '▶ fix-login          claude started, attempt 2 in /work'],
  [
    { event: 'claude_finished', attempt: 1, outcome: 'completed', duration_ms: 72_000, turns: 14, cost_usd: 0.42, ...subject },
    '· fix-login          claude: completed · 1m 12s · 14 turns · $0.42',
  ],
  [
    { event: 'claude_finished', attempt: 1, outcome: 'overloaded', duration_ms: 900, turns: null, cost_usd: null, ...subject },
    '⚠ fix-login          claude: overloaded · 900ms',
  ],
  [
    { event: 'retry', attempt: 2, code: 'overloaded', delay_ms: 5_000, ...subject },
    '↻ fix-login          attempt 2 in 5s, after overloaded',
  ],
  [{ event: 'summarized', by: 'template', ...subject }, '· fix-login          summary by template'],
  [{ event: 'validated', ...subject }, '· fix-login          result checked'],
  [
    { event: 'artifacts_written', result: '/h/results/r.json', summary: '/h/summaries/s.txt', ...subject },
    '· fix-login          wrote r.json and s.txt',
  ],
  [
    { event: 'task_archived', status: 'completed', code: null, to: 'tasks/processed/f.task.md', ...subject },
    '✔ fix-login          completed',
  ],
  [
    { event: 'task_archived', status: 'failed', code: 'max_turns', to: 'tasks/failed/f.task.md', ...subject },
    '✖ fix-login          failed · max_turns',
  ],
  [
    { event: 'task_archived', status: 'cancelled', code: 'cancelled', to: 'tasks/failed/f.task.md', ...subject },
    '■ fix-login          cancelled',
  ],
  [{ event: 'recovered', what: 'interrupted', ...subject }, '↻ fix-login          was interrupted; it goes on'],
  [{ event: 'recovered', what: 'archived', ...subject }, '↻ fix-login          had its result; archived'],
  [{ event: 'recovered', what: 'worked', ...subject }, '↻ fix-login          was interrupted after its agent; its work is judged now'],
  [{ event: 'interrupted', attempt: 1, ...subject }, '⚠ fix-login          interrupted in attempt 1; it goes on at the next start'],
  [
    { event: 'task_rejected', file: 'b.task.md', code: 'bad_yaml', message: 'line 2: what?' },
    '✖ b.task.md          rejected: bad_yaml · line 2: what?',
  ],
  [{ event: 'daemon_started', pid: 5, version: '0.1.0', home: '/h' }, '· daemon             started: process 5, version 0.1.0'],
  [{ event: 'daemon_stopped', reason: 'SIGTERM' }, '· daemon             stopped: SIGTERM'],
  [
    { event: 'verified', attempt: 1, command: 'npm test', exit_code: 2, duration_ms: 72_000, ...subject },
    '✖ fix-login          npm test: exit 2 after 1m 12s',
  ],
  [
    { event: 'verified', attempt: 1, command: 'npm test', exit_code: null, duration_ms: 600_000, ...subject },
    '✖ fix-login          npm test: was stopped or did not start after 10m',
  ],
  [
    { event: 'agent_held', agent: 'claude', code: 'usage_limit', message: 'Wait.', until: '2026-11-21T10:00:00.000Z' },
    '⚠ daemon             claude is held until 2026-11-21 10:00:00: usage_limit · Wait.',
  ],
  [{ event: 'paused', by: 'cli' }, '⚠ daemon             paused by cli'],
  [{ event: 'resumed', by: 'cli' }, '▶ daemon             resumed by cli'],
  [
    { event: 'config_reloaded', changed: ['LOG_LEVEL', 'MAX_RETRIES'] },
    '· daemon             configuration reloaded: LOG_LEVEL, MAX_RETRIES',
  ],
  [
    { event: 'config_edit_waits', waiting: Array.from({ length: 14 }, (_, index) => `A${index}`) },
    '⚠ daemon             an edit of the configuration waits: A0, A1, A2, A3, A4, A5, A6, A7, A8, A9, A10, A11 and 2 more → read it, then orchestrator reload',
  ],
])('%j reads well', (event, line) => {
  expect(eventLine(at(event), plain)).toBe(`09:00:00 ${line}`)
})

test('an event of a newer version says its name', () => {
  const event = JSON.parse('{"ts":"2026-11-20T09:00:00.000Z","event":"question_asked","task_id":"fix-login","run_id":"run-1"}')
  expect(eventLine(event, plain)).toBe('09:00:00 · fix-login          question_asked')
})

test('the end of a run can tell what all of it took', () => {
  const event = at({ event: 'task_archived', status: 'completed', code: null, to: 'x', ...subject })
  expect(eventLine(event, plain, { durationMs: 12_000, turns: 3, costUsd: null })).toBe(
    '09:00:00 ✔ fix-login          completed · 12s · 3 turns',
  )
})

test('colour says at a glance what matters', () => {
  const style = createStyle(true)
  const archived = at({ event: 'task_archived', status: 'completed', code: null, to: 'x', ...subject })
  expect(withTags(eventLine(archived, style))).toBe('<dim>09:00:00</> <green>✔</> <b>fix-login         </> completed')
  expect(withTags(eventLine(at({ event: 'validated', ...subject }), style))).toBe(
    '<dim>09:00:00</> <dim>·</> fix-login          <dim>result checked</>',
  )
})
