import { pathInRule } from '../agents/claude/path-rule.ts'
import { homePaths } from '../config/home.ts'
import type { Config } from '../config/schema.ts'
import { ERRORS } from '../domain/errors.ts'
import type { RejectReason } from '../domain/reject-reason.ts'
import { DEFAULT_TYPE, type FrontMatter } from '../domain/task.ts'
import { TASK_ID } from '../domain/task-name.ts'
import { openTask } from '../task-file/head.ts'
import { readSections } from '../task-file/sections.ts'
import { readCriterion } from '../verify/criteria.ts'
import { queueChoicesOf } from './choices.ts'

/** Keys that give commands, permissions or another place than the settings do, whatever their value. */
const NEVER = ['verify', 'permission_mode', 'allowed_tools', 'isolation', 'image'] as const satisfies readonly (keyof FrontMatter)[]

const CHECK = /\(\s*verify\s*:/i

/** A task file as it was sent, or as it lies in the queue. */
interface PlainSource {
  readonly bytes: Uint8Array
  readonly file: string
}

/**
 * What in a task file from elsewhere gives it more than the settings give a message: commands, permissions, another place or program,
 * more money. All of it is named, each with its line. Undefined where there is nothing; a file that cannot be read is for the reader to refuse.
 */
export function widening({ bytes, file }: PlainSource, config: Config): RejectReason | undefined {
  const opened = openTask(bytes, file, new Date())
  if (!opened.ok) return undefined
  const { task, document } = opened.value
  const lines = document.keyLines()
  const keys = wideningKeys(task.head, config).map((key) => ({ key, line: lines.get(key) }))
  const checks = checkLines(document.body, document.bodyLine).map((line) => ({ key: '(verify: …) of a success criterion', line }))
  const found = [...keys, ...checks].sort((one, other) => (one.line ?? 0) - (other.line ?? 0))
  const [first] = found
  if (!first) return undefined
  const named = found.map(({ key, line }) => (line === undefined ? key : `line ${line}: ${key}`)).join('; ')
  const message = `${named} – not taken from a task that came over a platform.`
  const { hint } = ERRORS.widening_key
  return { code: 'widening_key', message, hint, ...(first.line !== undefined && { line: first.line }) }
}

function wideningKeys(head: FrontMatter, config: Config): readonly (keyof FrontMatter)[] {
  const { settings, agents, types } = config
  const never = NEVER.filter(
    (key) => head[key] !== undefined && !(key === 'allowed_tools' && readsOnlyAttachments(head[key] ?? [], config)),
  )
  const { type = DEFAULT_TYPE, agent = settings.DEFAULT_AGENT, max_budget_usd: budget } = head
  const granted = Object.hasOwn(types, type) ? types[type] : undefined
  const most = queueChoicesOf({ head: {}, type }, config).budgetUsd
  const program = Object.entries(agents).find(([name]) => name === agent)?.[1]?.command
  return [
    ...never,
    ...(type !== DEFAULT_TYPE && (granted?.permission_mode ?? granted?.allowed_tools) !== undefined ? (['type'] as const) : []),
    ...(agent !== settings.DEFAULT_AGENT && program !== undefined ? (['agent'] as const) : []),
    ...(budget !== undefined && most !== undefined && budget > most ? (['max_budget_usd'] as const) : []),
  ]
}

/** The lines of the file in which a check stands that would be run; lines count from 1. */
function checkLines(body: string, bodyLine: number): readonly number[] {
  const { criteria } = readSections(body)
  const checks = criteria.filter((criterion) => CHECK.test(criterion) || readCriterion(criterion).check !== undefined)
  if (checks.length === 0) return []
  const inCriteria = (line: string) => checks.some((check) => line.trim() !== '' && check.includes(line.slice(line.search(CHECK)).trim()))
  const lines = body.split('\n').flatMap((line, index) => (CHECK.test(line) && inCriteria(line) ? [bodyLine + index] : []))
  return lines.length > 0 ? lines : [bodyLine]
}

/** Rules that the daemon itself gives to tasks that came with files: they let the agent read just those. */
function readsOnlyAttachments(rules: readonly string[], { home }: Config): boolean {
  const { attachments } = homePaths(home)
  const ends = '/**)'
  const begins = `${attachmentRule(attachments).slice(0, -ends.length)}/`
  return rules.every((rule) => rule.startsWith(begins) && rule.endsWith(ends) && TASK_ID.test(rule.slice(begins.length, -ends.length)))
}

/** The rule that lets an agent read a folder of attachments. */
export function attachmentRule(folder: string): string {
  return `Read(${pathInRule(folder)}/**)`
}
