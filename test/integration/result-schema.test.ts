import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import schema from '../../schemas/result.schema.json' with { type: 'json' }
import { resultSchema } from '../../src/domain/result.ts'
import full from '../fixtures/results/v1.json' with { type: 'json' }
import failureCodes from '../fixtures/results/v1-failure-codes.json' with { type: 'json' }
import least from '../fixtures/results/v1-least.json' with { type: 'json' }
import { makeHome } from '../helpers/home.ts'

const project = resolve(import.meta.dirname, '../..')

/** What is wrong with a value by the published schema. */
function problemsOf(value: unknown): readonly unknown[] {
  return validate(value) ? [] : (validate.errors ?? [])
}

const validate = addFormats.default(new Ajv2020({ allErrors: true })).compile(schema)

describe('a result of version 1 stays valid for ever', () => {
  test.each([
    ['with everything that it can say', full],
    ['with as little as it can say', least],
  ])('%s', (_what, result) => {
    expect(problemsOf(result)).toEqual([])
    expect(resultSchema.parse(result)).toEqual(result)
  })

  test('for `validate-artifacts` too', async () => {
    await using home = await makeHome({
      files: {
        'results/fix-login_result.json': JSON.stringify(full),
        'results/fix-login_result.1.json': JSON.stringify(least),
      },
    })
    expect(await home.run(['validate-artifacts'])).toMatchObject({ code: 0, stdout: 'checked 2, invalid 0\n', stderr: '' })
  })

  test('with every value that a key could take', () => {
    const variants = [
      ...['completed', 'failed', 'cancelled'].map((status) => ({ status })),
      ...['high', 'medium', 'low'].map((priority) => ({ priority })),
      ...['added', 'modified', 'deleted'].map((change) => ({ files_changed: [{ ...full.files_changed[0], change }] })),
      ...['met', 'unmet', 'unknown'].map((status) => ({ criteria: [{ ...full.criteria[0], status }] })),
      ...['title', 'type', 'priority', 'cwd', 'target_files', 'criteria'].map((field) => ({ inferred: [{ ...full.inferred[0], field }] })),
      ...failureCodes.map((code) => ({ failure: { ...full.failure, code } })),
    ]
    expect(variants.filter((over) => problemsOf({ ...full, ...over }).length > 0)).toEqual([])
  })
})

describe('the example of a full result', () => {
  test('uses every key of the schema, so that none can go or change unseen', () => {
    expect(keysOf(schema)).toEqual([...keysIn(full)].sort())
  })

  test('is refused without any one of its keys: what was promised is always there', () => {
    const { properties } = schema
    expect([...schema.required].sort()).toEqual(Object.keys(properties).sort())
    for (const key of Object.keys(full)) expect(problemsOf({ ...full, [key]: undefined }), key).not.toEqual([])
  })

  test('is refused as another version, or with a key that nobody knows', () => {
    expect(problemsOf({ ...full, schema_version: 2 })).toHaveLength(1)
    expect(problemsOf({ ...full, colour: 'red' })).toHaveLength(1)
  })
})

interface Node {
  readonly type?: unknown
  readonly properties?: Readonly<Record<string, Node>>
  readonly items?: Node
  readonly anyOf?: readonly Node[]
}

/** The paths of all keys that a schema names. */
function keysOf(node: Node): readonly string[] {
  const walk = ({ properties = {}, items, anyOf = [] }: Node, at: string): string[] => [
    ...Object.entries(properties).flatMap(([key, below]) => [`${at}.${key}`, ...walk(below, `${at}.${key}`)]),
    ...(items ? walk(items, at) : []),
    ...anyOf.flatMap((one) => walk(one, at)),
  ]
  return [...new Set(walk(node, ''))].sort()
}

/** The paths of all keys that have a value at least once; the `x-…` keys are the author's own. */
function keysIn(value: unknown, at = ''): ReadonlySet<string> {
  if (Array.isArray(value)) return new Set(value.flatMap((one) => [...keysIn(one, at)]))
  if (typeof value !== 'object' || value === null || at === '.extras') return new Set()
  const used = Object.entries(value).filter(([, one]) => one !== null && !(Array.isArray(one) && one.length === 0))
  return new Set(used.flatMap(([key, one]) => [`${at}.${key}`, ...keysIn(one, `${at}.${key}`)]))
}

describe('the types of the package', () => {
  let folder: string
  beforeAll(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), 'types-')))
    await mkdir(join(folder, 'node_modules'))
    await symlink(project, join(folder, 'node_modules', 'ai-task-orchestrator'), 'junction')
    await writeFile(join(folder, 'package.json'), '{ "type": "module" }')
  })
  afterAll(() => rm(folder, { recursive: true }))

  /** What the compiler has to say of programs that use the package. */
  async function compile(sources: readonly string[], ...options: readonly string[]): Promise<string> {
    const files = sources.map((_source, at) => join(folder, `program-${at}.ts`))
    for (const [at, file] of files.entries()) await writeFile(file, sources[at] ?? '')
    const tsc = join(project, 'node_modules', 'typescript', 'bin', 'tsc')
    const node = ['--types', 'node', '--typeRoots', join(project, 'node_modules', '@types')]
    const args = [tsc, '--noEmit', '--strict', '--target', 'es2023', '--lib', 'es2023', ...node, ...options, ...files]
    const run = promisify(execFile)(process.execPath, args, { cwd: folder, env: { PATH: process.env.PATH } })
    return run.then(
      ({ stdout }) => stdout,
      ({ stdout, stderr }: { readonly stdout: string; readonly stderr: string }) => stdout + stderr,
    )
  }

  const PROGRAM = `
import type { ErrorCode, Failure, LoggedEvent, TaskResult } from 'ai-task-orchestrator'

declare const result: TaskResult
declare const event: LoggedEvent

const version: 1 = result.schema_version
const status: 'completed' | 'failed' | 'cancelled' = result.status
const failure: Failure | null = result.failure
const code: ErrorCode | undefined = failure?.code
const lines: (number | null)[] | undefined = result.files_changed?.map((file) => file.lines_added)
const exits: (number | null)[] = result.verify.map((run) => run.exit_code)
const judged: [('met' | 'unmet' | 'unknown'), string | null][] = result.criteria.map((one) => [one.status, one.judged_by])
const verified: number | undefined = event.event === 'verified' ? event.duration_ms : undefined

// @ts-expect-error: no key of a result
result.colour
// @ts-expect-error: may be null
result.failure.code
// @ts-expect-error: no code
const none: ErrorCode = 'no_such_code'

export { version, status, failure, code, lines, exits, judged, verified, none }
`

  test('serve a program that is built for Node, are no `any`, and fit the result that stays valid for ever', async () => {
    const fits = `import type { TaskResult } from 'ai-task-orchestrator'\nexport const result: TaskResult = ${JSON.stringify(full)}`
    expect(await compile([PROGRAM, fits], '--module', 'nodenext', '--skipDefaultLibCheck')).toBe('')
  })

  // The declarations are the same ones, which the program for Node has had checked.
  test('serve a program that is built for a bundler, and are no `any`', async () => {
    expect(await compile([PROGRAM], '--module', 'esnext', '--moduleResolution', 'bundler', '--skipLibCheck')).toBe('')
  })
})
