import type { ErrorCode } from '../domain/errors.ts'
import { FRONT_MATTER_KEYS, type FrontMatter, frontMatterSchema } from '../domain/task.ts'
import { parseDuration } from '../lib/duration.ts'
import { nearest } from '../lib/nearest.ts'
import type { TaskDocument } from './front-matter.ts'
import { quote, type Read, refuse } from './problem.ts'

/** Keys, and values of keys, that the format knows and this version cannot do. */
const NOT_YET: readonly string[] = ['image', 'isolation: worktree', 'isolation: docker']

/** The longest time limit, in milliseconds: a week, as for CLAUDE_TIMEOUT_SEC. */
const MAX_TIMEOUT_MS = 604_800_000

/** How many faults one refusal names. */
const MAX_SHOWN = 10

const TEXT = 'text'
const TEXTS = 'a text or a list of texts'
const WORD = 'one word of letters, digits, "_", "." or "-"'
const TIME = 'an ISO 8601 time such as 2026-11-20T09:00:00Z'
const COUNT = 'a whole number, 0 or more'

/** What each key takes, in words for a person. */
const EXPECTED: Readonly<Record<keyof FrontMatter, string>> = {
  id: 'letters, digits, ".", "_" or "-", at most 100, the first a letter or digit',
  type: WORD,
  priority: 'high, medium or low',
  created: TIME,
  tags: TEXTS,
  agent: WORD,
  model: TEXT,
  cwd: TEXT,
  timeout: 'seconds or a duration such as 90s, 15m or 2h, at most 168h',
  max_turns: COUNT,
  max_budget_usd: 'a number above 0',
  retries: 'a whole number from 0 to 100',
  depends_on: TEXTS,
  not_before: TIME,
  isolation: 'none, worktree or docker',
  image: TEXT,
  verify: 'a shell command, a list of them, or [] for none',
  fix_attempts: 'a whole number from 0 to 100',
  permission_mode: WORD,
  allowed_tools: TEXTS,
  disallowed_tools: TEXTS,
  resume: TEXT,
  origin: TEXT,
}

/** The front matter of a task, checked, and the `x-…` keys, untouched. */
export interface CheckedHead {
  readonly front: FrontMatter
  readonly extras: Readonly<Record<string, unknown>>
}

interface Fault {
  readonly key: string
  readonly code: ErrorCode
  readonly what: string
}

/** Checks the keys and values of a head. A refusal names all that is wrong with it, in the order of the file. */
export function checkHead({ head, keyLines }: TaskDocument): Read<CheckedHead> {
  const entries = Object.entries(head)
  if (head.timeout === undefined && entries.every(([key, value]) => isKnown(key) && !isNotYet(key, value))) {
    const parsed = frontMatterSchema.safeParse(head) // the common head: a backlog of them is read in one go
    if (parsed.success) return { ok: true, value: { front: parsed.data, extras: {} } }
  }
  const extras = entries.filter(([key]) => key.startsWith('x-'))
  const own = entries.filter(([key]) => !key.startsWith('x-'))
  const known = own.filter(([key, value]) => isKnown(key) && !isNotYet(key, value))
  const parsed = frontMatterSchema.safeParse(Object.fromEntries(known))
  const bad = new Set(parsed.error?.issues.map(({ path }) => path[0]))
  if (head.timeout !== undefined && !isTimeout(head.timeout)) bad.add('timeout')
  if (parsed.success && bad.size === 0 && known.length === own.length) {
    return { ok: true, value: { front: parsed.data, extras: Object.fromEntries(extras) } }
  }
  return refuseAll(
    own.flatMap(([key, value]) => faultOf(key, value, bad.has(key)) ?? []),
    keyLines(),
  )
}

function isKnown(key: string): key is keyof FrontMatter {
  return Object.hasOwn(EXPECTED, key)
}

function isNotYet(key: string, value: unknown): boolean {
  return NOT_YET.includes(key) || (typeof value === 'string' && NOT_YET.includes(`${key}: ${value}`))
}

function isTimeout(value: unknown): boolean {
  const ms = typeof value === 'string' || typeof value === 'number' ? parseDuration(value) : undefined
  return ms !== undefined && ms > 0 && ms <= MAX_TIMEOUT_MS
}

function faultOf(key: string, value: unknown, bad: boolean): Fault | undefined {
  if (!isKnown(key)) {
    const meant = nearest(key, FRONT_MATTER_KEYS)
    const what = `${/^[\w-]{1,60}$/.test(key) ? key : quote(key)}: unknown key${meant === undefined ? '' : `, did you mean ${meant}?`}`
    return { key, code: 'unknown_key', what }
  }
  if (isNotYet(key, value)) {
    const asked = NOT_YET.includes(key) ? key : `${key}: ${value}`
    return { key, code: 'unsupported_key', what: `${asked}: this version cannot do that yet` }
  }
  return bad
    ? { key, code: 'bad_value', what: `${key}: ${emptyItem(value) ?? `expected ${EXPECTED[key]}, found ${found(value)}`}` }
    : undefined
}

/** What is wrong with a list in which a text is empty; undefined for anything else. */
function emptyItem(value: unknown): string | undefined {
  const at = Array.isArray(value) ? value.findIndex((item) => item === null || (typeof item === 'string' && item.trim() === '')) : -1
  return at < 0 ? undefined : `item ${at + 1} of the list is empty; fill it in, or take it out ([] is a list of nothing)`
}

function found(value: unknown): string {
  if (value === null || value === '') return 'nothing'
  return quote(typeof value === 'object' ? JSON.stringify(value) : String(value))
}

/** One refusal for all faults: the code and the line are those of the first. */
function refuseAll(faults: readonly Fault[], lines: ReadonlyMap<string, number>): Read<never> {
  const [first, ...others] = faults.toSorted((one, other) => (lines.get(one.key) ?? 0) - (lines.get(other.key) ?? 0))
  if (!first) throw new Error('a head was refused without a fault')
  const shown = others.slice(0, MAX_SHOWN - 1).map(({ key, what }) => `line ${lines.get(key)}: ${what}`)
  const more = faults.length > MAX_SHOWN ? [`and ${faults.length - MAX_SHOWN} more`] : []
  const line = lines.get(first.key)
  return refuse(first.code, [first.what, ...shown, ...more].join('; '), line === undefined ? {} : { line })
}
