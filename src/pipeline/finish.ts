import { relative, sep } from 'node:path'
import type { FinalStatus, TaskResult } from '../domain/result.ts'
import { archiveTask } from '../inbox/archive.ts'
import { removeRecord } from '../inbox/records.ts'
import { crashPoint } from '../lib/crash-point.ts'
import { redactAll } from '../lib/redact.ts'
import { buildResult } from '../results/build.ts'
import { templateSummary, wordedSummary } from '../results/summary.ts'
import { assess } from './assess.ts'
import type { Rooms } from './rooms.ts'
import { type Ending, type Final, type Run, type RunEnd, subjectOf } from './run.ts'

/** Gives a run its one final result: summary, result, then the archive, each safe before the next. Goes on where the disk refused. */
export async function finish(run: Run, ending: Ending, rooms: Rooms): Promise<RunEnd> {
  const { bus, folders } = rooms
  const subject = subjectOf(run)
  run.final ??= await accountFor(run, ending, rooms)
  const { result } = run.final
  if (!run.final.isWritten) await writeDown(run.final, subject, rooms)

  const to = await archiveTask(folders, result.task_id, result.status)
  bus.event({ event: 'task_archived', status: result.status, code: result.failure?.code ?? null, to, ...subject })
  crashPoint('archive.told')
  removeRecord(folders, result.task_id)
  return { kind: 'done', status: result.status }
}

/** The result and the summary of a run, both checked. */
async function accountFor(run: Run, ending: Ending, rooms: Rooms): Promise<Final> {
  const { bus, results } = rooms
  const subject = subjectOf(run)
  const result = await accountOf(run, ending, rooms)
  const words = await rooms.localModel().summarize(result, run.patience)
  const summary = words === undefined ? templateSummary(result) : wordedSummary(result, words)
  bus.event({ event: 'summarized', by: words === undefined ? 'template' : rooms.localModel().name, ...subject })
  results.check(result)
  bus.event({ event: 'validated', ...subject })
  return { result, summary, isWritten: false }
}

async function writeDown(final: Final, subject: ReturnType<typeof subjectOf>, { bus, results, config }: Rooms): Promise<void> {
  const written = await results.write(final.result, final.summary)
  final.isWritten = true
  crashPoint('result.written')
  const { home } = config()
  bus.event({ event: 'artifacts_written', result: within(home, written.result), summary: within(home, written.summary), ...subject })
}

async function accountOf(run: Run, ending: Ending, rooms: Rooms): Promise<TaskResult> {
  const { agent: name, cwd } = ending
  const agent = await rooms.agent(name)
  const { end, criteria, warnings } = await assess(run, ending, rooms)
  const status: FinalStatus = end.ok ? 'completed' : end.failure.code === 'cancelled' ? 'cancelled' : 'failed'
  return redactAll(
    rooms.redact,
    buildResult({
      task: run.task,
      record: run.record,
      status,
      failure: end.ok ? null : end.failure,
      agent: name,
      demo: agent?.demo ?? false,
      report: end.report,
      workspace: { kind: 'none', path: cwd ?? null },
      criteria,
      warnings,
      finished: new Date(),
    }),
  )
}

/** A path as it reads from the home, with slashes on every system. */
function within(home: string, path: string): string {
  return relative(home, path).replaceAll(sep, '/')
}
