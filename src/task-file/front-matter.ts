import { isMap, isScalar, LineCounter, type Node, parseDocument, visit, type YAMLMap } from 'yaml'
import { withoutStacks } from '../lib/without-stacks.ts'
import { decode } from './decode.ts'
import { readPlainHead } from './plain-head.ts'
import { quote, type Read, refuse } from './problem.ts'

/** The largest front matter, in bytes: a parser of YAML takes its time. */
const MAX_FRONT_MATTER_BYTES = 16 << 10

/** How deep values may nest, far from where recursion runs out of stack; a pair counts as a level. */
const MAX_DEPTH = 100
const MAX_ALIASES = 20

/** A task file taken apart: the front matter as it is written, unchecked, and the text below it. */
export interface TaskDocument {
  readonly head: Readonly<Record<string, unknown>>
  /** Line ends are `\n`. */
  readonly body: string
  /** The line of the file that the body begins in, counted from 1. */
  readonly bodyLine: number
  /** The lines of the file that the keys of the front matter are written in; costs a further reading. */
  readonly keyLines: () => ReadonlyMap<string, number>
}

interface Parts {
  /** The lines between the dashes; undefined where there is no front matter. */
  readonly block: string | undefined
  /** The line of the opening dashes. */
  readonly line: number
  readonly body: string
  readonly bodyLine: number
}

/** Takes a file apart. Front matter is YAML 1.2 and never anything else; every refusal says where in the file. */
export function readDocument(bytes: Uint8Array): Read<TaskDocument> {
  const text = decode(bytes)
  if (!text.ok) return text
  const parts = split(text.value)
  if (!parts.ok) return parts
  const { block, line, body, bodyLine } = parts.value
  if (block === undefined) return { ok: true, value: { head: {}, body, bodyLine, keyLines: () => new Map() } }
  if (block.length > MAX_FRONT_MATTER_BYTES / 3 && Buffer.byteLength(block) > MAX_FRONT_MATTER_BYTES) {
    return refuse('too_large', `the front matter is larger than ${MAX_FRONT_MATTER_BYTES} bytes`, { line })
  }
  const plain = readPlainHead(block)
  const head: Read<Record<string, unknown>> = plain ? { ok: true, value: plain } : readYaml(block, line)
  if (!head.ok) return head
  return { ok: true, value: { head: head.value, body, bodyLine, keyLines: () => keyLines(block, line) } }
}

function split(text: string): Read<Parts> {
  const start = firstWritten(text)
  const end = text.indexOf('\n', start)
  const opening = end < 0 ? text.slice(start) : text.slice(start, end)
  const line = lineAt(text, start)
  if (!opening.startsWith('---') || opening.startsWith('----')) {
    return { ok: true, value: { block: undefined, line, body: text, bodyLine: 1 } }
  }
  if (opening.trimEnd() !== '---') {
    const what = `front matter begins with a line of exactly "---", not with ${quote(opening)}; only YAML is read, nothing is run`
    return refuse('front_matter_language', what, { line })
  }
  const rest = text.slice(start + opening.length)
  const closing = /\n---[ \t]*(?:\n|$)/.exec(rest)
  if (!closing) return refuse('front_matter_unclosed', 'the front matter that begins here is never closed', { line })
  const body = rest.slice(closing.index + closing[0].length)
  const block = Buffer.from(rest.slice(1, closing.index)).toString() // a copy: what is kept of it would keep the text of the whole file
  return { ok: true, value: { block, line, body, bodyLine: lineAt(text, text.length - body.length) } }
}

/** Where the first line begins that is not blank. */
function firstWritten(text: string): number {
  const first = text.search(/[^ \t\n]/)
  return text.lastIndexOf('\n', first < 0 ? text.length : first) + 1
}

/** The line of an offset, counted from 1. */
function lineAt(text: string, offset: number): number {
  let line = 1
  for (let end = text.indexOf('\n'); end >= 0 && end < offset; end = text.indexOf('\n', end + 1)) line++
  return line
}

/** Where in the YAML a fault is, as an offset; an exception, since it is met in the middle of a visit. */
class YamlFault extends Error {
  readonly offset: number

  constructor(message: string, offset: number) {
    super(message)
    this.offset = offset
  }
}

const YAML_OPTIONS = {
  version: '1.2',
  schema: 'core',
  strict: true,
  stringKeys: true,
  uniqueKeys: false, // looked for below: the parser compares each key with every other
  merge: false,
  prettyErrors: false,
  logLevel: 'error',
} as const

function parseYaml(source: string): Record<string, unknown> {
  const control = source.search(/(?![\t\n])\p{Cc}/u)
  if (control >= 0) throw new YamlFault('a control character', control)
  const document = withoutStacks(() => parseDocument(source, YAML_OPTIONS))
  const fault = document.errors[0] ?? document.warnings[0]
  if (fault) throw new YamlFault(fault.message.split(';')[0] ?? '', fault.pos[0])
  let aliases = 0
  visit(document, {
    Alias(_key, node) {
      aliases += 1
      if (aliases > MAX_ALIASES) throw new YamlFault(`more than ${MAX_ALIASES} aliases`, node.range?.[0] ?? 0)
      const target = node.resolve(document)
      if (!target) throw new YamlFault('an alias of what is not there', node.range?.[0] ?? 0)
      if (holdsAlias(target)) throw new YamlFault('an alias of what holds an alias itself', node.range?.[0] ?? 0)
    },
    Collection(_key, node, path) {
      if (path.length > MAX_DEPTH) throw new YamlFault('nested too deeply', node.range?.[0] ?? 0)
      if (isMap(node)) requireUniqueKeys(node)
    },
  })
  if (document.contents === null) return {}
  if (!isMap(document.contents)) throw new YamlFault('front matter consists of "key: value" lines', document.contents.range?.[0] ?? 0)
  const id = document.get('id', true)
  if (isScalar(id) && typeof id.value === 'number') document.set('id', id.source)
  return document.toJS()
}

function requireUniqueKeys({ items }: YAMLMap): void {
  const keys = new Set<unknown>()
  for (const { key } of items) {
    if (!isScalar(key)) continue
    if (keys.has(key.value)) throw new YamlFault('Map keys must be unique', key.range?.[0] ?? 0)
    keys.add(key.value)
  }
}

/** Copies of copies would grow without bounds, and one of itself without end. */
function holdsAlias(node: Node): boolean {
  let found = false
  visit(node, {
    Alias() {
      found = true
      return visit.BREAK
    },
  })
  return found
}

function readYaml(block: string, line: number): Read<Record<string, unknown>> {
  try {
    const dashes = `\n${block}`.indexOf('\n---')
    if (dashes >= 0) throw new YamlFault('a line may not begin with ---', dashes) // To YAML a further document would begin there.
    return { ok: true, value: parseYaml(block) }
  } catch (error) {
    if (error instanceof RangeError) return refuse('bad_yaml', 'nested too deeply', { line: line + 1 })
    if (!(error instanceof YamlFault)) throw error
    const before = block.slice(0, error.offset).split('\n')
    const shown = block.split('\n')[before.length - 1]
    const at = { line: line + before.length, column: (before.at(-1) ?? '').length + 1 }
    return refuse('bad_yaml', shown?.trim() ? `${error.message}: ${quote(shown)}` : error.message, at)
  }
}

function keyLines(block: string, line: number): Map<string, number> {
  const lineCounter = new LineCounter()
  const { contents } = withoutStacks(() => parseDocument(block, { ...YAML_OPTIONS, lineCounter }))
  const keys = isMap(contents) ? contents.items.map(({ key }) => key).filter((key) => isScalar(key)) : []
  return new Map(keys.map(({ value, range }) => [String(value), line + lineCounter.linePos(range?.[0] ?? 0).line]))
}
