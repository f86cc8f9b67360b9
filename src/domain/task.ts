import { z } from 'zod'
import { TASK_ID } from './task-name.ts'

/** Types whose work is looking, not changing; everything else may write. */
const READ_ONLY_TYPES: readonly string[] = ['analyze', 'code_review', 'summarize']

/** The type of a task that names none. */
export const DEFAULT_TYPE = 'task'

/** Types of tasks that change something; a task may name any other word as well. */
export const WRITING_TYPES = ['fix', 'feature', 'refactor', 'test', 'docs', 'chore'] as const

/** The types that are known without any configuration. */
export const BUILT_IN_TYPES: readonly string[] = [DEFAULT_TYPE, ...READ_ONLY_TYPES, ...WRITING_TYPES]

/** The order of start, first to last. */
export const PRIORITIES = ['high', 'medium', 'low'] as const
export type Priority = (typeof PRIORITIES)[number]

const text = z.string().trim().min(1)
const listOf = (item: z.ZodString) => z.union([item.transform((one) => [one]), z.array(item)])
const word = z.string().regex(/^[A-Za-z][\w.-]{0,49}$/, 'must be one word of letters, digits, "_", "." or "-"')
const instant = z
  .string()
  .refine(
    (value) => /^\d{4}-\d{2}-\d{2}/.test(value) && !Number.isNaN(Date.parse(value)),
    'must be an ISO 8601 time such as 2026-11-20T09:00:00Z',
  )
const duration = z.union(
  [z.number().positive(), z.string().regex(/^\d+(\.\d+)?\s*(s|m|h)?$/)],
  'must be seconds or a duration such as 90s, 15m or 2h',
)

/** All front-matter keys with their forms, as written in the file. Unknown keys are an error; `x-…` is taken out before. */
export const frontMatterSchema = z.strictObject({
  id: z
    .union([z.string(), z.number().transform(String)])
    .pipe(z.string().regex(TASK_ID, 'must be letters, digits, ".", "_" or "-", at most 100, not starting with a sign'))
    .optional(),
  type: word.optional(),
  priority: z.enum(PRIORITIES).optional(),
  created: instant.optional(),
  tags: listOf(text).optional(),
  agent: word.optional(),
  model: text.optional(),
  cwd: text.optional(),
  timeout: duration.optional(),
  max_turns: z.int().min(0).optional(),
  max_budget_usd: z.number().positive().optional(),
  retries: z.int().min(0).max(100).optional(),
  depends_on: listOf(text).optional(),
  not_before: instant.optional(),
  isolation: z.enum(['none', 'worktree', 'docker']).optional(),
  image: text.optional(),
  verify: listOf(text).optional(),
  fix_attempts: z.int().min(0).max(100).optional(),
  permission_mode: word.optional(),
  allowed_tools: listOf(text).optional(),
  disallowed_tools: listOf(text).optional(),
  resume: text.optional(),
  origin: text.optional(),
})

/** What the author wrote above the body, checked. */
export type FrontMatter = z.infer<typeof frontMatterSchema>

/** The keys of the front matter, for suggestions and documentation. */
export const FRONT_MATTER_KEYS = Object.keys(frontMatterSchema.shape) as readonly (keyof FrontMatter)[]

/** A value that the author left out and a local model supplied. */
export const inferenceSchema = z.strictObject({
  field: z.enum(['title', 'type', 'priority', 'cwd', 'target_files', 'criteria']),
  value: z.union([z.string(), z.array(z.string())]),
  by: z.string().describe('the model that supplied the value'),
})
export type Inference = z.infer<typeof inferenceSchema>

/** A task as it was read: what was written and what follows from it, nothing of how it will be run. */
export interface Task {
  readonly id: string
  readonly title: string
  readonly type: string
  readonly priority: Priority
  /** ISO time; the file's modification time where none was written. */
  readonly created: string
  /** What was written in the front matter, for everything that has a default in the configuration. */
  readonly head: FrontMatter
  /** The `x-…` keys, untouched. */
  readonly extras: Readonly<Record<string, unknown>>
  readonly prompt: string
  readonly targetFiles: readonly string[]
  readonly criteria: readonly string[]
  readonly context: string | undefined
  /** Whether the body had a Prompt section; free-form text has gaps that a local model may fill. */
  readonly structured: boolean
  readonly inferred: readonly Inference[]
  /** What in the file does probably not mean what its author thinks, as sentences for people. */
  readonly warnings: readonly string[]
  readonly source: { readonly file: string; readonly sha256: string }
}

/** Whether the task only looks: read-only tasks get read-only tools and share their directory. */
export function isReadOnly(type: string): boolean {
  return READ_ONLY_TYPES.includes(type)
}
