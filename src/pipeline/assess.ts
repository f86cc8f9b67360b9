import type { AttemptOutcome } from '../domain/attempt.ts'
import { failure } from '../domain/errors.ts'
import type { Criterion } from '../domain/result.ts'
import { doubts } from '../verify/claims.ts'
import { judgeByCommands, readCriterion, unmetByJudgement, withJudgements } from '../verify/criteria.ts'
import { readPatch } from './patch.ts'
import type { Rooms } from './rooms.ts'
import type { Ending, Run } from './run.ts'

/** What the work of a run is worth, beside what its agent says of it. */
export interface Assessment {
  /** How the run ends: as its last attempt did, or by a criterion that was demanded. */
  readonly end: AttemptOutcome
  readonly criteria: readonly Criterion[]
  readonly warnings: readonly string[]
}

/** Weighs the success criteria and the claims of a run that has come to its end. Commands decide; the local model's judgement is advice. */
export async function assess(run: Run, { end, cwd }: Ending, rooms: Rooms): Promise<Assessment> {
  const criteria = await weigh(run, end, rooms)
  const claims = doubts({
    output: end.report.output,
    // What the agent said is masked, so that it is compared with names which are.
    changes: run.record.files_changed?.map((file) => ({ ...file, path: rooms.redact(file.path) })) ?? null,
    targetFiles: run.task.targetFiles.map(rooms.redact),
    cwd: rooms.redact(cwd ?? ''),
  })
  const unmet = unmetByJudgement(criteria)
  const [first] = unmet
  if (end.ok && first && rooms.config().settings.CRITERIA_STRICT) {
    const message = `Judged as unmet by ${first.judged_by}: ${unmet.map(({ text }) => text).join('; ')}`
    return { end: { ok: false, failure: failure('criteria_unmet', message), report: end.report }, criteria, warnings: claims }
  }
  const judged = unmet.map(({ text, evidence, judged_by }) => `Judged as unmet by ${judged_by}: ${text} (${evidence})`)
  return { end, criteria, warnings: [...claims, ...judged] }
}

/** Each criterion: by its command where it names one, else by the local model where the agent has done its part. */
async function weigh({ task, record, patience }: Run, end: AttemptOutcome, rooms: Rooms): Promise<readonly Criterion[]> {
  const checked = judgeByCommands(task.criteria, record.verify, rooms.redact)
  const open = task.criteria.map(readCriterion).flatMap(({ text, check }) => (check === undefined ? [text] : []))
  if (!end.ok || open.length === 0) return checked
  const model = rooms.localModel()
  const patch = readPatch(rooms.runFile(record.run_id, 'patch'))
  const evidence = { title: task.title, criteria: open, patch, verify: record.verify, output: end.report.output }
  return withJudgements(checked, await model.judge(evidence, patience), model.name)
}
