import type { Document, LineCounter } from 'yaml'
import { z } from 'zod'
import { nearest } from '../lib/nearest.ts'
import { withoutStacks } from '../lib/without-stacks.ts'
import { faultIn } from './expectation.ts'
import type { Problem } from './problem.ts'
import { yamlSchema } from './schema.ts'

const FILE = 'config/orchestrator.yaml'
/** Characters of the file, and those among them that may mean something in YAML, whose parser takes its time. */
const LONGEST = 65_536
const MOST_MARKS = 10_000
/** How many faults of one file are named. */
const MOST_PROBLEMS = 20

/** What `config/orchestrator.yaml` says, without what is wrong with it, and everything that is. */
export interface YamlOutcome {
  readonly value: z.infer<typeof yamlSchema>
  readonly problems: readonly Problem[]
}

/** Reads the text of the file as YAML 1.2; undefined or an empty document mean nothing but defaults. Aliases are refused. */
export async function parseYaml(text: string | undefined): Promise<YamlOutcome> {
  if (text === undefined) return { value: yamlSchema.parse({}), problems: [] }
  if (text.length > LONGEST || marksIn(text) > MOST_MARKS) {
    return { value: yamlSchema.parse({}), problems: [{ where: FILE, message: 'is too large: it would take too long to read' }] }
  }
  const yaml = await import('yaml')
  const lines = new yaml.LineCounter()
  const options = { version: '1.2', schema: 'core', lineCounter: lines, prettyErrors: false, uniqueKeys: false } as const
  const read = documentIn(() => yaml.parseDocument(text, options), yaml)
  if (read === undefined) return { value: yamlSchema.parse({}), problems: [{ where: FILE, message: 'is nested too deeply' }] }
  const { document, repeated } = read
  const all = [...document.errors, ...document.warnings, ...repeated]
  const broken = all.sort((one, other) => one.pos[0] - other.pos[0]).slice(0, MOST_PROBLEMS)
  if (broken.length > 0) {
    const problems = broken.map((error) => ({ where: position(lines, error.pos[0]), message: error.message }))
    return { value: yamlSchema.parse({}), problems }
  }
  try {
    const parsed = yamlSchema.safeParse(contentOf(document))
    if (parsed.success) return { value: parsed.data, problems: [] }
    const { issues } = parsed.error
    const problems = issues.flatMap((issue) => problemsOf(issue, document, lines))
    return { value: withoutWrong(document, issues), problems }
  } catch {
    return { value: yamlSchema.parse({}), problems: [{ where: FILE, message: 'must not use aliases (*name)' }] }
  }
}

function marksIn(text: string): number {
  let count = 0
  for (const character of text) if ('[]{},:&*!|>"\'\n'.includes(character)) count += 1
  return count
}

/** Undefined for what nests until the stack is full. */
function documentIn(parse: () => Document, yaml: typeof import('yaml')) {
  try {
    const document = withoutStacks(parse)
    return { document, repeated: repeatedKeys(yaml, document) }
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

/** Keys that a map has twice; the parser would compare each with every other. */
function repeatedKeys(yaml: typeof import('yaml'), document: Document): { pos: readonly [number]; message: string }[] {
  const found: { pos: readonly [number]; message: string }[] = []
  yaml.visit(document, {
    Map(_, { items }) {
      const keys = new Set<unknown>()
      for (const { key } of items) {
        if (!yaml.isScalar(key)) continue
        if (keys.has(key.value)) found.push({ pos: [key.range?.[0] ?? 0], message: 'Map keys must be unique' })
        keys.add(key.value)
      }
    },
  })
  return found
}

function contentOf(document: Document): unknown {
  return document.toJS({ maxAliasCount: 0 }) ?? {}
}

/** What is left when every key that is wrong is taken away, a list with one wrong item as a whole; nothing where the file itself is wrong. */
function withoutWrong(document: Document, issues: readonly z.core.$ZodIssue[]): z.infer<typeof yamlSchema> {
  for (const { path, ...issue } of issues) {
    const item = path.findIndex((part) => typeof part === 'number')
    const wrong = issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [...path, key]) : [item < 0 ? path : path.slice(0, item)]
    for (const one of wrong) document.deleteIn(one)
  }
  return yamlSchema.safeParse(contentOf(document)).data ?? yamlSchema.parse({})
}

function problemsOf(issue: z.core.$ZodIssue, document: Document, lines: LineCounter): readonly Problem[] {
  const at = (path: readonly PropertyKey[]) => position(lines, offsetOf(document, path))
  if (issue.code !== 'unrecognized_keys') {
    const name = issue.path.map(String).join('.')
    const message = faultIn(issue, name, document.getIn(issue.path))
    return [{ where: at(issue.path), ...(name === '' ? {} : { name }), message }]
  }
  return issue.keys.map((key) => {
    const path = [...issue.path, key]
    const known = keysAt(yamlSchema, issue.path)
    const meant = nearest(key, known)
    const advice = meant === undefined ? `it can be ${known.join(', ')}` : `did you mean ${meant}?`
    return { where: at(path), name: path.map(String).join('.'), message: `is unknown; ${advice}` }
  })
}

function position(lines: LineCounter, offset: number): string {
  const { line, col } = lines.linePos(offset)
  return `${FILE} line ${line}, column ${col}`
}

/** Where the key of a path begins; for an item of a list, or where there is no such key, the nearest thing around it. */
function offsetOf(document: Document, path: readonly PropertyKey[]): number {
  const last = path.at(-1)
  if (last === undefined) return 0
  const parent = document.getIn(path.slice(0, -1))
  const items: readonly unknown[] = isCollection(parent) ? parent.items : []
  for (const item of items) {
    if (isPair(item) && String(item.key.value) === String(last)) return item.key.range?.[0] ?? 0
  }
  return offsetOf(document, path.slice(0, -1))
}

function isCollection(node: unknown): node is { readonly items: readonly unknown[] } {
  return typeof node === 'object' && node !== null && 'items' in node && Array.isArray(node.items)
}

function isPair(item: unknown): item is { readonly key: { readonly value: unknown; readonly range?: readonly number[] } } {
  return (
    typeof item === 'object' && item !== null && 'key' in item && typeof item.key === 'object' && item.key !== null && 'value' in item.key
  )
}

/** The keys that the schema knows at a path. */
function keysAt(schema: unknown, path: readonly PropertyKey[]): readonly string[] {
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodOptional) return keysAt(schema.unwrap(), path)
  const [first, ...rest] = path
  if (schema instanceof z.ZodRecord) return keysAt(schema.valueType, rest)
  if (!(schema instanceof z.ZodObject)) return []
  return first === undefined ? Object.keys(schema.shape) : keysAt(schema.shape[String(first)], rest)
}
