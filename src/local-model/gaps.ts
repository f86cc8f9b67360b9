import { z } from 'zod'
import { type Inference, PRIORITIES, type Task, WRITING_TYPES } from '../domain/task.ts'
import type { Question } from './ask.ts'
import { excerpt } from './excerpt.ts'
import { isNamed, pathsIn, pointedAt } from './named.ts'

/** What a model can supply for a task. */
export type Gap = Inference['field']

/** A value that a model supplied. */
export type GapValue = Omit<Inference, 'by'>

const MAX_ITEMS = 20
const MAX_DIRECTORIES = 50
/** Characters of a text that are searched for what it names; the model sees far fewer. */
const LOOKED_AT = 65_536

const line = (max: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(max)
    .regex(/^\P{Cc}*$/u)
const lines = (max: number, item: z.ZodType<string> = z.string()) =>
  z
    .array(item.pipe(line(max)).catch(''))
    .transform((items) => [...new Set(items)].filter((text) => text !== '').slice(0, MAX_ITEMS))
    .refine((items) => items.length > 0)

/** A criterion without its bullet, and without a check: what is run is for the author to say, never for a model. */
const criterion = z.string().transform((text) =>
  text
    .replace(/^\s*(?:[-*+•]|\d{1,3}[.)])?\s*(?:\[[ xX]?\]\s*)?/, '')
    .replace(/\(\s*verify\s*:.*$/is, '')
    .trim(),
)

/** Each gap as it is asked for, in plain types that every model server can hold an answer to, and as it is accepted. */
const GAPS = {
  title: { asked: z.string().describe('a short title, at most 80 characters'), accepted: line(100) },
  // The read-only types are not among them: a wrong guess would take from a task the tools that it needs.
  type: { asked: z.enum(WRITING_TYPES).describe('the kind of work'), accepted: z.enum(WRITING_TYPES) },
  priority: { asked: z.enum(PRIORITIES).describe('only if the text speaks of urgency'), accepted: z.enum(PRIORITIES) },
  cwd: { asked: z.string().describe('the directory to work in, exactly as the text names it; no file'), accepted: line(500) },
  target_files: { asked: z.array(z.string()).describe('files to change, exactly as the text names them'), accepted: lines(300) },
  criteria: {
    asked: z
      .array(z.string())
      .describe(
        'how one knows that the work is done: bullet points and sentences that say what must then be true, word for word; no steps',
      ),
    accepted: lines(200, criterion),
  },
} as const satisfies Record<Gap, { asked: z.ZodType; accepted: z.ZodType<string | string[]> }>

const HEADING = /^ {0,3}#[ \t]+\S/m
const FILES_LABEL = /^[#*_ \t]*(?:target )?files?[*_ \t]*(?::|$)/im
const CRITERIA_LABEL = /^[#*_ \t]*(?:success |acceptance )?criteria[*_ \t]*(?::|$)/im

/** What the author of a free-form task left open. Files that stand in the text under a label of their own were written, not left open. */
export function gapsOf({ structured, head, title, prompt, targetFiles, criteria }: Task): Gap[] {
  if (structured) return []
  const open: Record<Gap, boolean> = {
    title: title !== prompt && !HEADING.test(prompt),
    type: head.type === undefined,
    priority: head.priority === undefined,
    cwd: head.cwd === undefined,
    target_files: targetFiles.length === 0 && !FILES_LABEL.test(prompt),
    criteria: criteria.length === 0,
  }
  return keys(open).filter((gap) => open[gap])
}

/** Asks for the values of gaps. `projects` are the directories that are known; those that the text points at are put up for choice. */
export function gapQuestion(gaps: readonly Gap[], text: string, projects: readonly string[]): Question {
  const prompt = excerpt(text, LOOKED_AT)
  const fields = gaps.map((gap): [Gap, z.ZodType] => [gap, gap === 'cwd' ? cwdAmong(projects, prompt) : GAPS[gap].asked])
  return {
    task:
      'You read a request that somebody wrote for a programmer and sort out what it says. Do not carry it out and invent nothing: ' +
      'answer null for everything that the text does not say. Answer in JSON, in the language of the text:\n' +
      fields.map(([gap, { description }]) => `- ${gap}: ${description}`).join('\n'),
    material: excerpt(prompt),
    format: z.toJSONSchema(z.object(Object.fromEntries(fields.map(([gap, asked]) => [gap, asked.nullable()]))), { io: 'input' }),
  }
}

/** One of the projects that the text points at, or of the paths in it; whatever it names where it points at none. */
function cwdAmong(projects: readonly string[], prompt: string): z.ZodType {
  const pointed = pointedAt(projects, prompt)
  if (pointed.length === 0) return GAPS.cwd.asked
  const choice = [...new Set([...pointed, ...pathsIn(prompt)])].slice(0, MAX_DIRECTORIES)
  return z
    .enum(choice)
    .describe(`the directory to work in, if the text speaks of one of these: ${choice.map((name) => JSON.stringify(name)).join(', ')}`)
}

/** What is usable of an answer, value by value. */
export function readGaps(answer: unknown, gaps: readonly Gap[], text: string, projects: readonly string[]): GapValue[] {
  const prompt = excerpt(text, LOOKED_AT)
  const { data: values } = z.record(z.string(), z.unknown()).safeParse(answer)
  if (!values) return []
  return gaps.flatMap((field): GapValue[] => {
    const accepted: string | string[] | undefined = GAPS[field].accepted.safeParse(values[field]).data
    const value = believed(accepted, isSaid(field, prompt, projects))
    return value === undefined ? [] : [{ field, value }]
  })
}

function believed(value: string | string[] | undefined, isSaid: (item: string) => boolean): string | string[] | undefined {
  const items = [value ?? []].flat().filter(isSaid)
  if (items.length === 0) return undefined
  return typeof value === 'string' ? value : items
}

/** Whether the text bears out what a model read in it: places must stand there, and criteria under their label where there is one. */
function isSaid(field: Gap, prompt: string, projects: readonly string[]): (item: string) => boolean {
  if (field === 'cwd') return (path) => isNamed(path, prompt) || (projects.includes(path) && pointedAt([path], prompt).length > 0)
  if (field === 'target_files') return (path) => isNamed(path, prompt)
  const label = field === 'criteria' ? prompt.search(CRITERIA_LABEL) : -1
  if (label < 0) return () => true
  const written = bare(prompt.slice(label))
  return (text) => written.includes(bare(text))
}

/** A text without emphasis, capitals and line ends, for comparison. */
function bare(text: string): string {
  return text.toLowerCase().replace(/[`*_]/g, '').replace(/\s+/g, ' ')
}

function keys<K extends string>(record: Readonly<Record<K, unknown>>): K[] {
  return Object.keys(record) as K[]
}
