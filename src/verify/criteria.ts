import type { Criterion } from '../domain/result.ts'
import type { VerifyRun } from '../domain/run.ts'
import { codeSpan } from './code-span.ts'
import { outcomeOf } from './commands.ts'

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
  const found = Array.from(whole.matchAll(/\(\s*verify:/gi), (match) => ({
    text: whole.slice(0, match.index).trim(),
    check: whole.slice(match.index + match[0].length, -1).trim(),
  }))
  const named = found.find(({ check }) => isBalanced(check)) ?? found.at(-1)
  const check = withoutBackticks(named?.check ?? '')
  if (named === undefined || check === '') return { text }
  return { text: named.text || `${codeSpan(check)} succeeds`, check }
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
  return criteria.map((written) => {
    const { text, check } = readCriterion(written)
    const run = check === undefined ? undefined : runs.find(({ command }) => command.trim() === redact(check))
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

/** Whether every parenthesis in it has its other half, so that the one behind it closes the suffix. */
function isBalanced(text: string): boolean {
  let depth = 0
  for (const [character] of text.matchAll(/[()]/g)) {
    depth += character === '(' ? 1 : -1
    if (depth < 0) return false
  }
  return depth === 0
}

/** A command that was written as code as a whole. */
function withoutBackticks(command: string): string {
  const [, fence, inner] = /^(`+)(.+?)\1$/s.exec(command) ?? []
  if (fence === undefined || inner === undefined || new RegExp(`(?<!\`)${fence}(?!\`)`).test(inner)) return command
  return inner.trim()
}
