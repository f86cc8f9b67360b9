import type { Criterion } from '../domain/result.ts'
import type { VerifyRun } from '../domain/run.ts'
import { endOfRun, withoutTrailing } from '../lib/scan.ts'
import { codeSpan } from './code-span.ts'
import { outcomeOf } from './commands.ts'

const BEGIN = /\(\s*verify:/gi

/** `judged_by` of what a command decided. */
const VERIFY = 'verify'

/** A success criterion as it was written, taken apart. */
export interface ReadCriterion {
  readonly text: string
  /** The shell command that decides it. */
  readonly check?: string
}

/** What one judgement says of one criterion. */
export interface CriterionJudgement {
  readonly criterion: string
  readonly met: boolean
  readonly evidence: string
}

/** A criterion, and the check that it names at its end: `tests pass (verify: npm test)`. */
export function readCriterion(written: string): ReadCriterion {
  const text = written.trim()
  const whole = text.replace(/\)\.$/, ')')
  if (!whole.endsWith(')')) return { text }
  const begin = checkIn(whole)
  const check = begin === undefined ? '' : withoutBackticks(whole.slice(begin.index + begin[0].length, -1).trim())
  if (begin === undefined || check === '') return { text }
  return { text: whole.slice(0, begin.index).trim() || `${codeSpan(check)} succeeds`, check }
}

/** All commands that must succeed: those of the task and those that its criteria name, each once, in the order in which they are named. */
export function verifyCommands(verify: readonly string[], criteria: readonly string[]): readonly string[] {
  const named = [...verify, ...criteria.map((criterion) => readCriterion(criterion).check ?? '')].map((command) => command.trim())
  return [...new Set(named)].filter((command) => command !== '')
}

/** What the commands that were run decide of the criteria as they were written; the rest is unknown. The commands of `runs` went through `redact`. */
export function judgeByCommands(
  criteria: readonly string[],
  runs: readonly VerifyRun[],
  redact: (text: string) => string = (text) => text,
): Criterion[] {
  const byCommand = new Map(runs.toReversed().map((run) => [run.command.trim(), run]))
  return criteria.map((written) => {
    const { text, check } = readCriterion(written)
    const run = check === undefined ? undefined : byCommand.get(redact(check))
    if (run === undefined) return { text, status: 'unknown', evidence: null, judged_by: null }
    return { text, status: run.exit_code === 0 ? 'met' : 'unmet', evidence: outcomeOf(run), judged_by: VERIFY }
  })
}

/** The criteria with the judgements of `by` where nothing else has decided; a judgement of no criterion is dropped. */
export function withJudgements(criteria: readonly Criterion[], judgements: readonly CriterionJudgement[], by: string): Criterion[] {
  const byText = new Map(judgements.map((judgement) => [judgement.criterion.trim(), judgement]))
  return criteria.map((criterion) => {
    const judgement = criterion.status === 'unknown' ? byText.get(criterion.text.trim()) : undefined
    if (judgement === undefined) return criterion
    return { text: criterion.text, status: judgement.met ? 'met' : 'unmet', evidence: judgement.evidence, judged_by: by }
  })
}

/** Those that a judgement, and no command, found unmet. */
export function unmetByJudgement(criteria: readonly Criterion[]): Criterion[] {
  return criteria.filter(({ status, judged_by }) => status === 'unmet' && judged_by !== VERIFY)
}

/** Where the check of a text begins whose last character is a parenthesis: with the one that this closes, else with the last that could. */
function checkIn(text: string): RegExpExecArray | undefined {
  const own = new RegExp(BEGIN.source, 'iy')
  own.lastIndex = openingOf(text)
  const found = own.lastIndex < 0 ? null : own.exec(text)
  return found ?? Array.from(text.matchAll(BEGIN)).at(-1)
}

/** The parenthesis that the last character closes; -1 where there is none. */
function openingOf(text: string): number {
  let open = 0
  for (let at = text.length - 1; at >= 0; at -= 1) {
    if (text[at] === ')') open += 1
    else if (text[at] === '(') open -= 1
    if (open === 0) return at
  }
  return -1
}

/** A command that was written as code as a whole. */
function withoutBackticks(command: string): string {
  const length = Math.min(endOfRun(command, '`', 0), command.length - withoutTrailing(command, '`').length)
  const inner = command.slice(length, command.length - length)
  return length === 0 || inner === '' || hasRun(inner, length) ? command : inner.trim()
}

/** Whether a text has a run of exactly so many backticks. */
function hasRun(text: string, length: number): boolean {
  for (let at = text.indexOf('`'); at >= 0; ) {
    const end = endOfRun(text, '`', at)
    if (end - at === length) return true
    at = text.indexOf('`', end)
  }
  return false
}
