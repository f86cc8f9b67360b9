import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { exampleQuestion, exampleRecord, exampleResult } from './examples.ts'

const RUN = '20261120-090000500-abcd'

/** A home in which every kind of state file lies, by their paths in it. */
export const STATE_FILES: Readonly<Record<string, string>> = {
  'tasks/q.task.md': 'Do it.\n',
  'tasks/.q.task.md.retry': 'q',
  'tasks/running/a.task.md': 'Do it.\n',
  'tasks/running/a.run.json': JSON.stringify(exampleRecord({ task_id: 'a', file: 'a.task.md' })),
  'tasks/waiting/w.task.md': 'Do it.\n',
  'tasks/waiting/w.run.json': JSON.stringify(exampleRecord({ task_id: 'w', file: 'w.task.md' })),
  'tasks/waiting/w.questions.json': JSON.stringify({ schema_version: 1, questions: [exampleQuestion({ task_id: 'w', run_id: RUN })] }),
  'tasks/processed/d.task.md': 'Do it.\n',
  'tasks/rejected/r.task.md': '',
  'tasks/rejected/r.task.md.reason.json': JSON.stringify({
    file: 'r.task.md',
    code: 'empty_file',
    message: 'm',
    hint: 'h',
    rejected: '2026-11-20T09:00:00.000Z',
  }),
  'results/d_result.json': JSON.stringify(exampleResult({ task_id: 'd', status: 'completed', failure: null })),
  'summaries/d_summary.txt': 'It is done.\n',
  'logs/events.ndjson': `${JSON.stringify({ ts: '2026-11-20T09:00:00.000Z', event: 'task_archived', status: 'completed', code: null, to: 'x', task_id: 'd', run_id: RUN })}\n`,
  [`logs/runs/${RUN}.ndjson`]: `${JSON.stringify({ type: 'system', subtype: 'init', model: 'm', cwd: '/', session_id: 's' })}\n`,
  '.orchestrator/daemon.json': '{"pid":4194000,"started":"1","boot":"b","since":"2026-11-20T09:00:00.000Z","version":"0.1.0"}',
  '.orchestrator/daemon.json.takeover': '{"pid":4194000,"started":"1","boot":"b","since":"2026-11-20T09:00:00.000Z","version":"0.1.0"}',
  '.orchestrator/paused.json': '{"by":null,"since":"2026-11-20T09:00:00.000Z"}',
  '.orchestrator/holds.json': '[]',
  '.orchestrator/spending.json': '{"day":"2026-11-20","usd":1}',
  '.orchestrator/outbox/00000000000001-000000.json': '{}',
  '.env': 'DEFAULT_AGENT=demo\n',
  'config/orchestrator.yaml': '',
}

/** What can lie where a state file should: how it is made. */
export const ODD_THINGS: Readonly<Record<string, (path: string) => void>> = {
  'a directory': (path) => {
    mkdirSync(path)
    writeFileSync(join(path, 'of-somebody.txt'), 'kept')
  },
  'a pipe': (path) => void execFileSync('mkfifo', [path]),
  'a link to /dev/zero': (path) => symlinkSync('/dev/zero', path),
  'a link to another file': (path) => symlinkSync('/etc/passwd', path),
  'a link to nothing': (path) => symlinkSync('/nowhere/at/all', path),
  'a sparse file of 1 GB': (path) => {
    writeFileSync(path, '')
    truncateSync(path, 2 ** 30)
  },
  'no UTF-8': (path) => writeFileSync(path, Buffer.from([0xff, 0xfe, 0x7b, 0x80, 0x0a])),
  null: (path) => writeFileSync(path, 'null'),
  'a list': (path) => writeFileSync(path, '[]'),
  'an object': (path) => writeFileSync(path, '{}'),
  'a list of objects': (path) =>
    writeFileSync(path, '[{"id":"../../../evil","task_id":"../../../evil","run_id":"../../../evil","file":"../../../evil"}]'),
  'something nested deep': (path) => writeFileSync(path, '{"a":['.repeat(5_000)),
  'something whole and nested deep': (path) => writeFileSync(path, `${'['.repeat(5_000)}${']'.repeat(5_000)}`),
  'nothing that may be read': (path) => {
    writeFileSync(path, '{}')
    chmodSync(path, 0)
  },
}

/** Writes every state file into a home. */
export function putStateFiles(home: string): void {
  for (const [path, text] of Object.entries(STATE_FILES)) {
    mkdirSync(dirname(join(home, path)), { recursive: true })
    writeFileSync(join(home, path), text)
  }
}

/** Puts something odd in the place of a state file. */
export function putOdd(home: string, path: string, make: (path: string) => void): void {
  rmSync(join(home, path), { force: true })
  make(join(home, path))
}
