import { z } from 'zod'
import { type Inference, PRIORITIES, type Task } from '../domain/task.ts'
import type { Question } from './ask.ts'
import { excerpt } from './excerpt.ts'

/** What a model can supply for a task. */
export type Gap = Inference['field']

/** A value that a model supplied. */
export type GapValue = Omit<Inference, 'by'>

/** The read-only types are not among them: a wrong guess would take from a task the tools that it needs. */
const TYPES = ['fix', 'feature', 'refactor', 'test', 'docs', 'chore'] as const
const MAX_ITEMS = 20

const line = (max: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(max)
    .regex(/^\P{Cc}*$/u)
const lines = (max: number) =>
  z
    .array(z.unknown())
    .transform((items) => items.flatMap((item) => line(max).safeParse(item).data ?? []).slice(0, MAX_ITEMS))
    .refine((items) => items.length > 0)

/** Each gap as it is asked for, in plain types that every model server can hold an answer to, and as it is accepted. */
const GAPS = {
  title: { asked: z.string().describe('a short title, at most 80 characters'), accepted: line(100) },
  type: { asked: z.enum(TYPES).describe('the kind of work'), accepted: z.enum(TYPES) },
  priority: { asked: z.enum(PRIORITIES).describe('only if the text speaks of urgency'), accepted: z.enum(PRIORITIES) },
  cwd: { asked: z.string().describe('the directory to work in, exactly as the text names it'), accepted: line(500) },
  target_files: { asked: z.array(z.string()).describe('files to change, exactly as the text names them'), accepted: lines(300) },
  criteria: { asked: z.array(z.string()).describe('when the work is done, as far as the text says'), accepted: lines(200) },
} as const satisfies Record<Gap, { asked: z.ZodType; accepted: z.ZodType<string | string[]> }>

const HEADING = /^ {0,3}#[ \t]+\S/m
const FILES_LABEL = /^[#*_ \t]*(?:target )?files?[*_ \t]*(?::|$)/im
const CRITERIA_LABEL = /^[#*_ \t]*(?:success |acceptance )?criteria[*_ \t]*(?::|$)/im

/** What the author of a free-form task left open. What stands in the text under a label of its own was written, not left open. */
export function gapsOf({ structured, head, title, prompt, targetFiles, criteria }: Task): Gap[] {
  if (structured) return []
  const open: Record<Gap, boolean> = {
    title: title !== prompt && !HEADING.test(prompt),
    type: head.type === undefined,
    priority: head.priority === undefined,
    cwd: head.cwd === undefined,
    target_files: targetFiles.length === 0 && !FILES_LABEL.test(prompt),
    criteria: criteria.length === 0 && !CRITERIA_LABEL.test(prompt),
  }
  return keys(open).filter((gap) => open[gap])
}

/** Asks for the values of gaps. */
export function gapQuestion(gaps: readonly Gap[], prompt: string): Question {
  const fields = gaps.map((gap) => [gap, GAPS[gap].asked.nullable()])
  return {
    task:
      'You read a request that somebody wrote for a programmer and sort out what it says. Do not carry it out and invent nothing: ' +
      'answer null for everything that the text does not say. Answer in JSON, in the language of the text.',
    material: excerpt(prompt),
    format: z.toJSONSchema(z.object(Object.fromEntries(fields)), { io: 'input' }),
  }
}

/** What is usable of an answer, value by value. */
export function readGaps(answer: unknown, gaps: readonly Gap[], prompt: string): GapValue[] {
  const { data: values } = z.record(z.string(), z.unknown()).safeParse(answer)
  if (!values) return []
  return gaps.flatMap((field): GapValue[] => {
    const accepted: string | string[] | undefined = GAPS[field].accepted.safeParse(values[field]).data
    const value = field === 'cwd' || field === 'target_files' ? namedIn(prompt, accepted) : accepted
    return value === undefined ? [] : [{ field, value }]
  })
}

/** Names of files and directories are only believed if the text has them. */
function namedIn(text: string, value: string | string[] | undefined): string | string[] | undefined {
  const names = [value ?? []].flat().filter((name) => isNamed(name, text))
  if (names.length === 0) return undefined
  return typeof value === 'string' ? value : names
}

/** Whether a text has a path as it is, not as a part of another path or word. */
function isNamed(path: string, text: string): boolean {
  const literal = path.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')
  return new RegExp(`(?<![\\w./\\\\-])${literal}(?![\\w-]|[./\\\\][\\w.])`).test(text)
}

function keys<K extends string>(record: Readonly<Record<K, unknown>>): K[] {
  return Object.keys(record) as K[]
}
