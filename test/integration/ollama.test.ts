import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { REST_MS } from '../../src/local-model/ask.ts'
import { createLocalModel } from '../../src/local-model/create.ts'
import { createOllama } from '../../src/local-model/ollama.ts'
import { exampleResult, exampleTask } from '../helpers/examples.ts'
import { type OllamaServer, type Play, startOllamaServer } from '../helpers/ollama-server.ts'
import { until } from '../helpers/until.ts'

const MODEL = 'llama3.1:8b'
const TASK = exampleTask({
  title: 'The login fails in backend,',
  head: {},
  prompt: 'The login fails in backend, see src/login.ts.\n登录失败 😀',
  targetFiles: [],
  criteria: [],
  structured: false,
})
const ANSWER = { title: '修复登录 😀', type: 'fix', priority: null, cwd: 'backend', target_files: ['src/login.ts'], criteria: [] }
const EVIDENCE = {
  title: 'Fix the login timeout',
  criteria: ['a session lives for 30 minutes', 'the docs say so', 'nothing else changes'],
  patch: '--- a/src/session.ts\n+++ b/src/session.ts\n@@ -1,1 +1,1 @@\n-const LIMIT = 5\n+const LIMIT = 30\n',
  verify: [{ command: 'npm test', exit_code: 0, duration_ms: 900, output: '12 passed' }],
  output: 'All criteria are met.',
}
const VERDICTS = {
  criterion_1: { evidence: 'LIMIT is 30 in src/session.ts.', verdict: 'met' },
  criterion_2: { evidence: 'The diff holds no page.', verdict: 'unmet' },
  criterion_3: { evidence: 'The diff does not tell.', verdict: 'unknown' },
}
const SUMMARY = { kind: 'right', says: { summary: 'The login works again.' } } as const

const inBackend = async (cwd: string) => cwd === 'backend'
const AMPLE_MS = 600_000
const ample = () => ({ remainingMs: AMPLE_MS })

let server: OllamaServer
beforeEach(async () => {
  server = await startOllamaServer()
})
afterEach(async () => {
  await server[Symbol.asyncDispose]()
})

const ollama = (over: Partial<Parameters<typeof createOllama>[0]> = {}) =>
  createOllama({ host: server.url, model: MODEL, isUsable: inBackend, projects: async () => [], ...over })

/** A place on 127.0.0.1 where nothing listens. */
async function nowhere(): Promise<string> {
  const probe = createServer()
  await new Promise<void>((listening) => probe.listen(0, '127.0.0.1', listening))
  const { port } = probe.address() as AddressInfo
  await new Promise((closed) => probe.close(closed))
  return `http://127.0.0.1:${port}`
}

test('gaps of free-form text are filled, and each value says who supplied it', async () => {
  server.play = { kind: 'right', says: ANSWER }
  const patience = ample()

  const by = 'ollama:llama3.1:8b'
  expect(await ollama().fillGaps(TASK, patience)).toEqual([
    { field: 'title', value: '修复登录 😀', by },
    { field: 'type', value: 'fix', by },
    { field: 'cwd', value: 'backend', by },
    { field: 'target_files', value: ['src/login.ts'], by },
  ])
  expect(server.requests).toEqual([
    expect.objectContaining({
      model: MODEL,
      stream: true,
      format: expect.objectContaining({ type: 'object', required: ['title', 'type', 'priority', 'cwd', 'target_files', 'criteria'] }),
      messages: [expect.objectContaining({ role: 'system' }), { role: 'user', content: TASK.prompt }],
    }),
  ])
  expect(patience.remainingMs).toBeGreaterThan(0)
  expect(patience.remainingMs).toBeLessThan(AMPLE_MS)
})

test('a structured task, and one with nothing left open, are not asked about', async () => {
  const written = { type: 'task', priority: 'low', cwd: '.' } as const

  expect(await ollama().fillGaps({ ...TASK, structured: true }, ample())).toEqual([])
  expect(
    await ollama().fillGaps({ ...TASK, prompt: '# Title\ntext', head: written, targetFiles: ['a'], criteria: ['b'] }, ample()),
  ).toEqual([])
  expect(server.requests).toEqual([])
})

test.each([
  ['may not be used', async () => false],
  ['cannot be looked at', () => Promise.reject(new Error('EIO'))],
])('a directory that %s is not taken', async (_what, isUsable) => {
  server.play = { kind: 'right', says: ANSWER }

  const inferred = await ollama({ isUsable }).fillGaps(TASK, ample())
  expect(inferred.map(({ field }) => field)).toEqual(['title', 'type', 'target_files'])
})

describe('a project', () => {
  const SHOP = exampleTask({ ...TASK, prompt: 'The login of the shop fails.\nIt is urgent.' })

  test('is offered and taken where the text points at it and it may be used', async () => {
    server.play = { kind: 'right', says: { cwd: 'web-shop' } }
    const model = ollama({ projects: async () => ['blog', 'web-shop'], isUsable: async (cwd) => cwd === 'web-shop' })

    expect(await model.fillGaps(SHOP, ample())).toEqual([{ field: 'cwd', value: 'web-shop', by: model.name }])
    expect(JSON.stringify(server.requests[0]?.format)).toContain('"enum":["web-shop"]')
  })

  test('is not taken where the text does not point at it', async () => {
    server.play = { kind: 'right', says: { cwd: 'blog' } }

    expect(await ollama({ projects: async () => ['blog'], isUsable: async () => true }).fillGaps(SHOP, ample())).toEqual([])
  })

  test('is not known where the list cannot be had, and the rest is filled', async () => {
    server.play = { kind: 'right', says: ANSWER }

    const inferred = await ollama({ projects: () => Promise.reject(new Error('EIO')) }).fillGaps(TASK, ample())
    expect(inferred.map(({ field }) => field)).toEqual(['title', 'type', 'cwd', 'target_files'])
  })

  test('is not looked for where nobody is asked', async () => {
    const projects = vi.fn(async () => [])

    await ollama({ projects }).fillGaps(TASK, { remainingMs: 0 })
    await ollama({ projects }).fillGaps({ ...TASK, head: { cwd: '.' } }, ample())
    expect(projects).not.toHaveBeenCalled()
    expect(server.requests).toHaveLength(1)
  })
})

describe('criteria', () => {
  test('are judged from what was done', async () => {
    server.play = { kind: 'right', says: VERDICTS }
    const patience = ample()

    expect(await ollama().judge(EVIDENCE, patience)).toEqual([
      { criterion: 'a session lives for 30 minutes', met: true, evidence: 'LIMIT is 30 in src/session.ts.' },
      { criterion: 'the docs say so', met: false, evidence: 'The diff holds no page.' },
    ])
    expect(server.requests).toEqual([
      expect.objectContaining({
        model: MODEL,
        format: expect.objectContaining({ required: ['criterion_1', 'criterion_2', 'criterion_3'], additionalProperties: false }),
        messages: [expect.objectContaining({ role: 'system' }), expect.objectContaining({ role: 'user' })],
      }),
    ])
    expect(server.requests[0]?.messages[1]?.content).toContain('| +const LIMIT = 30')
    expect(patience.remainingMs).toBeLessThan(AMPLE_MS)
  })

  test.each([
    ['there is none', { criteria: [] }],
    ['there is nothing but the word of the agent', { patch: '\n', verify: [] }],
  ])('are not asked about where %s', async (_what, over) => {
    server.play = { kind: 'right', says: VERDICTS }

    expect(await ollama().judge({ ...EVIDENCE, ...over }, ample())).toEqual([])
    expect(server.requests).toEqual([])
  })
})

test('a summary is worded', async () => {
  server.play = SUMMARY

  expect(await ollama().summarize(exampleResult(), ample())).toBe('The login works again.')
})

test('a run without any output is not worth a question', async () => {
  server.play = SUMMARY

  expect(await ollama().summarize(exampleResult({ output: ' \n' }), ample())).toBeUndefined()
  expect(server.requests).toEqual([])
})

describe('an answer of no use', () => {
  const print = ['log', 'info', 'warn', 'error', 'debug'] as const
  beforeEach(() => {
    for (const name of print) vi.spyOn(console, name)
  })
  afterEach(() => {
    for (const name of print) expect(console[name]).not.toHaveBeenCalled()
    vi.restoreAllMocks()
  })

  const notFound = '{"error":"model \\"x\\" not found"}'
  test.each<[string, Play, rests: boolean]>([
    ['content that is not JSON', { kind: 'right', says: '{"summary": "unfinis' }, false],
    [
      'content of another shape',
      { kind: 'right', says: { title: 5, type: ['fix'], target_files: 'x', summary: {}, criterion_1: 'met' } },
      false,
    ],
    ['no content', { kind: 'right', says: '' }, false],
    ['a stream that is not JSON lines', { kind: 'malformed' }, true],
    ['404 with its error', { kind: 'status', status: 404, body: notFound }, true],
    ['404 with an error that is not JSON', { kind: 'status', status: 404, body: '{', type: 'application/json' }, true],
    ['500 with text', { kind: 'status', status: 500, body: 'oops', type: 'text/plain' }, true],
    ['200 with an error', { kind: 'error', message: 'model requires more system memory' }, true],
    ['200 with a number', { kind: 'status', status: 200, body: '5\n' }, true],
    ['200 with nothing', { kind: 'status', status: 200, body: '' }, true],
    ['an endless one', { kind: 'status', status: 200, body: '{}\n'.repeat(1_000_000) }, true],
    ['a cut connection', { kind: 'cut' }, true],
  ])('(%s) is no answer, without a word on the console', async (_what, play, rests) => {
    server.play = play
    const model = ollama()

    expect(await model.fillGaps(TASK, ample())).toEqual([])
    server.play = SUMMARY
    expect(await model.summarize(exampleResult(), ample())).toBe(rests ? undefined : 'The login works again.')

    server.play = play
    const another = ollama()
    expect(await another.judge(EVIDENCE, ample())).toEqual([])
    server.play = { kind: 'right', says: VERDICTS }
    expect(await another.judge(EVIDENCE, ample())).toHaveLength(rests ? 0 : 2)
  })

  test('(a host that is no address) is no answer', async () => {
    expect(await ollama({ host: 'http://[' }).fillGaps(TASK, ample())).toEqual([])
    expect(await ollama({ host: 'http://[' }).judge(EVIDENCE, ample())).toEqual([])
  })

  test('(a model that is not there) is no answer', async () => {
    expect(await ollama({ model: 'missing' }).summarize(exampleResult(), ample())).toBeUndefined()
    expect(await ollama({ model: 'missing' }).judge(EVIDENCE, ample())).toEqual([])
  })
})

describe('patience', () => {
  test.each([
    ['before its headers', false],
    ['in the middle', true],
  ])('ends a server that hangs %s', async (_where, begun) => {
    server.play = { kind: 'late', ms: 600_000, says: ANSWER, begun }
    const patience = { remainingMs: 150 }

    expect(await ollama().fillGaps(TASK, patience)).toEqual([])
    expect(patience.remainingMs).toBeLessThan(10)
  })

  test.each([
    ['before its headers', false],
    ['in the middle', true],
  ])('ends a judge that hangs %s', async (_where, begun) => {
    server.play = { kind: 'late', ms: 600_000, says: VERDICTS, begun }
    const patience = { remainingMs: 150 }

    expect(await ollama().judge(EVIDENCE, patience)).toEqual([])
    expect(patience.remainingMs).toBeLessThan(10)
  })

  test('ends with the signal of the task', async () => {
    server.play = { kind: 'late', ms: 600_000, says: VERDICTS }
    const stop = new AbortController()
    const judged = ollama().judge(EVIDENCE, { ...ample(), signal: stop.signal })
    await until(() => expect(server.requests).toHaveLength(1))
    stop.abort()

    expect(await judged).toEqual([])
  })

  test('is one allowance for all calls: when it is spent, nothing is asked', async () => {
    server.play = SUMMARY

    expect(await ollama().judge(EVIDENCE, { remainingMs: 0 })).toEqual([])

    expect(await ollama().summarize(exampleResult(), { remainingMs: 0 })).toBeUndefined()
    expect(server.requests).toEqual([])
  })

  test('an answer that is late but in time is taken, and its time is spent', async () => {
    server.play = { ...SUMMARY, kind: 'late', ms: 100 }
    const patience = ample()

    expect(await ollama().summarize(exampleResult(), patience)).toBe('The login works again.')
    expect(patience.remainingMs).toBeLessThanOrEqual(AMPLE_MS - 99)
  })
})

describe('a server that gave no answer', () => {
  test('is left alone for a minute, then asked again', async () => {
    let time = 0
    const model = ollama({ now: () => time })
    const asked = async () => (await model.summarize(exampleResult(), ample())) ?? server.requests.length

    server.play = { kind: 'error', message: 'busy' }
    expect(await asked()).toBe(1)
    server.play = SUMMARY
    time = REST_MS - 1
    expect(await asked()).toBe(1)
    time = REST_MS
    expect(await asked()).toBe('The login works again.')
    expect(await asked()).toBe('The login works again.')
  })

  test('costs the next tasks nothing where it is absent', async () => {
    const model = ollama({ host: await nowhere() })
    const patience = ample()
    await model.fillGaps(TASK, patience)
    const left = patience.remainingMs

    for (let calls = 0; calls < 1_000; calls += 1) {
      expect(await model.fillGaps(TASK, patience)).toEqual([])
      expect(await model.summarize(exampleResult(), patience)).toBeUndefined()
      expect(await model.judge(EVIDENCE, patience)).toEqual([])
    }
    expect(patience.remainingMs).toBe(left)
  })
})

describe('the check', () => {
  const signal = () => new AbortController().signal

  test('says which Ollama answers with which model', async () => {
    expect(await ollama().check(signal())).toEqual({ ok: true, detail: `Ollama 0.12.6 at ${server.url} with llama3.1:8b` })
  })

  test('takes a model without a tag for the latest', async () => {
    await using other = await startOllamaServer(SUMMARY, ['mistral:latest'])

    expect(await ollama({ host: other.url, model: 'mistral' }).check(signal())).toMatchObject({ ok: true })
  })

  test('says how to get a model that is missing', async () => {
    expect(await ollama({ model: 'qwen3:4b' }).check(signal())).toEqual({
      ok: false,
      detail: `Ollama 0.12.6 at ${server.url} has no model qwen3:4b`,
      fix: 'ollama pull qwen3:4b',
    })
  })

  const fix = 'Start it with `ollama serve`, mend OLLAMA_HOST, or set OLLAMA_HOST=off'

  test('says what to do where nothing listens, without the password in the address', async () => {
    const host = await nowhere()

    expect(await ollama({ host: host.replace('//', '//me:secret@') }).check(signal())).toEqual({
      ok: false,
      detail: expect.stringMatching(new RegExp(`^Ollama does not answer at ${host}: (?!.*secret)`)),
      fix,
    })
    expect(await ollama({ host }).check(signal())).toEqual({
      ok: false,
      detail: expect.stringMatching(`^Ollama does not answer at ${host}: connect ECONNREFUSED`),
      fix,
    })
  })

  test('ends with its signal', async () => {
    expect(await ollama().check(AbortSignal.abort())).toEqual({
      ok: false,
      detail: `Ollama does not answer at ${server.url}: no answer in time`,
      fix,
    })
  })

  test('does not take another server for Ollama', async () => {
    const other = createServer((_request, response) => response.end('{}'))
    await new Promise<void>((listening) => other.listen(0, '127.0.0.1', listening))
    const host = `127.0.0.1:${(other.address() as AddressInfo).port}`

    expect(await ollama({ host }).check(signal())).toEqual({
      ok: false,
      detail: `Ollama does not answer at ${host}: what answers there is not Ollama`,
      fix,
    })
    other.closeAllConnections()
    await new Promise((closed) => other.close(closed))
  })
})

describe('the settings', () => {
  test('OLLAMA_HOST=off asks nobody', async () => {
    const model = createLocalModel({ OLLAMA_HOST: 'off', OLLAMA_MODEL: MODEL }, inBackend)

    expect(model.name).toBe('none')
    expect(await model.fillGaps(TASK, ample())).toEqual([])
    expect(await model.summarize(exampleResult(), ample())).toBeUndefined()
    expect(await model.judge(EVIDENCE, ample())).toEqual([])
    expect(await model.check(AbortSignal.abort())).toEqual({ ok: true, detail: 'switched off (OLLAMA_HOST=off)' })
  })

  test('any other value is the address of Ollama', async () => {
    server.play = SUMMARY
    const model = createLocalModel({ OLLAMA_HOST: server.url, OLLAMA_MODEL: MODEL }, inBackend)

    expect(model.name).toBe('ollama:llama3.1:8b')
    expect(await model.summarize(exampleResult(), ample())).toBe('The login works again.')
  })
})
